/* Planning killed at any moment: the same script of requests is played twice, once in peace and once while planning,
 * monitoring and PostgreSQL are killed with SIGKILL at random moments of it: while a request is worked on, while its
 * answer is on the way, while a daemon comes up, while time moves what becomes due. Each request has a key and is sent
 * until it is answered, as the gateway's clients do, some once more behind their answer. Afterwards both runs have the
 * same answers, tables and events, no gap in the streams, and the same targets in force at monitoring.
 *
 * BIHUAN_KILLS sets the number of kills (12), BIHUAN_SEED repeats a run. */
#include "support/check.h"
#include "support/content.h"
#include "support/seed.h"
#include "support/stack.h"

#include "bus/message.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#include "bihuan/envelope.pb-c.h"

#include "faults/planning_script.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define EDITS       40
#define STEPS_MAX   200
#define EDIT_TEXT   240
#define NIGHT_US    2500000  /* a little more than the timers' period */
#define RECOVERY_US 500000   /* about as long as a daemon needs to come up */
#define ANSWER_US   30000000 /* behind the last kill */
#define COUNT(x)    (int)(sizeof(x) / sizeof(x)[0])

enum victim { PLANNING, MONITORING, POSTGRESQL, VICTIMS };
static const char *const DAEMONS[] = { [PLANNING] = "planning", [MONITORING] = "monitoring" };

static struct stack stack;
static uint64_t seed;

static struct step script[STEPS_MAX];
static int step_count;
static char edits[EDITS][EDIT_TEXT];

/* What the undisturbed run did. */
static struct {
    char *answers[STEPS_MAX]; /* "status JSON" */
    int64_t took_us[STEPS_MAX];
    struct content content;
} peace;

static struct {
    int kills[STEPS_MAX]; /* still to come, by step */
    int killed;
    int by_victim[VICTIMS];
    int done_already; /* by the first sending, before or although somebody was killed */
    int answered_twice;
} war;

static unsigned draw(uint64_t *state, unsigned below)
{
    return (unsigned)random_below(state, (int)below);
}

/* --- the script --- */
/* Edits of the revision and of the months, by the seed; some can't be done, in both runs alike. */
static struct step draw_edit(uint64_t *state, char *out)
{
    static const char *const units[] = { "P", "C1", "C2", "S1", "S2", "S3" };
    static const char *const periods[] = { "Q4", "M10", "M11", "M12" };
    static const char *const mixes[] = { BY_LAST_YEAR, "'mix':[{'kind':'equal','share':3},{'kind':'plan','share':7}]",
                                         "'mix':[{'kind':'drafts','share':1}],'over':'leaves'" };
    const char *period = periods[draw(state, 4)], *unit = units[draw(state, 6)];

    switch (draw(state, 4)) {
    case 0:
        snprintf(out, EDIT_TEXT, "{'period':'%s','unit':'%s','measure':'new','amount':'%u','keep':'%s','reason':'x'}",
                 period, unit, draw(state, 40000), draw(state, 2) ? "none" : "parent");
        return (struct step) { "planner", MSG(SET_TARGET), out, "" };
    case 1:
        snprintf(out, EDIT_TEXT, "{'period':'%s','unit':'%s','measure':'new','hedge_ppm':%u,'reason':'x',%s}", period,
                 unit, draw(state, 50000), mixes[draw(state, 3)]);
        return (struct step) { "planner", MSG(DECOMPOSE), out, "" };
    default:
        snprintf(out, EDIT_TEXT,
                 "{'period':'%s','measure':'new','from_unit':'%s','to_unit':'%s','to_period':'%s','amount':'%u',"
                 "'reason':'x'}",
                 period, unit, units[draw(state, 6)], periods[draw(state, 4)], 1 + draw(state, 600));
        return (struct step) { "planner", MSG(TRANSFER_TARGET), out, "" };
    }
}

static void make_script(void)
{
    uint64_t state = seed;

    for (int i = 0; i < COUNT(before_edits); i++)
        script[step_count++] = before_edits[i];
    for (int i = 0; i < EDITS; i++)
        script[step_count++] = draw_edit(&state, edits[i]);
    for (int i = 0; i < COUNT(after_edits); i++)
        script[step_count++] = after_edits[i];
    assert_true(step_count <= STEPS_MAX);
}

/* Some kills fall into the nights, the others anywhere. */
static void plan_kills(int kills, uint64_t *state)
{
    int nights[STEPS_MAX] = { 0 }, night_count = 0;

    for (int i = 0; i < step_count; i++)
        if (!script[i].type)
            nights[night_count++] = i;
    for (int i = 0; i < kills; i++)
        war.kills[i % 4 == 3 ? nights[draw(state, (unsigned)night_count)] : (int)draw(state, (unsigned)step_count)]++;
}

/* --- killing --- */
/* Of six kills one is PostgreSQL's and one monitoring's. */
static void kill_one(void)
{
    enum victim who = war.killed % 6 == 2 ? POSTGRESQL : war.killed % 6 == 5 ? MONITORING : PLANNING;

    if (who == POSTGRESQL) {
        pg_kill(&stack.pg);
        pg_run_again(&stack.pg);
    } else {
        stack_kill(&stack, DAEMONS[who], "a", SIGKILL);
        stack_start(&stack, DAEMONS[who], "a");
    }
    war.killed++;
    war.by_victim[who]++;
}

/* --- asking --- */
static ProtobufCMessage *request_of(const struct step *step)
{
    const struct message_type *message = message_type_find(step->type);
    char json[4096];
    ProtobufCMessage *request;
    struct err err;
    size_t len = strlen(step->json);

    assert_true(len < sizeof json);
    for (size_t i = 0; i <= len; i++)
        json[i] = (char)(step->json[i] == '\'' ? '"' : step->json[i]);
    if (pbjson_parse(message->payload, json, len, &stack.arena, &request, &err) != 0)
        fail_msg("%s: %s", message->name, err.text);
    return request;
}

/* "status JSON" of an answer, without the moments in it; the caller frees. */
static char *answer_text(const struct step *step, uint32_t status, const struct buf *reply)
{
    const ProtobufCMessageDescriptor *descriptor = status >= 400 ? &bihuan__problem__descriptor
                                                                 : message_type_find(step->type)->reply;
    ProtobufCMessage *message;
    struct buf text = { 0 };
    struct err err;
    char *out;

    if (message_unpack(descriptor, reply->data, reply->len, &stack.arena, &message, &err) != 0)
        fail_msg("answer of %s: %s", step->json, err.text);
    buf_printf(&text, "%u ", status);
    content_write(message, &text);
    out = strdup(buf_text(&text));
    buf_fini(&text);
    return out;
}

/* Its work is committed, whether or not the answer came through. */
static bool is_done(const char *key)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM planning.bus_request WHERE key = '%s'", key);
    return pg_number(&stack.pg, sql) > 0;
}

/* Sends the request once and waits for the answer; kills somebody behind the sending where a kill is left for the step,
 * and then may or may not look for the answer. NULL when there is none. */
static char *ask_once(int number, const ProtobufCMessage *request, bool first, uint64_t *state)
{
    const struct step *step = &script[number];
    char key[24];
    struct buf reply = { 0 };
    uint32_t status = 503;
    char *answer = NULL;
    bool lost = false;
    void *socket;

    snprintf(key, sizeof key, "step-%d", number);
    stack.person = step->person;
    socket = stack_send(&stack, "planning", "a", step->type, key, request);
    if (war.kills[number] > 0) {
        war.kills[number]--;
        usleep(draw(state, (unsigned)(first ? 2 * peace.took_us[number] + 2000 : RECOVERY_US)));
        kill_one();
        lost = draw(state, 2);
        war.done_already += first && is_done(key);
    }
    if (socket && !lost && stack_receive(socket, 2000, &status, &reply) == 0 && status != 503)
        answer = answer_text(step, status, &reply);
    else if (!lost)
        usleep(50000);
    buf_fini(&reply);
    if (socket)
        zmq_close(socket);
    return answer;
}

/* Sends the step's request until it is answered and no kill is left for it; every answer must be the first one. */
static char *ask(int number, const ProtobufCMessage *request, uint64_t *state)
{
    const struct step *step = &script[number];
    int64_t end = clock_monotonic_us() + ANSWER_US;
    char *answer = NULL;

    for (bool first = true; !answer || war.kills[number] > 0; first = false) {
        char *next;

        if (war.kills[number] > 0)
            end = clock_monotonic_us() + ANSWER_US;
        if (clock_monotonic_us() > end)
            fail_msg("step %d (%s) was not answered within 30 s", number, step->json);
        next = ask_once(number, request, first, state);
        if (next && answer) {
            assert_string_equal(next, answer);
            war.answered_twice++;
            free(next);
        } else if (next) {
            answer = next;
        }
    }
    return answer;
}

static void check_code(const struct step *step, const char *answer)
{
    char code[64];

    snprintf(code, sizeof code, "\"code\":\"%s\"", step->code ? step->code : "");
    if (step->code ? step->code[0] && !strstr(answer, code) : strncmp(answer, "200 ", 4) != 0)
        fail_msg("%s: %s", step->json, answer);
}

static void play_request(int number, bool disturbed, uint64_t *state)
{
    int64_t began = clock_monotonic_us();
    const ProtobufCMessage *request = request_of(&script[number]);
    char *answer;

    stack_seen(&stack, script[number].type, request); /* once: every sending of it is the same */
    answer = ask(number, request, state);
    if (!disturbed) {
        check_code(&script[number], answer);
        peace.answers[number] = answer;
        peace.took_us[number] = clock_monotonic_us() - began;
        return;
    }
    if (strcmp(answer, peace.answers[number]) != 0)
        fail_msg("step %d (%s): %s, in peace %s", number, script[number].json, answer, peace.answers[number]);
    if (draw(state, 4) == 0) {
        char *again = ask(number, request, state);

        assert_string_equal(again, answer);
        free(again);
        war.answered_twice++;
    }
    free(answer);
}

/* --- nights --- */
static bool time_has_moved(void *day)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT (SELECT count(*) FROM planning.deliverable WHERE next_day <= '%s') + (SELECT count(*) FROM"
             " planning.guide WHERE due_day < '%s' AND NOT overdue_announced AND NOT superseded)",
             (const char *)day, (const char *)day);
    return pg_number(&stack.pg, sql) == 0;
}

static void play_night(int number, uint64_t *state)
{
    const char *day = script[number].json;
    int year, month, dom;

    assert_int_equal(sscanf(day, "%d-%d-%d", &year, &month, &dom), 3);
    if (time_has_moved((void *)(uintptr_t)day))
        fail_msg("nothing is due on %s", day);
    stack_kill(&stack, "planning", "a", SIGKILL);
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    snprintf(stack.clock, sizeof stack.clock, "%04d-%02d-%02dT23:59:59+08:00@%ld", year, month, dom - 1,
             (long)(clock_real_us() / 1000000));
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "monitoring", "a");
    for (; war.kills[number] > 0; war.kills[number]--) {
        usleep(draw(state, NIGHT_US));
        kill_one();
    }
    if (!stack_until(time_has_moved, (void *)(uintptr_t)day, 30))
        fail_msg("time did not move what is due on %s", day);
}

/* --- the two runs --- */
static bool monitoring_has_read(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_head h WHERE h.seq > 0 AND h.seq <> coalesce("
                                "(SELECT seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket"
                                " AND p.source = 'planning'), 0)") == 0;
}

static void check_stream(void)
{
    CHECK_INT(
        pg_number(&stack.pg,
                  "SELECT count(*) FROM planning.bus_head h LEFT JOIN (SELECT bucket, count(*) AS n, min(seq)"
                  " AS first, max(seq) AS last FROM planning.bus_stream GROUP BY bucket) s USING (bucket)"
                  " WHERE h.seq <> coalesce(s.n, 0) OR h.seq <> coalesce(s.last, 0) OR coalesce(s.first, 1) <> 1"),
        0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.bus_parked"), 0);
}

static void take_content(struct content *out)
{
    if (!stack_until(monitoring_has_read, NULL, 60))
        fail_msg("monitoring did not read planning's stream within 60 s");
    check_stream();
    content_tables(out, &stack.pg, "planning", "^(?!bus_)");
    content_events(out, &stack.pg, "planning");
    content_tables(out, &stack.pg, "monitoring", "^(document|target|target_version)$");
}

static void run_once(bool disturbed, uint64_t *state, struct content *out)
{
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-09-10T10:00:00+08:00@%ld", (long)(clock_real_us() / 1000000));
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "monitoring");
    for (int i = 0; i < step_count; i++)
        if (script[i].type)
            play_request(i, disturbed, state);
        else
            play_night(i, state);
    take_content(out);
    stack_free(&stack);
}

static void test_kills_change_nothing(void **unused)
{
    const char *kills_text = getenv("BIHUAN_KILLS");
    int kills = kills_text ? atoi(kills_text) : 12;
    uint64_t state = seed + 1;
    struct content have = { 0 };

    (void)unused;
    plan_kills(kills, &state);
    run_once(true, &state, &have);
    CHECK_INT(content_differences(&peace.content, &have), 0);
    printf("%d kills of planning, %d of monitoring, %d of PostgreSQL; %d requests, %d done already when they were sent"
           " again, %d answered twice; %zu rows and events: equal\n",
           war.by_victim[PLANNING], war.by_victim[MONITORING], war.by_victim[POSTGRESQL], step_count, war.done_already,
           war.answered_twice, have.count);
    content_free(&have);
}

static int in_peace(void **unused)
{
    uint64_t state = seed;

    (void)unused;
    make_script();
    run_once(false, &state, &peace.content);
    return 0;
}

static int forget_peace(void **unused)
{
    (void)unused;
    for (int i = 0; i < step_count; i++)
        free(peace.answers[i]);
    content_free(&peace.content);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kills_change_nothing) };

    seed = test_seed();
    setenv("BIHUAN_PLAN_APPROVAL", "required", 1);
    return cmocka_run_group_tests_name("kill_planning", tests, in_peace, forget_peace);
}
