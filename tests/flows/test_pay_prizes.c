/* Pay that hangs on others, by hand on real daemons: a contest with its ties, moved by what somebody else sells later;
 * a budget with a cap; what is held back until a gate opens, or until the
 * order is paid; scorecards tried on past facts. */
#include "support/check.h"
#include "support/credits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bihuan/incentive_pay.pb-c.h"
#include "payplan/paysheet.h"

static struct credit_scene scene;

static ProtobufCMessage *must(uint32_t type, const char *json)
{
    return stack_apply(&scene.stack, type, json);
}

static void refused(uint32_t type, const char *json, const char *code)
{
    struct err err;

    if (credits_ask(&scene, type, json, NULL, &err) == 0)
        fail_msg("taken: %s", json);
    assert_string_equal(err.code, code);
}

static void sell(const char *key, const char *unit, const char *day, const char *measure, int64_t value, bool back)
{
    struct credit_sale sale = { 3, key, 1, unit, "", "", day, measure, back ? -value : value, back };
    struct fake_events events = { 0 };

    credits_add(&scene, &events, &sale);
    credits_send(&scene, &events);
}

/* Fen of a component's entries of these kinds; whoever calculated only some is checked by a full calculation. */
static long booked(const char *period, const char *unit, const char *component, const char *kinds)
{
    char json[80], sql[400];

    snprintf(json, sizeof json, "{\"period\":\"%s\"}", period);
    must(MSG(CALCULATE_PAY), json);
    snprintf(json, sizeof json, "{\"period\":\"%s\",\"full\":true}", period);
    CHECK_INT(((const Bihuan__CalculatePayReply *)must(MSG(CALCULATE_PAY), json))->entries, 0);
    CHECK_INT(((const Bihuan__VerifyPayReply *)must(MSG(VERIFY_PAY), "{}"))->different, 0);
    snprintf(sql, sizeof sql,
             "SELECT coalesce(sum(amount), 0)::bigint FROM incentive.pay_entry e JOIN incentive.document u ON u.kind ="
             " 'unit' AND u.id = e.unit_id WHERE u.code = '%s' AND component = '%s' AND e.kind IN (%s)",
             unit, component, kinds);
    return pg_number(&scene.stack.pg, sql);
}

#define EARNED "1, 2, 3"

/* --- contest ---------------------------------------------------------------------------------------------------------
 */

#define RACE(budget)                                                                                                   \
    "{\"items\":[{\"code\":\"race\",\"from\":\"2026-09-01\",\"unit_types\":[\"outlet\"],\"cadence\":\"month\"," budget \
    "\"components\":[{\"code\":\"prize\",\"kind\":\"contest\",\"measure\":\"new\",\"from\":\"2026-09-05\",\"until\":"  \
    "\"2026-09-11\",\"threshold\":\"5\",\"rewards\":[{\"from_rank\":1,\"to_rank\":1,\"amount\":\"300\"},{"             \
    "\"from_rank\":2,\"to_rank\":3,\"amount\":\"100\"}]}]}]}"

static void statement_says(const char *unit, int64_t sold, int64_t fen)
{
    const Bihuan__GetPayStatementReply *reply;
    struct paysheet_report report;
    struct paysheet sheet = { 0 };
    char json[80], want[80];
    struct err err;

    snprintf(json, sizeof json, "{\"period\":\"2026M09\",\"unit\":\"%s\"}", unit);
    reply = (const Bihuan__GetPayStatementReply *)must(MSG(GET_PAY_STATEMENT), json);
    if (paysheet_read(&sheet, reply->file, strlen(reply->file), &err) != 0 ||
        paysheet_recompute(&sheet, &report, &err) != 0)
        fail_msg("%s: %s", unit, err.text);
    snprintf(want, sizeof want, "\"contest\":%lld", (long long)sold);
    assert_non_null(strstr(reply->file, want));
    snprintf(want, sizeof want, "\"earned\":%lld", (long long)fen);
    assert_non_null(strstr(reply->file, want));
    paysheet_fini(&sheet);
}

static void test_contest(void **state)
{
    (void)state;
    refused(MSG(APPLY_PAY_PLANS), RACE("\"over_budget\":\"refused\","), "not_used");
    refused(MSG(APPLY_PAY_PLANS), RACE("\"budget\":\"400\",\"over_budget\":\"never\","), "bad_over_budget");
    must(MSG(APPLY_PAY_PLANS), RACE(""));
    sell("R-1", "S1", "2026-09-06", "new", 10, false);
    sell("R-2", "S1", "2026-09-10", "new", 5, false);
    sell("R-3", "S2", "2026-09-07", "new", 15, false);
    sell("R-4", "S3", "2026-09-08", "new", 4, false);   /* below the threshold */
    sell("R-5", "S3", "2026-09-11", "new", 100, false); /* the contest is over */
    /* 15 and 15 are both first; nobody is second */
    CHECK_INT(booked("2026M09", "S1", "prize", EARNED), 30000);
    CHECK_INT(booked("2026M09", "S2", "prize", EARNED), 30000);
    CHECK_INT(booked("2026M09", "S3", "prize", EARNED), 0);
    statement_says("S1", 15, 30000);
    /* one more sale of the third: 24, so those two share the second rank, though they sold nothing since */
    sell("R-6", "S3", "2026-09-09", "new", 20, false);
    CHECK_INT(booked("2026M09", "S3", "prize", EARNED), 30000);
    CHECK_INT(booked("2026M09", "S1", "prize", EARNED), 10000);
    CHECK_INT(booked("2026M09", "S2", "prize", EARNED), 10000);
    statement_says("S2", 15, 10000);
    /* taken back: as it was */
    sell("R-6", "S3", "2026-09-09", "new", 20, true);
    CHECK_INT(booked("2026M09", "S1", "prize", EARNED), 30000);
    CHECK_INT(booked("2026M09", "S3", "prize", EARNED), 0);
}

/* 600 yuan are earned: a cap of 599.99 lets nobody review them. */
static void test_budget_with_a_cap(void **state)
{
    const char *review = "{\"period\":\"2026M09\",\"step\":\"review\"}";
    const Bihuan__CalculatePayReply *reply;

    (void)state;
    must(MSG(APPLY_PAY_PLANS), RACE("\"budget\":\"599.99\",\"over_budget\":\"refused\","));
    reply = (const Bihuan__CalculatePayReply *)must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    CHECK_INT(reply->costs[0]->earned, 60000);
    assert_true(reply->costs[0]->over);
    scene.stack.person = "second";
    refused(MSG(MOVE_PAY_PERIOD), review, "over_budget");
    scene.stack.person = NULL;
    must(MSG(APPLY_PAY_PLANS), RACE("\"budget\":\"600\",\"over_budget\":\"refused\","));
    reply = (const Bihuan__CalculatePayReply *)must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    assert_false(reply->costs[0]->over);
    scene.stack.person = "second";
    must(MSG(MOVE_PAY_PERIOD), review);
    must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"return\"}");
    scene.stack.person = NULL;
}

/* --- gates -----------------------------------------------------------------------------------------------------------
 */

/* 10 yuan for each, half of it only while the payee's bad marks (overdue bills, diverted goods: any measure) are at
 * most 10 yuan; here `paid` stands for them. */
static void test_gate(void **state)
{
    (void)state;
    must(MSG(APPLY_PAY_PLANS),
         "{\"items\":[{\"code\":\"gated\",\"from\":\"2026-10-01\",\"unit_types\":[\"outlet\"],\"cadence\":\"month\","
         "\"components\":[{\"code\":\"held\",\"kind\":\"rate\",\"measure\":\"new\",\"over\":\"volume\",\"hold_ppm\":"
         "500000,\"hold_measure\":\"paid\",\"hold_limit\":\"10\",\"bands\":[{\"from\":\"0\",\"amount\":\"10\"}]}]}]}");
    sell("G-1", "S1", "2026-10-02", "new", 10, false);
    sell("G-0", "S2", "2026-10-02", "rev", 1, false);
    {
        struct fake_events events = { 0 };

        credits_complete(&scene, &events, "2026-10-05");
        credits_send(&scene, &events);
    }
    CHECK_INT(booked("2026M10", "S1", "held", EARNED), 10000);
    CHECK_INT(booked("2026M10", "S1", "held", "4"), -5000);
    CHECK_INT(booked("2026M10", "S1", "held", "5"), 5000);  /* the gate is open */
    sell("G-2", "S1", "2026-10-03", "paid", 100001, false); /* 10.0001 yuan: shut */
    sell("G-3", "S1", "2026-10-03", "new", 10, false);
    CHECK_INT(booked("2026M10", "S1", "held", EARNED), 20000);
    CHECK_INT(booked("2026M10", "S1", "held", "4"), -10000);
    CHECK_INT(booked("2026M10", "S1", "held", "5"), 5000); /* what was free stays so, and no more is */
    sell("G-2", "S1", "2026-10-03", "paid", 100001, true);
    CHECK_INT(booked("2026M10", "S1", "held", "5"), 10000);
}

/* --- cash ------------------------------------------------------------------------------------------------------------
 */

static void say(const char *fact, const char *key, const char *of, const char *day, int64_t yuan, bool undoes)
{
    struct credit_record record = { .bucket = 5,
                                    .fact = fact,
                                    .key = key,
                                    .day = day,
                                    .version = 1,
                                    .unit = "S3",
                                    .reference = of,
                                    .amount = yuan * 10000,
                                    .quantity = 1,
                                    .undoes = undoes,
                                    .measure = strcmp(fact, "order_line") == 0 ? "rev" : NULL,
                                    .value = undoes ? -yuan * 10000 : yuan * 10000 };
    struct fake_events events = { 0 };

    if (of && of[0] == 'B')
        credits_say_of(&scene, &events, &record, "crm/bill");
    else
        credits_say(&scene, &events, &record);
    credits_send(&scene, &events);
    credits_settle(&scene);
}

/* 10 % of 100 yuan and of 30 yuan, 40 % of it held back until the order is paid: 4.00 and 1.20. */
static void test_cash(void **state)
{
    struct fake_events events = { 0 };

    (void)state;
    credits_complete(&scene, &events, "2026-10-08");
    credits_send(&scene, &events);
    must(MSG(APPLY_PAY_PLANS),
         "{\"items\":[{\"code\":\"cash\",\"from\":\"2026-10-01\",\"unit_types\":[\"outlet\"],\"cadence\":\"month\","
         "\"components\":[{\"code\":\"cash\",\"kind\":\"rate\",\"measure\":\"rev\",\"over\":\"volume\",\"hold_ppm\":"
         "400000,\"hold_cash\":true,\"bands\":[{\"from\":\"0\",\"rate_ppm\":100000}]}]}]}");
    say("order_line", "K-1", NULL, "2026-10-02", 100, false);
    say("order_line", "K-2", NULL, "2026-10-02", 30, false);
    CHECK_INT(booked("2026M10", "S3", "cash", EARNED), 1300);
    CHECK_INT(booked("2026M10", "S3", "cash", "4"), -520);
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 0);
    say("payment", "P-1", "K-1", "2026-10-03", 25, false); /* a quarter of 4.00 */
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 100);
    say("bill", "B-1", "K-1", "2026-10-03", 75, false);
    say("payment", "P-2", "B-1", "2026-10-04", 75, false); /* the bill's payment is the order's: all of it */
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 400);
    say("payment", "P-3", "K-2", "2026-10-04", 50, false); /* more than is due releases no more */
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 520);
    say("payment", "P-2", "B-1", "2026-10-04", 75, true); /* voided: what it released is taken back */
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 220);
    CHECK_INT(pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.pay_entry WHERE component = 'cash' AND kind ="
                                         " 5 AND cause = 'collected'"),
              3);
    CHECK_INT(pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.pay_entry WHERE component = 'cash' AND kind ="
                                         " 5 AND cause = 'taken_back'"),
              1);
    /* an order that is taken back has nothing to release any more */
    say("order_line", "K-2", NULL, "2026-10-02", 30, true);
    CHECK_INT(booked("2026M10", "S3", "cash", EARNED), 1000);
    CHECK_INT(booked("2026M10", "S3", "cash", "4"), -400);
    CHECK_INT(booked("2026M10", "S3", "cash", "5"), 100);
}

/* --- simulation ------------------------------------------------------------------------------------------------------
 */

/* C1 sold 30 of 300 new users in September, so 10 points; a card that gives 60 points from 5 % on, and 40 below, would
 * give it 60. Of 1,000 yuan, 60 % of them by score, that is 460 today and 760 tried. Nothing is written. */
#define CARD(points)                                                                                                   \
    "{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":10000,\"rate\":\"slab\"," \
    "\"cap_milli\":60000,\"bands\":[{\"from_ppm\":0,\"points_milli\":40000},{\"from_ppm\":50000,\"points_"             \
    "milli\":" points "},{\"from_ppm\":900000,\"points_milli\":50000}]}]}"

static bool is_scored(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.score s JOIN incentive.document u ON u.kind ="
                                      " 'unit' AND u.id = s.unit_id JOIN incentive.document p ON p.kind = 'period' AND"
                                      " p.id = s.period_id WHERE u.code = 'C1' AND p.code = '2026M09' AND score_milli"
                                      " = 10000") == 1;
}

/* All that is stored of scores, the caller's. */
static char *scores(void)
{
    return pg_value(&scene.stack.pg, "SELECT count(*) || md5(string_agg(s::text, '' ORDER BY s::text)) FROM"
                                     " incentive.score s");
}

/* Periods are scored one after another, the last of them after what `is_scored` waits for. */
static bool scores_stand(void *arg)
{
    char *then = scores(), *now;
    bool same;

    (void)arg;
    sleep(2);
    now = scores();
    same = strcmp(then, now) == 0;
    free(then);
    free(now);
    return same;
}

static void test_scorecards_tried(void **state)
{
    const Bihuan__TryPayReply *reply;
    const Bihuan__LintPayPlansReply *lint;
    struct fake_events events = { 0 };
    char *before, *after;
    bool found = false;

    (void)state;
    credits_complete(&scene, &events, "2026-10-09");
    credits_send(&scene, &events);
    assert_true(stack_until(is_scored, NULL, 20));
    must(MSG(APPLY_PAY_PLANS),
         "{\"items\":[{\"code\":\"mix\",\"from\":\"2026-09-01\",\"unit_types\":[\"city\"],\"cadence\":\"month\","
         "\"components\":[{\"code\":\"mix\",\"kind\":\"score\",\"amount\":\"1000\",\"base_ppm\":400000}]}]}");
    assert_true(stack_until(scores_stand, NULL, 20));
    before = scores();
    refused(MSG(TRY_PAY),
            "{\"period\":\"2026M09\",\"scorecards\":[{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":["
            "{\"measure\":\"new\",\"weight_bp\":9000}]}]}",
            "weights_sum");
    refused(MSG(TRY_PAY),
            "{\"period\":\"2026M09\",\"scorecards\":[{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":["
            "{\"measure\":\"new\",\"product\":\"F\",\"weight_bp\":10000}]}]}",
            "slice_unknown");
    reply = (const Bihuan__TryPayReply *)must(MSG(TRY_PAY),
                                              "{\"period\":\"2026M09\",\"scorecards\":[" CARD("60000") "]}");
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->unit, "C1") == 0) {
            found = true;
            CHECK_INT(reply->items[i]->score_today, 10000);
            CHECK_INT(reply->items[i]->score_tried, 60000);
            CHECK_INT(reply->items[i]->rank_tried, 1);
            CHECK_INT(reply->items[i]->today, 46000);
            CHECK_INT(reply->items[i]->tried, 76000);
        }
    assert_true(found);
    CHECK_INT(reply->winners, 1);
    CHECK_INT(reply->tried - reply->today, 30000);
    CHECK_INT(reply->n_findings, 4); /* cliffs at 5 % and 90 %; from 90 % on it gives less, and the cap came before */
    after = scores();
    assert_string_equal(before, after);
    lint = (const Bihuan__LintPayPlansReply *)must(MSG(LINT_PAY_PLANS), "{\"scorecards\":[" CARD("40000") "]}");
    CHECK_INT(lint->n_items, 1);
    assert_string_equal(lint->items[0]->code, "cliff");
    assert_string_equal(lint->items[0]->words, "a cliff at 90.0000 %: a little more changes the points by 10.000");
    free(before);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contest), cmocka_unit_test(test_budget_with_a_cap), cmocka_unit_test(test_gate),
        cmocka_unit_test(test_cash),    cmocka_unit_test(test_scorecards_tried),
    };
    int failed;

    credits_start(&scene);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    credits_stop(&scene);
    return failed;
}
