/* Pay on real daemons: plans, calculation, review by a second person, close with sealed statements, what comes late,
 * what is held back, rights. Figures by hand beside the data; sums of the ledger by SQL. One test goes on where the one
 * before ended. */
#include "support/check.h"
#include "support/command.h"
#include "support/payday.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive_pay.pb-c.h"
#include "payplan/paysheet.h"

static char statement_hash[80];

/* 10 yuan for each of the first 100, 20 for each beyond; 40 % of it waits for 40 days. 60 % of 1,000 whatever the
 * score. */
#define PLAN_HEAD                                                                                                      \
    "{\"items\":[{\"code\":\"city-pay\",\"from\":\"2026-09-01\",\"unit_types\":[\"city\"],\"cadence\":\"month\","      \
    "\"budget\":\"3000\",\"components\":[{\"code\":\"sales\",\"kind\":\"rate\",\"measure\":\"new\",\"over\":"          \
    "\"volume\","
#define PLAN                                                                                                           \
    PLAN_HEAD                                                                                                          \
    "\"hold_ppm\":400000,\"hold_days\":40,\"bands\":[{\"from\":\"0\",\"amount\":\"10\"},{\"from\":\"100\","            \
    "\"amount\":\"20\"}]},{\"code\":\"base\",\"kind\":\"score\",\"amount\":\"1000\",\"base_ppm\":600000}]}]}"

static void test_plans(void **state)
{
    Bihuan__LintPayPlansReply *lint;
    Bihuan__ApplyReply *reply;

    (void)state;
    payday_refused(MSG(APPLY_PAY_PLANS),
                   PLAN_HEAD "\"bands\":[{\"from\":\"0\",\"amount\":\"10\"}],\"products\":[\"none\"]}]}]}",
                   "unknown_product");
    payday_refused(MSG(APPLY_PAY_PLANS),
                   PLAN_HEAD
                   "\"rate\":\"slab\",\"bands\":[{\"from\":\"0\",\"amount\":\"10\"},{\"from\":\"100\",\"amount\":"
                   "\"20\"}]}]}]}",
                   "cliff");
    payday_refused(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}", "no_plan");
    payday_must(MSG(APPLY_PAY_PLANS), PLAN);
    reply = (Bihuan__ApplyReply *)payday_must(MSG(APPLY_PAY_PLANS), PLAN);
    CHECK_INT(reply->unchanged, 1);
    CHECK_INT(pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.pay_plan_version"), 1);
    lint = (Bihuan__LintPayPlansReply *)payday_must(MSG(LINT_PAY_PLANS), "{}");
    CHECK_INT(lint->n_items, 0);
}

/* C1: 80 and 40 are 1,000 + 400 = 1,400 yuan, 560 of it held back; 120 % give 100 points, so all of 1,000. C2: 30 are
 * 300 yuan, 120 held back; 30 points give 600 + 30 % of 400. */
static void test_calculate(void **state)
{
    struct fake_events events = { 0 };
    Bihuan__CalculatePayReply *reply;
    Bihuan__PayResult *c1;
    Bihuan__PayPart *sales = NULL;

    (void)state;
    payday_fact(&events, 3, "A-1", "C1", "2026-09-02", 80, false);
    payday_fact(&events, 4, "A-2", "C1", "2026-09-10", 40, false);
    payday_fact(&events, 5, "B-1", "C2", "2026-09-03", 30, false);
    payday_complete(&events, "2026-10-01");
    payday_send(&events, 3);
    assert_true(payday_scored("2026-09-30"));
    reply = payday_calculate("2026M09");
    assert_string_equal(reply->period->state, "calculated");
    CHECK_INT(reply->changed, 2);
    c1 = payday_pay("C1", "2026M09", 0);
    for (size_t i = 0; i < c1->n_parts; i++)
        if (strcmp(c1->parts[i]->component, "sales") == 0)
            sales = c1->parts[i];
    assert_non_null(sales);
    CHECK_INT(sales->volume, 120);
    CHECK_INT(sales->earned, 140000);
    CHECK_INT(c1->held, 56000);
    CHECK_INT(c1->earned, 140000 + 100000);
    CHECK_INT(payday_pay("C2", "2026M09", 0)->payable, 30000 - 12000 + 72000);
    CHECK_INT(c1->earned - c1->held + c1->draw + c1->other, c1->payable);
    CHECK_INT(payday_sum("u.code = 'C1' AND component = 'sales' AND e.kind IN (1, 4)"), 140000 - 56000);
    payday_verified();
}

/* The same again books nothing; a further order books the difference to the whole, by its lines. */
static void test_again(void **state)
{
    struct fake_events events = { 0 };
    Bihuan__CalculatePayReply *reply = payday_calculate("2026M09");
    Bihuan__ListPayEntriesReply *entries;
    int64_t lines = 0;
    uint32_t first = reply->period->run;

    (void)state;
    CHECK_INT(reply->entries, 0);
    payday_fact(&events, 6, "A-0", "C1", "2026-09-01", 10, false); /* comes last, stands first */
    payday_send(&events, 4);
    reply = payday_calculate("2026M09");
    assert_true(reply->entries > 0);
    /* 130: 1,000 + 600; A-0 earns 100, A-1 80 of which 10 now at 10, A-2: 10 at 10 and 30 at 20 */
    CHECK_INT(payday_sum("u.code = 'C1' AND component = 'sales' AND e.kind = 1"), 160000);
    CHECK_INT(payday_pay("C1", "2026M09", first)->held, 56000); /* as it stood then */
    CHECK_INT(payday_pay("C1", "2026M09", 0)->held, 64000);
    entries = (Bihuan__ListPayEntriesReply *)payday_must(
        MSG(LIST_PAY_ENTRIES), "{\"unit\":\"C1\",\"period\":\"2026M09\",\"kind\":\"earning\",\"lines\":true}");
    for (size_t i = 0; i < entries->n_items; i++)
        for (size_t j = 0; strcmp(entries->items[i]->component, "sales") == 0 && j < entries->items[i]->n_lines; j++)
            lines += entries->items[i]->lines[j]->amount;
    CHECK_INT(lines, 160000);
    payday_verified();
}

/* An order and its reversal, before the close: nothing is left of either. */
static void test_reversal_in_time(void **state)
{
    struct fake_events events = { 0 };
    long before = payday_sum("component = 'sales'");

    (void)state;
    payday_fact(&events, 7, "A-9", "C1", "2026-09-12", 500, false);
    payday_send(&events, 5);
    payday_calculate("2026M09");
    assert_true(payday_sum("component = 'sales'") > before);
    payday_fact(&events, 7, "A-9", "C1", "2026-09-12", -500, true);
    payday_send(&events, 6);
    payday_calculate("2026M09");
    CHECK_INT(payday_sum("component = 'sales'"), before);
    payday_verified();
}

static void test_crash(void **state)
{
    Bihuan__PayResult *before = payday_pay("C1", "2026M09", 0);

    (void)state;
    stack_kill(&payday.stack, "incentive", "a", SIGKILL);
    stack_start(&payday.stack, "incentive", "a");
    stack_wait_ready(&payday.stack, "incentive");
    CHECK_INT(payday_pay("C1", "2026M09", 0)->payable, before->payable);
    CHECK_INT(payday_calculate("2026M09")->entries, 0);
    payday_verified();
}

/* Each sealed statement of the table was told once, with its hash, its unit and its period. */
static void issued(const char *table)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM %s s WHERE (SELECT count(*) FROM incentive.bus_stream b JOIN planning.document u"
             " ON u.kind = 'unit' AND u.id = s.unit_id WHERE b.type = 302 AND position(s.hash::bytea IN b.payload) > 0"
             " AND position(u.code::bytea IN b.payload) > 0 AND position('2026M09'::bytea IN b.payload) > 0) = 1",
             table);
    CHECK_INT(pg_number(&payday.stack.pg, sql),
              pg_number(&payday.stack.pg, arena_printf(&payday.stack.arena, "SELECT count(*) FROM %s", table)));
    assert_true(pg_number(&payday.stack.pg, sql) > 0);
}

/* Two people; the scores first; and what is calculated must be what there is. */
static void test_close(void **state)
{
    struct fake_events events = { 0 };
    Bihuan__MovePayPeriodReply *reply;

    (void)state;
    payday_refused(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"close\"}", "bad_step");
    payday_refused(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}", "own_work");
    payday.stack.person = "second";
    payday_must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}");
    payday_refused(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"close\"}", "scores_open");
    payday_must(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}");
    payday_fact(&events, 8, "L-1", "C2", "2026-09-20", 1, false); /* late, but the pay is still open: counts in it */
    payday_send(&events, 7);
    payday_refused(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"close\"}", "moved");
    payday.stack.person = NULL;
    payday_calculate("2026M09");
    payday.stack.person = "second";
    payday_must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}");
    reply = (Bihuan__MovePayPeriodReply *)payday_must(MSG(MOVE_PAY_PERIOD),
                                                      "{\"period\":\"2026M09\",\"step\":\"close\"}");
    payday.stack.person = NULL;
    assert_string_equal(reply->period->state, "closed");
    assert_int_equal(strlen(reply->period->hash), 64);
    CHECK_INT(pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.pay_statement"), 2);
    issued("incentive.pay_statement");
    issued("incentive.statement");
    CHECK_INT(pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.bus_stream WHERE type = 302"),
              pg_number(&payday.stack.pg, "SELECT (SELECT count(*) FROM incentive.statement) + 2"));
    payday_refused(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}", "already_closed");
}

/* Read, recomputed, and refused with any one byte changed. */
static void test_statement(void **state)
{
    Bihuan__GetPayStatementReply *reply = payday_statement("C1", "2026M09");
    Bihuan__GetStatementKeyReply *key = (Bihuan__GetStatementKeyReply *)payday_must(MSG(GET_STATEMENT_KEY), "{}");
    size_t len = strlen(reply->file), refusals = 0;
    struct paysheet_report report;
    struct paysheet sheet;
    struct err err;

    (void)state;
    assert_false(reply->draft);
    if (paysheet_read(&sheet, reply->file, len, &err) != 0 || paysheet_recompute(&sheet, &report, &err) != 0)
        fail_msg("the statement isn't accepted: %s", err.text);
    assert_string_equal(sheet.key, key->key);
    CHECK_INT(report.components, 2);
    CHECK_INT(report.lines, 3);
    snprintf(statement_hash, sizeof statement_hash, "%s", sheet.hash);
    paysheet_fini(&sheet);
    for (size_t i = 0; i < len; i++) {
        char was = reply->file[i];

        reply->file[i] = (char)(was ^ 1);
        refusals += paysheet_read(&sheet, reply->file, len, &err) != 0;
        paysheet_fini(&sheet);
        reply->file[i] = was;
    }
    CHECK_INT(refusals, len);
}

/* A-2, 40 of them, is taken back after the close. 130 were 1,600 yuan, 90 are 900: 700 go back, in October, and 280 of
 * it had been held. What was held of September is free from October 12 on: of, sold on the 1st and 2nd. */
static void test_late(void **state)
{
    struct fake_events events = { 0 };
    char *hash = pg_value(&payday.stack.pg, "SELECT hash FROM incentive.pay_period"), *after;
    struct paysheet sheet;
    struct err err;

    (void)state;
    payday_fact(&events, 4, "A-2", "C1", "2026-09-10", -40, true);
    payday_complete(&events, "2026-10-13"); /* 12 October is complete */
    payday_send(&events, 8);
    assert_true(payday_scored("2026-10-12"));
    payday_calculate("2026M10");
    CHECK_INT(payday_sum("u.code = 'C1' AND e.kind = 3"), -70000);
    CHECK_INT(payday_sum("u.code = 'C1' AND component = 'sales' AND e.kind IN (1, 2, 3)"), 90000);
    CHECK_INT(payday_sum("u.code = 'C1' AND component = 'sales' AND e.kind = 4"), -36000);
    CHECK_INT(payday_sum("u.code = 'C1' AND component = 'sales' AND e.kind = 5"), 36000);
    CHECK_INT(payday_pay("C1", "2026M10", 0)->other, -70000 + 28000 + 36000);
    after = pg_value(&payday.stack.pg, "SELECT hash FROM incentive.pay_period WHERE state = 'closed'");
    assert_string_equal(hash, after);
    assert_int_equal(paysheet_read(&sheet, payday_statement("C1", "2026M09")->file,
                                   strlen(payday_statement("C1", "2026M09")->file), &err),
                     0);
    assert_string_equal(sheet.hash, statement_hash);
    paysheet_fini(&sheet);
    CHECK_INT(payday_calculate("2026M10")->entries, 0);
    payday_verified();
    free(hash);
    free(after);
}

/* B-1, 30 of September, is cancelled in October, with October's day: it is September's all the same, in full. C2 had
 * sold 31; one is left. */
static void test_cancelled_later(void **state)
{
    struct fake_events events = { 0 };

    (void)state;
    payday_version(&events, 5, "B-1", "C2", "2026-10-05", -30, true, 2);
    payday_fact(&events, 5, "B-2", "C2", "2026-10-06", 4, false);
    payday_send(&events, 10);
    payday_calculate("2026M10");
    CHECK_INT(payday_sum("u.code = 'C2' AND e.kind = 3"), -30000);
    CHECK_INT(payday_sum("u.code = 'C2' AND component = 'sales' AND e.kind = 1"), 31000 + 4000);
    payday_verified();
}

/* An entry changed by hand is found. */
static void test_verify_finds(void **state)
{
    Bihuan__VerifyPayReply *reply;

    (void)state;
    free(pg_value(&payday.stack.pg,
                  "UPDATE incentive.pay_entry SET lines = NULL, amount = amount + 1 WHERE entry_id = (SELECT"
                  " min(entry_id) FROM incentive.pay_entry) RETURNING 1"));
    reply = (Bihuan__VerifyPayReply *)payday_must(MSG(VERIFY_PAY), "{}");
    assert_true(reply->different > 0);
    free(pg_value(&payday.stack.pg, "UPDATE incentive.pay_entry SET amount = amount - 1 WHERE entry_id = (SELECT"
                                    " min(entry_id) FROM incentive.pay_entry) RETURNING 1"));
}

/* The same plan with half of it: both lose by the rate, nothing is written. */
static void test_try(void **state)
{
    long entries = pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.pay_entry");
    Bihuan__TryPayReply *reply = (Bihuan__TryPayReply *)payday_must(
        MSG(TRY_PAY),
        "{\"period\":\"2026M09\",\"items\":[{\"code\":\"city-pay\",\"from\":\"2026-09-01\",\"unit_types\":"
        "[\"city\"],\"cadence\":\"month\",\"budget\":\"10\",\"components\":[{\"code\":\"sales\",\"kind\":"
        "\"rate\",\"measure\":\"new\",\"over\":\"volume\",\"bands\":[{\"from\":\"0\",\"amount\":\"5\"}]}]"
        "}]}");

    (void)state;
    CHECK_INT(reply->payees, 2);
    CHECK_INT(reply->losers, 2);
    CHECK_INT(reply->tried, (90 + 31) * 500); /* all facts that are known now */
    CHECK_INT(reply->n_costs, 1);
    assert_true(reply->costs[0]->over);
    CHECK_INT(pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.pay_entry"), entries);
}

static void test_subtree(void **state)
{
    Bihuan__ListPayReply *reply;

    (void)state;
    payday.stack.subtree = "C1";
    payday_refused(MSG(GET_PAY_STATEMENT), "{\"unit\":\"C2\",\"period\":\"2026M09\"}", "no_such_unit");
    payday_refused(MSG(LIST_PAY), "{\"unit\":\"C2\",\"period\":\"2026M09\"}", "no_such_unit");
    reply = (Bihuan__ListPayReply *)payday_must(MSG(LIST_PAY), "{\"period\":\"2026M09\"}");
    CHECK_INT(reply->n_items, 1);
    assert_string_equal(reply->items[0]->unit, "C1");
    payday.stack.subtree = NULL;
}

/* --- by hand, to payroll, disputed -----------------------------------------------------------------------------------
 */

static uint64_t adjust(const char *amount)
{
    char json[240];

    snprintf(json, sizeof json,
             "{\"adjustment\":{\"unit\":\"C2\",\"period\":\"2026M10\",\"plan\":\"city-pay\",\"amount\":\"%s\","
             "\"reason\":\"travel\"}}",
             amount);
    return ((Bihuan__AdjustmentReply *)payday_must(MSG(PROPOSE_ADJUSTMENT), json))->adjustment->id;
}

static void test_adjustments(void **state)
{
    const Bihuan__ListAdjustmentsReply *list;
    uint64_t id = adjust("-12.50");
    char json[80];

    (void)state;
    payday_refused(MSG(PROPOSE_ADJUSTMENT),
                   "{\"adjustment\":{\"unit\":\"C2\",\"period\":\"2026M09\",\"plan\":\"city-pay\",\"amount\":\"1\","
                   "\"reason\":\"late\"}}",
                   "already_closed");
    payday_refused(MSG(PROPOSE_ADJUSTMENT),
                   "{\"adjustment\":{\"unit\":\"C2\",\"period\":\"2026M10\",\"plan\":\"city-pay\",\"amount\":\"1.005\","
                   "\"reason\":\"x\"}}",
                   "bad_amount");
    CHECK_INT(payday_sum("e.kind = 9"), 0);
    snprintf(json, sizeof json, "{\"id\":%llu,\"approve\":true,\"reason\":\"seen the bills\"}", (unsigned long long)id);
    payday_refused(MSG(DECIDE_ADJUSTMENT), json, "own_work");
    payday.stack.person = "second";
    payday_must(MSG(DECIDE_ADJUSTMENT), json);
    payday_refused(MSG(DECIDE_ADJUSTMENT), json, "decided");
    payday.stack.person = NULL;
    CHECK_INT(payday_sum("u.code = 'C2' AND e.kind = 9"), -1250);
    list = (Bihuan__ListAdjustmentsReply *)payday_must(MSG(LIST_ADJUSTMENTS), "{\"unit\":\"C2\"}");
    CHECK_INT(list->n_items, 1);
    assert_string_equal(list->items[0]->reason, "travel");
    assert_string_equal(list->items[0]->decision, "seen the bills");
    payday_verified();
}

/* All of September's payable is paid once; what is taken back later is netted from what is paid next. */
static void test_payments(void **state)
{
    Bihuan__ExportPaymentsReply *reply;
    long due = payday_sum("booked_in = (SELECT min(period_id) FROM incentive.pay_period WHERE state = 'closed')");
    char json[80];

    (void)state;
    payday_refused(MSG(EXPORT_PAYMENTS), "{\"period\":\"2026M10\"}", "not_closed");
    reply = (Bihuan__ExportPaymentsReply *)payday_must(MSG(EXPORT_PAYMENTS), "{\"period\":\"2026M09\"}");
    CHECK_INT(reply->n_items, 2);
    CHECK_INT(payday_sum("e.kind = 10"), -due);
    payday_refused(MSG(EXPORT_PAYMENTS), "{\"period\":\"2026M09\"}", "nothing_due");
    snprintf(json, sizeof json, "{\"batch\":%llu,\"reference\":\"PR-1\"}", (unsigned long long)reply->batch);
    payday_must(MSG(ACKNOWLEDGE_PAYMENTS), json);
    payday_refused(MSG(ACKNOWLEDGE_PAYMENTS), json, "acknowledged");
    payday_must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"paid\"}");
    payday_verified();
}

static void test_disputes(void **state)
{
    Bihuan__DisputeReply *reply;
    char json[240];

    (void)state;
    payday_refused(MSG(RAISE_DISPUTE),
                   "{\"dispute\":{\"unit\":\"C2\",\"period\":\"2026M09\",\"about\":\"credit\",\"words\":\"mine\"}}",
                   "missing_value");
    reply = (Bihuan__DisputeReply *)payday_must(
        MSG(RAISE_DISPUTE), "{\"dispute\":{\"unit\":\"C2\",\"period\":\"2026M09\",\"about\":\"missing\",\"words\":"
                            "\"order X-1 is missing\",\"expected\":\"10\",\"component\":\"sales\"}}");
    snprintf(json, sizeof json, "{\"id\":%llu,\"step\":\"accept\",\"amount\":\"10\",\"reason\":\"found\"}",
             (unsigned long long)reply->dispute->id);
    payday_refused(MSG(MOVE_DISPUTE), json, "own_work");
    payday.stack.person = "second";
    reply = (Bihuan__DisputeReply *)payday_must(MSG(MOVE_DISPUTE), json);
    assert_string_equal(reply->dispute->state, "accepted");
    CHECK_INT(payday_sum("e.kind = 9"), -1250); /* nothing counts before a further person approved it */
    snprintf(json, sizeof json, "{\"id\":%llu,\"approve\":true}", (unsigned long long)reply->dispute->adjustment);
    payday_refused(MSG(DECIDE_ADJUSTMENT), json, "own_work");
    payday.stack.person = NULL;
    payday_must(MSG(DECIDE_ADJUSTMENT), json);
    CHECK_INT(payday_sum("e.kind = 9 AND cause = 'dispute'"), 1000); /* in October: September is closed */
    snprintf(json, sizeof json, "{\"id\":%llu,\"step\":\"refuse\",\"reason\":\"x\"}",
             (unsigned long long)reply->dispute->id);
    payday_refused(MSG(MOVE_DISPUTE), json, "bad_step");
}

/* The same by command; every look is recorded. */
static void test_by_command(void **state)
{
    (void)state;
    command_expect("pay show 2026M09", 0, "C1");
    command_expect("pay show 2026M09 --unit C1", 0, "1,600.00");
    command_expect("pay entries 2026M10 --unit C1 --lines", 0, "crm|A-2");
    command_expect("pay periods 2026M09", 0, "paid");
    command_expect("pay payments", 0, "PR-1");
    command_expect("dispute list", 0, "accepted");
    command_expect("statement key", 0, "");
    command_expect("pay statement C1 --period 2026M09", 0, "hash: ");
    command_expect("pay statement C1 --period 2026M09 --file s.json --html s.html --xlsx s.xlsx", 0,
                   "written to s.xlsx");
    command_expect("verify-statement s.json", 0, "every step recomputed: 2 components, 3 order lines");
    command_expect("verify-statement s.html", 0, "every step recomputed");
    command_expect("verify-statement s.json --key 00", 1, "another key");
    command_expect("verify-statement s.xlsx", 1, "isn't a statement");
    CHECK_INT(command_run("sed 's/A-1/A-7/' s.json >t.json; sed 's/1,600.00/1,700.00/' s.html >t.html"), 0);
    command_expect("verify-statement t.json", 1, "was changed");
    command_expect("verify-statement t.html", 1, "shows something else");
    command_expect("pay statement C1 --period 2026M10 --file d.json", 0, "");
    command_expect("verify-statement d.json", 1, "draft");
    command_expect("pay try --period 2026M09", 0, "2 payees, 0 gain, 0 lose");
    command_expect("pay lint", 0, "");
    command_put("p.yaml",
                "kind: PayPlans\nitems:\n- code: city-pay\n  from: 2026-09-01\n  unit_types: [city]\n  cadence: "
                "month\n  components:\n  - { code: base, kind: score, amount: \"500\", base_ppm: 1000000 }\n");
    command_expect("pay try --period 2026M09 -f p.yaml", 0, "2 payees, 0 gain, 2 lose");
    CHECK_INT(pg_number(&payday.stack.pg, "SELECT count(*) FROM gateway.audit WHERE path ="
                                          " '/api/v1/pay/periods/2026M09/units/C1/statement' AND stage = 'asked'"),
              2);
}

/* The first of the cities is ahead in new users: a practice card tells the others, and its effect will be measured. */
static void test_practice_from_the_top(void **state)
{
    (void)state;
    stack_apply(&payday.stack, MSG(APPLY_PEOPLE),
                "{\"items\":[{\"code\":\"admin\",\"name\":\"管理员\",\"roles\":[{\"role\":\"sales\",\"unit\":\"P\","
                "\"from\":\"2026-01-01\"}]}]}");
    command_expect("rank --period 2026M09 --type city --top 1", 0, "C1");
    command_expect("guide from-top 2026M09 --type city --top 1 --unit P --due 2099-01-31 --baseline-from 2026-09-01"
                   " --baseline-until 2026-10-01 --effect-until 2099-03-01",
                   0, "top-2026M09-C1");
    command_expect("guide show top-2026M09-C1", 0, "practice of");
    assert_non_null(strstr(command_output, "new"));
}

/* A table of two dimensions by command: refused with the place, linted, tried, applied, told which row holds, and
 * recomputed from the statement. */
#define GRID(consents, rows)                                                                                           \
    "kind: PayPlans\nitems:\n- code: grid-pay\n  from: 2026-10-01\n  unit_types: [city]\n  cadence: month\n  "         \
    "consents: [" consents                                                                                             \
    "]\n  components:\n  - code: grid\n    kind: rate\n    measure: new\n    over: volume\n    rate: flat\n"           \
    "    bands: [ {} ]\n    axes:\n    - { by: attainment, measure: new, bands: [ {}, { from_ppm: 5000000 } ] }\n"     \
    "    - { by: months, bands: [ {} ] }\n    rows:\n    - { at: [1, 1], amounts: [\"1\"] }\n" rows

static void test_two_dimensions(void **state)
{
    (void)state;
    command_put("g.yaml", GRID("", ""));
    command_expect("apply -f g.yaml", 1, "no row is given for bands [2, 1] of the axes");
    command_put("g.yaml", GRID("", "    - { at: [2, 1], amounts: [\"2\"] }\n"));
    command_expect("apply -f g.yaml", 1, "cliff");
    command_expect("pay lint -f g.yaml", 0, "new 500.00% and above");
    command_put("g.yaml", GRID("cliff", "    - { at: [2, 1], amounts: [\"2\"] }\n"));
    command_expect("pay try --period 2026M10 -f g.yaml", 0, "grid-pay");
    command_expect("apply -f g.yaml", 0, "");
    payday_calculate("2026M10");
    payday_verified();
    command_expect("pay show 2026M10 --unit C1", 0, "to below 500.00%); months of service");
    command_expect("pay statement C1 --period 2026M10 --file g.json --html g.html --xlsx g.xlsx", 0, "");
    command_expect("pay statement C1 --period 2026M10", 0, "grid is paid by the row: new ");
    CHECK_INT(command_run("grep -q '\"bihuan_statement\":2,' g.json && grep -q 'months of service' g.html"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_calculate),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_reversal_in_time),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_statement),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_try),
        cmocka_unit_test(test_cancelled_later),
        cmocka_unit_test(test_subtree),
        cmocka_unit_test(test_adjustments),
        cmocka_unit_test(test_payments),
        cmocka_unit_test(test_disputes),
        cmocka_unit_test(test_by_command),
        cmocka_unit_test(test_practice_from_the_top),
        cmocka_unit_test(test_two_dimensions),
        cmocka_unit_test(test_verify_finds),
    };

    return cmocka_run_group_tests(tests, payday_start, payday_stop);
}
