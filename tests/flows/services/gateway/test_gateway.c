/* The gateway alone, for real: tokens, refusals, the audit record, a restart in the middle. */
#include "gateway/audit.h"
#include "runtime/clock.h"
#include "support/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct stack stack;
static struct web web;

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    setenv("BIHUAN_REQUEST_DEADLINE_MS", "4000", 1);
    web_start(&web, &stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void expect(const char *method, const char *path, const char *token, const char *key, const char *body,
                   long status, const char *code)
{
    struct web_reply reply = web_ask(&web, method, path, token, key, body);

    if (reply.status != status || (code && strcmp(web_text(&reply, "code"), code) != 0))
        fail_msg("%s %s: %ld %s", method, path, reply.status, reply.text);
    if (code && strcmp(reply.content_type, "application/problem+json") != 0)
        fail_msg("%s %s: %s", method, path, reply.content_type);
    web_reply_free(&reply);
}

static void what_needs_no_token(void **state)
{
    (void)state;
    expect("GET", "/healthz", NULL, NULL, NULL, 200, NULL);
    expect("GET", "/api/v1/openapi.json", NULL, NULL, NULL, 200, NULL);
    expect("GET", "/readyz", NULL, NULL, NULL, 503, NULL); /* the other daemons don't run */
}

static void refusals(void **state)
{
    (void)state;
    expect("GET", "/api/v1/units", NULL, NULL, NULL, 401, "no_token");
    expect("GET", "/api/v1/units", "bih_x", NULL, NULL, 401, "unknown_token");
    expect("GET", "/api/v1/unit", NULL, NULL, NULL, 404, "unknown_path");
    expect("DELETE", "/api/v1/units", NULL, NULL, NULL, 405, "method_not_allowed");
    expect("GET", "/api/v1/units?tpye=x", web.token, NULL, NULL, 400, "unknown_parameter");
    expect("POST", "/api/v1/apply/units", web.token, NULL, "{\"items\":[]}", 400, "no_idempotency_key");
    expect("POST", "/api/v1/apply/units", web.token, "k", "{\"items\":", 400, "bad_json");
    expect("GET", "/api/v1/services/nobody/parked", web.token, NULL, NULL, 404, "unknown_service");
    expect("GET", "/api/v1/events?topics=weather", web.token, NULL, NULL, 400, "unknown_topic");
}

static void an_absent_service_is_said_to_be_away(void **state)
{
    struct web_reply reply = web_ask(&web, "GET", "/api/v1/status", web.token, NULL, NULL);

    (void)state;
    assert_int_equal(reply.status, 200);
    assert_string_equal(web_text(&reply, "ready"), "false");
    assert_string_equal(web_text(&reply, "services.0.service"), "planning");
    assert_string_equal(web_text(&reply, "services.0.ready"), "false");
    assert_string_not_equal(web_text(&reply, "services.0.reason"), "");
    assert_string_equal(web_text(&reply, "services.4.service"), "gateway");
    assert_string_equal(web_text(&reply, "services.4.ready"), "true");
    web_reply_free(&reply);
}

static void the_first_token_is_for_its_owner(void **state)
{
    char path[128];
    struct stat st;

    (void)state;
    snprintf(path, sizeof path, "%s/data/admin.token", stack.dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void tokens_live_and_die(void **state)
{
    struct web_reply made = web_ask(&web, "POST", "/api/v1/tokens", web.token, "make-1",
                                    "{\"name\":\"wang\",\"permissions\":[\"plan.read\"],\"days\":30}");
    char secret[64], path[64];

    (void)state;
    assert_int_equal(made.status, 200);
    snprintf(secret, sizeof secret, "%s", web_text(&made, "token.secret"));
    assert_int_equal(strlen(secret), 47);
    expect("GET", "/api/v1/tokens", secret, NULL, NULL, 403, "permission");
    expect("GET", "/api/v1/events?topics=score", secret, NULL, NULL, 403, "permission");
    /* the same request again doesn't make a second one, and the secret is told once only */
    expect("POST", "/api/v1/tokens", web.token, "make-1",
           "{\"name\":\"wang\",\"permissions\":[\"plan.read\"],\"days\":30}", 409, "token_made");
    snprintf(path, sizeof path, "/api/v1/tokens/%s/revoke", web_text(&made, "token.id"));
    expect("POST", path, web.token, "revoke-1", NULL, 200, NULL);
    expect("POST", path, web.token, "revoke-1", NULL, 200, NULL);
    expect("GET", "/api/v1/units", secret, NULL, NULL, 401, "token_revoked");
    expect("POST", "/api/v1/tokens/999/revoke", web.token, "revoke-2", NULL, 404, "unknown_token");
    web_reply_free(&made);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM gateway.token WHERE revoked_at IS NOT NULL"), 1);
    made = web_ask(&web, "POST", "/api/v1/tokens", web.token, "make-2",
                   "{\"name\":\"\",\"permissions\":[\"plan.raed\"]}");
    assert_int_equal(made.status, 422);
    assert_string_equal(web_text(&made, "errors.0.pointer"), "/name");
    assert_string_equal(web_text(&made, "errors.1.pointer"), "/permissions/0");
    assert_non_null(strstr(web_text(&made, "errors.1.message"), "did you mean \"plan.read\""));
    web_reply_free(&made);
}

static void titles_follow_the_language(void **state)
{
    struct web_reply reply = web_ask(&web, "GET", "/api/v1/units", NULL, NULL, NULL);

    (void)state;
    assert_string_equal(web_text(&reply, "title"), "Not signed in");
    assert_int_equal(strlen(web_text(&reply, "instance")), 26);
    web_reply_free(&reply);
}

static int64_t check_chain(int64_t *broken)
{
    struct arena arena;
    struct db *db;
    struct err err;
    char url[256];
    int64_t rows = 0;

    arena_init(&arena);
    if (db_open(&db, pg_url(&stack.pg, "gateway", url, sizeof url), "gateway", true, &err) != 0 ||
        audit_store_check(db, &arena, &rows, broken, &err) != 0)
        fail_msg("%s", err.text);
    db_close(&db);
    arena_fini(&arena);
    return rows;
}

static bool is_answered(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM gateway.audit WHERE stage = 'answered'") ==
           pg_number(&stack.pg, "SELECT count(*) FROM gateway.audit WHERE stage = 'asked'");
}

static void effects_are_recorded(void **state)
{
    int64_t broken;
    char *text;
    long before;

    (void)state;
    assert_true(stack_until(is_answered, NULL, 10)); /* what was asked before is on record */
    before = pg_number(&stack.pg, "SELECT count(*) FROM gateway.audit");
    expect("POST", "/api/v1/tokens", web.token, "make-3", "{\"name\":\"li\",\"permissions\":[\"admin\"]}", 200, NULL);
    expect("GET", "/api/v1/tokens", web.token, NULL, NULL, 200, NULL);
    assert_true(stack_until(is_answered, NULL, 10));
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM gateway.audit"), before + 2);
    text = pg_value(&stack.pg, "SELECT concat_ws(' ', stage, person, method, path, status, address) FROM gateway.audit"
                               " ORDER BY id DESC LIMIT 1");
    assert_string_equal(text, "answered admin POST /api/v1/tokens 200 127.0.0.1");
    free(text);
    assert_int_equal(check_chain(&broken), before + 2);
    assert_int_equal(broken, 0);
    free(pg_value(&stack.pg, "SELECT set_config('session_replication_role', 'replica', false);"
                             " UPDATE gateway.audit SET person = 'nobody' WHERE id = 2"));
    check_chain(&broken);
    assert_int_equal(broken, 2);
    free(pg_value(&stack.pg, "SELECT set_config('session_replication_role', 'replica', false);"
                             " UPDATE gateway.audit SET person = 'admin' WHERE id = 2"));
}

static void a_killed_gateway_comes_back(void **state)
{
    struct web_reply reply;
    int64_t broken;

    (void)state;
    stack_kill(&stack, "gateway", "a", SIGKILL);
    stack_start(&stack, "gateway", "a");
    stack_wait_ready(&stack, "gateway");
    reply = web_do(&web, "GET", "/api/v1/tokens?limit=2", NULL);
    assert_string_equal(web_text(&reply, "items.0.name"), "admin");
    assert_string_equal(web_text(&reply, "items.0.secret"), "");
    assert_string_equal(web_text(&reply, "next"), "2");
    web_reply_free(&reply);
    reply = web_do(&web, "GET", "/api/v1/tokens?limit=2&cursor=2", NULL);
    assert_string_equal(web_text(&reply, "items.0.name"), "li");
    assert_string_equal(web_text(&reply, "next"), "");
    web_reply_free(&reply);
    check_chain(&broken);
    assert_int_equal(broken, 0);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM gateway.token WHERE name = 'admin'"), 1);
}

static bool answers_again(void *arg)
{
    struct web_reply reply = web_ask(&web, "GET", "/api/v1/tokens", web.token, NULL, NULL);
    bool good = reply.status == 200;

    (void)arg;
    web_reply_free(&reply);
    return good;
}

/* Without its data base nothing with effect happens, and nobody waits for ever. */
static void a_lost_data_base(void **state)
{
    struct web_reply reply;

    (void)state;
    pg_kill(&stack.pg);
    reply = web_ask(&web, "POST", "/api/v1/tokens", web.token, "make-4",
                    "{\"name\":\"x\",\"permissions\":[\"admin\"]}");
    assert_true(reply.status == 503 || reply.status == 504);
    web_reply_free(&reply);
    expect("GET", "/healthz", NULL, NULL, NULL, 200, NULL);
    pg_run_again(&stack.pg);
    stack_wait_ready(&stack, "gateway");
    assert_true(stack_until(answers_again, NULL, 20));
}

/* --- two of them --- */

/* Asks gateway `web` for tokens "<word>-1", "<word>-2" ... until `ends_us`; the names of those that it got, one a line.
 */
static pid_t keep_making(const struct web *at, const char *word, const char *path, int64_t ends_us)
{
    pid_t pid = fork();
    FILE *got;

    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    got = fopen(path, "we");
    for (int i = 1; got && clock_monotonic_us() < ends_us; i++) {
        char name[32], body[120];
        struct web_reply reply;

        snprintf(name, sizeof name, "%s-%d", word, i);
        snprintf(body, sizeof body, "{\"name\":\"%s\",\"permissions\":[\"plan.read\"]}", name);
        reply = web_ask(at, "POST", "/api/v1/tokens", web.token, name, body);
        if (reply.status == 200)
            fprintf(got, "%s\n", name);
        web_reply_free(&reply);
        usleep(5000);
    }
    if (got)
        fclose(got);
    _exit(0);
}

/* Every token that somebody was told of is there once; returns how many that are. */
static int check_made(const char *path)
{
    FILE *got = fopen(path, "re");
    char name[64], sql[160];
    int count = 0;

    assert_non_null(got);
    while (fscanf(got, "%63s", name) == 1) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM gateway.token WHERE name = '%s'", name);
        assert_int_equal(pg_number(&stack.pg, sql), 1);
        count++;
    }
    fclose(got);
    return count;
}

static bool makes_tokens(void *arg)
{
    struct web_reply reply = web_ask(arg, "POST", "/api/v1/tokens", web.token, "first-of-b",
                                     "{\"name\":\"first-of-b\",\"permissions\":[\"plan.read\"]}");
    bool good = reply.status == 200 || reply.status == 409;

    web_reply_free(&reply);
    return good;
}

/* The one that works is frozen under load for longer than its lease; the other takes over; woken, the first gets
 * nothing in. What anybody was told of is there, once, and the record is whole. */
static void a_frozen_gateway_writes_nothing(void **state)
{
    char by_a[128], by_b[128], command[200];
    int64_t now = clock_monotonic_us(), broken;
    struct web standby;
    pid_t makers[2];

    (void)state;
    snprintf(by_a, sizeof by_a, "%s/by-a", stack.dir);
    snprintf(by_b, sizeof by_b, "%s/by-b", stack.dir);
    web_start_standby(&standby, &stack, &web);
    makers[0] = keep_making(&web, "a", by_a, now + 20000000);
    usleep(500000);
    stack_kill(&stack, "gateway", "a", SIGSTOP);
    assert_true(stack_until(makes_tokens, &standby, 30));
    makers[1] = keep_making(&standby, "b", by_b, clock_monotonic_us() + 4000000);
    usleep(1000000);
    stack_kill(&stack, "gateway", "a", SIGCONT);
    for (int i = 0; i < 2; i++)
        waitpid(makers[i], NULL, 0);
    snprintf(command, sizeof command, "grep -qE 'standing_by|transaction_lost' %s/gateway-a.log", stack.dir);
    assert_int_equal(system(command), 0);
    assert_true(check_made(by_a) > 5);
    assert_true(check_made(by_b) > 10);
    check_chain(&broken);
    assert_int_equal(broken, 0);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) - max(id) FROM gateway.audit"), 0);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM (SELECT name FROM gateway.token WHERE name ~ '^[ab]-'"
                                          " GROUP BY name HAVING count(*) > 1) twice"),
                     0);
    stack_kill(&stack, "gateway", "b", SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_no_token),
        cmocka_unit_test(refusals),
        cmocka_unit_test(an_absent_service_is_said_to_be_away),
        cmocka_unit_test(the_first_token_is_for_its_owner),
        cmocka_unit_test(titles_follow_the_language),
        cmocka_unit_test(tokens_live_and_die),
        cmocka_unit_test(effects_are_recorded),
        cmocka_unit_test(a_killed_gateway_comes_back),
        cmocka_unit_test(a_lost_data_base),
        cmocka_unit_test(a_frozen_gateway_writes_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
