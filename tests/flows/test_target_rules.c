/* What must not happen to targets, on a real daemon: no period gets stuck behind a closed unit, nobody approves what
 * they wrote, bounds hold whoever writes, and shorter periods and channels add up or somebody stands for it. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

/* --- closed units ---------------------------------------------------------------------------------------------------
 */
static void test_a_closed_unit_gives_up_its_targets(void **state)
{
    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'Q1','from':'2027-01-01','until':'2027-04-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_UNITS),
            "{'items':[{'code':'R','name':'r','type':'province'},"
            "{'code':'A1','name':'a','type':'city','relations':[{'parent':'R','from':'2026-01-01'}]},"
            "{'code':'A2','name':'a','type':'city','relations':[{'parent':'R','from':'2026-01-01'}]},"
            "{'code':'A3','name':'a','type':'city','relations':[{'parent':'R','from':'2026-01-01'}]}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q1','unit':'R','measure':'new','total':'90','reason':'plan'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q1','unit':'R','measure':'old','total':'30','reason':'plan'}");
    publish_plan("Q1", "");
    plan_do(MSG(CLOSE_UNIT), "{'unit':'A1','from':'2027-01-01','reason':'closed','consents':['targets_unbalanced']}");
    plan_do(MSG(REVISE_PLAN), "{'period':'Q1','reason':'A1 is closed'}");
    refused("it has a target", MSG(SUBMIT_PLAN), "{'period':'Q1'}", "correct one of them");
    refused("more for it", MSG(SET_TARGET), "{'period':'Q1','unit':'A1','measure':'new','amount':'31','reason':'x'}",
            "can be taken from it only");
    refused("a gift to it", MSG(TRANSFER_TARGET),
            "{'period':'Q1','measure':'new','from_unit':'A2','to_unit':'A1','amount':'1','reason':'x'}",
            "can be taken from it only");
    plan_do(MSG(TRANSFER_TARGET),
            "{'period':'Q1','measure':'new','from_unit':'A1','to_unit':'A2','amount':'10','reason':'x'}");
    CHECK_INT(amount("Q1", "R", "new", "", LATEST), 90);
    CHECK_INT(amount("Q1", "A2", "new", "", LATEST), 40);
    check_laws();
    /* 20 more go to A2 and A3 as 40 to 30: 11.43 and 8.57 */
    plan_do(MSG(SET_TARGET), "{'period':'Q1','unit':'A1','measure':'new','amount':'0','reason':'x'}");
    CHECK_INT(amount("Q1", "R", "new", "", LATEST), 90);
    CHECK_INT(amount("Q1", "A2", "new", "", LATEST), 51);
    CHECK_INT(amount("Q1", "A3", "new", "", LATEST), 39);
    refused("0 for an open unit", MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q1','unit':'A2','measure':'old','amount':'0'}]}", "must be above 0");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q1','unit':'A1','measure':'old','amount':'0'},"
                                "{'period':'Q1','unit':'A2','measure':'old','amount':'20'}]}");
    CHECK_INT(amount("Q1", "A1", "old", "", LATEST), 0);
    check_laws();
    publish_plan("Q1", "'jump'");
}

static void test_a_cut_takes_from_closed_units(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'Q2','from':'2027-04-01','until':'2027-07-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q2','unit':'R','measure':'new','total':'90','reason':'plan'}");
    plan_do(MSG(CLOSE_UNIT), "{'unit':'A2','from':'2027-03-01','reason':'closed','consents':['targets_unbalanced']}");
    CHECK_INT(amount("Q2", "A2", "new", "", LATEST), 45);
    plan_do(MSG(DECOMPOSE), "{'period':'Q2','unit':'R','measure':'new','reason':'again'}");
    CHECK_INT(amount("Q2", "A2", "new", "", LATEST), 0);
    CHECK_INT(amount("Q2", "A3", "new", "", LATEST), 90);
    check_laws();
    publish_plan("Q2", "");
}

/* --- approval -------------------------------------------------------------------------------------------------------
 */
/* How many versions the person is asked to approve or publish. */
static long versions_to_do(const char *person)
{
    const Bihuan__ListTasksReply *tasks;
    long count = 0;

    as(person, NULL, NULL);
    tasks = (const Bihuan__ListTasksReply *)plan_do(MSG(LIST_TASKS), "{}");
    for (size_t i = 0; i < tasks->n_items; i++)
        count += strcmp(tasks->items[i]->kind, "plan") == 0;
    return count;
}

static void test_nobody_approves_what_they_wrote(void **state)
{
    (void)state;
    as("ann", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'1000','reason':'plan'}");
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4'}");
    plan_do(MSG(RETURN_PLAN), "{'period':'Q4','reason':'once more'}");
    as("bob", NULL, NULL);
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4'}");
    refused("own submission", MSG(APPROVE_PLAN), "{'period':'Q4'}", "\"bob\" submitted version 1");
    as("ann", NULL, NULL);
    refused("an earlier submission", MSG(APPROVE_PLAN), "{'period':'Q4'}", "\"ann\" submitted version 1");
    plan_do(MSG(RETURN_PLAN), "{'period':'Q4','reason':'once more'}");
    as("eve", NULL, NULL);
    plan_do(MSG(SET_TARGET), "{'period':'Q4','unit':'S1','measure':'new','amount':'260','reason':'x'}");
    as("bob", NULL, NULL);
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4'}");
    as("eve", NULL, NULL);
    refused("own change", MSG(APPROVE_PLAN), "{'period':'Q4'}", "\"eve\" changed targets in version 1");
    CHECK_INT(versions_to_do("eve"), 0);
    CHECK_INT(versions_to_do("boss"), 1);
    plan_do(MSG(APPROVE_PLAN), "{'period':'Q4'}");
    as("bob", NULL, NULL);
    refused("publish an own submission", MSG(PUBLISH_PLAN), "{'period':'Q4'}", "can't publish it");
    CHECK_INT(versions_to_do("bob"), 0); /* nor are they asked to */
    CHECK_INT(versions_to_do("eve"), 0);
    CHECK_INT(versions_to_do("boss"), 1);
    plan_do(MSG(PUBLISH_PLAN), "{'period':'Q4'}");
}

/* --- into what ------------------------------------------------------------------------------------------------------
 */
static void test_each_is_named_once(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    refused("a period twice", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M10','M11','M12','M12'],'reason':'x'}",
            "period \"M12\" is named twice");
    refused("a channel twice", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','over':'channels','into':['hall','hall'],'reason':'x'}",
            "\"hall\" is named twice");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.target_cell WHERE channel_id > 0"), 0);
    check_laws();
}

/* --- bounds ---------------------------------------------------------------------------------------------------------
 */
static void test_bounds_hold_whoever_writes(void **state)
{
    const Bihuan__LintPlanReply *lint;

    (void)state;
    plan_do(MSG(REVISE_PLAN), "{'period':'Q4','reason':'bounds'}");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'C1','measure':'new','lock':'yes'},"
                               "{'period':'Q4','unit':'C2','measure':'new','ceiling':'600'}]}");
    refused("apply to a locked one", MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q4','unit':'C1','measure':'new','amount':'77'}]}", "held at 500 and can't become 77");
    refused("so in a trial", MSG(APPLY_TARGETS),
            "{'dry_run':true,'items':[{'period':'Q4','unit':'C2','measure':'new','amount':'601'}]}",
            "601 is not at most 600");
    refused("another total", MSG(DECOMPOSE), "{'period':'Q4','unit':'C1','measure':'new','total':'400','reason':'x'}",
            "can't become 400");
    refused("so as a question", MSG(WHAT_IF), "{'decompose':{'period':'Q4','unit':'C1','measure':'new','total':'400'}}",
            "can't become 400");
    plan_do(MSG(APPLY_BOUNDS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','ceiling':'100'}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','over':'channels','into':['hall','online'],'reason':'x'}");
    CHECK_INT(amount("Q4", "P", "new", "hall", LATEST), 100);
    CHECK_INT(amount("Q4", "P", "new", "online", LATEST), 900);
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall'},"
                               "{'period':'Q4','unit':'C2','measure':'new','ceiling':'5'}]}");
    lint = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), "{'period':'Q4'}");
    assert_string_equal(lint->items[0]->code, "out_of_bounds");
    assert_string_equal(lint->items[0]->unit, "C2");
    refused("nobody stands for it", MSG(SUBMIT_PLAN), "{'period':'Q4'}", "warns of \"out_of_bounds\"");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'C1','measure':'new'},"
                               "{'period':'Q4','unit':'C2','measure':'new'}]}");
    check_laws();
}

/* --- months ---------------------------------------------------------------------------------------------------------
 */
static long of_months(const char *unit, const char *measure)
{
    return amount("M10", unit, measure, "", LATEST) + amount("M11", unit, measure, "", LATEST) +
           amount("M12", unit, measure, "", LATEST);
}

static void test_months_are_the_quarter(void **state)
{
    char units[4000];
    size_t n = (size_t)snprintf(units, sizeof units, "{'items':[{'code':'D','name':'d','type':'city'}");

    (void)state;
    /* only C2 has a part of P's 100: what it doesn't cover has its months too */
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q4','unit':'P','measure':'old','amount':'100'},"
                                "{'period':'Q4','unit':'C2','measure':'old','amount':'40'}],'reason':'part'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'old','over':'periods','reason':'months'}");
    CHECK_INT(of_months("P", "old"), 100);
    CHECK_INT(of_months("C2", "old"), 40);
    CHECK_INT(amount("M10", "P", "old", "", LATEST), 34); /* 100 * 31 / 92 = 33.7 */
    check_laws();
    /* 30 outlets of 1 each: none has a third, but a third of them has one */
    for (int i = 0; i < 30; i++)
        n += (size_t)snprintf(units + n, sizeof units - n,
                              ",{'code':'T%02d','name':'t','type':'outlet','relations':[{'parent':'D','from':"
                              "'2026-01-01'}]}",
                              i);
    snprintf(units + n, sizeof units - n, "]}");
    plan_do(MSG(APPLY_UNITS), units);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','total':'30','over':'leaves','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','over':'periods','reason':'x'}");
    CHECK_INT(amount("M10", "D", "old", "", LATEST), 10); /* 10.1, 9.8, 10.1 */
    CHECK_INT(amount("M11", "D", "old", "", LATEST), 10);
    CHECK_INT(amount("M12", "D", "old", "", LATEST), 10);
    for (int i = 0; i < 30; i++) {
        char unit[16];

        snprintf(unit, sizeof unit, "T%02d", i);
        CHECK_INT(of_months(unit, "old"), 1);
    }
}

static void test_months_have_their_own_tree(void **state)
{
    (void)state;
    plan_do(MSG(CLOSE_UNIT), "{'unit':'T00','from':'2026-11-15','reason':'closed','consents':['targets_unbalanced']}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','total':'9000','over':'leaves','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','over':'periods','reason':'x'}");
    CHECK_INT(amount("M12", "T00", "old", "", LATEST), 0);
    CHECK_INT(of_months("T00", "old"), 300);
    CHECK_INT(of_months("D", "old"), 9000);
    CHECK_INT(amount("M12", "D", "old", "", LATEST), 3033); /* 9000 * 31 / 92 = 3032.6 */
    /* a locked month stays, the others make up for it */
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'T01','measure':'old','lock':'yes'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','total':'4500','over':'leaves','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','over':'periods','reason':'x'}");
    CHECK_INT(amount("M10", "T01", "old", "", LATEST), 102); /* 3033 / 30 = 101 and 3 left over */
    CHECK_INT(of_months("T01", "old"), 150);
    CHECK_INT(of_months("D", "old"), 4500);
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'T01','measure':'old'}]}");
    check_laws();
    publish_plan("M12", "'empty_leaf','unit_closes','missing_measure','zero_target'"); /* the quarter's too */
}

/* --- channels -------------------------------------------------------------------------------------------------------
 */
#define OF_CHANNELS(unit) (amount("Q4", unit, "old", "hall", LATEST) + amount("Q4", unit, "old", "online", LATEST))

static void test_channels_are_the_whole(void **state)
{
    (void)state;
    /* P has 100, C2 40 of it */
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','over':'channels','into':['hall','online'],'reason':'x'}");
    CHECK_INT(OF_CHANNELS("P"), 100);
    CHECK_INT(OF_CHANNELS("C2"), 40);
    CHECK_INT(amount("Q4", "P", "old", "hall", LATEST), 50);
    /* what isn't named has nothing any more */
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','over':'channels','into':['online','agent'],'reason':'x'}");
    CHECK_INT(amount("Q4", "P", "old", "hall", LATEST), 0);
    CHECK_INT(amount("Q4", "C2", "old", "hall", LATEST), 0);
    CHECK_INT(amount("Q4", "P", "old", "agent", LATEST), 50);
    /* outlets of 1 each: a third of them in each channel, one has none (T00 is closed in December only) */
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','total':'30','over':'leaves','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','over':'channels','reason':'x'}");
    CHECK_INT(amount("Q4", "D", "old", "hall", LATEST), 10);
    CHECK_INT(amount("Q4", "D", "old", "online", LATEST), 10);
    CHECK_INT(amount("Q4", "D", "old", "agent", LATEST), 10);
    CHECK_INT(OF_CHANNELS("T03") + amount("Q4", "T03", "old", "agent", LATEST), 1);
    /* a ceiling above leaves holds, the others take what it leaves */
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'D','measure':'old','channel':'hall','ceiling':'4'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'D','measure':'old','over':'channels','reason':'x'}");
    CHECK_INT(amount("Q4", "D", "old", "hall", LATEST), 4);
    CHECK_INT(amount("Q4", "D", "old", "agent", LATEST), 13);
    check_laws();
}

/* --- the check over periods and channels ----------------------------------------------------------------------------
 */
static void test_periods_that_add_up_go_together(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'H','from':'2027-07-01','until':'2027-09-01','calendar':'flat'},"
                                "{'code':'H1','from':'2027-07-01','until':'2027-08-01','calendar':'flat'},"
                                "{'code':'H2','from':'2027-08-01','until':'2027-09-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'H','unit':'R','measure':'new','total':'100','levels':1,'reason':'x'}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'H','unit':'R','measure':'new','over':'periods','into':['H1','H2'],'reason':'x'}");
    publish_plan("H", ""); /* with both of its halves */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.plan_version v JOIN planning.document d ON d.kind ="
                                   " 'period' AND d.id = v.period_id AND d.code IN ('H', 'H1', 'H2')"
                                   " WHERE v.state = 'published' AND v.version = 1"),
              3);
    plan_do(MSG(REVISE_PLAN), "{'period':'H2','reason':'more'}");
    plan_do(MSG(SET_TARGET), "{'period':'H2','unit':'R','measure':'new','amount':'60','keep':'none','reason':'x'}");
    CHECK_INT(amount("H", "R", "new", "", LATEST), 110); /* the longer one follows, in a draft */
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'H2','unit':'R','measure':'new','amount':'61'},"
                                "{'period':'H2','unit':'A3','measure':'new','amount':'61'}]}");
    refused("not what the longer one has", MSG(SUBMIT_PLAN), "{'period':'H2'}",
            "it was cut completely over periods, which now have 111 together, not 110");
    refused("it can't be published either", MSG(SUBMIT_PLAN), "{'period':'H'}", "have 111 together, not 110");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'H2','unit':'R','measure':'new','amount':'60'},"
                                "{'period':'H2','unit':'A3','measure':'new','amount':'60'}]}");
    publish_plan("H2", "");
    CHECK_INT(pg_number(&stack.pg, "SELECT sum(amount) FROM planning.target_cell c JOIN planning.plan_version v USING"
                                   " (period_id, version) JOIN planning.document d ON d.kind = 'period' AND d.id ="
                                   " c.period_id AND d.code = 'H' JOIN planning.document u ON u.kind = 'unit' AND u.id"
                                   " = c.unit_id AND u.code = 'R' WHERE v.state = 'published'"),
              110); /* the longer one came into force with it */
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'H','unit':'R','measure':'new','channel':'hall','amount':'60'},"
                                "{'period':'H','unit':'R','measure':'new','channel':'agent','amount':'51'}]}");
    refused("more than all of it", MSG(SUBMIT_PLAN), "{'period':'H','reason':'r'}",
            "its channels add up to 111, which is more than its 110");
}

static bool lint_says(const char *period, const char *words)
{
    const Bihuan__LintPlanReply *found;
    char json[40];
    bool said = false;

    snprintf(json, sizeof json, "{'period':'%s'}", period);
    found = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), json);
    for (size_t i = 0; i < found->n_items; i++)
        said = said || strstr(found->items[i]->message, words) != NULL;
    return said;
}

/* Parts of a unit that has no target of the whole are held against the unit above that has one. */
static void test_parts_count_where_their_whole_is(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'K','from':'2028-07-01','until':'2028-09-01','calendar':'flat'},"
                                "{'code':'K1','from':'2028-07-01','until':'2028-08-01','calendar':'flat'},"
                                "{'code':'K2','from':'2028-08-01','until':'2028-09-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'K','unit':'P','measure':'new','amount':'100'},"
                                "{'period':'K','unit':'S1','measure':'new','product':'5g','amount':'1000'},"
                                "{'period':'K','unit':'S1','measure':'new','channel':'hall','amount':'5000'}]}");
    refused("parts of nothing", MSG(SUBMIT_PLAN), "{'period':'K','consents':['empty_leaf']}",
            "which is more than its 100");
    assert_true(lint_says("K", "unit \"P\", measure \"new\": its products add up to 1000, which is more than its 100"));
    assert_true(lint_says("K", "unit \"P\", measure \"new\": its channels add up to 5000, which is more than its 100"));
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'K','unit':'S1','measure':'new','product':'5g','amount':'100'},"
                                "{'period':'K','unit':'S1','measure':'new','channel':'hall','amount':'100'}]}");
    publish_plan("K", "'empty_leaf'");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'K1','unit':'S1','measure':'new','amount':'60'},"
                                "{'period':'K2','unit':'S3','measure':'new','amount':'41'}]}");
    publish_plan("K1", "'empty_leaf'");
    refused("months below", MSG(SUBMIT_PLAN), "{'period':'K2','consents':['periods_differ']}",
            "the shorter periods of \"K\" add up to 101, not 100");
    assert_true(lint_says("K2", "unit \"P\", measure \"new\": the shorter periods of \"K\" add up to 101, not 100"));
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'K2','unit':'S3','measure':'new','amount':'40'}]}");
    assert_false(lint_says("K2", "add up to"));
    publish_plan("K2", "");
}

/* A month that has nothing comes into force beside those that have something; alone nothing does. */
static void test_a_month_may_have_nothing(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'E','from':'2030-07-01','until':'2030-09-01','calendar':'flat'},"
                                "{'code':'E1','from':'2030-07-01','until':'2030-08-01','calendar':'flat'},"
                                "{'code':'E2','from':'2030-08-01','until':'2030-09-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'E','unit':'R','measure':'new','total':'62','levels':1,'reason':'x'}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'E','unit':'R','measure':'new','over':'periods','into':['E1','E2'],'reason':'x'}");
    plan_do(MSG(SET_TARGET), "{'period':'E2','unit':'R','measure':'new','amount':'0','keep':'none','reason':'x'}");
    CHECK_INT(amount("E", "R", "new", "", LATEST), 31);
    publish_plan("E", plan_warnings("E"));
    CHECK_INT(pg_number(&stack.pg, "SELECT sum(v.lines * 100 + 1) FROM planning.plan_version v JOIN planning.document"
                                   " d ON d.kind = 'period' AND d.id = v.period_id AND d.code IN ('E', 'E1', 'E2')"
                                   " WHERE v.state = 'published'"),
              2 * 201 + 1); /* R and A3, in the longer one and in its first half */
    plan_do(MSG(SET_TARGET), "{'period':'E','unit':'R','measure':'new','amount':'0','keep':'none','reason':'x'}");
    refused("nothing at all", MSG(SUBMIT_PLAN), "{'period':'E','consents':['zero_target','jump']}", "has no target");
}

/* What adds up over what: a ratio over nothing, what shows the end of a period over all but periods. */
static void test_what_adds_up(void **state)
{
    static const struct {
        const char *why;
        uint32_t type;
        const char *json, *words;
    } rows[] = {
        { "a ratio from one to another", MSG(TRANSFER_TARGET),
          "{'period':'Y','measure':'rate','from_unit':'R','to_unit':'A3','amount':'1','reason':'x'}", "is a ratio" },
        { "a ratio is nobody's parts", MSG(MARK_CUT),
          "{'period':'Y','unit':'R','measure':'rate','over':'channels','complete':'yes','reason':'x'}",
          "\"rate\" doesn't add up over channels" },
        { "nor a period's", MSG(MARK_CUT),
          "{'period':'Y','unit':'R','measure':'rate','over':'periods','into':['Y1','Y2'],'complete':'yes','reason':'x'"
          "}",
          "\"rate\" doesn't add up over periods" },
        { "an end from one period to another", MSG(TRANSFER_TARGET),
          "{'period':'Y1','measure':'end','from_unit':'A3','to_period':'Y2','to_unit':'A3','amount':'1','reason':'x'}",
          "what there is at a period's end" },
        { "an end is not what shorter periods have", MSG(MARK_CUT),
          "{'period':'Y','unit':'R','measure':'end','over':'periods','into':['Y1','Y2'],'complete':'yes','reason':'x'}",
          "\"end\" doesn't add up over periods" },
    };

    (void)state;
    plan_do(MSG(APPLY_MEASURES), "{'items':[{'code':'end','title_zh':'e','title_en':'e','fact':'stock_on_hand','value':"
                                 "'quantity','over_time':'last'},{'code':'rate','title_zh':'r','title_en':'r','value':"
                                 "'ratio','ratio':{'of':'new','over':'old'}}]}");
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'Y','from':'2031-07-01','until':'2031-09-01','calendar':'flat'},"
                                "{'code':'Y1','from':'2031-07-01','until':'2031-08-01','calendar':'flat'},"
                                "{'code':'Y2','from':'2031-08-01','until':'2031-09-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Y','unit':'R','measure':'end','total':'50','levels':1,'reason':'x'}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Y','unit':'R','measure':'end','over':'periods','into':['Y1','Y2'],'reason':'x'}");
    CHECK_INT(amount("Y1", "A3", "end", "", LATEST), 50); /* the same at the end of each */
    CHECK_INT(amount("Y2", "A3", "end", "", LATEST), 50);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(rows[i].why, rows[i].type, rows[i].json, rows[i].words);
    plan_do(MSG(DECOMPOSE), "{'period':'Y','unit':'R','measure':'end','over':'channels','into':['hall','online'],"
                            "'reason':'x'}");
    CHECK_INT(amount("Y", "R", "end", "hall", LATEST) + amount("Y", "R", "end", "online", LATEST), 50);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.plan_cut k JOIN planning.document d ON d.kind ="
                                   " 'period' AND d.id = k.period_id AND d.code = 'Y' WHERE k.axis = 'channels'"),
              1);
}

/* 10^15 is the most; more is refused wherever an amount is named, and what was kept is as it was. */
static void test_amounts_have_a_limit(void **state)
{
#define MORE "'1000000000000001'"
    static const char *const words = "an amount is at most 1000000000000000";

    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'L','from':'2029-07-01','until':'2029-09-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'L','unit':'R','measure':'new','total':'1000000000000000','reason':'x'}");
    CHECK_INT(amount("L", "R", "new", "", LATEST), 1000000000000000);
    CHECK_INT(amount("L", "A3", "new", "", LATEST), 1000000000000000); /* the others are closed by then */
    refused("a total", MSG(DECOMPOSE), "{'period':'L','unit':'R','measure':'new','total':" MORE ",'reason':'x'}",
            words);
    refused("a question", MSG(WHAT_IF), "{'decompose':{'period':'L','unit':'R','measure':'new','total':" MORE "}}",
            words);
    refused("a line", MSG(APPLY_TARGETS), "{'items':[{'period':'L','unit':'R','measure':'new','amount':" MORE "}]}",
            words);
    refused("an edit", MSG(SET_TARGET),
            "{'period':'L','unit':'R','measure':'new','amount':'9223372036854775807','reason':'x'}", words);
    refused("a floor", MSG(APPLY_BOUNDS), "{'items':[{'period':'L','unit':'R','measure':'new','floor':" MORE "}]}",
            words);
    refused("a capacity", MSG(APPLY_FITS),
            "{'items':[{'code':'f','product':'5g','channel':'hall','fit':'preferred',"
            "'capacity':" MORE "}]}",
            words);
    CHECK_INT(amount("L", "R", "new", "", LATEST), 1000000000000000);
    check_laws();
#undef MORE
}

/* --- negotiation ----------------------------------------------------------------------------------------------------
 */
static const char *state_of(const char *unit)
{
    const Bihuan__ListNegotiationsReply *talks;
    char json[100];

    snprintf(json, sizeof json, "{'period':'N','unit':'%s'}", unit);
    talks = (const Bihuan__ListNegotiationsReply *)plan_do(MSG(LIST_NEGOTIATIONS), json);
    assert_int_equal(talks->n_items, 1);
    return talks->items[0]->state;
}

static void test_what_was_accepted_and_changed_is_asked_again(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'N','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_UNITS), "{'items':[{'code':'C3','name':'c','type':'city','relations':[{'parent':'P','from':"
                              "'2026-01-01'}]}]}");
    plan_do(MSG(APPLY_PEOPLE), "{'items':[{'code':'city-3','name':'c','roles':[{'role':'city','unit':'C3','from':"
                               "'2026-01-01'}]}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'N','unit':'P','measure':'new','total':'300','levels':1,'reason':'x'}");
    plan_do(MSG(ANSWER_TARGETS), "{'period':'N','unit':'P','answer':'propose'}");
    for (int i = 1; i <= 3; i++) {
        char json[100], person[32];

        snprintf(json, sizeof json, "{'period':'N','unit':'C%d','answer':'accept'}", i);
        snprintf(person, sizeof person, "city-%d", i);
        as(person, NULL, NULL);
        plan_do(MSG(ANSWER_TARGETS), json);
    }
    as("planner", NULL, NULL);
    plan_do(MSG(TRANSFER_TARGET),
            "{'period':'N','measure':'new','from_unit':'C1','to_unit':'C2','amount':'5','reason':'x'}");
    assert_string_equal(state_of("C1"), "proposed");
    assert_string_equal(state_of("C2"), "proposed");
    assert_string_equal(state_of("C3"), "accepted");
    plan_do(MSG(ANSWER_TARGETS), "{'period':'N','unit':'P','answer':'propose'}");
    assert_string_equal(state_of("C3"), "accepted");
}

/* --- sheets ---------------------------------------------------------------------------------------------------------
 */
#define F1 "period_id = (SELECT id FROM planning.document WHERE kind = 'period' AND code = 'F1')"

static long revision_of(const char *unit)
{
    char sql[400];

    snprintf(
        sql, sizeof sql,
        "SELECT revision FROM planning.target_cell WHERE period_id = (SELECT id FROM planning.document WHERE kind ="
        " 'period' AND code = 'F1') AND unit_id = (SELECT id FROM planning.document WHERE kind = 'unit' AND code ="
        " '%s')",
        unit);
    return pg_number(&stack.pg, sql);
}

static const char *line(const char *unit, const char *amount, long revision)
{
    static char text[2][200];
    static unsigned next;
    char *out = text[next++ % 2];

    snprintf(out, sizeof text[0], "{'period':'F1','unit':'%s','measure':'old','amount':'%s','revision':%ld}", unit,
             amount, revision);
    return out;
}

static const char *sheet(const char *a, const char *b)
{
    static char text[600];

    snprintf(text, sizeof text, "{'check_revision':true,'reason':'sheet','items':[%s%s%s]}", a, b[0] ? "," : "", b);
    return text;
}

/* A sheet can't leave a row out: its line says 0, for the target as it was read. */
static void test_a_sheet_can_say_0(void **state)
{
    long c1, c2;

    (void)state;
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'F1','from':'2028-01-01','until':'2028-04-01','calendar':'flat'}]}");
    plan_do(MSG(SET_TARGET), "{'period':'F1','unit':'P','measure':'old','amount':'100','reason':'n'}");
    plan_do(MSG(SET_TARGET), "{'period':'F1','unit':'C1','measure':'old','amount':'60','reason':'n'}");
    refused("no such target to be 0", MSG(APPLY_TARGETS), sheet(line("C2", "0", 0), ""), "must be above 0");
    plan_do(MSG(SET_TARGET), "{'period':'F1','unit':'C2','measure':'old','amount':'40','reason':'n'}");
    c1 = revision_of("C1");
    c2 = revision_of("C2");
    refused("a manifest", MSG(APPLY_TARGETS),
            "{'items':[{'period':'F1','unit':'C1','measure':'old','amount':'0'}],'reason':'m'}", "must be above 0");
    refused("read before", MSG(APPLY_TARGETS), sheet(line("C1", "0", c1 + 1), line("C2", "100", c2)),
            "changed meanwhile: it is 60 at revision");
    CHECK_INT(amount("F1", "C2", "old", "", LATEST), 40);
    plan_do(MSG(APPLY_TARGETS), sheet(line("C1", "0", c1), line("C2", "100", c2)));
    CHECK_INT(amount("F1", "C1", "old", "", LATEST), 0);
    CHECK_INT(amount("F1", "C2", "old", "", LATEST), 100);
    CHECK_INT(amount("F1", "P", "old", "", LATEST), 100);
    CHECK_INT(revision_of("C1") > 0, 1); /* still there, as 0 */
    check_ledger();
    CHECK_INT(wrong_sums(F1), 0);
    /* and back, from what it is now */
    refused("from what it was", MSG(APPLY_TARGETS), sheet(line("C1", "60", c1), ""), "changed meanwhile: it is 0");
    plan_do(MSG(APPLY_TARGETS), sheet(line("C1", "60", revision_of("C1")), line("C2", "40", revision_of("C2"))));
    CHECK_INT(amount("F1", "C1", "old", "", LATEST), 60);
    check_ledger();
    CHECK_INT(wrong_sums(F1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_closed_unit_gives_up_its_targets),
        cmocka_unit_test(test_a_cut_takes_from_closed_units),
        cmocka_unit_test(test_nobody_approves_what_they_wrote),
        cmocka_unit_test(test_each_is_named_once),
        cmocka_unit_test(test_bounds_hold_whoever_writes),
        cmocka_unit_test(test_months_are_the_quarter),
        cmocka_unit_test(test_months_have_their_own_tree),
        cmocka_unit_test(test_channels_are_the_whole),
        cmocka_unit_test(test_periods_that_add_up_go_together),
        cmocka_unit_test(test_parts_count_where_their_whole_is),
        cmocka_unit_test(test_a_month_may_have_nothing),
        cmocka_unit_test(test_what_adds_up),
        cmocka_unit_test(test_amounts_have_a_limit),
        cmocka_unit_test(test_what_was_accepted_and_changed_is_asked_again),
        cmocka_unit_test(test_a_sheet_can_say_0),
    };

    return cmocka_run_group_tests_name("target rules", tests, plans_start, plans_stop);
}
