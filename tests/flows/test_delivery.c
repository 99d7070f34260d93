/* Receivers that fail in every way there is: too many requests, errors, no answer, an error inside a 200, a redirect,
 * slow ones, closed ones, connections cut after the message was taken; and monitoring killed in between. No message is
 * lost, none is wrong, what comes twice comes with the same id, ends come after beginnings, and the ledger says of each
 * receiver what it was told last.
 *
 * Each of twenty outlets sells one product of 100 for 33, which reaches the limit of a rule at once; then the record is
 * corrected, and the alert is over. */
#include "support/check.h"
#include "support/command.h"
#include "support/fake_receiver.h"
#include "support/loop.h"
#include "support/shops.h"
#include "support/web.h"

#include "bihuan/monitoring.pb-c.h"
#include "text/pbjson.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTLETS 20
#define SECRET  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct stack stack;
static struct web web;
static struct fake_receiver fake;

/* Path, and the receiver of that name. All but "closed" listen at the fake. */
static const char *const hooks[] = { "ok", "many", "errors", "hangs", "slow", "cut", "moved", "closed" };
#define HOOKS (sizeof hooks / sizeof hooks[0])

/* --- the scene -----------------------------------------------------------------------------------------------------
 */

static void apply_receivers(int closed_port)
{
    for (size_t i = 0; i < HOOKS; i++)
        loop_apply(&stack, MSG(APPLY_RECEIVERS),
                   "{'items':[{'code':'%s','url':'http://127.0.0.1:%d/%s','secret':'" SECRET "','language':'en'}]}",
                   hooks[i], strcmp(hooks[i], "closed") == 0 ? closed_port : fake.port, hooks[i]);
    loop_apply(&stack, MSG(APPLY_RECEIVERS),
               "{'items':[{'code':'robot','kind':'wecom','url':'http://127.0.0.1:%d/wecom?key=k1','language':'zh'},"
               "{'code':'fast','kind':'dingtalk','url':'http://127.0.0.1:%d/dingtalk?access_token=k2',"
               "'secret':'SECx','language':'zh'},"
               "{'code':'inside','url':'http://localhost:%d/inside','secret':'" SECRET "','language':'en'}]}",
               fake.port, fake.port, fake.port);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    fake_receiver_start(&fake);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-06T10:00:00+08:00@%ld", (long)time(NULL));
    loop_start(&stack);
    web_start(&web, &stack);
    shops_apply(&stack, OUTLETS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_receiver_stop(&fake);
    stack_free(&stack);
    return 0;
}

static long number(const char *sql)
{
    return pg_number(&stack.pg, sql);
}

/* --- what must hold ------------------------------------------------------------------------------------------------
 */

/* Of the webhooks: everything that is sent was taken, and what was taken stands in the outbox; for each alert the end
 * was never taken before the beginning. */
static void check_webhooks(void)
{
    json_t *ended = json_object(), *one;
    size_t i;

    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        const char *path = json_string_value(json_object_get(one, "path"));
        const char *id = json_string_value(json_object_get(one, "id"));
        json_t *event = json_loads(json_string_value(json_object_get(one, "body")), 0, NULL);
        const char *type = json_string_value(json_object_get(event, "type"));
        char key[128], sql[400];

        assert_string_not_equal(path, "/stolen");
        if (!*id) {
            json_decref(event);
            continue; /* a robot */
        }
        assert_string_equal(json_string_value(json_object_get(event, "id")), id);
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM monitoring.delivery WHERE id = '%s' AND receiver = '%s' AND alert_id = '%s' AND"
                 " 'bihuan.alert.' || event = '%s'",
                 id, path + 1, json_string_value(json_object_get(event, "subject")), type);
        CHECK_INT(number(sql), 1);
        snprintf(key, sizeof key, "%s %s", path, json_string_value(json_object_get(event, "subject")));
        if (strcmp(type, "bihuan.alert.resolved") == 0)
            json_object_set_new(ended, key, json_true());
        else if (json_object_get(ended, key) && json_is_true(json_object_get(one, "took")))
            fail_msg("%s was told the beginning behind the end", key);
        json_decref(event);
    }
    pthread_mutex_unlock(&fake.lock);
    json_decref(ended);
}

/* Distinct ids that a path took, with an answer or without. */
static int taken(const char *path)
{
    json_t *ids = json_object(), *one;
    size_t i;
    int count;

    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "path")), path) == 0 &&
            json_is_true(json_object_get(one, "took")))
            json_object_set_new(ids, json_string_value(json_object_get(one, "id")), json_true());
    }
    pthread_mutex_unlock(&fake.lock);
    count = (int)json_object_size(ids);
    json_decref(ids);
    return count;
}

/* --- the tests -----------------------------------------------------------------------------------------------------
 */

static bool all_fired(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.told WHERE event = 'fired'") == OUTLETS * 11;
}

static bool quick_ones_have_it(void *arg)
{
    (void)arg;
    return taken("/ok") == OUTLETS && taken("/slow") >= 1;
}

static void kill_monitoring(void)
{
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
}

static void test_nobody_waits_for_another(void **state)
{
    (void)state;
    fake_receiver_set(&fake, "/many", FAKE_429, 2);
    fake_receiver_set(&fake, "/errors", FAKE_500, 3);
    fake_receiver_set(&fake, "/hangs", FAKE_HANGS, 1);
    fake_receiver_set(&fake, "/slow", FAKE_SLOW, 2);
    fake_receiver_set(&fake, "/cut", FAKE_CLOSES, 2);
    fake_receiver_set(&fake, "/moved", FAKE_FORWARD, -1);
    fake_receiver_set(&fake, "/wecom", FAKE_BUSY, 1);
    fake_receiver_set(&fake, "/dingtalk", FAKE_FAST, -1);
    apply_receivers(web_free_port());
    shops_sell(&stack, "orders_20261005.csv", OUTLETS, 1, 33);
    assert_true(stack_until(all_fired, NULL, 20));
    assert_true(stack_until(quick_ones_have_it, NULL, 8)); /* while another hangs for 10 s */
    CHECK_INT(taken("/hangs"), 0);
}

static bool is_throttled(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.delivery_lane WHERE receiver = 'fast' AND blocked_until > now() +"
                  " interval '9 minutes'") == 1;
}

static void test_a_blocked_robot_is_left_alone(void **state)
{
    (void)state;
    assert_true(stack_until(is_throttled, NULL, 10));
    CHECK_INT(fake_receiver_asked(&fake, "/dingtalk"), 1);
    kill_monitoring();
    assert_true(is_throttled(NULL)); /* and it stays so */
}

static bool moved_is_dead(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'moved' AND state = 'dead' AND last_error"
                  " = 'HTTP status 302 (redirects are not followed)'") == OUTLETS;
}

static void test_a_redirect_is_refused_for_good(void **state)
{
    (void)state;
    assert_true(stack_until(moved_is_dead, NULL, 10));
    CHECK_INT(fake_receiver_asked(&fake, "/stolen"), 0);
    CHECK_INT(number("SELECT count(*) FROM monitoring.told WHERE receiver = 'moved' AND open"), 0);
}

static bool inside_is_dead(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'inside' AND state = 'dead' AND"
                  " last_error LIKE 'the address is private: allow its host by%'") == OUTLETS;
}

/* Only 127.0.0.1 may be on this machine: another name for it may not, whatever it resolves to. */
static void test_a_private_address_is_reached_where_it_is_allowed(void **state)
{
    (void)state;
    assert_true(stack_until(inside_is_dead, NULL, 10));
    CHECK_INT(fake_receiver_asked(&fake, "/inside"), 0);
}

static bool all_resolved(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.told WHERE event = 'resolved'") ==
           OUTLETS * 9; /* all but "moved" and "inside" */
}

static bool nothing_waits(void *arg)
{
    (void)arg;
    return number("SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting' AND receiver <> 'fast'") == 0;
}

/* Whoever was told that it fired is told that it is over: also with a filter that lets nothing through any more. */
static void a1_07_all_hear_that_it_is_over(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_RECEIVERS),
               "{'items':[{'code':'ok','url':'http://127.0.0.1:%d/ok','language':'en','min_severity':'critical'},"
               "{'code':'closed','url':'http://127.0.0.1:%d/closed','secret':'" SECRET "','language':'en'}]}",
               fake.port, fake.port); /* and what was closed opens */
    shops_sell(&stack, "orders_20261006.csv", OUTLETS, 2, 100);
    for (int i = 0; i < 3; i++) {
        kill_monitoring();
        usleep(300000);
    }
    assert_true(stack_until(all_resolved, NULL, 20));
    if (!stack_until(nothing_waits, NULL, 30))
        fail_msg("waiting: %s", pg_value(&stack.pg, "SELECT string_agg(receiver || ' ' || event || ' ' || attempts ||"
                                                    " ' ' || last_error, '; ') FROM monitoring.delivery WHERE state ="
                                                    " 'waiting' AND receiver <> 'fast'"));
    for (size_t i = 0; i < HOOKS; i++) {
        char path[32];

        snprintf(path, sizeof path, "/%s", hooks[i]);
        if (strcmp(hooks[i], "moved") != 0)
            CHECK_INT(taken(path), 2 * OUTLETS);
    }
    CHECK_INT(taken("/moved"), 0); /* never learned of it, so it isn't told that it is over */
    check_webhooks();
    CHECK_INT(number("SELECT count(*) FROM monitoring.told WHERE receiver NOT IN ('moved', 'inside', 'fast') AND"
                     " (open OR event <> 'resolved' OR reached <> 'resolved')"),
              0);
    CHECK_INT(number("SELECT count(*) FROM monitoring.told WHERE receiver = 'moved' AND reached <> ''"), 0);
}

/* How often a title stands in what the robot took. */
static int robot_said(const char *title)
{
    json_t *one;
    size_t i;
    int count = 0;

    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        json_t *body;
        const char *content;

        if (strcmp(json_string_value(json_object_get(one, "path")), "/wecom") != 0 ||
            !json_is_true(json_object_get(one, "took")))
            continue;
        body = json_loads(json_string_value(json_object_get(one, "body")), 0, NULL);
        content = json_string_value(json_object_get(json_object_get(body, "markdown"), "content"));
        for (const char *p = content; p && (p = strstr(p, title)); p++)
            count++;
        json_decref(body);
    }
    pthread_mutex_unlock(&fake.lock);
    return count;
}

/* Twenty messages to a robot that takes four at once: what waits becomes one, and each is told once. */
static void a1_18_a_robot_is_told_in_few_messages(void **state)
{
    char title[96];

    (void)state;
    assert_true(fake_receiver_took(&fake, "/wecom") <= 16);
    CHECK_INT(number("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'robot' AND state = 'merged' AND"
                     " merged_into IN (SELECT id FROM monitoring.delivery WHERE receiver = 'robot' AND state ="
                     " 'sent')") > 10,
              1);
    for (int i = 1; i <= OUTLETS; i++) {
        snprintf(title, sizeof title, "【预警】%d厅 异价达到限值", i);
        if (robot_said(title) < 1)
            fail_msg("the robot never said %s", title);
        snprintf(title, sizeof title, "【已恢复】%d厅 异价", i);
        if (robot_said(title) < 1)
            fail_msg("the robot never said %s", title);
    }
}

/* --- by hand -------------------------------------------------------------------------------------------------------
 */

/* What began is over by now: both are told. */
static bool moved_has_all(void *arg)
{
    (void)arg;
    return taken("/moved") == 2 * OUTLETS && number("SELECT count(*) FROM monitoring.told WHERE receiver = 'moved' AND"
                                                    " NOT open AND reached = 'resolved'") == OUTLETS;
}

static void test_dead_ones_go_again(void **state)
{
    struct web_reply reply;
    char path[128];

    (void)state;
    fake_receiver_set(&fake, "/moved", FAKE_TAKES, 0);
    reply = web_do(&web, "GET", "/api/v1/deliveries?state=dead&receiver=moved&limit=1", NULL);
    snprintf(path, sizeof path, "{\"id\":\"%s\"}", web_text(&reply, "items.0.id"));
    web_reply_free(&reply);
    reply = web_do(&web, "POST", "/api/v1/deliveries/again", path);
    assert_string_equal(web_text(&reply, "count"), "1");
    web_reply_free(&reply);
    reply = web_do(&web, "POST", "/api/v1/deliveries/again", "{\"receiver\":\"moved\"}");
    CHECK_INT(strtol(web_text(&reply, "count"), NULL, 10), OUTLETS - 1);
    web_reply_free(&reply);
    assert_true(stack_until(moved_has_all, NULL, 20));
    reply = web_ask(&web, "POST", "/api/v1/deliveries/again", web.token, "again-1", path);
    CHECK_INT(reply.status, 409); /* it is sent by now */
    web_reply_free(&reply);
    check_webhooks();
}

static void test_by_command(void **state)
{
    (void)state;
    command_open(&stack, &web, "cli");
    command_put("receivers.yaml",
                "kind: Receivers\nitems:\n"
                "- { code: hook, url: 'https://ops.example/hook', secret: '" SECRET " " SECRET "', off: true }\n"
                "- { code: group, kind: wecom, secret_file: wecom-group, mentions: [zhangsan], off: true }\n"
                "- { code: lark, kind: feishu, url: 'https://open.feishu.cn/open-apis/bot/v2/hook/k3', secret: k4,\n"
                "    off: true, templates: [{ event: fired, title: '{unit} lags', text: '{reason}' }] }\n"
                "- { code: mail, kind: smtp, url: 'smtp://mail.corp.example:587', from: b@corp.example,\n"
                "    to: [ops@corp.example], user: bihuan, secret_file: mail, off: true }\n");
    command_expect("apply -f receivers.yaml", 0, "Receivers        4        0          0");
    command_expect("apply -f receivers.yaml", 0, "Receivers        0        0          4");
    command_put("bad.yaml", "kind: Receivers\nitems:\n"
                            "- { code: x, kind: pager, url: 'https://a.example' }\n"
                            "- { code: y, kind: smtp, url: 'https://a.example', from: nobody }\n"
                            "- { code: z, kind: wecom, url: 'https://a.example?key=***' }\n"
                            "- { code: w, url: 'https://a.example', secret: '" SECRET "',\n"
                            "    templates: [{ event: fired, title: '{who}' }] }\n");
    command_expect("apply -f bad.yaml", 1, "kind \"pager\" is none of webhook, wecom");
    assert_non_null(strstr(command_output, "is no address for smtp"));
    assert_non_null(strstr(command_output, "from must be a mail address"));
    assert_non_null(strstr(command_output, "give it with its key"));
    assert_non_null(strstr(command_output, "{who} is none of"));
    command_put("elsewhere.yaml",
                "kind: Receivers\nitems:\n"
                "- { code: hook, url: 'https://ops.example/other', off: true }\n"
                "- { code: lark, kind: feishu, url: 'https://evil.example/bot/v2/hook/k3', off: true }\n"
                "- { code: user, url: 'https://ops.example:x@10.0.0.1/', secret: '" SECRET "' }\n");
    command_expect("apply -f elsewhere.yaml", 1, "elsewhere.yaml:4:3: secret");
    assert_null(strstr(command_output, "yaml:3")); /* the same host: its secret stays */
    assert_non_null(strstr(command_output, "give the secret for it"));
    assert_non_null(strstr(command_output, "has no user name"));
    command_expect("receiver test ok", 0, "delivered");
    fake_receiver_set(&fake, "/moved", FAKE_FORWARD, 1);
    command_expect("receiver test moved", 1, "HTTP status 302 (redirects are not followed)");
    command_expect("receiver test moved", 0, "delivered");
    command_expect("receiver test nobody", 1, "there is no receiver \"nobody\"");
    command_expect("delivery dead --receiver moved", 0, "HTTP status 302");
    command_expect("delivery list --state merged --receiver robot -o csv", 0, "merged");
    command_expect("delivery again", 2, "--receiver CODE");
    command_expect("delivery again --receiver moved", 0, "will be sent again");
    command_expect("--lang zh receiver test ok", 0, "已送达");
}

/* Secrets are in no answer and in no log. */
static void test_secrets_stay_where_they_are(void **state)
{
    struct web_reply reply = web_do(&web, "GET", "/api/v1/receivers", NULL);
    char command[256];

    (void)state;
    assert_null(strstr(reply.text, "k1"));
    assert_null(strstr(reply.text, "k2"));
    assert_null(strstr(reply.text, "SECx"));
    assert_null(strstr(reply.text, "whsec_"));
    assert_non_null(strstr(reply.text, "wecom?key=***"));
    web_reply_free(&reply);
    snprintf(command, sizeof command, "grep -lE 'key=k1|access_token=k2|SECx|MfKQ9r8GKYqr' %s/*.log", stack.dir);
    assert_int_not_equal(system(command), 0); /* NOLINT(bugprone-command-processor): a path of our own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_waits_for_another),
        cmocka_unit_test(test_a_blocked_robot_is_left_alone),
        cmocka_unit_test(test_a_redirect_is_refused_for_good),
        cmocka_unit_test(test_a_private_address_is_reached_where_it_is_allowed),
        cmocka_unit_test(a1_07_all_hear_that_it_is_over),
        cmocka_unit_test(a1_18_a_robot_is_told_in_few_messages),
        cmocka_unit_test(test_dead_ones_go_again),
        cmocka_unit_test(test_by_command),
        cmocka_unit_test(test_secrets_stay_where_they_are),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
