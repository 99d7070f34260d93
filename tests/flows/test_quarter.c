/* A whole quarterly cycle on the demo province, by the people who own its parts, each with a token of their own through
 * the gateway: opened, reported on, designed, decomposed with one city asking for change, approved, its guides
 * acknowledged, published, and revised in mid-quarter. What the rules forbid is tried on the way and refused with its
 * reason: own approval, wrong role, wrong unit, closed stage, what was seen having changed. */
#include "bus/message.h"
#include "support/check.h"
#include "support/people.h"

#include "bihuan/planning.pb-c.h"
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

static ProtobufCMessage *does(const char *person, uint32_t type, const char *json)
{
    return people_do(&stack, type, person, json);
}

/* Refused by right: 403; because of how things stand: 409; because of what is asked: 422. */
static void cannot(const char *person, uint32_t type, const char *json, long status, const char *code,
                   const char *words)
{
    people_cannot(&stack, type, person, json, status, code, words);
}

/* --- versions of the plan --- */

static const Bihuan__PlanVersion *plan(void)
{
    Bihuan__ListPlanVersionsReply *reply = (Bihuan__ListPlanVersionsReply *)does(NULL, MSG(LIST_PLAN_VERSIONS),
                                                                                 "{\"period\":\"2027Q1\"}");

    assert_true(reply->n_items > 0);
    return reply->items[0];
}

/* A step of the newest version as it was at that revision. */
static const char *seen(unsigned revision, const char *more)
{
    static char json[700];

    snprintf(json, sizeof json, "{\"period\":\"2027Q1\",\"version\":%u,\"revision\":%u%s}", plan()->version, revision,
             more);
    return json;
}

static const char *step(const char *more)
{
    return seen(plan()->revision, more);
}

/* What a unit, or who is above it, says of its targets. */
static const char *says(const char *unit, const char *answer, const char *more)
{
    static char json[700];
    const Bihuan__PlanVersion *now = plan();

    snprintf(json, sizeof json,
             "{\"period\":\"2027Q1\",\"unit\":\"%s\",\"answer\":\"%s\",\"version\":%u,\"revision\":%u%s}", unit, answer,
             now->version, now->revision, more);
    return json;
}

/* --- deliverables --- */

static unsigned revision_of(const char *id)
{
    Bihuan__GetDeliverableReply *reply;
    char json[160];

    snprintf(json, sizeof json, "{\"id\":\"%s\"}", id);
    reply = (Bihuan__GetDeliverableReply *)does(NULL, MSG(GET_DELIVERABLE), json);
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

static const char *at_revision(const char *code, const char *unit, unsigned revision, const char *more)
{
    static char json[400];

    snprintf(json, sizeof json, "{\"id\":\"q:%s:%s\",\"revision\":%u%s}", code, unit, revision, more);
    return json;
}

static void submit(const char *person, const char *code, const char *unit, const char *more)
{
    does(person, MSG(SUBMIT_DELIVERABLE), move_json(code, unit, more));
}

static void approve(const char *person, const char *code, const char *unit)
{
    does(person, MSG(APPROVE_DELIVERABLE), move_json(code, unit, ""));
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
    Bihuan__GetCycleReply *reply = (Bihuan__GetCycleReply *)does(NULL, MSG(GET_CYCLE), "{\"code\":\"q\"}");

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
    long *sums = calloc(row_count, sizeof *sums), *children = calloc(row_count, sizeof *children);

    snprintf(sql, sizeof sql,
             "SET enable_nestloop = off; SELECT string_agg(d.code || ' ' || c.amount, ' ') FROM planning.target_cell c "
             "JOIN planning.document d ON"
             " d.kind = 'unit' AND d.id = c.unit_id WHERE c.version = %d AND c.channel_id = 0 AND c.product_id = 0 AND"
             " c.period_id = (SELECT id FROM planning.document WHERE kind = 'period' AND code = '2027Q1')",
             version);
    text = pg_value(&stack.pg, sql);
    assert_non_null(sums);
    assert_non_null(children);
    for (size_t i = 0; i < row_count; i++)
        rows[i].target = 0;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        row_of(word)->target = atol(strtok(NULL, " "));
    for (size_t i = 0; i < row_count; i++)
        if (*rows[i].parent) {
            sums[row_of(rows[i].parent) - rows] += rows[i].target;
            children[row_of(rows[i].parent) - rows]++;
        }
    for (size_t i = 0; i < row_count; i++)
        if (children[i] && sums[i] != rows[i].target)
            fail_msg("version %d: the children of %s have %ld, not %ld", version, rows[i].code, sums[i],
                     rows[i].target);
    free(children);
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
    cannot("M-C07", MSG(OPEN_CYCLE), open, 403, "whole_only", "sees the unit \"C07\" and what is below it only");
    cannot("M-O-CUSTOMER", MSG(OPEN_CYCLE), open, 403, "permission", "lacks the permission plan.write");
    reply = (Bihuan__OpenCycleReply *)does("M-O-CHANNEL", MSG(OPEN_CYCLE), open);
    CHECK_INT(reply->deliverables, 22 + 6 * CITIES); /* counted in the template */
    check_stage("feedback", "open");
    check_stage("design", "waiting");
}

static void test_reports_come_in(void **state)
{
    unsigned revision;

    (void)state;
    cannot("M-C01", MSG(SUBMIT_DELIVERABLE), move_json("market-report", "C02", ",\"text\":\"x\""), 403, "wrong_unit",
           "\"M-C01\" cannot submit it; city_company at C02");
    cannot("M-C07", MSG(SUBMIT_DELIVERABLE), move_json("market-report", "C02", ",\"text\":\"x\""), 404,
           "unknown_deliverable", "q:market-report:C02");
    cannot("M-O-BRAND", MSG(SUBMIT_DELIVERABLE), move_json("market-report", "C02", ",\"text\":\"x\""), 403,
           "wrong_role", "city_company at C02");
    cannot("M-O-CHANNEL", MSG(SUBMIT_DELIVERABLE), move_json("channel-strategy", "O-CHANNEL", ",\"text\":\"x\""), 409,
           "stage_closed", "stage \"design\" isn't open yet");
    for (int c = 1; c <= CITIES; c++)
        submit(manager(c), "market-report", city(c), ",\"text\":\"market, competitors, capacity\"");
    cannot("M-C03", MSG(APPROVE_DELIVERABLE), move_json("market-report", "C03", ""), 403, "wrong_role",
           "cannot approve it; channel_office");
    cannot("M-O-CHANNEL", MSG(RETURN_DELIVERABLE), move_json("market-report", "C03", ""), 422, "missing_value",
           "reason");
    revision = revision_of("q:market-report:C03");
    does("M-O-CHANNEL", MSG(RETURN_DELIVERABLE),
         move_json("market-report", "C03", ",\"reason\":\"no word of the competitor\""));
    cannot("M-C03", MSG(SUBMIT_DELIVERABLE), at_revision("market-report", "C03", revision, ",\"text\":\"x\""), 409,
           "stale_revision", "moved on to revision");
    submit("M-C03", "market-report", "C03", ",\"text\":\"with the competitor\"");
    for (int c = 1; c <= CITIES; c++)
        approve("M-O-CHANNEL", "market-report", city(c));
    check_stage("design", "waiting");
    submit("M-O-CUSTOMER", "centre-summary", "O-CUSTOMER", ",\"text\":\"fourteen reports\"");
    approve("M-O-CHANNEL-2", "centre-summary", "O-CUSTOMER");
    submit("M-O-CHANNEL", "channel-diagnosis", "O-CHANNEL", ",\"text\":\"halls are full\"");
    cannot("M-O-CHANNEL", MSG(APPROVE_DELIVERABLE), move_json("channel-diagnosis", "O-CHANNEL", ""), 403, "wrong_role",
           "cannot approve it; marketing_office");
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
    cannot("M-O-MARKETING", MSG(APPROVE_DELIVERABLE), stale, 409, "stale_revision", "read it again");
    approve("M-O-MARKETING", "channel-strategy", "O-CHANNEL");
}

/* What everybody who sells sold lately; nobody in an office sells. */
static void load_weights(void)
{
    struct buf json = { 0 };
    size_t count = 0;

    does("M-O-CHANNEL", MSG(APPLY_WEIGHT_SETS),
         "{\"items\":[{\"code\":\"lately\",\"title\":\"last year\",\"kind\":\"history\",\"measure\":\"new_users\"}]}");
    for (size_t i = 0; i <= row_count; i++) {
        if (i == row_count || count == 1000) {
            buf_append_text(&json, "]}");
            does("M-O-CHANNEL", MSG(APPLY_WEIGHTS), buf_text(&json));
            buf_reset(&json);
            count = 0;
        }
        if (i < row_count && strcmp(rows[i].type, "salesperson") == 0)
            buf_printf(&json, "%s{\"set\":\"lately\",\"unit\":\"%s\",\"value\":\"%zu\"}",
                       count++ ? "," : "{\"items\":[", rows[i].code, 3 + i * 7919 % 11);
    }
    buf_fini(&json);
}

/* Consents to every warning that the check has, by name, but `except`. */
static const char *consents(const char *except)
{
    static char json[600];
    Bihuan__LintPlanReply *lint = (Bihuan__LintPlanReply *)does(NULL, MSG(LINT_PLAN), "{\"period\":\"2027Q1\"}");
    size_t at = (size_t)snprintf(json, sizeof json, ",\"consents\":[");
    const char *last = "";

    for (size_t i = 0; i < lint->n_items; i++) {
        if (strcmp(lint->items[i]->severity, "warning") != 0 || strcmp(lint->items[i]->code, last) == 0 ||
            strcmp(lint->items[i]->code, except) == 0)
            continue;
        at += (size_t)snprintf(json + at, sizeof json - at, "%s\"%s\"", *last ? "," : "", lint->items[i]->code);
        last = lint->items[i]->code;
    }
    snprintf(json + at, sizeof json - at, "]");
    return json;
}

static void cut_the_total(void)
{
    static const char cut[] = "{\"period\":\"2027Q1\",\"unit\":\"P\",\"measure\":\"new_users\",\"total\":\"120000\","
                              "\"reason\":\"quarter\",\"mix\":[{\"kind\":\"set\",\"set\":\"lately\",\"share\":1}]}";
    Bihuan__DecomposeReply *reply;

    load_weights();
    cannot("M-O-BRAND", MSG(DECOMPOSE), cut, 403, "permission", "lacks the permission plan.write");
    cannot("M-C07", MSG(DECOMPOSE), cut, 403, "not_yours", "the token is for \"C07\"");
    reply = (Bihuan__DecomposeReply *)does("M-O-CHANNEL", MSG(DECOMPOSE), cut);
    assert_true(reply->cells > 5000);
    check_sums(1);
}

static void test_targets_are_cut_and_proposed(void **state)
{
    (void)state;
    cut_the_total();
    cannot("M-C07", MSG(ANSWER_TARGETS), says("C07", "accept", ""), 409, "wrong_state", "unit \"C07\" is open");
    cannot("M-O-BRAND", MSG(ANSWER_TARGETS), says("P", "propose", ""), 403, "wrong_role",
           "the right to offer (channel_office, ");
    cannot("M-C01", MSG(ANSWER_TARGETS), says("P", "propose", ""), 403, "wrong_unit", "not those of unit \"P\"");
    does("M-O-CHANNEL", MSG(ANSWER_TARGETS), says("P", "propose", ""));
    cannot("M-O-CHANNEL", MSG(ANSWER_TARGETS), says("C14", "accept", ""), 403, "wrong_role", "the right to answer (");
    /* whoever stands in for a city still doesn't accept what they offered */
    does(NULL, MSG(APPLY_PEOPLE),
         "{\"items\":[{\"code\":\"M-O-CHANNEL\",\"name\":\"x\",\"roles\":[{\"role\":"
         "\"city_company\",\"unit\":\"C14\",\"from\":\"2026-10-01\"}]}]}");
    cannot("M-O-CHANNEL", MSG(ANSWER_TARGETS), says("C14", "accept", ""), 403, "own_offer",
           "offered unit \"C14\" its targets and so can't answer for it");
}

static void test_one_city_asks_for_change(void **state)
{
    char more[160], stale[500];
    long before = row_of("C07")->target;

    (void)state;
    cannot("M-C07", MSG(ANSWER_TARGETS), says("C01", "accept", ""), 403, "not_yours", "not responsible for unit");
    cannot("M-C01", MSG(ANSWER_TARGETS), says("C02", "accept", ""), 403, "wrong_unit", "must be held at it");
    snprintf(stale, sizeof stale, "%s", says("C07", "grant", ""));
    snprintf(more, sizeof more, ",\"asks\":[{\"measure\":\"new_users\",\"amount\":\"%ld\"}]", before - 400);
    cannot("M-C07", MSG(ANSWER_TARGETS), says("C07", "ask", more), 422, "reason_needed", "needs a reason");
    snprintf(more, sizeof more,
             ",\"reason\":\"two halls are rebuilt\",\"asks\":[{\"measure\":\"new_users\",\"amount\":\"%ld\"}]",
             before - 400);
    does("M-C07", MSG(ANSWER_TARGETS), says("C07", "ask", more));
    cannot("M-C07", MSG(ANSWER_TARGETS), says("C07", "grant", ""), 403, "not_yours", "not responsible above unit");
    cannot("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(consents("open_request")), 422, "consent_needed", "\"open_request\"");
    cannot("M-O-CHANNEL", MSG(ANSWER_TARGETS), stale, 409, "stale", "Since then: asked");
    snprintf(stale, sizeof stale, "%s", says("C07", "accept", ""));
    does("M-O-CHANNEL", MSG(ANSWER_TARGETS), says("C07", "grant", ""));
    cannot("M-C07", MSG(ANSWER_TARGETS), stale, 409, "stale", "request by \"M-O-CHANNEL\" (two halls are rebuilt)");
    for (int c = 1; c <= CITIES; c++)
        does(manager(c), MSG(ANSWER_TARGETS), says(city(c), "accept", ""));
    check_sums(1);
    CHECK_INT(row_of("C07")->target, before - 400);
    CHECK_INT(row_of("P")->target, 120000);
}

/* By the demo's table: the unit is the city, or below it. */
static bool is_below(const char *unit, const char *top)
{
    for (const struct row *row = row_of(unit); *row->code; row = row_of(row->parent)) {
        if (strcmp(row->code, top) == 0)
            return true;
        if (!*row->parent)
            return false;
    }
    return false;
}

static void test_a_city_works_on_its_own(void **state)
{
    Bihuan__ListTargetsReply *list = (Bihuan__ListTargetsReply *)does(
        "M-C07", MSG(LIST_TARGETS), "{\"period\":\"2027Q1\",\"draft\":true,\"limit\":500}");
    char json[300];

    (void)state;
    assert_true(list->n_items > 100);
    for (size_t i = 0; i < list->n_items; i++)
        assert_true(is_below(list->items[i]->unit, "C07"));
    cannot("M-C07", MSG(LIST_TARGETS), "{\"period\":\"2027Q1\",\"unit\":\"C08\"}", 404, "unknown_unit", "\"C08\"");
    cannot("M-C07", MSG(EXPLAIN_TARGET), "{\"period\":\"2027Q1\",\"unit\":\"P\",\"measure\":\"new_users\"}", 404,
           "unknown_unit", "\"P\"");
    does("M-C07", MSG(EXPLAIN_TARGET), "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"measure\":\"new_users\"}");
#define CELL(unit, amount, more)                                                                                       \
    "{\"period\":\"2027Q1\",\"measure\":\"new_users\",\"unit\":\"" unit "\",\"amount\":\"" amount                      \
    "\",\"reason\":\"x\"" more "}"
    cannot("M-C07", MSG(SET_TARGET), CELL("C08-01", "1", ""), 403, "not_yours", "not responsible for unit \"C08-01\"");
    cannot("M-C07", MSG(SET_TARGET), CELL("C07", "1", ""), 403, "not_yours", "given from above");
    cannot("M-C07", MSG(SET_TARGET), CELL("C07-01", "1", ",\"revision\":99"), 409, "changed_meanwhile",
           "read it again");
    snprintf(json, sizeof json,
             "{\"period\":\"2027Q1\",\"measure\":\"new_users\",\"from_unit\":\"C07-01\",\"to_unit\":\"C07-02\","
             "\"amount\":\"3\",\"reason\":\"nearer\"}");
    does("M-C07", MSG(TRANSFER_TARGET), json);
    check_sums(1);
}

static void test_the_plan_is_approved(void **state)
{
    static const char back[] = "{\"period\":\"2027Q1\",\"measure\":\"new_users\",\"from_unit\":\"C07-02\",\"to_unit\":"
                               "\"C07-01\",\"amount\":\"1\",\"reason\":\"not so near\"}";
    unsigned before;

    (void)state;
    cannot("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(""), 422, "consent_needed", "name it in consents");
    cannot("M-O-CHANNEL", MSG(SUBMIT_PLAN), "{\"period\":\"2027Q1\"}", 422, "missing_value", "that you saw");
    before = plan()->revision;
    does("M-C07", MSG(TRANSFER_TARGET), back);
    cannot("M-O-CHANNEL", MSG(SUBMIT_PLAN), seen(before, consents("")), 409, "stale",
           "transfer by \"M-C07\" (not so near)");
    does("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(consents("")));
    cannot("M-O-CHANNEL", MSG(APPROVE_PLAN), step(""), 403, "own_submission", "can't approve it; somebody else must");
    cannot("M-C07", MSG(APPROVE_PLAN), step(""), 403, "permission", "lacks the permission plan.approve");
    cannot("M-P", MSG(PUBLISH_PLAN), step(""), 409, "not_approved", "waits for approval");
    before = plan()->revision;
    does("M-O-MARKETING", MSG(RETURN_PLAN), step(",\"reason\":\"why does city 3 fall?\""));
    cannot("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(""), 422, "consent_needed", "name it in consents");
    does("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(consents("")));
    cannot("M-O-MARKETING", MSG(APPROVE_PLAN), seen(before, ""), 409, "stale",
           "draft by \"M-O-MARKETING\" (why does city 3 fall?); submitted by \"M-O-CHANNEL\"");
    cannot("M-C07", MSG(TRANSFER_TARGET), back, 409, "version_submitted", "takes no change");
    does("M-O-MARKETING", MSG(APPROVE_PLAN), step(""));
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
    cannot("M-O-CUSTOMER", MSG(SUBMIT_DELIVERABLE), move_json("operation-guide", "O-CUSTOMER", ",\"text\":\"x\""), 409,
           "no_attachment", "attach the file first");
    people_attach(&stack, "M-O-CUSTOMER", "q:operation-guide:O-CUSTOMER", revision_of("q:operation-guide:O-CUSTOMER"),
                  "guide.txt", "guide");
    submit("M-O-CUSTOMER", "operation-guide", "O-CUSTOMER", ",\"text\":\"how to sell it\"");
    approve("M-O-CHANNEL", "operation-guide", "O-CUSTOMER");
    does("M-O-CUSTOMER", MSG(ISSUE_GUIDE),
         "{\"guide\":{\"code\":\"fusion\",\"kind\":\"operation_guide\",\"title_zh\":\"融合\",\"title_en\":\"Fusion\","
         "\"text\":\"how to sell it\",\"unit\":\"O-CUSTOMER\",\"due\":\"2026-12-30\",\"to\":{\"types\":[\"outlet\"],"
         "\"under\":\"C01-01\"}}}");
    for (size_t i = 0; i < count; i++) {
        snprintf(json, sizeof json, "{\"code\":\"fusion\",\"version\":1,\"unit\":\"%.19s\"}", halls[i]);
        if (i > 0) {
            snprintf(person, sizeof person, "M-%.19s", halls[i - 1]);
            cannot(person, MSG(ACKNOWLEDGE_GUIDE), json, 403, "wrong_unit", halls[i]);
        }
        snprintf(person, sizeof person, "M-%.19s", halls[i]);
        people_add(&web, person, "plan.read plan.act", NULL);
        does(person, MSG(ACKNOWLEDGE_GUIDE), json);
    }
    ready = (Bihuan__GuideReadinessReply *)does(NULL, MSG(GUIDE_READINESS), "{\"code\":\"fusion\"}");
    CHECK_INT(ready->guide->addressed, count);
    CHECK_INT(ready->guide->acknowledged, count);
}

static void test_the_plan_is_published(void **state)
{
    (void)state;
    cannot("M-O-CHANNEL", MSG(PUBLISH_PLAN), step(""), 403, "own_submission", "can't publish it; somebody else must");
    cannot("M-P", MSG(PUBLISH_PLAN), seen(plan()->revision - 1, ""), 409, "stale", "approved by \"M-O-MARKETING\"");
    does("M-P", MSG(PUBLISH_PLAN), step(""));
    submit("M-O-CHANNEL", "sales-organisation-plan", "O-CHANNEL",
           ",\"text\":\"as published\",\"plan\":\"plan:2027Q1/1\"");
    cannot("M-O-CHANNEL-2", MSG(APPROVE_DELIVERABLE), move_json("sales-organisation-plan", "O-CHANNEL", ""), 403,
           "wrong_role", "cannot approve it; marketing_office");
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
    cannot("M-O-CHANNEL", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\"}", 422, "reason_needed", "needs a reason");
    cannot("M-C07", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\",\"reason\":\"flood\"}", 403, "whole_only",
           "sees the unit \"C07\" and what is below it only");
    cannot("M-C07", MSG(SET_TARGET), CELL("C07-01", "1", ""), 403, "not_yours", "opens none");
    does("M-O-CHANNEL", MSG(REVISE_PLAN), "{\"period\":\"2027Q1\",\"reason\":\"a flood in city 7\"}");
    snprintf(json, sizeof json,
             "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"measure\":\"new_users\",\"amount\":\"%ld\",\"keep\":\"none\","
             "\"reason\":\"a flood\"}",
             before - 1000);
    does("M-O-CHANNEL", MSG(SET_TARGET), json);
    does("M-O-CHANNEL", MSG(DECOMPOSE),
         "{\"period\":\"2027Q1\",\"unit\":\"C07\",\"measure\":\"new_users\",\"reason\":\"a flood\","
         "\"mix\":[{\"kind\":\"set\",\"set\":\"lately\",\"share\":1}]}");
    does("M-O-CHANNEL", MSG(SUBMIT_PLAN), step(consents("")));
    cannot("M-O-CHANNEL", MSG(APPROVE_PLAN), step(""), 403, "own_submission", "version 2");
    does("M-O-MARKETING", MSG(APPROVE_PLAN), step(""));
    does("M-P", MSG(PUBLISH_PLAN), step(""));
    check_sums(2);
    CHECK_INT(row_of("C07")->target, before - 1000);
    CHECK_INT(row_of("P")->target, 119000);
    check_sums(1);
    CHECK_INT(row_of("P")->target, 120000);
    diff = (Bihuan__DiffPlansReply *)does(NULL, MSG(DIFF_PLANS),
                                          "{\"period\":\"2027Q1\",\"from_version\":1,\"to_version\":2,\"unit\":\"P\"}");
    CHECK_INT(diff->n_items, 2); /* the province and the city; no other child of it differs */
    assert_string_equal(diff->items[0]->change, "-1000");
    assert_string_equal(diff->items[1]->unit, "C07");
    versions = (Bihuan__ListPlanVersionsReply *)does(NULL, MSG(LIST_PLAN_VERSIONS), "{\"period\":\"2027Q1\"}");
    CHECK_INT(versions->n_items, 2);
}

/* --- the province --- */

static void run(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

/* Five roles, and who leads the province. City 1's token sees everything, so that its role alone keeps it in its place.
 */
static void give_tokens(void)
{
    people_add(&web, "M-O-CHANNEL", "plan.read plan.write plan.act plan.answer plan.approve plan.publish", NULL);
    people_add(&web, "M-O-CHANNEL-2", "plan.read plan.act", NULL);
    people_add(&web, "M-O-MARKETING", "plan.read plan.act plan.approve", NULL);
    people_add(&web, "M-O-MARKETING-2", "plan.read plan.act", NULL);
    people_add(&web, "M-O-BRAND", "plan.read plan.act plan.answer", NULL);
    people_add(&web, "M-O-CUSTOMER", "plan.read plan.act", NULL);
    people_add(&web, "M-P", "plan.read plan.publish", NULL);
    for (int c = 1; c <= CITIES; c++)
        people_add(&web, manager(c), "plan.read plan.write plan.act plan.answer", c == 1 ? NULL : city(c));
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
             " -f %s/demo/manifests/20-organisation.yaml -f %s/deploy/templates/quarterly.yaml -f "
             "%s/deploy/templates/target-roles.yaml >%s/apply.log 2>&1"
             " || { tail -5 %s/apply.log; false; }",
             web.token, bin, web.port, stack.dir, stack.dir, source, source, stack.dir, stack.dir);
    run(command);
    give_tokens();
    does(NULL, MSG(APPLY_CALENDARS),
         "{\"items\":[{\"code\":\"2027\",\"title\":\"not announced yet\",\"estimated\":true,\"classes\":["
         "{\"class\":\"working\",\"weight\":100},{\"class\":\"weekend\",\"weight\":120}]}]}");
    does(NULL, MSG(APPLY_PERIODS),
         "{\"items\":[{\"code\":\"2027Q1\",\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"calendar\":\"2027\"}]}");
    read_tree();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(rows);
    people_forget();
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cycle_is_opened),      cmocka_unit_test(test_reports_come_in),
        cmocka_unit_test(test_the_strategy_is_set),      cmocka_unit_test(test_targets_are_cut_and_proposed),
        cmocka_unit_test(test_one_city_asks_for_change), cmocka_unit_test(test_a_city_works_on_its_own),
        cmocka_unit_test(test_the_plan_is_approved),     cmocka_unit_test(test_guides_are_acknowledged),
        cmocka_unit_test(test_the_plan_is_published),    cmocka_unit_test(test_cities_refine_and_it_begins),
        cmocka_unit_test(test_revised_in_mid_quarter),
    };

    return cmocka_run_group_tests_name("quarter", tests, set_up, tear_down);
}
