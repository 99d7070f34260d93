/* Measures that don't add up, in planning: what a definition must say, and targets that are levels: handed down as they
 * are, by hand or by history, the same in every month; never summed, never moved from one unit to another. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

static void refused_measure(const char *why, const char *fields, const char *words)
{
    char json[600];

    snprintf(json, sizeof json, "{'items':[{'code':'x','title_zh':'x','title_en':'x',%s}]}", fields);
    refused(why, MSG(APPLY_MEASURES), json, words);
}

static void definitions_are_checked(void **state)
{
    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    refused_measure("distinct what?", "'value':'distinct'", "/items/0/distinct");
    refused_measure("an unknown key", "'value':'distinct','distinct':{'key':'age','window':'day'}", "/distinct/key");
    refused_measure("no window", "'value':'distinct','distinct':{'key':'unit'}", "/distinct/window");
    refused_measure("an unknown type", "'value':'distinct','distinct':{'key':'unit','window':'day','within':'moon'}",
                    "/distinct/within");
    refused_measure("customers of guides",
                    "'fact':'guide','value':'distinct','distinct':{'key':'customer',"
                    "'window':'day'}",
                    "/distinct/key");
    refused_measure("a count with a key", "'value':'count','distinct':{'key':'unit','window':'day'}",
                    "/items/0/distinct: \"distinct\" belongs to");
    refused_measure("a ratio of nothing", "'value':'ratio'", "/items/0/ratio");
    refused_measure("an unknown part", "'value':'ratio','ratio':{'of':'new','over':'never'}",
                    "/items/0/ratio/over: measure \"never\" is not known");
    refused_measure("too fine", "'value':'ratio','ratio':{'of':'new','over':'old','decimals':7}", "/ratio/decimals");
    refused_measure("a ratio with a filter", "'value':'ratio','ratio':{'of':'new','over':'old'},'filter':{}",
                    "/items/0/filter");
    refused_measure("an average of what", "'value':'average','average_of':'count'", "/items/0/average_of");
    refused_measure("an average of unknown products",
                    "'value':'average','average_of':'amount','filter':{'products':['radio']}",
                    "/items/0/filter/products: product \"radio\"");
    /* parts may come with the ratio; a ratio of ratios may not */
    plan_do(MSG(APPLY_MEASURES),
            "{'items':[{'code':'rate','title_zh':'率','title_en':'rate','value':'ratio','unit':'%',"
            "'ratio':{'of':'won','over':'old','times':100,'decimals':1}},"
            "{'code':'won','title_zh':'w','title_en':'w','value':'distinct',"
            "'distinct':{'key':'customer','window':'month','within':'city'}}]}");
    refused_measure("a ratio of ratios", "'value':'ratio','ratio':{'of':'rate','over':'old'}",
                    "/items/0/ratio/of: measure \"rate\" is a ratio itself");
    plan_do(MSG(APPLY_MEASURES), "{'items':[{'code':'price','title_zh':'均价','title_en':'price','value':'average',"
                                 "'average_of':'amount','unit':'元'}]}");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.document WHERE kind = 'measure' AND code IN"
                                   " ('price', 'price.of', 'price.over')"),
              3);
    CHECK_INT(((Bihuan__ApplyReply *)plan_do(MSG(APPLY_MEASURES),
                                             "{'items':[{'code':'price','title_zh':'均价','title_en':'price',"
                                             "'value':'average','average_of':'amount','unit':'元'}]}"))
                  ->unchanged,
              3);
    /* targets and readers know the unit of a ratio */
    refused("another unit", MSG(APPLY_MEASURES),
            "{'redefine':true,'items':[{'code':'rate','title_zh':'率','title_en':'rate','value':'ratio','unit':'%',"
            "'ratio':{'of':'won','over':'old','times':1000,'decimals':1}}]}",
            "define a new code");
    refused("a sum instead", MSG(APPLY_MEASURES),
            "{'redefine':true,'items':[{'code':'rate','title_zh':'率','title_en':'rate','value':'count','unit':'%'}]}",
            "define a new code");
    refused("other parts", MSG(APPLY_MEASURES),
            "{'items':[{'code':'rate','title_zh':'率','title_en':'rate','value':'ratio','unit':'%',"
            "'ratio':{'of':'new','over':'old','times':100,'decimals':1}}]}",
            "apply it with redefine");
}

#define OF(unit) amount("Q4", unit, "rate", "", LATEST)

static void levels_are_handed_down(void **state)
{
    static const char *const units[] = { "P", "C1", "C2", "S1", "S2", "S3" };

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','total':'50.5','reason':'plan'}");
    for (int i = 0; i < 6; i++)
        CHECK_INT(OF(units[i]), 505);
    /* by hand for one city; its shops follow it, the others stay with the province */
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','mix':[{'kind':'hand','share':1}],"
                            "'hand':[{'unit':'C1','value':'60'}],'reason':'by hand'}");
    CHECK_INT(OF("C1"), 600);
    CHECK_INT(OF("S1"), 600);
    CHECK_INT(OF("C2"), 505);
    CHECK_INT(OF("S3"), 505);
    /* last year's levels of shops count half, the level above half: (300 + 50.5) / 2 = 175.25, (100 + 50.5) / 2 */
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','mix':[{'kind':'set','set':'y1','share':1},"
                            "{'kind':'equal','share':1}],'reason':'history'}");
    CHECK_INT(OF("C1"), 505);
    CHECK_INT(OF("S1"), 1753);
    CHECK_INT(OF("S2"), 753);
    CHECK_INT(OF("P"), 505);
    /* bounds hold */
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S1','measure':'rate','ceiling':'55'},"
                               "{'period':'Q4','unit':'S2','measure':'rate','lock':'yes'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','total':'70','reason':'more'}");
    CHECK_INT(OF("C1"), 700);
    CHECK_INT(OF("S1"), 550);
    CHECK_INT(OF("S2"), 753);
    refused("beyond a ceiling", MSG(SET_TARGET),
            "{'period':'Q4','unit':'S1','measure':'rate','amount':'56','reason':'x'}", "is not at most 55.0");
}

static void nobody_gives_or_takes(void **state)
{
    (void)state;
    plan_do(MSG(SET_TARGET), "{'period':'Q4','unit':'C1','measure':'rate','amount':'65.1','reason':'x'}");
    CHECK_INT(OF("C1"), 651);
    CHECK_INT(OF("P"), 700);
    CHECK_INT(OF("C2"), 700);
    CHECK_INT(OF("S1"), 550);
    refused("a transfer", MSG(TRANSFER_TARGET),
            "{'period':'Q4','measure':'rate','from_unit':'C1','to_unit':'C2','amount':'1','reason':'x'}",
            "/measure: measure \"rate\" is a ratio");
    refused("a hedge", MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','hedge_ppm':50000,'reason':'x'}",
            "/hedge_ppm");
    refused("too many digits", MSG(SET_TARGET),
            "{'period':'Q4','unit':'C1','measure':'rate','amount':'65.15','reason':'x'}", "/amount");
}

static void months_and_channels_have_the_same(void **state)
{
    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','over':'periods','reason':'months'}");
    CHECK_INT(amount("M10", "P", "rate", "", LATEST), 700);
    CHECK_INT(amount("M11", "C1", "rate", "", LATEST), 651);
    CHECK_INT(amount("M12", "S1", "rate", "", LATEST), 550);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','over':'channels','into':['hall','online'],"
                            "'reason':'channels'}");
    CHECK_INT(amount("Q4", "P", "rate", "hall", LATEST), 700);
    CHECK_INT(amount("Q4", "S1", "rate", "online", LATEST), 550);
    refused("a mix over channels", MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'rate','over':'channels','mix':[{'kind':'equal','share':1}],"
            "'reason':'x'}",
            "/mix");
}

/* Beside a measure that adds up the check finds nothing wrong with levels. */
static void the_check_sums_no_levels(void **state)
{
    const Bihuan__LintPlanReply *reply;

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'100','reason':'plan'}");
    reply = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), "{'period':'Q4'}");
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->measure, "rate") == 0 && strcmp(reply->items[i]->severity, "notice") != 0)
            fail_msg("%s: %s", reply->items[i]->code, reply->items[i]->message);
    plan_do(MSG(SUBMIT_PLAN), "{'period':'Q4','reason':'r'}");
    as("boss", NULL, NULL);
    plan_do(MSG(APPROVE_PLAN), "{'period':'Q4'}");
    plan_do(MSG(PUBLISH_PLAN), "{'period':'Q4'}");
}

/* What shows the end of a period adds over units and channels, and is the same in each month. */
static void what_there_is_at_the_end(void **state)
{
    long sum = 0;

    (void)state;
    plan_do(MSG(APPLY_MEASURES), "{'items':[{'code':'stock','title_zh':'存量','title_en':'stock',"
                                 "'fact':'stock_on_hand','value':'quantity'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'stock','total':'101','reason':'plan'}");
    CHECK_INT(amount("Q4", "P", "stock", "", LATEST), 101);
    for (int i = 0; i < 3; i++)
        sum += amount("Q4", i == 0 ? "S1" : i == 1 ? "S2" : "S3", "stock", "", LATEST);
    CHECK_INT(sum, 101);
    CHECK_INT(amount("Q4", "C1", "stock", "", LATEST) + amount("Q4", "C2", "stock", "", LATEST), 101);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'stock','over':'periods','reason':'months'}");
    CHECK_INT(amount("M10", "P", "stock", "", LATEST), 101);
    CHECK_INT(amount("M12", "P", "stock", "", LATEST), 101);
    CHECK_INT(amount("M11", "S1", "stock", "", LATEST), amount("Q4", "S1", "stock", "", LATEST));
    /* no law binds the months to the quarter: one is set without the others */
    plan_do(MSG(SET_TARGET), "{'period':'M11','unit':'P','measure':'stock','amount':'90','reason':'less'}");
    CHECK_INT(amount("Q4", "P", "stock", "", LATEST), 101);
    CHECK_INT(amount("M12", "P", "stock", "", LATEST), 101);
    refused("a transfer between months", MSG(TRANSFER_TARGET),
            "{'period':'M10','to_period':'M11','measure':'stock','from_unit':'S1','to_unit':'S1','amount':'1',"
            "'reason':'x'}",
            "/to_period");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_are_checked),  cmocka_unit_test(levels_are_handed_down),
        cmocka_unit_test(nobody_gives_or_takes),    cmocka_unit_test(months_and_channels_have_the_same),
        cmocka_unit_test(the_check_sums_no_levels), cmocka_unit_test(what_there_is_at_the_end),
    };

    return cmocka_run_group_tests_name("levels", tests, plans_start, plans_stop);
}
