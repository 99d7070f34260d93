/* Targets over channels, products and periods, on a real daemon, by hand: what an edit of a part or a whole moves, what
 * can't be moved, what the check finds, and how a cut is said to be complete or not. */
#include "support/check.h"
#include "support/laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#define CHECK_LAWS()                                                                                                   \
    do {                                                                                                               \
        char *broken = laws_broken("new");                                                                             \
                                                                                                                       \
        assert_string_equal(broken, "");                                                                               \
        free(broken);                                                                                                  \
    } while (0)

#define NOW(period, unit, channel) amount(period, unit, "new", channel, LATEST)

/* Q4 of P: 900 = C1 600 + C2 300; over all channels 300 each, and over the months by days. */
static void prepare(void)
{
    plans_prepare();
    laws_prepare();
    laws_period("Q4", "2026-10-01", "2027-01-01");
    laws_period("M10", "2026-10-01", "2026-11-01");
    laws_period("M11", "2026-11-01", "2026-12-01");
    laws_period("M12", "2026-12-01", "2027-01-01");
    laws_parent("C1", "P", "2026-01-01");
    laws_parent("C2", "P", "2026-01-01");
    laws_parent("S1", "C1", "2026-01-01");
    laws_parent("S2", "C1", "2026-01-01");
    laws_parent("S3", "C2", "2026-01-01");
    laws_product("mobile", "");
    laws_product("5g", "mobile");
    laws_rebuild();
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'900','reason':'x',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'channels','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M10','M11','M12'],"
                            "'reason':'x'}");
}

/* --- transfers ------------------------------------------------------------------------------------------------------
 */
#define MOVE(rest) "{'measure':'new','period':'Q4','amount':'10','reason':'m'," rest "}"

static void test_a_whole_and_its_part(void **state)
{
    (void)state;
    prepare();
    CHECK_LAWS();
    CHECK_INT(NOW("Q4", "C1", "hall"), 200);
    CHECK_INT(NOW("M10", "P", ""), 303); /* 900 * 31 / 92 = 303.3 */
    refused("a quarter and its month", MSG(TRANSFER_TARGET), MOVE("'from_unit':'P','to_unit':'P','to_period':'M10'"),
            "the second target is part of the other");
    refused("all channels and one", MSG(TRANSFER_TARGET), MOVE("'from_unit':'P','to_unit':'C1','to_channel':'hall'"),
            "the second target is part of the other");
    refused("a member and its family", MSG(TRANSFER_TARGET),
            MOVE("'from_unit':'P','from_product':'5g','to_unit':'P','to_product':'mobile'"),
            "the first target is part of the other");
    refused("a unit and its parent", MSG(TRANSFER_TARGET), MOVE("'from_unit':'S1','to_unit':'P'"),
            "the first target is part of the other");
    refused("one", MSG(TRANSFER_TARGET), MOVE("'from_unit':'S1','to_unit':'S1'"), "the two targets are one");
    refused("the hall of C1 and all of S1", MSG(TRANSFER_TARGET),
            MOVE("'from_unit':'C1','from_channel':'hall','to_unit':'S1'"), "have a part in common");
}

static void test_a_transfer_reaches_every_whole(void **state)
{
    (void)state;
    /* S1's hall to S3's online: 10 less at S1 and C1, 10 more at S3 and C2, in all channels; the province stays */
    plan_do(MSG(TRANSFER_TARGET), MOVE("'from_unit':'S1','from_channel':'hall','to_unit':'S3','to_channel':'online'"));
    CHECK_INT(NOW("Q4", "C1", "hall"), 190);
    CHECK_INT(NOW("Q4", "P", "hall"), 290);
    CHECK_INT(NOW("Q4", "P", "online"), 310);
    CHECK_INT(NOW("Q4", "S1", ""), 440);
    CHECK_INT(NOW("Q4", "C1", ""), 590);
    CHECK_INT(NOW("Q4", "S3", ""), 310);
    CHECK_INT(NOW("Q4", "P", ""), 900);
    CHECK_INT(NOW("M10", "P", "") + NOW("M11", "P", "") + NOW("M12", "P", ""), 900);
    CHECK_INT(NOW("M10", "S3", "") + NOW("M11", "S3", "") + NOW("M12", "S3", ""), 310);
    CHECK_LAWS();
    /* October to November: the quarter stays */
    plan_do(MSG(TRANSFER_TARGET), "{'measure':'new','period':'M10','to_period':'M11','from_unit':'S1','to_unit':'S1',"
                                  "'amount':'10','reason':'m'}");
    CHECK_INT(NOW("M10", "P", ""), 293);
    CHECK_INT(NOW("Q4", "S1", ""), 440);
    CHECK_LAWS();
}

/* --- edits ----------------------------------------------------------------------------------------------------------
 */
static void test_an_edit_reaches_every_axis(void **state)
{
    long before = NOW("M10", "P", "");
    const Bihuan__LedgerReply *reply;

    (void)state;
    /* a whole: its parts share 900 more in proportion, at every unit */
    reply = (const Bihuan__LedgerReply *)plan_do(
        MSG(SET_TARGET), "{'period':'Q4','unit':'P','measure':'new','amount':'1800','keep':'none','reason':'double'}");
    CHECK_INT(reply->n_also, 3);
    assert_string_equal(reply->also[0], "M10/1");
    CHECK_INT(NOW("Q4", "P", "hall"), 580);
    CHECK_INT(NOW("Q4", "P", "online"), 620);
    CHECK_INT(NOW("Q4", "S1", ""), 880);
    CHECK_INT(NOW("M10", "P", ""), 2 * before);
    CHECK_LAWS();
    /* a part: all channels, and the quarter, follow; of the units those above, as asked for */
    plan_do(MSG(SET_TARGET), "{'period':'Q4','unit':'S3','measure':'new','channel':'hall','amount':'230','keep':'none',"
                             "'reason':'30 more'}");
    CHECK_INT(NOW("Q4", "S3", "hall"), 230);
    CHECK_INT(NOW("Q4", "P", "hall"), 610);
    CHECK_INT(NOW("Q4", "S3", ""), 650);
    CHECK_INT(NOW("Q4", "P", ""), 1830);
    CHECK_INT(NOW("M10", "P", "") + NOW("M11", "P", "") + NOW("M12", "P", ""), 1830);
    plan_do(MSG(SET_TARGET), "{'period':'M12','unit':'P','measure':'new','amount':'700','keep':'none','reason':'x'}");
    CHECK_INT(NOW("Q4", "P", ""), NOW("M10", "P", "") + NOW("M11", "P", "") + 700);
    CHECK_INT(NOW("Q4", "P", "hall") + NOW("Q4", "P", "online") + NOW("Q4", "P", "agent"), NOW("Q4", "P", ""));
    CHECK_LAWS();
}

/* A locked part stays, the others make up for it; locks on all of them leave no way. */
static void test_bounds_hold_over_axes(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_BOUNDS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','lock':'yes','reason':'sure'}]}");
    plan_do(MSG(SET_TARGET), "{'period':'Q4','unit':'P','measure':'new','amount':'2000','keep':'none','reason':'x'}");
    CHECK_INT(NOW("Q4", "P", "online") + NOW("Q4", "P", "agent"), 2000 - NOW("Q4", "P", "hall"));
    CHECK_LAWS();
    refused("hall is locked", MSG(SET_TARGET),
            "{'period':'Q4','unit':'S1','measure':'new','channel':'hall','amount':'1','keep':'none','reason':'x'}",
            "lock, floor or ceiling");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'online','lock':'yes'},"
                               "{'period':'Q4','unit':'P','measure':'new','channel':'agent','lock':'yes'}]}");
    refused("all of them", MSG(SET_TARGET),
            "{'period':'Q4','unit':'P','measure':'new','amount':'2100','keep':'none','reason':'x'}",
            "of its parts over channels leave no way to follow");
    CHECK_LAWS();
}

/* The floors that can't be had together are named, not the first cell that would miss one. */
static void test_bounds_that_contradict_each_other(void **state)
{
    static const char months[] = "{'period':'Q4','unit':'P','measure':'new','over':'periods','reason':'x'}";
    static const char channels[] = "{'period':'Q4','unit':'P','measure':'new','over':'channels','reason':'x'}";

    (void)state;
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','lock':'no'},"
                               "{'period':'Q4','unit':'P','measure':'new','channel':'online','lock':'no'},"
                               "{'period':'Q4','unit':'P','measure':'new','channel':'agent','lock':'no'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'2000','reason':'x',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'P','measure':'new','floor':'1500'},"
                               "{'period':'M11','unit':'P','measure':'new','floor':'1500'},"
                               "{'period':'M12','unit':'S1','measure':'new','floor':'10'}]}");
    refused("what it has", MSG(DECOMPOSE), months, "unit \"P\" has 2000 of \"new\": the 2 bounds named here");
    refused("October", MSG(DECOMPOSE), months, "unit \"P\", period \"M10\": at least 1500");
    refused("November", MSG(DECOMPOSE), months, "unit \"P\", period \"M11\": at least 1500");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M11','unit':'P','measure':'new','floor':'80'}]}");
    plan_do(MSG(DECOMPOSE), months);
    CHECK_INT(NOW("M10", "P", ""), 1500);
    CHECK_LAWS();
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'C1','measure':'new','channel':'hall','floor':'800'},"
                               "{'period':'Q4','unit':'C1','measure':'new','channel':'online','floor':'700'}]}");
    refused("what it has", MSG(DECOMPOSE), channels, "unit \"C1\" has 1333 of \"new\": the 2 bounds named here");
    refused("hall", MSG(DECOMPOSE), channels, "unit \"C1\", channel \"hall\": at least 800");
    refused("online", MSG(DECOMPOSE), channels, "unit \"C1\", channel \"online\": at least 700");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'P','measure':'new'},{'period':'M11','unit':'P',"
                               "'measure':'new'},{'period':'M12','unit':'S1','measure':'new'},{'period':'Q4','unit':"
                               "'C1','measure':'new','channel':'hall'},{'period':'Q4','unit':'C1','measure':'new',"
                               "'channel':'online'}]}");
}

static void test_bounds_keep_their_history(void **state)
{
    const Bihuan__ListBoundsReply *list;

    (void)state;
    as("boss", NULL, NULL);
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','floor':'500',"
                               "'reason':'less sure'}]}");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','reason':'open'},"
                               "{'period':'Q4','unit':'P','measure':'new','channel':'online'},"
                               "{'period':'Q4','unit':'P','measure':'new','channel':'agent'},"
                               "{'period':'Q4','unit':'C1','measure':'new'}]}"); /* nothing to take away */
    as("planner", NULL, NULL);
    list = (const Bihuan__ListBoundsReply *)plan_do(MSG(LIST_BOUNDS), "{'period':'Q4'}");
    CHECK_INT(list->n_items, 0);
    list = (const Bihuan__ListBoundsReply *)plan_do(MSG(LIST_BOUNDS), "{'period':'Q4','unit':'P','history':true}");
    CHECK_INT(list->n_items, 7);
    assert_string_equal(list->items[0]->lock, "yes");
    assert_string_equal(list->items[0]->person, "planner");
    assert_string_equal(list->items[3]->floor, "500");
    assert_string_equal(list->items[3]->person, "boss");
    assert_string_equal(list->items[3]->reason, "less sure");
    assert_true(list->items[3]->at > list->items[0]->at);
    assert_string_equal(list->items[4]->channel, "hall");
    assert_string_equal(list->items[4]->floor, "");
    assert_string_equal(list->items[4]->reason, "open");
}

/* --- cuts in the middle of the tree ---------------------------------------------------------------------------------
 */
static void test_a_total_for_a_unit(void **state)
{
    long whole = NOW("Q4", "P", ""), c1 = NOW("Q4", "C1", "");

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'C1','measure':'new','total':'1000','reason':'x'}");
    CHECK_INT(NOW("Q4", "S1", ""), 500);
    CHECK_INT(NOW("Q4", "P", ""), whole); /* C2 gives */
    CHECK_INT(NOW("Q4", "C2", ""), whole - 1000);
    CHECK_LAWS();
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'C1','measure':'new','total':'1200','keep':'none','reason':'x'}");
    CHECK_INT(NOW("Q4", "P", ""), whole + 200);
    CHECK_INT(NOW("Q4", "C2", ""), whole - 1000);
    CHECK_LAWS();
    assert_true(c1 != 1000);
}

/* --- the check ------------------------------------------------------------------------------------------------------
 */
static void test_the_check_knows_complete_from_partial(void **state)
{
    const Bihuan__ListCutsReply *cuts;
    char json[200];

    (void)state;
    snprintf(json, sizeof json, "{'items':[{'period':'M11','unit':'P','measure':'new','amount':'%ld'}],'reason':'m'}",
             NOW("M11", "P", "") + 5);
    plan_do(MSG(APPLY_TARGETS), json); /* a manifest says what it says */
    refused("only the quarter is handed in", MSG(SUBMIT_PLAN), "{'period':'Q4'}",
            "it was cut completely over periods, which now have");
    refused("a month", MSG(SUBMIT_PLAN), "{'period':'M12'}", "it was cut completely over periods");
    cuts = (const Bihuan__ListCutsReply *)plan_do(MSG(LIST_CUTS), "{'period':'Q4','measure':'new'}");
    CHECK_INT(cuts->n_items, 2);
    assert_string_equal(cuts->items[0]->over, "channels");
    assert_string_equal(cuts->items[1]->over, "periods");
    CHECK_INT(cuts->items[1]->n_into, 3);
    refused("it isn't so", MSG(MARK_CUT),
            "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M10','M11','M12'],'complete':'yes',"
            "'reason':'x'}",
            "its periods");
    plan_do(MSG(MARK_CUT), "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M12','M11','M10'],"
                           "'complete':'no','reason':'November has a reserve'}");
    /* who said so changed the plan, though no target */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.ledger_act a JOIN planning.plan_version v USING"
                                   " (period_id, version) WHERE a.kind = 'mark' AND a.person = 'planner' AND"
                                   " a.reason = 'November has a reserve' AND a.revision = v.revision"),
              1);
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4','reason':'m'}");
    refused("it was handed in", MSG(MARK_CUT),
            "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M10','M11','M12'],'complete':'yes',"
            "'reason':'x'}",
            "its periods"); /* its sums are looked at first */
    refused("it was handed in", MSG(MARK_CUT),
            "{'period':'Q4','unit':'P','measure':'new','over':'channels','complete':'no','reason':'x'}", "submitted");
    plan_do(MSG(RETURN_PLAN), "{'period':'Q4','reason':'m'}");
    publish_plan("Q4", "");
    refused("it is said no more", MSG(MARK_CUT),
            "{'period':'Q4','unit':'P','measure':'new','over':'periods','into':['M10','M11','M12'],'complete':'no',"
            "'reason':'x'}",
            "it isn't said of this target");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q4','unit':'P','measure':'new','channel':'hall','amount':'1'}],"
                                "'reason':'m'}");
    refused("channels", MSG(SUBMIT_PLAN), "{'period':'Q4','reason':'m'}", "it was cut completely over channels");
}

/* --- parts that have fewer units ------------------------------------------------------------------------------------
 */
static long old(const char *period, const char *unit)
{
    return amount(period, unit, "old", "", LATEST);
}

static void test_a_part_with_fewer_units(void **state)
{
    static const char *const UNITS[] = { "P", "C1", "C2", "S1", "S2", "S3" };

    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'X','from':'2028-01-01','until':'2028-04-01','calendar':'flat'},"
                                "{'code':'X1','from':'2028-01-01','until':'2028-02-01','calendar':'flat'},"
                                "{'code':'X2','from':'2028-02-01','until':'2028-03-01','calendar':'flat'},"
                                "{'code':'X3','from':'2028-03-01','until':'2028-04-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'X','unit':'P','measure':'old','total':'90','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'X','unit':'P','measure':'old','over':'channels','into':['hall','online'],"
                            "'reason':'x'}");
    /* 10 more at P, which nobody below it would have */
    refused("P alone", MSG(SET_TARGET),
            "{'period':'X','unit':'P','measure':'old','channel':'agent','amount':'10','keep':'none','reason':'x'}",
            "would follow to 100, but the units below it have 90 together");
    plan_do(MSG(SET_TARGET),
            "{'period':'X','unit':'S3','measure':'old','channel':'agent','amount':'10','keep':'none','reason':'x'}");
    CHECK_INT(old("X", "P"), 100);
    refused("all but the agents", MSG(DECOMPOSE),
            "{'period':'X','unit':'P','measure':'old','over':'periods','every_slice':true,'into':['X1','X2','X3'],"
            "'reason':'x'}",
            "begins below it, at unit \"S3\"");
    plan_do(MSG(SET_TARGET),
            "{'period':'X','unit':'P','measure':'old','channel':'agent','amount':'10','keep':'none','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{'period':'X','unit':'P','measure':'old','over':'periods','every_slice':true,'into':['X1',"
                            "'X2','X3'],'reason':'x'}");
    CHECK_INT(old("X", "P"), 100);
    for (size_t u = 0; u < sizeof UNITS / sizeof UNITS[0]; u++) /* C2 too, between P and S3 */
        CHECK_INT(old("X1", UNITS[u]) + old("X2", UNITS[u]) + old("X3", UNITS[u]), old("X", UNITS[u]));
    CHECK_INT(old("X1", "C1") + old("X1", "C2"), old("X1", "P"));
    CHECK_INT(old("X", "C2"), old("X", "S3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_and_its_part),       cmocka_unit_test(test_a_transfer_reaches_every_whole),
        cmocka_unit_test(test_an_edit_reaches_every_axis), cmocka_unit_test(test_bounds_hold_over_axes),
        cmocka_unit_test(test_bounds_keep_their_history),  cmocka_unit_test(test_bounds_that_contradict_each_other),
        cmocka_unit_test(test_a_total_for_a_unit),         cmocka_unit_test(test_the_check_knows_complete_from_partial),
        cmocka_unit_test(test_a_part_with_fewer_units),
    };

    return cmocka_run_group_tests_name("target axes", tests, plans_start, plans_stop);
}
