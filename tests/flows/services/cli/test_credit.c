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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_holdings_and_cash),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
