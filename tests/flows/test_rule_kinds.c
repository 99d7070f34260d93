/* Rules of every kind that is judged by the day, on real daemons, with facts whose verdicts are worked out by hand: ten
 * a day are planned for each outlet. */
#include "support/check.h"
#include "support/month.h"

#include <stdio.h>
#include <string.h>

static struct month month;

/* S1 by plan; S2 by plan to the 15th, then 5 a day; S3 sells nothing from the 22nd on; S4 does 15 a day. */
static void facts(void)
{
    month_facts(&month, "bss", "S1", "new", 1, 22, 10);
    month_facts(&month, "bss", "S2", "new", 1, 15, 10);
    month_facts(&month, "bss", "S2", "new", 16, 22, 5);
    month_facts(&month, "bss", "S3", "new", 1, 21, 10);
    month_facts(&month, "bss", "S4", "new", 1, 22, 15);
    month_fact(&month, (struct month_fact) { "bill", "S1", "paid", 21, 78, NULL, NULL });
    month_fact(&month, (struct month_fact) { "bill", "S2", "paid", 21, 78, NULL, NULL });
}

/* 185 of 220 and going on at five a day: P(X <= 185 | 220) is 0.9 %, and it will end near 230 of 300. */
static void the_one_that_slows_down(void **state)
{
    (void)state;
    assert_string_equal(month_alert(&month, "lag", "S2")->state, "firing");
    assert_string_equal(month_alert(&month, "trajectory", "S2")->state, "firing");
    assert_string_equal(month_alert(&month, "early", "S2")->severity, "info");
    CHECK_INT(month_count(&month, "lag", "", ""), 1);
    CHECK_INT(month_count(&month, "early", "", "S1"), 0);
    CHECK_INT(month_count(&month, "trajectory", "", "S1"), 0);
    CHECK_INT(month_alert(&month, "lag", "S2")->n_conditions, 3);
    CHECK_INT(month_count(&month, "usual", "all", ""), 0); /* 0.9 % is an accident unless a rule says otherwise */
}

/* By the end of three weeks three forecasts were over: of the second week by the first, of the third by the first and
 * by the second. S1 kept to its plan. S2 had 140 by then and went on with 10 and six times 5: 180, not 210, 30 off
 * twice, of 140 + 180 + 180 that came. */
static void forecasts_are_held_to_account(void **state)
{
    const Bihuan__GetProgressReply *reply = (const Bihuan__GetProgressReply *)month_ask(
        &month, MSG(GET_PROGRESS), "{'unit':'C1','measure':'new','by':'children','forecast':true}");
    const Bihuan__Progress *slow = reply->items[0], *even = reply->items[1];

    (void)state;
    assert_string_equal(slow->unit, "S2");
    assert_string_equal(slow->forecast, "leaning");
    CHECK_INT(slow->forecasts, 3);
    CHECK_INT(slow->forecasts_banded, 3);
    CHECK_INT(slow->forecasts_inside, 1);
    CHECK_INT(slow->forecast_error_ppm, 120000);
    assert_true(slow->landing_low < slow->landing && slow->landing < slow->landing_high);
    assert_string_equal(even->unit, "S1");
    CHECK_INT(even->landing, 300);
    CHECK_INT(even->forecasts, 3);
    CHECK_INT(even->forecasts_inside, 3);
    CHECK_INT(even->forecast_error_ppm, 0);
    reply = (const Bihuan__GetProgressReply *)month_ask(&month, MSG(GET_PROGRESS),
                                                        "{'unit':'C1','measure':'new','by':'children'}");
    CHECK_INT(reply->items[0]->forecasts, 0); /* it costs a walk through the days: only where it is asked for */
}

/* Ten expected, none came, the feed is live: e^-10. The first sale ends it. */
static void zero_sales_with_a_live_feed(void **state)
{
    const Bihuan__Alert *alert = month_alert(&month, "zero", "S3");

    (void)state;
    assert_string_equal(alert->state, "firing");
    CHECK_INT(month_count(&month, "zero", "", ""), 1);
    month_facts(&month, "bss", "S3", "new", 23, 23, 1);
    month_facts(&month, "bss", "S1", "new", 23, 23, 10);
    month_facts(&month, "bss", "S2", "new", 23, 23, 5);
    month_facts(&month, "bss", "S4", "new", 23, 23, 15);
    month_complete(&month, 23);
    assert_string_equal(month_alert(&month, "zero", "S3")->state, "resolved");
}

/* The budget is spent on the 21st: S1 78 of 100, with 210 of 300 sold by then 8 points ahead. S2 with 180: 18 points.
 */
static void a_budget_ahead_of_sales(void **state)
{
    (void)state;
    assert_string_equal(month_alert(&month, "budget", "S2")->state, "firing");
    CHECK_INT(month_count(&month, "budget", "", "S1"), 0);
}

/* Of four outlets one does 150 % of its plan. */
static void one_that_stands_out(void **state)
{
    (void)state;
    assert_string_equal(month_alert(&month, "good", "S4")->state, "firing");
    CHECK_INT(month_count(&month, "good", "all", ""), 1);
}

/* The same rule where it isn't about the unit: by type, level, subtree, channel. */
static void rules_have_a_scope(void **state)
{
    static const char *const nowhere[] = { "by-type", "by-level", "by-tree", "by-channel" };

    (void)state;
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
        if (month_count(&month, nowhere[i], "all", "") != 0)
            fail_msg("rule %s fired", nowhere[i]);
    CHECK_INT(month_count(&month, "by-all", "", "S2"), 1);
}

static void what_makes_no_rule(void **state)
{
    static const struct {
        const char *rule, *pointer;
    } rows[] = {
        { "{'code':'x','kind':'odd','measure':'new'}", "/items/0/kind" },
        { "{'code':'x','kind':'zero_sales','measure':'rev'}", "/items/0/measure" },
        { "{'code':'x','kind':'ahead','measure':'new'}", "/items/0/against" },
        { "{'code':'x','kind':'lag','measure':'new','subtree':'Q'}", "/items/0/subtree" },
        { "{'code':'x','kind':'lag','measure':'new','levels':[99]}", "/items/0/levels" },
        { "{'code':'x','kind':'lag','measure':'new','significance_ppm':1000001}", "/items/0/significance_ppm" },
        { "{'code':'x','kind':'lag','measure':'new','channel':'q'}", "/items/0/channel" },
        { "{'code':'x','kind':'feed_silent','measure':'new'}", "/items/0/measure" },
        { "{'code':'x','kind':'trajectory','measure':'new','hit_below_ppm':1000000}", "/items/0/hit_below_ppm" },
        { "{'code':'x','kind':'threshold','measure':'new','limit':'1','product':'a'}", "/items/0/product" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[300];
        struct err err;

        snprintf(json, sizeof json, "{\"items\":[%s]}", rows[i].rule);
        for (char *p = json; *p; p++)
            if (*p == '\'')
                *p = '"';
        if (stack_try(&month.stack, MSG(APPLY_RULES), json, &err) == 0)
            fail_msg("taken: %s", rows[i].rule);
        if (!strstr(err.text, rows[i].pointer))
            fail_msg("%s: %s", rows[i].rule, err.text);
    }
}

static int set_up(void **state)
{
    (void)state;
    month_begin(
        &month,
        &(struct month_scene) {
            .targets = "S1 new 300;S2 new 300;S3 new 300;S4 new 300;S1 paid 100;S2 paid 100",
            .rules =
                "{'code':'lag','kind':'lag','measure':'new','significance_ppm':20000,'min_shortfall':'3'},"
                "{'code':'trajectory','kind':'trajectory','measure':'new'},"
                "{'code':'early','kind':'early_warning','measure':'new'},"
                "{'code':'zero','kind':'zero_sales','measure':'new'},"
                "{'code':'good','kind':'outlier','measure':'new','peers_least':4},"
                "{'code':'budget','kind':'ahead','measure':'paid','against':'new'},"
                "{'code':'by-all','kind':'lag','measure':'new','significance_ppm':1000000,'unit_types':['outlet'],"
                "'levels':[2],'subtree':'C1','unit_channels':['agent']},"
                "{'code':'by-type','kind':'lag','measure':'new','significance_ppm':1000000,'unit_types':['city']},"
                "{'code':'by-level','kind':'lag','measure':'new','significance_ppm':1000000,'levels':[0,1,3]},"
                "{'code':'by-tree','kind':'lag','measure':'new','significance_ppm':1000000,'subtree':'C2'},"
                "{'code':'by-channel','kind':'lag','measure':'new','significance_ppm':1000000,'unit_channels':['hall']}"
                ",{'code':'usual','kind':'lag','measure':'new'}",
            .facts = facts,
            .complete = 22 });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_stop(&month);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_that_slows_down), cmocka_unit_test(forecasts_are_held_to_account),
        cmocka_unit_test(a_budget_ahead_of_sales), cmocka_unit_test(one_that_stands_out),
        cmocka_unit_test(rules_have_a_scope),      cmocka_unit_test(zero_sales_with_a_live_feed),
        cmocka_unit_test(what_makes_no_rule),
    };

    return cmocka_run_group_tests_name("rule kinds", tests, set_up, tear_down);
}
