/* A whole quarterly cycle on the demo province, by the people who own its parts: opened, reported on, designed,
 * decomposed with one city asking for change, approved, its guides acknowledged, published, and revised in mid-quarter.
 * What the rules forbid is tried on the way, and refused with a reason. */
#include "bus/message.h"
#include "support/check.h"
#include "support/web.h"

#include "text/pbjson.h"

#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CITIES 14

static struct stack stack;
static struct web web;

/* --- asking as somebody --- */

static int ask(const char *person, const char *right, uint32_t type, const char *json, ProtobufCMessage **reply,
               struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    stack.person = person;
    stack.right = right;
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&stack, message->service, type, request, reply, err);
}

static ProtobufCMessage *does(const char *person, const char *right, uint32_t type, const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (ask(person, right, type, json, &reply, &err) != 0)
        fail_msg("%s: %.300s: %s", person, json, err.text);
    return reply;
}

static void cannot(const char *person, const char *right, uint32_t type, const char *json, const char *words)
{
    struct err err;

    if (ask(person, right, type, json, NULL, &err) == 0)
        fail_msg("%s: %.300s was taken", person, json);
    if (!strstr(err.text, words) && !strstr(err.code, words))
        fail_msg("%s: %.300s: \"%s\" (%s) does not say \"%s\"", person, json, err.text, err.code, words);
}

/* --- deliverables --- */

static unsigned revision_of(const char *id)
{
    Bihuan__GetDeliverableReply *reply;
    char json[160];

    snprintf(json, sizeof json, "{\"id\":\"%s\"}", id);
    reply = (Bihuan__GetDeliverableReply *)does("tester", "plan.read", MSG(GET_DELIVERABLE), json);
    return reply->deliverable->revision;
}

static const char *move_json(const char *code, const char *unit, const char *more)
{
    static char json[400];
    char id[100];

    snprintf(id, sizeof id, "q:%s:%s", code, unit);
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"revision\":%u%s}", id, revision_of(id), more);
    return json;
}

static void submit(const char *person, const char *code, const char *unit, const char *more)
{
    does(person, "plan.act", MSG(SUBMIT_DELIVERABLE), move_json(code, unit, more));
}

static void approve(const char *person, const char *code, const char *unit)
{
    does(person, "plan.act", MSG(APPROVE_DELIVERABLE), move_json(code, unit, ""));
}

static const char *city(int number)
{
    static char code[16];

    snprintf(code, sizeof code, "C%02d", number);
    return code;
}

static const char *manager(int number)
{
    static char code[20];

    snprintf(code, sizeof code, "M-C%02d", number);
    return code;
}

static void check_stage(const char *stage, const char *state)
{
    Bihuan__GetCycleReply *reply = (Bihuan__GetCycleReply *)does("tester", "plan.read", MSG(GET_CYCLE),
                                                                 "{\"code\":\"q\"}");

    for (size_t i = 0; i < reply->cycle->n_stages; i++)
        if (strcmp(reply->cycle->stages[i]->code, stage) == 0) {
            assert_string_equal(reply->cycle->stages[i]->state, state);
            return;
        }
    fail_msg("there is no stage %s", stage);
}

/* --- the tree, as the demo's own table says it --- */

struct row {
    char code[20], type[16], parent[20];
    long target;
};
static struct row *rows;
static size_t row_count;

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->code, ((const struct row *)b)->code);
}

static void read_tree(void)
{
    char path[160], line[400];
    FILE *file;

    snprintf(path, sizeof path, "%s/demo/manifests/units.csv", stack.dir);
    file = fopen(path, "re");
    rows = calloc(6500, sizeof *rows);
    assert_non_null(file);
    assert_non_null(rows);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        struct row *row = &rows[row_count++];
        char *at = line;

        snprintf(row->code, sizeof row->code, "%s", strsep(&at, ","));
        strsep(&at, ",");
        snprintf(row->type, sizeof row->type, "%s", strsep(&at, ","));
        snprintf(row->parent, sizeof row->parent, "%s", strsep(&at, ","));
    }
    fclose(file);
    qsort(rows, row_count, sizeof *rows, by_code);
}

static struct row *row_of(const char *code)
{
    struct row key = { 0 }, *found;

    snprintf(key.code, sizeof key.code, "%s", code);
    found = bsearch(&key, rows, row_count, sizeof *rows, by_code);
    if (!found)
        fail_msg("there is no unit %s", code);
    return found;
}

/* The targets of a version, and that children are their parent everywhere in the demo's tree. */
static void check_sums(int version)
{
    char sql[500], *text;
    long *sums = calloc(row_count, sizeof *sums);

    snprintf(sql, sizeof sql,
             "SET enable_nestloop = off; SELECT string_agg(d.code || ' ' || c.amount, ' ') FROM planning.target_cell c "
             "JOIN planning.document d ON"
             " d.kind = 'unit' AND d.id = c.unit_id WHERE c.version = %d AND c.channel_id = 0 AND c.product_id = 0 AND"
             " c.period_id = (SELECT id FROM planning.document WHERE kind = 'period' AND code = '2027Q1')",
             version);
    text = pg_value(&stack.pg, sql);
    assert_non_null(sums);
    for (size_t i = 0; i < row_count; i++)
        rows[i].target = 0;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        row_of(word)->target = atol(strtok(NULL, " "));
    for (size_t i = 0; i < row_count; i++)
        if (*rows[i].parent)
            sums[row_of(rows[i].parent) - rows] += rows[i].target;
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].type, "salesperson") != 0 && sums[i] && sums[i] != rows[i].target)
            fail_msg("version %d: the children of %s have %ld, not %ld", version, rows[i].code, sums[i],
                     rows[i].target);
    free(sums);
    free(text);
}

/* --- the play --- */

static void test_the_cycle_is_opened(void **state)
{
    static const char open[] = "{\"template\":\"quarterly\",\"period\":\"2027Q1\",\"code\":\"q\",\"seats\":["
                               "{\"role\":\"marketing_office\",\"units\":[\"O-MARKETING\"]},{\"role\":\"channel_"
                               "office\",\"units\":[\"O-CHANNEL\"]},"
                               "{\"role\":\"brand_office\",\"units\":[\"O-BRAND\"]},{\"role\":\"customer_centre\","
                               "\"units\":[\"O-CUSTOMER\"]}]}";
    Bihuan__OpenCycleReply *reply;

    (void)state;
    cannot("M-C07", "plan.act", MSG(OPEN_CYCLE), open, "plan.write");
    reply = (Bihuan__OpenCycleReply *)does("M-O-CHANNEL", "plan.write", MSG(OPEN_CYCLE), open);
    CHECK_INT(reply->deliverables, 22 + 6 * CITIES); /* counted in the template */
    check_stage("feedback", "open");
    check_stage("design", "waiting");
}

static void test_reports_come_in(void **state)
{
    (void)state;
    cannot("M-C01", "plan.act", MSG(SUBMIT_DELIVERABLE), move_json("market-report", "C02", ",\"text\":\"x\""), "C02");
    cannot("M-O-BRAND", "plan.act", MSG(SUBMIT_DELIVERABLE), move_json("market-report", "C02", ",\"text\":\"x\""),
           "city_company");
    cannot("M-O-CHANNEL", "plan.act", MSG(SUBMIT_DELIVERABLE),
           move_json("channel-strategy", "O-CHANNEL", ",\"text\":\"x\""), "isn't open yet");
    for (int c = 1; c <= CITIES; c++)
        submit(manager(c), "market-report", city(c), ",\"text\":\"market, competitors, capacity\"");
    cannot("M-C03-2", "plan.act", MSG(APPROVE_DELIVERABLE), move_json("market-report", "C03", ""), "approve");
    cannot("M-O-CHANNEL", "plan.act", MSG(RETURN_DELIVERABLE), move_json("market-report", "C03", ""), "reason");
    does("M-O-CHANNEL", "plan.act", MSG(RETURN_DELIVERABLE),
         move_json("market-report", "C03", ",\"reason\":\"no word of the competitor\""));
    submit("M-C03", "market-report", "C03", ",\"text\":\"with the competitor\"");
    for (int c = 1; c <= CITIES; c++)
        approve("M-O-CHANNEL", "market-report", city(c));
    check_stage("design", "waiting");
    submit("M-O-CUSTOMER", "centre-summary", "O-CUSTOMER", ",\"text\":\"fourteen reports\"");
    approve("M-O-CHANNEL-2", "centre-summary", "O-CUSTOMER");
    submit("M-O-CHANNEL", "channel-diagnosis", "O-CHANNEL", ",\"text\":\"halls are full\"");
    cannot("M-O-CHANNEL", "plan.act", MSG(APPROVE_DELIVERABLE), move_json("channel-diagnosis", "O-CHANNEL", ""),
           "marketing_office");
    approve("M-O-MARKETING", "channel-diagnosis", "O-CHANNEL");
    check_stage("design", "open");
}

static void test_the_strategy_is_set(void **state)
{
    char stale[120];

    (void)state;
    snprintf(stale, sizeof stale, "{\"id\":\"q:channel-strategy:O-CHANNEL\",\"revision\":%u}",
             revision_of("q:channel-strategy:O-CHANNEL"));
    submit("M-O-CHANNEL", "channel-strategy", "O-CHANNEL", ",\"text\":\"fusion first\"");
    cannot("M-O-MARKETING", "plan.act", MSG(APPROVE_DELIVERABLE), stale, "revision");
    approve("M-O-MARKETING", "channel-strategy", "O-CHANNEL");
}

/* What everybody who sells sold lately; nobody in an office sells. */
static void load_weights(void)
{
    struct buf json = { 0 };
    size_t count = 0;

    does("M-O-CHANNEL", "plan.write", MSG(APPLY_WEIGHT_SETS),
         "{\"items\":[{\"code\":\"lately\",\"title\":\"last year\",\"kind\":\"history\",\"measure\":\"new_users\"}]}");
    for (size_t i = 0; i <= row_count; i++) {
        if (i == row_count || count == 1000) {
            buf_append_text(&json, "]}");
            does("M-O-CHANNEL", "plan.write", MSG(APPLY_WEIGHTS), buf_text(&json));
            buf_reset(&json);
            count = 0;
        }
        if (i < row_count && strcmp(rows[i].type, "salesperson") == 0)
            buf_printf(&json, "%s{\"set\":\"lately\",\"unit\":\"%s\",\"value\":\"%zu\"}",
                       count++ ? "," : "{\"items\":[", rows[i].code, 3 + i * 7919 % 11);
    }
    buf_fini(&json);
}

/* A submission that stands for every warning that the check has, by name, but `except`. */
static const char *submission(const char *except)
{
    static char json[600];
    Bihuan__LintPlanReply *lint = (Bihuan__LintPlanReply *)does("tester", "plan.read", MSG(LINT_PLAN),
                                                                "{\"period\":\"2027Q1\"}");
    size_t at = (size_t)snprintf(json, sizeof json, "{\"period\":\"2027Q1\",\"consents\":[");
    const char *last = "";

    for (size_t i = 0; i < lint->n_items; i++) {
        if (strcmp(lint->items[i]->severity, "warning") != 0 || strcmp(lint->items[i]->code, last) == 0 ||
            strcmp(lint->items[i]->code, except) == 0)
            continue;
        at += (size_t)snprintf(json + at, sizeof json - at, "%s\"%s\"", *last ? "," : "", lint->items[i]->code);
        last = lint->items[i]->code;
    }
    snprintf(json + at, sizeof json - at, "]}");
    return json;
}

static void test_targets_are_cut_and_talked_about(void **state)
{
    Bihuan__DecomposeReply *cut;
    char json[300];

    (void)state;
    load_weights();
    cut = (Bihuan__DecomposeReply *)does(
        "M-O-CHANNEL", "plan.write", MSG(DECOMPOSE),
        "{\"period\":\"2027Q1\",\"unit\":\"P\",\"measure\":\"new_users\",\"total\":\"120000\",\"reason\":\"quarter\","
        "\"mix\":[{\"kind\":\"set\",\"set\":\"lately\",\"share\":1}]}");
    assert_true(cut->cells > 5000);
    check_sums(1);
    does("M-O-CHANNEL", "plan.answer", MSG(ANSWER_TARGETS),
         "{\"period\":\"2027Q1\",\"unit\":\"P\",\"answer\":\"propose\"}");
    stack.subtree = "C07";
    cannot("M-C07", "plan.answer", MSG(ANSWER_TARGETS),
           "{\"period\":\"2027Q1\",\"unit\":\"C01\",\"answer\":\"accept\"}", "not responsible");
    snprintf(
        json, sizeof json,
        "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"answer\":\"ask\",\"reason\":\"two halls are rebuilt\",\"asks\":["
        "{\"measure\":\"new_users\",\"amount\":\"%ld\"}]}",
        row_of("C07")->target - 400);
    does("M-C07", "plan.answer", MSG(ANSWER_TARGETS), json);
    stack.subtree = NULL;
    cannot("M-O-CHANNEL", "plan.write", MSG(SUBMIT_PLAN), submission("open_request"), "open_request");
    does("M-O-CHANNEL", "plan.answer", MSG(ANSWER_TARGETS),
         "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"answer\":\"grant\"}");
    for (int c = 1; c <= CITIES; c++) {
        char unit[16];

        snprintf(unit, sizeof unit, "%s", city(c));
        stack.subtree = unit;
        snprintf(json, sizeof json, "{\"period\":\"2027Q1\",\"unit\":\"%s\",\"answer\":\"accept\"}", unit);
        does(manager(c), "plan.answer", MSG(ANSWER_TARGETS), json);
        stack.subtree = NULL;
    }
    {
        long before = row_of("C07")->target;
        check_sums(1);
        CHECK_INT(row_of("C07")->target, before - 400);
        CHECK_INT(row_of("P")->target, 120000);
    }
}

static void test_the_plan_is_approved(void **state)
{
    (void)state;
    cannot("M-O-CHANNEL", "plan.write", MSG(SUBMIT_PLAN), "{\"period\":\"2027Q1\"}", "in consents");
    does("M-O-CHANNEL", "plan.write", MSG(SUBMIT_PLAN), submission(""));
    cannot("M-O-CHANNEL", "plan.approve", MSG(APPROVE_PLAN), "{\"period\":\"2027Q1\"}", "somebody else must");
    cannot("M-P", "plan.publish", MSG(PUBLISH_PLAN), "{\"period\":\"2027Q1\"}", "waits for approval");
    does("M-O-MARKETING", "plan.approve", MSG(APPROVE_PLAN), "{\"period\":\"2027Q1\"}");
}

/* Halls of the first county of city 1. */
static size_t count_halls(char codes[][20], size_t cap)
{
    size_t count = 0;

    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].type, "outlet") == 0 && strcmp(rows[i].parent, "C01-01") == 0 && count < cap)
            snprintf(codes[count++], 20, "%s", rows[i].code);
    return count;
}

static void test_guides_are_acknowledged(void **state)
{
    Bihuan__GuideReadinessReply *ready;
    char halls[64][20], json[500], person[32];
    size_t count = count_halls(halls, 64);

    (void)state;
    assert_true(count > 1);
    snprintf(json, sizeof json,
             "{\"deliverable\":\"q:operation-guide:O-CUSTOMER\",\"name\":\"guide.txt\",\"revision\":%u,\"last\":true,"
             "\"data\":\"Z3VpZGU=\"}",
             revision_of("q:operation-guide:O-CUSTOMER"));
    cannot("M-O-CUSTOMER", "plan.act", MSG(SUBMIT_DELIVERABLE),
           move_json("operation-guide", "O-CUSTOMER", ",\"text\":\"x\""), "file");
    does("M-O-CUSTOMER", "plan.act", MSG(ATTACH_FILE), json);
    submit("M-O-CUSTOMER", "operation-guide", "O-CUSTOMER", ",\"text\":\"how to sell it\"");
    approve("M-O-CHANNEL", "operation-guide", "O-CUSTOMER");
    does("M-O-CUSTOMER", "plan.act", MSG(ISSUE_GUIDE),
         "{\"guide\":{\"code\":\"fusion\",\"kind\":\"operation_guide\",\"title_zh\":\"融合\",\"title_en\":\"Fusion\","
         "\"text\":\"how to sell it\",\"unit\":\"O-CUSTOMER\",\"due\":\"2026-12-30\",\"to\":{\"types\":[\"outlet\"],"
         "\"under\":\"C01-01\"}}}");
    for (size_t i = 0; i < count; i++) {
        snprintf(json, sizeof json, "{\"code\":\"fusion\",\"version\":1,\"unit\":\"%.19s\"}", halls[i]);
        if (i > 0) {
            snprintf(person, sizeof person, "M-%.19s", halls[i - 1]);
            cannot(person, "plan.act", MSG(ACKNOWLEDGE_GUIDE), json, halls[i]);
        }
        snprintf(person, sizeof person, "M-%.19s", halls[i]);
        does(person, "plan.act", MSG(ACKNOWLEDGE_GUIDE), json);
    }
    ready = (Bihuan__GuideReadinessReply *)does("tester", "plan.read", MSG(GUIDE_READINESS), "{\"code\":\"fusion\"}");
    CHECK_INT(ready->guide->addressed, count);
    CHECK_INT(ready->guide->acknowledged, count);
}

static void test_the_plan_is_published(void **state)
{
    (void)state;
    does("M-P", "plan.publish", MSG(PUBLISH_PLAN), "{\"period\":\"2027Q1\"}");
    submit("M-O-CHANNEL", "sales-organisation-plan", "O-CHANNEL",
           ",\"text\":\"as published\",\"plan\":\"plan:2027Q1/1\"");
    cannot("M-O-CHANNEL-2", "plan.act", MSG(APPROVE_DELIVERABLE), move_json("sales-organisation-plan", "O-CHANNEL", ""),
           "marketing_office");
    approve("M-O-MARKETING-2", "sales-organisation-plan", "O-CHANNEL");
    check_stage("execution", "waiting");
}

static void test_cities_refine_and_it_begins(void **state)
{
    (void)state;
    for (int c = 1; c <= CITIES; c++) {
        submit(manager(c), "local-plan", city(c), ",\"text\":\"ours\"");
        check_stage("execution", "waiting");
        approve("M-O-CHANNEL", "local-plan", city(c));
    }
    check_stage("execution", "open");
}

static void test_revised_in_mid_quarter(void **state)
{
    Bihuan__DiffPlansReply *diff;
    Bihuan__ListPlanVersionsReply *versions;
    char json[300];
    long before = row_of("C07")->target;

    (void)state;
    stack_kill(&stack, "planning", "a", SIGKILL);
    snprintf(stack.clock, sizeof stack.clock, "2027-02-15T10:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    cannot("M-O-CHANNEL", "plan.write", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\"}", "needs a reason");
    cannot("M-C07", "plan.act", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\",\"reason\":\"flood\"}", "plan.write");
    does("M-O-CHANNEL", "plan.write", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\",\"reason\":\"a flood in city 7\"}");
    snprintf(json, sizeof json,
             "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"measure\":\"new_users\",\"amount\":\"%ld\",\"keep\":\"none\","
             "\"reason\":\"a flood\"}",
             before - 1000);
    does("M-O-CHANNEL", "plan.write", MSG(SET_TARGET), json);
    does("M-O-CHANNEL", "plan.write", MSG(DECOMPOSE),
         "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"measure\":\"new_users\",\"reason\":\"a flood\","
         "\"mix\":[{\"kind\":\"set\",\"set\":\"lately\",\"share\":1}]}");
    does("M-O-CHANNEL", "plan.write", MSG(SUBMIT_PLAN), submission(""));
    does("M-O-MARKETING", "plan.approve", MSG(APPROVE_PLAN), "{\"period\":\"2027Q1\"}");
    does("M-P", "plan.publish", MSG(PUBLISH_PLAN), "{\"period\":\"2027Q1\"}");
    check_sums(2);
    CHECK_INT(row_of("C07")->target, before - 1000);
    CHECK_INT(row_of("P")->target, 119000);
    check_sums(1);
    CHECK_INT(row_of("P")->target, 120000);
    diff = (Bihuan__DiffPlansReply *)does("tester", "plan.read", MSG(DIFF_PLANS),
                                          "{\"period\":\"2027Q1\",\"from_version\":1,\"to_version\":2,\"unit\":\"P\"}");
    CHECK_INT(diff->n_items, 2); /* the province and the city; no other child of it differs */
    assert_string_equal(diff->items[0]->change, "-1000");
    assert_string_equal(diff->items[1]->unit, "C07");
    versions = (Bihuan__ListPlanVersionsReply *)does("tester", "plan.read", MSG(LIST_PLAN_VERSIONS),
                                                     "{\"period\":\"2027Q1\"}");
    CHECK_INT(versions->n_items, 2);
}

/* --- the province --- */

static void run(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static int set_up(void **state)
{
    const char *bin = getenv("BIHUAN_BIN"), *source = getenv("BIHUAN_SOURCE");
    char command[900];

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-01T10:00:00+08:00@%ld", (long)time(NULL));
    stack.one_person = false;
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    web_start(&web, &stack);
    snprintf(command, sizeof command, "%s/bihuan-demo generate --out %s/demo --until 2026-07-01 >/dev/null", bin,
             stack.dir);
    run(command);
    snprintf(command, sizeof command,
             "BIHUAN_TOKEN=%s %s/bihuan --url http://127.0.0.1:%d apply -f %s/demo/manifests/10-catalogue.yaml"
             " -f %s/demo/manifests/20-organisation.yaml -f %s/deploy/templates/quarterly.yaml >%s/apply.log 2>&1"
             " || { tail -5 %s/apply.log; false; }",
             web.token, bin, web.port, stack.dir, stack.dir, source, stack.dir, stack.dir);
    run(command);
    does("tester", "admin", MSG(APPLY_CALENDARS),
         "{\"items\":[{\"code\":\"2027\",\"title\":\"not announced yet\",\"estimated\":true,\"classes\":["
         "{\"class\":\"working\",\"weight\":100},{\"class\":\"weekend\",\"weight\":120}]}]}");
    does("tester", "admin", MSG(APPLY_PERIODS),
         "{\"items\":[{\"code\":\"2027Q1\",\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"calendar\":\"2027\"}]}");
    read_tree();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(rows);
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cycle_is_opened),    cmocka_unit_test(test_reports_come_in),
        cmocka_unit_test(test_the_strategy_is_set),    cmocka_unit_test(test_targets_are_cut_and_talked_about),
        cmocka_unit_test(test_the_plan_is_approved),   cmocka_unit_test(test_guides_are_acknowledged),
        cmocka_unit_test(test_the_plan_is_published),  cmocka_unit_test(test_cities_refine_and_it_begins),
        cmocka_unit_test(test_revised_in_mid_quarter),
    };

    return cmocka_run_group_tests_name("quarter", tests, set_up, tear_down);
}
