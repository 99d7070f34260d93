/* The target ledger on a real daemon: a total is cut, talked about, moved, approved by somebody else, published and
 * revised; every forbidden step is refused; the ledger adds up to the cells after each of them. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

/* --- decomposition --------------------------------------------------------------------------------------------------
 */
#define BY_LAST_YEAR "'mix':[{'kind':'set','set':'y1','share':1}]"

static void test_a_total_is_cut(void **state)
{
    const Bihuan__DecomposeReply *cut;
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plans_prepare();
    as("planner", "plan.write", NULL);
    /* 1001 among 400 : 200 is 667.33 and 333.67; 667 among 300 : 100 is 500.25 and 166.75 */
    cut = (const Bihuan__DecomposeReply *)plan_do(
        MSG(DECOMPOSE),
        "{'period':'Q4','unit':'P','measure':'new','total':'1001','hedge_ppm':100000,'reason':'plan'," BY_LAST_YEAR
        "}");
    CHECK_INT(cut->cells, 6);
    CHECK_INT(cut->changed, 6);
    CHECK_INT(amount("Q4", "C1", "new", "", LATEST), 667);
    CHECK_INT(amount("Q4", "C2", "new", "", LATEST), 334);
    CHECK_INT(amount("Q4", "S1", "new", "", LATEST), 500);
    CHECK_INT(amount("Q4", "S2", "new", "", LATEST), 167);
    CHECK_INT(pg_number(&stack.pg, "SELECT hedge FROM planning.target_cell WHERE unit_id = 1"), 50 + 17 + 33);
    as("reader", "plan.read", NULL);
    why = (const Bihuan__ExplainTargetReply *)plan_do(MSG(EXPLAIN_TARGET),
                                                      "{'period':'Q4','unit':'S2','measure':'new'}");
    assert_string_equal(why->amount, "167");
    assert_string_equal(why->cut->parent, "C1");
    assert_string_equal(why->cut->parent_amount, "667");
    assert_string_equal(why->cut->quotient, "166");
    CHECK_INT(why->cut->remainder_ppm, 750000);
    assert_true(why->cut->extra);
    assert_string_equal(why->cut->mix[0]->set, "y1");
    CHECK_INT(why->n_entries, 1);
    assert_string_equal(why->entries[0]->person, "planner");
    /* the same again changes nothing, and is no act */
    as("planner", "plan.write", NULL);
    cut = (const Bihuan__DecomposeReply *)plan_do(
        MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','hedge_ppm':100000," BY_LAST_YEAR "}");
    CHECK_INT(cut->changed, 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.ledger_act"), 1);
    check_laws();
}

static void test_bounds_hold_or_are_named(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S2','measure':'new','lock':'yes'},"
                               "{'period':'Q4','unit':'C2','measure':'new','floor_ppm':1750000,'against':'y1'},"
                               "{'period':'Q4','unit':'S3','measure':'new','ceiling':'350'}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'900','reason':'less'," BY_LAST_YEAR "}");
    CHECK_INT(amount("Q4", "S2", "new", "", LATEST), 167); /* locked */
    CHECK_INT(amount("Q4", "S3", "new", "", LATEST), 350); /* 175 % of 200 */
    CHECK_INT(amount("Q4", "S1", "new", "", LATEST), 900 - 167 - 350);
    refused("less than floor and lock", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'500'," BY_LAST_YEAR "}",
            "500 of \"new\" can't be cut: these 2 bounds");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S3','measure':'new','ceiling':'300'}]}");
    refused("a ceiling below, a floor above", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'2000'," BY_LAST_YEAR "}",
            "unit \"C2\", \"new\": at least 350 contradicts the others named here");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S3','measure':'new'},{'period':'Q4','unit':'S2',"
                               "'measure':'new'},{'period':'Q4','unit':'C2','measure':'new'}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'1001','reason':'plan'," BY_LAST_YEAR "}");
    check_laws();
}

static void test_what_if_writes_nothing(void **state)
{
    const Bihuan__DecomposeReply *cut;

    (void)state;
    as("reader", "plan.read", NULL);
    cut = (const Bihuan__DecomposeReply *)plan_do(
        MSG(WHAT_IF), "{'decompose':{'period':'Q4','unit':'P','measure':'new','total':'2000','show':'C1',"
                      "'history':['y1','y2']," BY_LAST_YEAR "}}");
    CHECK_INT(cut->n_items, 2);
    assert_string_equal(cut->items[0]->unit, "S1");
    assert_string_equal(cut->items[0]->before, "500");
    /* 2000 * 2/3 = 1333; 1000 of it. History 300 and 200: mean 250, deviation 70.7: hopeless */
    assert_string_equal(cut->items[0]->amount, "1000");
    CHECK_INT(cut->items[0]->history_mean, 250);
    CHECK_INT(cut->items[0]->spread_ppm, 282842);
    CHECK_INT(cut->items[0]->risk_ppm, 1000000);
    CHECK_INT(amount("Q4", "P", "new", "", LATEST), 1001);
    as("reader", "plan.read", NULL);
    refused("a reader doesn't cut", MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new'}", "plan.write");
}

/* --- negotiation ----------------------------------------------------------------------------------------------------
 */
static void test_a_city_asks_for_change(void **state)
{
    const Bihuan__AnswerTargetsReply *talk;
    const Bihuan__ListGapsReply *gaps;

    (void)state;
    as("city-1", "plan.answer", "C1");
    plan_do(MSG(APPLY_DRAFTS), "{'items':[{'period':'Q4','unit':'C1','measure':'new','amount':'600'}]}");
    refused("the draft of one below", MSG(APPLY_DRAFTS),
            "{'items':[{'period':'Q4','unit':'S1','measure':'new','amount':'450'}]}", "must be held at it");
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PEOPLE),
            "{'items':[{'code':'shop-1','name':'s','roles':[{'role':'shop','unit':'S1','from':'2026-01-01'}]}]}");
    as("shop-1", "plan.answer", "S1");
    plan_do(MSG(APPLY_DRAFTS), "{'items':[{'period':'Q4','unit':'S1','measure':'new','amount':'450'}]}");
    as("city-1", "plan.answer", "C1");
    refused("another's draft", MSG(APPLY_DRAFTS),
            "{'items':[{'period':'Q4','unit':'C2','measure':'new','amount':'1'}]}", "not responsible");
    refused("nothing was proposed yet", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'accept'}",
            "is open");
    as("planner", "plan.answer", NULL);
    talk = (const Bihuan__AnswerTargetsReply *)plan_do(MSG(ANSWER_TARGETS),
                                                       "{'period':'Q4','unit':'P','answer':'propose'}");
    CHECK_INT(talk->n_items, 2);
    as("city-1", "plan.answer", "C1");
    refused("hands on what it hasn't accepted", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'propose'}",
            "once it accepted them");
    refused("answers for another city", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C2','answer':'accept'}",
            "not responsible for");
    refused("grants its own request", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'grant'}",
            "not responsible above");
    refused("asks without a reason", MSG(ANSWER_TARGETS),
            "{'period':'Q4','unit':'C1','answer':'ask','asks':[{'measure':'new','amount':'600'}]}", "needs a reason");
    plan_do(MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'ask','reason':'a hall is closed','asks':["
                                 "{'measure':'new','amount':'620'}]}");
    as("reader", "plan.read", NULL);
    gaps = (const Bihuan__ListGapsReply *)plan_do(MSG(LIST_GAPS), "{'period':'Q4','unit':'C1','measure':'new'}");
    CHECK_INT(gaps->n_items, 3);
    assert_string_equal(gaps->items[0]->gap, "+67");
    assert_string_equal(gaps->items[0]->below, "450");
    assert_string_equal(gaps->items[0]->state, "asked");
    as("planner", "plan.write", NULL);
    refused("a request is open", MSG(SUBMIT_PLAN), "{'period':'Q4'}", "open_request");
    as("planner", "plan.answer", NULL);
    plan_do(MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'grant'}");
    CHECK_INT(amount("Q4", "C1", "new", "", LATEST), 620);
    CHECK_INT(amount("Q4", "C2", "new", "", LATEST), 381);
    /* 500 : 167 of 620 is 464.77 and 155.23 */
    CHECK_INT(amount("Q4", "S1", "new", "", LATEST), 465);
    plan_do(MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'remind'}");
    as("city-1", "plan.answer", "C1");
    talk = (const Bihuan__AnswerTargetsReply *)plan_do(MSG(ANSWER_TARGETS),
                                                       "{'period':'Q4','unit':'C1','answer':'accept'}");
    assert_string_equal(talk->items[0]->state, "accepted");
    plan_do(MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'propose'}");
    check_laws();
}

static void test_amounts_move(void **state)
{
    const Bihuan__LedgerReply *moved;

    (void)state;
    as("planner", "plan.write", NULL);
    moved = (const Bihuan__LedgerReply *)plan_do(
        MSG(TRANSFER_TARGET), "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S3','amount':'65',"
                              "'reason':'moved customers'}");
    CHECK_INT(moved->changed, 4); /* both, and their cities */
    CHECK_INT(amount("Q4", "C1", "new", "", LATEST), 555);
    CHECK_INT(amount("Q4", "C2", "new", "", LATEST), 446);
    CHECK_INT(amount("Q4", "P", "new", "", LATEST), 1001);
    refused("more than there is", MSG(TRANSFER_TARGET),
            "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S3','amount':'401','reason':'x'}",
            "can't fall below 0");
    refused("without a reason", MSG(TRANSFER_TARGET),
            "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S3','amount':'1'}", "needs a reason");
    refused("a stale sheet", MSG(SET_TARGET), "{'period':'Q4','unit':'S1','measure':'new','amount':'1','revision':1}",
            "changed meanwhile");
    refused("a stale line", MSG(APPLY_TARGETS),
            "{'check_revision':true,'items':[{'period':'Q4','unit':'S1','measure':'new','amount':'1','revision':1}]}",
            "changed meanwhile: it is 400 at revision");
    check_laws();
}

/* --- approval -------------------------------------------------------------------------------------------------------
 */
static void test_somebody_else_approves(void **state)
{
    (void)state;
    refused("publishing isn't planning", MSG(PUBLISH_PLAN), "{'period':'Q4'}", "plan.publish");
    as("boss", "plan.publish", NULL);
    refused("a draft", MSG(PUBLISH_PLAN), "{'period':'Q4'}", "publishes approved ones only");
    as("planner", "admin", NULL);
    refused("nothing submitted", MSG(APPROVE_PLAN), "{'period':'Q4'}", "is draft, not submitted");
    refused("a consent to nothing", MSG(SUBMIT_PLAN), "{'period':'Q4','consents':['jump']}", "no warning \"jump\"");
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4'}");
    refused("own submission", MSG(APPROVE_PLAN), "{'period':'Q4'}", "somebody else must");
    refused("no change while it waits", MSG(SET_TARGET), "{'period':'Q4','unit':'S1','measure':'new','amount':'1'}",
            "takes no change");
    refused("not approved yet", MSG(PUBLISH_PLAN), "{'period':'Q4'}", "waits for approval");
    as("boss", "plan.approve", NULL);
    refused("a return without a reason", MSG(RETURN_PLAN), "{'period':'Q4'}", "lacks the permission");
    as("boss", "admin", NULL);
    refused("a return without a reason", MSG(RETURN_PLAN), "{'period':'Q4'}", "needs a reason");
    plan_do(MSG(RETURN_PLAN), "{'period':'Q4','reason':'look again'}");
    as("planner", "plan.write", NULL);
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4'}");
    as("boss", "plan.approve", NULL);
    plan_do(MSG(APPROVE_PLAN), "{'period':'Q4'}");
    as("boss", "plan.publish", NULL);
    plan_do(MSG(PUBLISH_PLAN), "{'period':'Q4'}");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.plan_move WHERE version = 1"), 6);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 7"), 1);
    check_laws();
}

static void test_a_revision_keeps_both(void **state)
{
    const Bihuan__DiffPlansReply *diff;
    const Bihuan__LintPlanReply *lint;
    const Bihuan__ListTargetsReply *list;

    (void)state;
    as("planner", "plan.write", NULL);
    refused("without a reason", MSG(REVISE_PLAN), "{'period':'Q4'}", "needs a reason");
    plan_do(MSG(REVISE_PLAN), "{'period':'Q4','reason':'flood'}");
    refused("one at a time", MSG(REVISE_PLAN), "{'period':'Q4','reason':'x'}", "in the works already");
    plan_do(MSG(SET_TARGET),
            "{'period':'Q4','unit':'S3','measure':'new','amount':'146','keep':'none','reason':'flood'}");
    as("reader", "plan.read", NULL);
    diff = (const Bihuan__DiffPlansReply *)plan_do(MSG(DIFF_PLANS), "{'period':'Q4','unit':'P'}");
    CHECK_INT(diff->from_version, 1);
    CHECK_INT(diff->changed, 3);
    CHECK_INT(diff->n_items, 2);
    assert_string_equal(diff->items[0]->unit, "P");
    assert_string_equal(diff->items[0]->change, "-300");
    assert_string_equal(diff->items[1]->unit, "C2");
    assert_string_equal(diff->items[1]->after, "146");
    lint = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), "{'period':'Q4'}");
    CHECK_INT(lint->errors, 0);
    CHECK_INT(lint->warnings, 2); /* C2 and S3 fell by more than half */
    assert_string_equal(lint->items[0]->code, "jump");
    as("planner", "plan.write", NULL);
    refused("a warning that nobody stands for", MSG(SUBMIT_PLAN), "{'period':'Q4'}", "warns of \"jump\"");
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4','consents':['jump']}");
    as("boss", "admin", NULL);
    plan_do(MSG(APPROVE_PLAN), "{'period':'Q4'}");
    plan_do(MSG(PUBLISH_PLAN), "{'period':'Q4'}");
    CHECK_INT(amount("Q4", "P", "new", "", "1"), 1001);
    CHECK_INT(amount("Q4", "P", "new", "", "2"), 701);
    list = (const Bihuan__ListTargetsReply *)plan_do(MSG(LIST_TARGETS), "{'period':'Q4','unit':'P','version':1}");
    assert_string_equal(list->items[0]->amount, "1001");
    assert_string_equal(list->state, "superseded");
    check_laws();
}

/* --- channels and periods -------------------------------------------------------------------------------------------
 */
static void test_channels_by_fit(void **state)
{
    (void)state;
    as("planner", "plan.write", NULL);
    plan_do(MSG(APPLY_FITS), "{'items':[{'code':'5g-agent','product':'5g','channel':'agent','fit':'barred'},"
                             "{'code':'5g-hall','product':'5g','channel':'hall','fit':'preferred'},"
                             "{'code':'mobile-online','product':'mobile','channel':'online','fit':'allowed',"
                             "'capacity':'60'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'old','product':'5g','total':'300','reason':'p',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','product':'5g','over':'channels','reason':'fit'}");
    /* hall 2 : online 1 at each outlet, but online sells no more than 60 of the 300: a fifth of each */
    CHECK_INT(amount("Q4", "S1", "old", "online", LATEST), 30);
    CHECK_INT(amount("Q4", "P", "old", "online", LATEST), 60);
    CHECK_INT(amount("Q4", "P", "old", "hall", LATEST), 240);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.target_cell WHERE channel_id = (SELECT id FROM"
                                   " planning.document WHERE kind = 'channel' AND code = 'agent')"),
              0);
    refused("a barred one by name", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','product':'5g','over':'channels','into':['agent']}",
            "isn't sold through channel");
    check_laws();
}

static void test_months_of_the_quarter(void **state)
{
    const Bihuan__DecomposeReply *cut;

    (void)state;
    cut = (const Bihuan__DecomposeReply *)plan_do(
        MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'periods','reason':'months'}");
    CHECK_INT(cut->changed, 18);
    CHECK_INT(amount("M10", "P", "new", "", LATEST) + amount("M11", "P", "new", "", LATEST) +
                  amount("M12", "P", "new", "", LATEST),
              amount("Q4", "P", "new", "", LATEST));
    CHECK_INT(amount("M10", "S1", "new", "", LATEST), 135); /* 400 * 31 / 92 = 134.78 */
    plan_do(MSG(TRANSFER_TARGET), "{'measure':'new','period':'M10','from_unit':'S1','to_period':'M12','to_unit':'S2',"
                                  "'amount':'20','reason':'later'}");
    CHECK_INT(amount("M10", "S1", "new", "", LATEST), 115);
    CHECK_INT(amount("M10", "P", "new", "", LATEST) + amount("M11", "P", "new", "", LATEST) +
                  amount("M12", "P", "new", "", LATEST),
              amount("Q4", "P", "new", "", LATEST));
    check_laws();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_total_is_cut),         cmocka_unit_test(test_bounds_hold_or_are_named),
        cmocka_unit_test(test_what_if_writes_nothing), cmocka_unit_test(test_a_city_asks_for_change),
        cmocka_unit_test(test_amounts_move),           cmocka_unit_test(test_somebody_else_approves),
        cmocka_unit_test(test_a_revision_keeps_both),  cmocka_unit_test(test_channels_by_fit),
        cmocka_unit_test(test_months_of_the_quarter),
    };

    return cmocka_run_group_tests_name("targets", tests, plans_start, plans_stop);
}
