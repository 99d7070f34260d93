/* Incentive on real daemons: planning's plan, facts as feedback publishes them, scores, statements, close, late facts,
 * a crash in between. The figures are worked out by hand beside the data. */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "runtime/clock.h"
#include "text/dates.h"
#include "text/pbjson.h"

#define BUCKETS 16

static struct stack stack;
static uint64_t published[BUCKETS]; /* by feedback, by bucket */

static int ask_json(uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&stack, message->service, type, request, reply, err);
}

/* Two months of 30 and 31 equal days; P over C1 and C2; C1 moves nowhere. Targets of "new": C1 300, C2 600. */
static void apply_plan(void)
{
    stack_apply(&stack, MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"mobile\",\"name\":\"移动\"}]}");
    stack_apply(
        &stack, MSG(APPLY_MEASURES),
        "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增用户\",\"title_en\":\"New users\",\"value\":\"count\","
        "\"unit\":\"户\"},{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"Revenue\",\"value\":\"amount\","
        "\"unit\":\"元\"}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\",\"weight\":1},"
                "{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(
        &stack, MSG(APPLY_PERIODS),
        "{\"items\":[{\"code\":\"2026M09\",\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"calendar\":\"flat\"},"
        "{\"code\":\"2026M10\",\"from\":\"2026-10-01\",\"until\":\"2026-11-01\",\"calendar\":\"flat\"}]}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]},"
                "{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]}]}");
    for (int m = 9; m <= 10; m++) {
        char json[512];

        snprintf(json, sizeof json,
                 "{\"items\":[{\"period\":\"2026M%02d\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"300\"},"
                 "{\"period\":\"2026M%02d\",\"unit\":\"C2\",\"measure\":\"new\",\"amount\":\"600\"}]}",
                 m, m);
        stack_apply(&stack, MSG(APPLY_TARGETS), json);
        snprintf(json, sizeof json, "{\"period\":\"2026M%02d\",\"reason\":\"test\"}", m);
        stack_apply(&stack, MSG(PUBLISH_PLAN), json);
    }
}

static const char CARD[] = "{\"items\":[{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":["
                           "{\"measure\":\"new\",\"weight_bp\":7500,\"bands\":[{\"from_ppm\":0},{\"from_ppm\":1000000,"
                           "\"points_milli\":100000},"
                           "{\"from_ppm\":1200000,\"points_milli\":120000}]},"
                           "{\"measure\":\"rev\",\"weight_bp\":2500}]}]}";

static bool knows_measures(void *arg)
{
    struct err err;

    (void)arg;
    return ask_json(MSG(APPLY_SCORECARDS), CARD, NULL, &err) == 0;
}

/* --- facts -----------------------------------------------------------------------------------------------------------
 */

/* One fact of one unit: `count` new users, and 100 yuan of revenue for each. */
static void add_fact(struct fake_events *events, uint16_t bucket, const char *key, uint32_t unit, const char *day,
                     int64_t count, bool taken_back)
{
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    char *keys[] = { (char *)(uintptr_t)key };
    uint32_t one[] = { 1 }, units[] = { unit }, none[] = { 0 }, two[] = { 2 };
    protobuf_c_boolean back[] = { taken_back };
    static uint32_t measures[2]; /* looked up once */
    int64_t values[] = { count, count * 1000000 };
    int32_t days[1];
    int64_t at[] = { 0 };

    if (!measures[0])
        measures[0] = (uint32_t)pg_number(&stack.pg,
                                          "SELECT id FROM incentive.document WHERE kind='measure' AND code='new'");
    if (!measures[1])
        measures[1] = (uint32_t)pg_number(&stack.pg,
                                          "SELECT id FROM incentive.document WHERE kind='measure' AND code='rev'");
    assert_int_equal(date_parse(day, 10, &days[0], NULL), 0);
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = 1;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = 1;
    facts.n_measure_id = facts.n_value = 2;
    facts.record_key = keys;
    facts.version = one;
    facts.taken_back = back;
    facts.unit_id = units;
    facts.seller_id = facts.channel_id = none;
    facts.product_id = one;
    facts.day = days;
    facts.contributions = two;
    facts.measure_id = measures;
    facts.value = values;
    facts.occurred_at = at;
    fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &facts.base);
    published[bucket]++;
}

static void add_watermark(struct fake_events *events, const char *complete_through_day_after)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;
    int32_t day;

    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    assert_int_equal(date_parse(complete_through_day_after, 10, &day, NULL), 0);
    mark.feed_id = 1;
    mark.feed = (char *)(uintptr_t) "orders";
    mark.through = clock_day_start(&clock, day);
    mark.n_seq = BUCKETS;
    mark.seq = published;
    fake_feedback_add(events, 0, MSG(WATERMARK_MOVED), &mark.base);
    published[0]++;
}

static uint32_t unit_id(const char *code)
{
    char sql[160];

    snprintf(sql, sizeof sql, "SELECT id FROM incentive.document WHERE kind = 'unit' AND code = '%s'", code);
    return (uint32_t)pg_number(&stack.pg, sql);
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

static Bihuan__Score *score_of(const char *period, const char *unit)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__ListScoresReply *list;
    struct err err;
    char json[160];

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"unit\":\"%s\"}", period, unit);
    if (ask_json(MSG(LIST_SCORES), json, &reply, &err) != 0)
        return NULL;
    list = (Bihuan__ListScoresReply *)reply;
    return list->n_items ? list->items[0] : NULL;
}

struct wanted {
    const char *period, *unit;
    int64_t score;
};

static bool has_score(void *arg)
{
    const struct wanted *want = arg;
    const Bihuan__Score *score = score_of(want->period, want->unit);

    return score && score->score_milli == want->score;
}

static void wait_score(const char *period, const char *unit, int64_t milli)
{
    struct wanted want = { period, unit, milli };

    if (!stack_until(has_score, &want, 15)) {
        const Bihuan__Score *score = score_of(period, unit);

        fail_msg("score of %s in %s is %ld, want %ld", unit, period, score ? (long)score->score_milli : -1,
                 (long)milli);
    }
}

static Bihuan__GetStatementReply *statement(const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (ask_json(MSG(GET_STATEMENT), json, &reply, &err) != 0)
        fail_msg("no statement for %s: %s", json, err.text);
    return (Bihuan__GetStatementReply *)reply;
}

static void check_verified(void)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__VerifyScoresReply *verified;
    struct err err;

    if (ask_json(MSG(VERIFY_SCORES), "{}", &reply, &err) != 0)
        fail_msg("verify: %s", err.text);
    verified = (Bihuan__VerifyScoresReply *)reply;
    if (verified->n_differences)
        fail_msg("verify: %zu differences, first: %s", verified->n_differences, verified->differences[0]);
    assert_int_equal(verified->n_seq, BUCKETS);
}

/* --- tests -----------------------------------------------------------------------------------------------------------
 */

/* Half of September is gone: 15 of 30 days. C1: target 300, planned 150, sold 165 = 110 %: 110 points; revenue has no
 * target, so "new" counts whole: 110. C2: target 600, planned 300, sold 240 = 80 %: 80 points. */
static void test_scores_to_date(void **state)
{
    struct fake_events events = { 0 };
    const Bihuan__Score *score;

    (void)state;
    add_fact(&events, 3, "A-1", unit_id("C1"), "2026-09-02", 165, false);
    add_fact(&events, 4, "B-1", unit_id("C2"), "2026-09-03", 200, false);
    add_fact(&events, 5, "B-2", unit_id("C2"), "2026-09-15", 40, false);
    add_fact(&events, 5, "B-3", unit_id("C2"), "2026-09-16", 1000, false); /* not complete yet: doesn't count */
    add_watermark(&events, "2026-09-16");
    fake_feedback_send(&stack, &events);
    wait_score("2026M09", "C1", 110000);
    wait_score("2026M09", "C2", 80000);
    score = score_of("2026M09", "C1");
    CHECK_INT(score->rank, 1);
    CHECK_INT(score->of, 2);
    assert_string_equal(score->as_of, "2026-09-15");
    CHECK_INT(score->lines[0]->planned, 150);
    CHECK_INT(score->lines[0]->attainment_ppm, 1100000);
    CHECK_INT(score->lines[0]->weight_bp, 10000);
    assert_true(score->lines[1]->undefined);
    CHECK_INT(score_of("2026M09", "C2")->rank, 2);
    check_verified();
}

/* Shares of the credits add up to the line's points on every page size; the explanation has the numbers. */
static void test_statement(void **state)
{
    Bihuan__GetStatementReply *reply = statement("{\"period\":\"2026M09\",\"unit\":\"C2\",\"measure\":\"new\"}");
    int64_t sum = 0;
    char cursor[256] = "";
    int pages = 0;

    (void)state;
    CHECK_INT(reply->statement->credit_count, 2);
    CHECK_INT(reply->statement->n_credits, 2);
    assert_string_equal(reply->statement->credits[0]->record_key, "B-1");
    /* 80 points over 200 and 40: 66.667 and 13.333 */
    CHECK_INT(reply->statement->credits[0]->points_milli, 66667);
    CHECK_INT(reply->statement->credits[1]->points_milli, 13333);
    assert_non_null(strstr(reply->statement->score->lines[0]->explanation, "80.0000 %"));
    assert_non_null(strstr(reply->statement->score->lines[0]->explanation, "planned to date 300"));
    do {
        char json[512];

        snprintf(json, sizeof json, "{\"period\":\"2026M09\",\"unit\":\"C2\",\"page\":{\"limit\":1,\"cursor\":\"%s\"}}",
                 cursor);
        reply = statement(json);
        CHECK_INT(reply->statement->n_credits, 1);
        CHECK_INT(reply->statement->credit_count, 4);
        sum += reply->statement->credits[0]->points_milli;
        if (pages >= 2)
            assert_string_equal(reply->statement->credits[0]->reason, "no_target");
        snprintf(cursor, sizeof cursor, "%s", reply->next);
        pages++;
    } while (cursor[0] && pages < 10);
    CHECK_INT(pages, 4);
    CHECK_INT(sum, 80000);
}

static void test_reversal_comes_to_nothing(void **state)
{
    struct fake_events events = { 0 };

    (void)state;
    add_fact(&events, 7, "A-2", unit_id("C1"), "2026-09-04", 15, false);
    fake_feedback_send(&stack, &events);
    wait_score("2026M09", "C1", 120000);
    add_fact(&events, 7, "A-2", unit_id("C1"), "2026-09-04", -15, true);
    fake_feedback_send(&stack, &events);
    wait_score("2026M09", "C1", 110000);
    check_verified();
}

/* Facts that name a planning position not yet read here wait for it, and hold up nothing else. */
static bool is_booked(void *arg)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit") == *(long *)arg;
}

static void test_facts_wait_for_planning(void **state)
{
    Bihuan__FactsRecorded ahead = BIHUAN__FACTS_RECORDED__INIT;
    struct fake_events events = { 0 };
    long count = pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit");
    long position = pg_number(&stack.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0");

    (void)state;
    ahead.sender = (char *)(uintptr_t) "crm";
    ahead.planning_seq = (uint64_t)position + 1;
    fake_feedback_add(&events, 10, MSG(FACTS_RECORDED), &ahead.base);
    published[10]++;
    add_fact(&events, 10, "W-1", unit_id("C1"), "2026-12-01", 1, false);
    add_fact(&events, 11, "W-2", unit_id("C1"), "2026-12-01", 1, false);
    fake_feedback_send(&stack, &events);
    count++;
    assert_true(stack_until(is_booked, &count, 10)); /* W-2 alone */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit WHERE record_key = 'W-1'"), 0);
    stack_apply(&stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"厅\"}]}");
    count++;
    assert_true(stack_until(is_booked, &count, 10));
}

static void test_crash_changes_nothing(void **state)
{
    struct fake_events events = { 0 };

    (void)state;
    stack_kill(&stack, "incentive", "a", SIGKILL);
    add_fact(&events, 9, "A-3", unit_id("C1"), "2026-09-05", 3, false); /* 168 of 150: 112 % */
    fake_feedback_send(&stack, &events);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    wait_score("2026M09", "C1", 112000);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit"), 9);
    check_verified();
}

/* Killed again and again while it reads 3,000 events: nothing is lost, nothing counts twice. */
static void test_killed_while_booking(void **state)
{
    long count = pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit");
    uint32_t unit = unit_id("C1");

    (void)state;
    for (int round = 0; round < 6; round++) {
        struct fake_events events = { 0 };

        for (int i = 0; i < 500; i++) {
            char key[32];

            snprintf(key, sizeof key, "K-%d-%d", round, i);
            add_fact(&events, (uint16_t)(i % BUCKETS), key, unit, "2026-11-05", 1, false);
        }
        fake_feedback_send(&stack, &events);
        usleep((useconds_t)round * 15000);
        stack_kill(&stack, "incentive", "a", SIGKILL);
        stack_start(&stack, "incentive", "a");
        stack_wait_ready(&stack, "incentive");
    }
    count += 3000;
    assert_true(stack_until(is_booked, &count, 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(DISTINCT (sender, record_key, version, taken_back)) FROM"
                                   " incentive.credit WHERE record_key LIKE 'K-%'"),
              3000);
    check_verified();
}

static void test_close_refused_before_the_end(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(ask_json(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", NULL, &err), -1);
    assert_string_equal(err.code, "not_complete");
    assert_int_equal(ask_json(MSG(CLOSE_PERIOD), "{\"period\":\"2026M08\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_period");
}

/* September at its end: C1 168/300 = 56 %: 56 points. C2 1240/600 = 206 %: 120. After the close, 30 more for September
 * go to October, where one day of 31 is complete: planned 300/31, sold 30: 310 % = 120 points. */
static void test_close_and_late(void **state)
{
    struct fake_events events = { 0 };
    Bihuan__GetStatementReply *before, *after;
    ProtobufCMessage *reply = NULL;
    Bihuan__ListClosingsReply *closings;
    struct err err;

    (void)state;
    add_watermark(&events, "2026-10-02");
    fake_feedback_send(&stack, &events);
    wait_score("2026M09", "C1", 56000);
    if (ask_json(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", &reply, &err) != 0)
        fail_msg("close: %s", err.text);
    CHECK_INT(((Bihuan__ClosePeriodReply *)reply)->closing->statements, 2);
    before = statement("{\"period\":\"2026M09\",\"unit\":\"C1\"}");
    CHECK_INT(before->statement->score->score_milli, 56000);
    assert_true(before->statement->score->closed);
    CHECK_INT(strlen(before->statement->hash), 64);
    assert_int_equal(ask_json(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", NULL, &err), -1);
    assert_string_equal(err.code, "already_closed");

    add_fact(&events, 2, "A-9", unit_id("C1"), "2026-09-28", 30, false);
    fake_feedback_send(&stack, &events);
    wait_score("2026M10", "C1", 120000);
    after = statement("{\"period\":\"2026M09\",\"unit\":\"C1\"}");
    CHECK_INT(after->statement->score->score_milli, 56000);
    assert_string_equal(after->statement->hash, before->statement->hash);
    CHECK_INT(after->statement->n_credits, before->statement->n_credits);
    CHECK_INT(score_of("2026M09", "C1")->score_milli, 56000);
    after = statement("{\"period\":\"2026M10\",\"unit\":\"C1\",\"measure\":\"new\"}");
    CHECK_INT(after->statement->n_adjustments, 2);
    assert_string_equal(after->statement->adjustments[0]->period, "2026M09");
    CHECK_INT(after->statement->adjustments[0]->value, 30);
    CHECK_INT(after->statement->n_credits, 1);
    assert_string_equal(after->statement->credits[0]->day, "2026-09-28");
    assert_int_equal(ask_json(MSG(LIST_CLOSINGS), "{}", &reply, &err), 0);
    closings = (Bihuan__ListClosingsReply *)reply;
    CHECK_INT(closings->n_items, 1);
    CHECK_INT(closings->items[0]->late_lines, 2);
    check_verified();
}

/* The province is scored from its cities' credits by the tree of the day: C2 leaves it on 2 October. Planned on
 * 1 October 900/31 = 29.03; C1's 30 late ones and C2's 14: 44 = 151.5 %, held at 100 points. C2's 50 on 2 October are
 * no longer the province's: planned 58.06 by then, still 44 = 75.777 %. */
static void test_tree_of_the_day(void **state)
{
    struct fake_events events = { 0 };
    Bihuan__GetStatementReply *reply;
    int64_t sum = 0;

    (void)state;
    stack_apply(&stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"prov\",\"unit_type\":\"province\",\"lines\":["
                "{\"measure\":\"new\",\"weight_bp\":10000}]}]}");
    stack_apply(&stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026M10\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"900\"}]}");
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026M10\",\"reason\":\"province\"}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"Q\",\"name\":\"邻省\",\"type\":\"province\"},"
                "{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":["
                "{\"parent\":\"Q\",\"from\":\"2026-10-02\"}]}]}");
    add_fact(&events, 6, "B-8", unit_id("C2"), "2026-10-01", 14, false);
    fake_feedback_send(&stack, &events);
    wait_score("2026M10", "P", 100000);
    add_fact(&events, 6, "B-9", unit_id("C2"), "2026-10-02", 50, false);
    add_watermark(&events, "2026-10-03");
    fake_feedback_send(&stack, &events);
    wait_score("2026M10", "P", 75778);
    reply = statement("{\"period\":\"2026M10\",\"unit\":\"P\"}");
    CHECK_INT(reply->statement->credit_count, 2);
    CHECK_INT(reply->statement->n_credits, 2);
    for (size_t i = 0; i < 2; i++)
        sum += reply->statement->credits[i]->points_milli;
    CHECK_INT(sum, 75778);
    assert_string_equal(reply->statement->credits[0]->unit, "C1");
    assert_string_equal(reply->statement->credits[1]->unit, "C2");
    check_verified();
}

/* Who sees C1 only: C2 doesn't exist, the list is short, and a period isn't theirs to close. */
static void test_subtree_of_the_asker(void **state)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    (void)state;
    stack.subtree = "C1";
    assert_int_equal(ask_json(MSG(LIST_SCORES), "{\"period\":\"2026M10\"}", &reply, &err), 0);
    CHECK_INT(((Bihuan__ListScoresReply *)reply)->n_items, 1);
    assert_string_equal(((Bihuan__ListScoresReply *)reply)->items[0]->unit, "C1");
    assert_int_equal(ask_json(MSG(LIST_SCORES), "{\"period\":\"2026M10\",\"unit\":\"C2\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_unit");
    assert_int_equal(ask_json(MSG(LIST_SCORES), "{\"period\":\"2026M10\",\"under\":\"P\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_unit");
    assert_int_equal(ask_json(MSG(GET_STATEMENT), "{\"period\":\"2026M10\",\"unit\":\"C2\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_unit");
    assert_int_equal(ask_json(MSG(CLOSE_PERIOD), "{\"period\":\"2026M10\",\"force\":true}", NULL, &err), -1);
    assert_string_equal(err.code, "whole_only");
    stack.subtree = NULL;
    assert_int_equal(ask_json(MSG(LIST_SCORES), "{\"period\":\"2026M10\",\"page\":{\"limit\":3}}", &reply, &err), 0);
    CHECK_INT(((Bihuan__ListScoresReply *)reply)->n_items, 3);
    assert_true(((Bihuan__ListScoresReply *)reply)->next[0]); /* C1, C2, P and Q without a target */
}

static void test_refusals_name_their_place(void **state)
{
    static const struct {
        const char *json, *place;
    } rows[] = {
        { "{\"items\":[{\"code\":\"x\",\"unit_type\":\"team\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":9000}]}]}",
          "/items/0/lines: the weights sum to 9000" },
        { "{\"items\":[{\"code\":\"x\",\"unit_type\":\"team\",\"lines\":[{\"measure\":\"old\",\"weight_bp\":10000}]}]}",
          "/items/0/lines/0/measure: measure \"old\"" },
        { "{\"items\":[{\"code\":\"x\",\"unit_type\":\"city\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":10000}]}]}",
          "/items/0/unit_type: type \"city\" has scorecard" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        assert_int_equal(ask_json(MSG(APPLY_SCORECARDS), rows[i].json, NULL, &err), -1);
        if (!strstr(err.text, rows[i].place))
            fail_msg("row %zu: \"%s\" doesn't say \"%s\"", i, err.text, rows[i].place);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'scorecard'"), 2);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    stack.extra[0] = NULL;
    stack_start(&stack, "planning", "a");
    fake_feedback_start(&stack);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_wait_ready(&stack, "incentive");
    apply_plan();
    if (!stack_until(knows_measures, NULL, 20))
        fail_msg("the scorecard isn't taken");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_to_date),
        cmocka_unit_test(test_statement),
        cmocka_unit_test(test_reversal_comes_to_nothing),
        cmocka_unit_test(test_facts_wait_for_planning),
        cmocka_unit_test(test_crash_changes_nothing),
        cmocka_unit_test(test_killed_while_booking),
        cmocka_unit_test(test_close_refused_before_the_end),
        cmocka_unit_test(test_close_and_late),
        cmocka_unit_test(test_tree_of_the_day),
        cmocka_unit_test(test_subtree_of_the_asker),
        cmocka_unit_test(test_refusals_name_their_place),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
