/* Rules of crediting, scorecards of the templates and ranks by the command line, against real daemons. */
#include "base/buf.h"
#include "support/command.h"
#include "support/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack stack;
static struct web web;

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "incentive");
    command_open(&stack, &web, "credit");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static bool knows_measures(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'measure'") >= 16;
}

/* Measures go to planning, from where incentive hears of them; then the cards are taken as they are. */
static void test_templates(void **state)
{
    char line[400];

    (void)state;
    snprintf(line, sizeof line, "apply -f %s/deploy/templates/scorecards/measures.yaml", getenv("BIHUAN_SOURCE"));
    command_expect(line, 0, "");
    assert_true(stack_until(knows_measures, NULL, 20));
    snprintf(line, sizeof line, "apply -f %s/deploy/templates/scorecards/scorecards.yaml", getenv("BIHUAN_SOURCE"));
    command_expect(line, 0, "");
    command_expect("get scorecards -o csv", 0, "tpl-account-manager");
    assert_non_null(strstr(command_output, "tpl-city"));
    assert_non_null(strstr(command_output, "tpl-dealer"));
    snprintf(line, sizeof line, "apply -f %s/deploy/templates/pay/plans.yaml", getenv("BIHUAN_SOURCE"));
    command_expect(line, 0, "");
    command_expect("get pay-plans -o csv", 0, "tpl-channel-pay");
    snprintf(line, sizeof line, "apply -f %s/deploy/templates/scorecards/scorecards.yaml", getenv("BIHUAN_SOURCE"));
    command_expect(line, 0, ""); /* once more: nothing changes */
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM incentive.scorecard_version"), 6);
}

static void test_rules(void **state)
{
    (void)state;
    command_put("rules.yaml", "kind: CreditingRules\n"
                              "items:\n"
                              "- code: team\n"
                              "  title_zh: 团队分成\n"
                              "  from: 2026-10-01\n"
                              "  order: 10\n"
                              "  when: { measures: [sc-revenue], facts: [order_line], min: \"100\" }\n"
                              "  shares:\n"
                              "  - { to: unit, ppm: 600000 }\n"
                              "  - { to: above, unit_type: county, ppm: 400000 }\n");
    command_expect("apply -f rules.yaml --dry-run", 0, "");
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM incentive.crediting_version"), 0);
    command_expect("apply -f rules.yaml", 0, "");
    command_expect("credit rules -o csv", 0, "team");
    assert_non_null(strstr(command_output, "2026-10-01"));
    command_expect("credit rules team --versions -o json", 0, "\"holds\": true");
    command_expect("get crediting-rules -o csv", 0, "team");
    command_expect("credit runs -o csv", 0, "");
    command_expect("credit list --from 2026-10-01 --until 2026-11-01 -o csv", 0, "counts_day");
    command_expect("credit excluded --from 2026-10-01 --until 2026-11-01 -o csv", 0, "reason");
    command_expect("credit totals --from 2026-10-01 --until 2026-11-01 --by unit -o csv", 0, "recorded");
    command_expect("credit explain bss X-1", 1, "X-1");
    command_put("bad.yaml", "kind: CreditingRules\n"
                            "items:\n"
                            "- code: bad\n"
                            "  when: { measures: [sc-revenue] }\n"
                            "  shares:\n"
                            "  - { to: unit, ppm: 600000 }\n");
    command_expect("apply -f bad.yaml", 1, "600000 ppm");
}

static bool knows_units(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'unit'") == 2;
}

/* Who holds which customer, from a table of its own and as a manifest; rules by cash. */
static void test_holdings_and_cash(void **state)
{
    (void)state;
    command_put("units.yaml", "kind: Units\nitems:\n- { code: P, name: 省, type: province }\n"
                              "- { code: AM1, name: 客户经理, type: salesperson, relations: [{ parent: P, from: "
                              "2026-01-01 }] }\n");
    command_expect("apply -f units.yaml", 0, "");
    assert_true(stack_until(knows_units, NULL, 20));
    command_put("holdings.yaml", "kind: CustomerHoldings\ntable: holdings.csv\n");
    command_put("holdings.csv", "customer,holder,from,until\n"
                                "Acme,AM1,2026-10-01,\n"
                                "华强,AM1,2026-10-01,2026-11-01\n");
    command_expect("apply -f holdings.yaml --dry-run", 0, "");
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM incentive.customer_holding"), 0);
    command_expect("apply -f holdings.yaml", 0, "");
    command_expect("apply -f holdings.yaml", 0, ""); /* nothing changes */
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM incentive.customer_holding"), 2);
    command_expect("credit holdings -o csv", 0, "华强,AM1,2026-10-01,2026-11-01");
    command_expect("credit holdings --day 2026-11-05 -o csv", 0, "Acme,AM1");
    assert_null(strstr(command_output, "华强"));
    command_expect("credit holdings Acme --lang zh", 0, "持有人");
    command_put("bad.csv", "customer,holder,from\nAcme,nobody,2026-10-01\n,AM1,2026-10-01\n");
    command_put("bad-holdings.yaml", "kind: CustomerHoldings\ntable: bad.csv\n");
    command_expect("apply -f bad-holdings.yaml", 1, "nobody");
    assert_non_null(strstr(command_output, "name the customer")); /* all problems at once */
    command_put("cash.yaml", "kind: CreditingRules\nitems:\n- code: cash\n  from: 2026-10-01\n  earns: cash\n"
                             "  when: { measures: [sc-revenue] }\n  shares:\n"
                             "  - { to: holder, ppm: 700000, otherwise: exclude }\n"
                             "  - { to: registration, ppm: 300000, days: 60 }\n");
    command_expect("apply -f cash.yaml", 0, "");
    command_expect("credit rules cash -o json", 0, "\"earns\": \"cash\"");
    command_put("worse.yaml", "kind: CreditingRules\nitems:\n- code: worse\n  from: 2026-10-01\n  earns: promise\n"
                              "  when: { measures: [sc-revenue] }\n  shares:\n"
                              "  - { to: unit, ppm: 1000000, days: 3, otherwise: perhaps }\n");
    command_expect("apply -f worse.yaml", 1, "use order, activation, bill or cash");
    assert_non_null(strstr(command_output, "perhaps"));
    command_expect("credit receipts -o csv", 0, "excess");
    command_expect("credit receipts bss X-1 --reason overpaid -o csv", 0, "excess");
    command_expect("credit registrations Acme --day 2026-10-05 -o csv", 0, "customer");
    command_expect("credit registrations --unit nowhere", 1, "nowhere");
}

#define OF_FEED(code, sender)                                                                                          \
    "- { code: " code ", title: t, sender: " sender ", fact: order_line, watermark: none, key: [id], columns: ["       \
    "{ field: time, column: day, format: yyyyMMdd }, { field: unit, column: shop }, { field: amount, column: yuan },"  \
    " { field: version, column: v }, { field: state, column: state }] }\n"

static bool applies_big(void *arg)
{
    (void)arg;
    return command_bihuan("apply -f big.yaml") == 0; /* once incentive has heard of the measure */
}

static bool knows_big(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'measure' AND code = 'byfeed'") &&
           pg_number(&stack.pg, "SELECT count(*) FROM incentive.crediting_version") == 3 &&
           pg_number(&stack.pg, "SELECT count(*) FROM incentive.crediting_run WHERE NOT done") == 0;
}

static bool is_booked(void *arg)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit WHERE entry IS NULL") == *(const long *)arg;
}

static void load(const char *feed, const char *rows)
{
    char line[80], name[40];

    snprintf(name, sizeof name, "%s.csv", feed);
    command_put(name, rows);
    snprintf(line, sizeof line, "feed load %s %s", feed, name);
    command_expect(line, 0, "loaded");
}

/* What holds of the feed's rows, by plain SQL over them, in yuan. */
static long rows_of(const char *feed)
{
    char sql[500];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(sum(o.amount), 0)::bigint / 10000 FROM feedback.order_line o JOIN feedback.feed_file x ON"
        " x.id = o.file_id JOIN feedback.feed f ON f.id = x.feed_id WHERE f.code = '%s' AND o.operation = 0 AND NOT"
        " EXISTS (SELECT 1 FROM feedback.order_line y WHERE y.bucket = o.bucket AND y.sender = o.sender AND"
        " y.record_key = o.record_key AND (y.operation = 1 OR y.version > o.version))",
        feed);
    return (long)pg_number(&stack.pg, sql);
}

static void expect_total(const char *sender, const char *feed, long recorded, long excluded)
{
    char path[200], wanted[40];
    struct web_reply reply;
    size_t i = 0;
    const char *text;

    reply = web_do(&web, "GET", "/api/v1/credits/totals?by=feed&measure=byfeed&from=2026-10-01&until=2026-11-01", NULL);
    for (;; i++) {
        snprintf(path, sizeof path, "items.%zu.feed", i);
        text = web_text(&reply, path);
        assert_string_not_equal(text, ""); /* it is none of them */
        if (strcmp(text, feed) == 0)
            break;
    }
    snprintf(path, sizeof path, "items.%zu.sender", i);
    assert_string_equal(web_text(&reply, path), sender);
    snprintf(path, sizeof path, "items.%zu.recorded", i);
    snprintf(wanted, sizeof wanted, "%ld", recorded * 10000);
    assert_string_equal(web_text(&reply, path), wanted);
    snprintf(path, sizeof path, "items.%zu.excluded", i);
    snprintf(wanted, sizeof wanted, "%ld", excluded * 10000);
    assert_string_equal(web_text(&reply, path), wanted);
    snprintf(path, sizeof path, "items.%zu.credited", i);
    snprintf(wanted, sizeof wanted, "%ld", (recorded - excluded) * 10000);
    assert_string_equal(web_text(&reply, path), wanted);
    web_reply_free(&reply);
    assert_int_equal(rows_of(feed), recorded);
}

/* Two feeds of one sender, one of which corrects a record and cancels another of the other's, and a feed of another. */
static void test_totals_by_feed(void **state)
{
    long rows = 12; /* fa 5; fb: b1, a2 taken back and anew, a4 taken back, anew and cancelled; fc 1 */

    (void)state;
    command_put("sum.yaml", "kind: Measures\nitems:\n- { code: byfeed, title_zh: b, title_en: b, value: amount }\n");
    command_expect("apply -f sum.yaml", 0, "");
    command_put("feeds.yaml", "kind: Feeds\nitems:\n" OF_FEED("fa", "crm") OF_FEED("fb", "crm") OF_FEED("fc", "boss"));
    command_expect("apply -f feeds.yaml", 0, "");
    command_put("big.yaml",
                "kind: CreditingRules\nitems:\n- code: big\n  title_zh: 大单\n  from: 2026-10-01\n  order: 1\n"
                "  when: { measures: [byfeed], min: \"1000\" }\n  exclude: big\n");
    assert_true(stack_until(applies_big, NULL, 20));
    assert_true(stack_until(knows_big, NULL, 20));
    load("fa", "id,day,shop,yuan,v,state\na1,20261005,P,100,1,completed\na2,20261005,P,200,1,completed\n"
               "a3,20261006,P,2000,1,completed\na4,20261006,P,70,1,completed\na5,20261006,AM1,1,1,completed\n");
    load("fb", "id,day,shop,yuan,v,state\nb1,20261005,P,50,1,completed\na2,20261007,P,250,2,completed\n"
               "a4,20261008,P,70,1,cancelled\n");
    load("fc", "id,day,shop,yuan,v,state\nc1,20261005,P,1500,1,completed\n");
    assert_true(stack_until(is_booked, &rows, 20));
    expect_total("crm", "fa", 100 + 2000 + 1, 2000);
    expect_total("crm", "fb", 50 + 250, 0);
    expect_total("boss", "fc", 1500, 1500);
    command_expect("credit totals --by feed --measure byfeed --from 2026-10-01 --until 2026-11-01 -o csv", 0, "crm,fb");
    command_expect("credit totals --by sender --measure byfeed --from 2026-10-01 --until 2026-11-01 -o json", 0,
                   "\"recorded\": 24010000"); /* crm: 2101 + 300 */
    command_expect("credit totals --by shop", 1, "sender or feed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_holdings_and_cash),
        cmocka_unit_test(test_totals_by_feed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
