/* Data that comes behind its judgement: an alert that fired stays, its history says what came late and what that
 * changes, once for each late file; it is over by the clear limit alone. Ten a day are planned. */
#include "support/check.h"
#include "support/failing.h"
#include "support/month.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct month month;

static const Bihuan__ExplainAlertReply *why(void)
{
    return (const Bihuan__ExplainAlertReply *)month_ask(&month, MSG(EXPLAIN_ALERT), "{'id':'%s'}",
                                                        month_alert(&month, "lag", "S1")->id);
}

/* 150 of 220 by the 22nd. Then 60 come late, spread over days that are judged: 210 of 220. */
static void a1_20_a_late_file_is_one_correction(void **state)
{
    const Bihuan__ExplainAlertReply *reply;
    size_t before;

    (void)state;
    month_facts(&month, "bss", "S1", "new", 1, 15, 10);
    month_complete(&month, 22);
    reply = why();
    assert_string_equal(reply->alert->state, "firing");
    CHECK_INT(reply->alert->inputs->actual, 150);
    assert_false(reply->alert->late_corrected);
    before = reply->n_history;
    month_facts(&month, "bss", "S1", "new", 16, 21, 10);
    month_send(&month);
    usleep(2200000);
    reply = why();
    assert_string_equal(reply->alert->state, "firing"); /* it fired; what is true now is judged with the next day */
    assert_true(reply->alert->late_corrected);
    CHECK_INT(reply->alert->inputs->actual, 210);
    /* 80 more were planned for the last eight days, and 90 are lacking: hard, not hopeless */
    assert_in_range(reply->alert->inputs->hit_ppm, 1000, 500000);
    assert_string_equal(reply->alert->inputs->as_of, "2026-11-22");
    CHECK_INT(reply->n_history, before + 1);
    assert_string_equal(reply->history[0]->from, "firing");
    assert_string_equal(reply->history[0]->to, "firing");
    assert_string_equal(reply->history[0]->note,
                        "data that came late: 210 instead of 150; not in breach by what is known now");
    CHECK_INT(reply->history[0]->inputs->actual, 210);
    CHECK_INT(reply->history[1]->inputs->actual, 150); /* as it was when it fired */
}

/* What a restart finds unchanged is no correction; facts of a day that isn't judged yet are none either. */
static void a1_20_nothing_else_is_a_correction(void **state)
{
    size_t before = why()->n_history;

    (void)state;
    stack_kill(&month.stack, "monitoring", "a", 9);
    stack_start(&month.stack, "monitoring", "a");
    stack_wait_ready(&month.stack, "monitoring");
    month_facts(&month, "bss", "S1", "new", 23, 23, 20);
    month_facts(&month, "bss", "S2", "new", 5, 5, 10); /* of another */
    month_send(&month);
    usleep(2200000);
    CHECK_INT(why()->n_history, before);
}

/* 23rd: 230 of 230, 24th: 240 of 240. Two clear days end it. */
static void a1_20_it_is_over_by_the_clear_limit(void **state)
{
    (void)state;
    month_facts(&month, "bss", "S1", "new", 24, 24, 10);
    month_complete(&month, 24);
    assert_string_equal(why()->alert->state, "resolved");
    /* and an order that is cancelled behind that still shows */
    month_fact(&month, (struct month_fact) { "bss", "S1", "new", 20, -90, NULL, NULL });
    month_send(&month);
    usleep(2200000);
    assert_string_equal(why()->alert->state, "resolved");
    assert_string_equal(why()->history[0]->note,
                        "data that came late: 150 instead of 240; in breach by what is known now");
}

#define LIMIT_RULE                                                                                                     \
    "{'code':'limit','kind':'threshold','measure':'new','limit':'5','unit_types':['outlet'],'subtree':'S2'"

static const Bihuan__ExplainAlertReply *about_limit(void)
{
    return (const Bihuan__ExplainAlertReply *)month_ask(&month, MSG(EXPLAIN_ALERT), "{'id':'%s'}",
                                                        month_alert(&month, "limit", "S2")->id);
}

static void expect_limit(const char *state, bool unwatched, const char *note)
{
    const Bihuan__ExplainAlertReply *reply = about_limit();

    assert_string_equal(reply->alert->state, state);
    CHECK_INT(reply->alert->inputs->unwatched, unwatched);
    assert_string_equal(reply->history[0]->note, note);
}

/* A rule that is switched off measures nothing: its alert ends, and those who were told hear that nobody looks. */
static void a1_07_a_rule_that_is_off_ends_its_alerts(void **state)
{
    (void)state;
    month_ask(&month, MSG(APPLY_RULES), "{'items':[" LIMIT_RULE "}]}");
    month_facts(&month, "bss", "S2", "new", 24, 24, 1);
    month_send(&month);
    expect_limit("firing", false, "");
    month_ask(&month, MSG(APPLY_RULES), "{'items':[" LIMIT_RULE ",'off':true}]}");
    expect_limit("resolved", true, "nobody judges it any more: its rule was switched off");
    month_facts(&month, "bss", "S2", "new", 24, 24, 1);
    month_send(&month);
    expect_limit("resolved", true, "nobody judges it any more: its rule was switched off");
    month_ask(&month, MSG(APPLY_RULES), "{'items':[" LIMIT_RULE "}]}");
    month_facts(&month, "bss", "S2", "new", 24, 24, 1);
    month_send(&month);
    expect_limit("firing", false, "");
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'limit','kind':'threshold','measure':'new','limit':'5',"
              "'unit_types':['dealer'],'subtree':'S2'}]}");
    expect_limit("resolved", true, "nobody judges it any more: its rule doesn't cover the unit any more");
}

static void all_were_told_the_same(void **state)
{
    (void)state;
    failing_agree(4); /* the lag fires and ends, the limit too, twice at those who hear all */
}

static int set_up(void **state)
{
    (void)state;
    failing_prepare();
    month_start(&month);
    month_plan(&month, "S1 new 300;S2 new 300");
    failing_apply(&month.stack, "");
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'lag','kind':'lag','measure':'new','significance_ppm':20000,'unit_types':['outlet'],"
              "'subtree':'S1'}]}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    failing_stop();
    month_stop(&month);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAILING_ROW(a1_20_a_late_file_is_one_correction), FAILING_ROW(a1_20_nothing_else_is_a_correction),
        FAILING_ROW(a1_20_it_is_over_by_the_clear_limit), FAILING_ROW(a1_07_a_rule_that_is_off_ends_its_alerts),
        cmocka_unit_test(all_were_told_the_same),
    };

    return cmocka_run_group_tests_name("late facts", tests, set_up, tear_down);
}
