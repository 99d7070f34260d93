/* Every cut explains its cells: by which weights and figures, the exact share, what rounding gave, which bounds held
 * it, out of which cell of which version, by whom; up to the total that all came from. Expected figures are worked out
 * by hand; and every cell of every cut is the share told, rounded as told. */
#include "support/check.h"
#include "support/plans.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

static const Bihuan__ExplainTargetReply *explain(const char *period, const char *unit, const char *measure,
                                                 const char *channel, const char *product)
{
    char json[300];

    snprintf(json, sizeof json, "{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s'}", period,
             unit, measure, channel, product);
    return (const Bihuan__ExplainTargetReply *)plan_do(MSG(EXPLAIN_TARGET), json);
}

/* One link as a row of the table worked out by hand. share and ideal < 0: none. */
struct want {
    const char *unit, *channel, *period, *how, *parent, *parent_amount;
    double share, ideal;
    const char *quotient;
    int extra, rank, dealt;
    const char *floor, *ceiling, *given;
};

static void check_number(const char *what, const struct want *want, const char *text, double number)
{
    if (number < 0 ? *text != '\0' : fabs(strtod(text, NULL) - number) > 2e-5 || !*text)
        fail_msg("%s at %s: %s is \"%s\", not %f", want->how, want->unit, what, text, number);
}

static void check_link(const Bihuan__CellCut *link, const struct want *want)
{
    assert_string_equal(link->unit, want->unit);
    assert_string_equal(link->channel, want->channel);
    assert_string_equal(link->period, want->period);
    assert_string_equal(link->how, want->how);
    if (strcmp(want->how, "total") == 0) {
        assert_string_equal(link->amount, want->given);
        assert_string_equal(link->person, "planner");
        return;
    }
    assert_string_equal(link->parent, want->parent);
    assert_string_equal(link->parent_amount, want->parent_amount);
    check_number("share", want, link->share, want->share);
    check_number("ideal", want, link->ideal, want->ideal);
    assert_string_equal(link->quotient, want->quotient);
    CHECK_INT(link->extra, want->extra);
    CHECK_INT(link->rank, want->rank);
    CHECK_INT(link->dealt, want->dealt);
    assert_string_equal(link->floor, want->floor);
    assert_string_equal(link->ceiling, want->ceiling);
    assert_string_equal(link->given, want->given);
    assert_string_equal(link->person, "planner");
    assert_true(link->act > 0 && link->at > 0);
}

static void check_chain(const Bihuan__ExplainTargetReply *reply, const struct want *wants, size_t count)
{
    CHECK_INT(reply->n_chain, count);
    for (size_t i = 0; i < count; i++)
        check_link(reply->chain[i], &wants[i]);
}
#define CHECK_CHAIN(reply, wants) check_chain(reply, wants, sizeof(wants) / sizeof(wants)[0])

/* --- every cell, whatever cut it --- */

/* Quotient and extra unit are what was given, and so is the share: whole units of it, or one more. */
static void check_consistent(const Bihuan__CellCut *link)
{
    long given = strtol(link->given, NULL, 10), quotient = strtol(link->quotient, NULL, 10);
    double share = strtod(link->share, NULL);

    if (strcmp(link->how, "total") == 0 || strcmp(link->how, "summed") == 0)
        return;
    if (given != quotient + link->extra)
        fail_msg("%s at %s %s %s: given %ld, not %ld + %d", link->how, link->unit, link->channel, link->period, given,
                 quotient, link->extra);
    if (strcmp(link->how, "phased") == 0) {
        assert_true(fabs(share - (double)given) < 1.0);
        return;
    }
    CHECK_INT((long)floor(share), quotient);
    CHECK_INT(link->extra, link->rank && link->rank <= link->dealt);
    if (!link->rank)
        assert_true(link->left_over || link->at_floor || link->at_ceiling);
    if (link->at_floor)
        assert_string_equal(link->given, link->floor);
    if (link->at_ceiling)
        assert_string_equal(link->given, link->ceiling);
}

static void check_all(const char *measure, const char *period, const char *channel, const char *product)
{
    static const char *const units[] = { "P", "C1", "C2", "S1", "S2", "S3" };

    for (size_t u = 0; u < 6; u++) {
        const Bihuan__ExplainTargetReply *reply = explain(period, units[u], measure, channel, product);

        for (size_t i = 0; i < reply->n_chain; i++)
            check_consistent(reply->chain[i]);
        assert_string_equal(reply->chain[reply->n_chain - 1]->how, "total");
        assert_string_equal(reply->chain[reply->n_chain - 1]->unit, "P");
    }
}

/* --- over units --- */

#define BY_LAST_YEAR "'mix':[{'kind':'set','set':'y1','share':1}]"

static void units_by_remainder(void **state)
{
    /* 1001 among 400 : 200 is 667.33 and 333.67; 667 among 300 : 100 is 500.25 and 166.75 */
    static const struct want wants[] = {
        { "S2", "", "Q4", "shared", "C1", "667", 166.75, -1, "166", 1, 1, 1, "", "", "167" },
        { "C1", "", "Q4", "shared", "P", "1001", 667.333333, -1, "667", 0, 2, 1, "", "", "667" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "1001" },
    };
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'1001','reason':'plan'," BY_LAST_YEAR "}");
    why = explain("Q4", "S2", "new", "", "");
    CHECK_CHAIN(why, wants);
    CHECK_INT(why->cut->n_figures, 1);
    assert_string_equal(why->cut->figures[0]->set, "y1");
    assert_string_equal(why->cut->figures[0]->value, "100");
    assert_string_equal(why->cut->figures[0]->of, "400");
    assert_string_equal(why->chain[1]->figures[0]->value, "400"); /* the sum of those below */
    assert_string_equal(why->chain[1]->figures[0]->of, "600");
    assert_string_equal(why->cut->reason, "plan");
    check_all("new", "Q4", "", "");
    /* the weights as they were then, whatever is said of them later */
    plan_do(MSG(APPLY_WEIGHTS), "{'items':[{'set':'y1','unit':'S2','value':'900'}]}");
    why = explain("Q4", "S2", "new", "", "");
    CHECK_CHAIN(why, wants);
    assert_string_equal(why->cut->figures[0]->value, "100");
    plan_do(MSG(APPLY_WEIGHTS), "{'items':[{'set':'y1','unit':'S2','value':'100'}]}");
}

static void bounds_that_held(void **state)
{
    /* S2 is locked at 167, C2 has at least 175 % of 200; so C1 has 900 - 350, S1 what the lock leaves of that */
    static const struct want wants[] = {
        { "S1", "", "Q4", "shared", "C1", "550", 383, -1, "383", 0, 1, 0, "", "", "383" },
        { "C1", "", "Q4", "shared", "P", "900", 550, -1, "550", 0, 1, 0, "167", "", "550" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "900" },
    };
    static const struct want locked = { "S2",  "", "Q4", "shared", "C1",  "550", 167,  -1,
                                        "167", 0,  0,    0,        "167", "167", "167" };
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S2','measure':'new','lock':'yes'},"
                               "{'period':'Q4','unit':'C2','measure':'new','floor_ppm':1750000,'against':'y1'}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'900','reason':'less'," BY_LAST_YEAR "}");
    CHECK_CHAIN(explain("Q4", "S1", "new", "", ""), wants);
    why = explain("Q4", "S2", "new", "", "");
    check_link(why->cut, &locked);
    assert_true(why->cut->at_floor || why->cut->at_ceiling);
    check_all("new", "Q4", "", "");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'Q4','unit':'S2','measure':'new'},"
                               "{'period':'Q4','unit':'C2','measure':'new'}]}");
}

static void mixed_weights(void **state)
{
    /* C1: 400 of 600 and one of two is 7/6 of 2: 583.33 of 1000. S1 of it: 300 of 400 and one of two: 5/8 of 583 */
    static const struct want wants[] = {
        { "S1", "", "Q4", "shared", "C1", "583", 364.375, -1, "364", 0, 2, 1, "", "", "364" },
        { "C1", "", "Q4", "shared", "P", "1000", 583.333333, -1, "583", 0, 2, 1, "", "", "583" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "1000" },
    };
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'1000','reason':'half',"
                            "'mix':[{'kind':'set','set':'y1','share':1},{'kind':'equal','share':1}]}");
    why = explain("Q4", "S1", "new", "", "");
    CHECK_CHAIN(why, wants);
    CHECK_INT(why->cut->n_figures, 2);
    assert_string_equal(why->cut->figures[1]->kind, "equal");
    assert_string_equal(why->cut->figures[1]->value, "1");
    assert_string_equal(why->cut->figures[1]->of, "2");
    CHECK_INT(why->cut->weight, 750000000000 + 500000000000);
    CHECK_INT(why->cut->weights, 2000000000000);
    check_all("new", "Q4", "", "");
}

static void straight_to_leaves(void **state)
{
    static const struct want leaf[] = {
        { "S3", "", "Q4", "shared", "P", "1000", 333.333333, -1, "333", 0, 2, 1, "", "", "333" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "1000" },
    };
    const Bihuan__ExplainTargetReply *why;

    (void)state; /* 500, 166.67, 333.33 */
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'1000','over':'leaves','reason':'l',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    why = explain("Q4", "S3", "new", "", "");
    CHECK_CHAIN(why, leaf);
    CHECK_INT(why->cut->siblings, 3);
    why = explain("Q4", "C1", "new", "", "");
    assert_string_equal(why->cut->how, "summed");
    assert_string_equal(why->cut->given, "667");
    check_all("new", "Q4", "", "");
}

/* --- over channels --- */

static void channels_under_their_sums(void **state)
{
    /* 100 is 67 : 33 over the cities, 50 : 17 below C1; the hall counts twice. P: 66.67 hall, 33.33 online. The hall's
     * 67 among the cities' 44.67 : 22 are 44.89 : 22.11, its 45 at C1 among 33.33 : 11.33 are 33.58 : 11.42. */
    static const struct want hall[] = {
        { "S1", "hall", "Q4", "shared", "C1", "45", 33.582089, 33.333333, "33", 1, 1, 1, "", "50", "34" },
        { "C1", "hall", "Q4", "shared", "P", "67", 44.89, 44.666667, "44", 1, 1, 1, "", "67", "45" },
        { "P", "hall", "Q4", "across", "P", "100", 66.666667, 66.666667, "66", 1, 1, 1, "", "", "67" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "100" },
    };
    /* what the hall left of 50 */
    static const struct want online[] = {
        { "S1", "online", "Q4", "shared", "C1", "22", 16, 16.666667, "16", 0, 0, 0, "16", "16", "16" },
        { "C1", "online", "Q4", "shared", "P", "33", 22, 22.333333, "22", 0, 0, 0, "22", "22", "22" },
        { "P", "online", "Q4", "across", "P", "100", 33.333333, 33.333333, "33", 0, 2, 1, "", "", "33" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "100" },
    };
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(APPLY_FITS), "{'items':[{'code':'5g-agent','product':'5g','channel':'agent','fit':'barred'},"
                             "{'code':'5g-hall','product':'5g','channel':'hall','fit':'preferred'}]}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','product':'5g','total':'100','reason':'p'," BY_LAST_YEAR "}");
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','product':'5g','over':'channels','reason':'fit'}");
    why = explain("Q4", "S1", "old", "hall", "5g");
    CHECK_CHAIN(why, hall);
    assert_string_equal(why->chain[2]->from_channel, "");
    assert_string_equal(why->cut->figures[0]->kind, "fit");
    assert_string_equal(why->cut->figures[0]->value, "2.000000");
    CHECK_INT(why->chain[2]->column, 1);
    CHECK_INT(why->chain[2]->columns, 2);
    why = explain("Q4", "S1", "old", "online", "5g");
    CHECK_CHAIN(why, online);
    assert_true(why->cut->left_over);
    check_all("old", "Q4", "hall", "5g");
    check_all("old", "Q4", "online", "5g");
}

static void products_of_a_family(void **state)
{
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'old','product':'mobile','total':'77','reason':'p'," BY_LAST_YEAR "}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'old','product':'mobile','over':'products',"
                            "'reason':'by product'}");
    why = explain("Q4", "S3", "old", "", "5g");
    assert_string_equal(why->chain[why->n_chain - 2]->how, "across");
    assert_string_equal(why->chain[why->n_chain - 2]->from_product, "mobile");
    assert_string_equal(why->chain[why->n_chain - 1]->product, "mobile");
    check_all("old", "Q4", "", "5g");
}

/* --- over periods --- */

static void months_of_a_quarter(void **state)
{
    /* 1000 * 31 / 92 is 336.96: 337; by the end of November 1000 * 61 / 92 is 663.04: 663, so 326. C1 has 667:
     * 224.75 of October's 336.96, that is 224.779 of 337 */
    static const struct want october[] = {
        { "C1", "", "M10", "shared", "P", "337", 224.779, 224.75, "224", 1, 1, 1, "", "667", "225" },
        { "P", "", "M10", "phased", "P", "1000", 336.956521, -1, "337", 0, 0, 0, "", "", "337" },
        { "P", "", "Q4", "total", "", "", -1, -1, "", 0, 0, 0, "", "", "1000" },
    };
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'periods','reason':'months'}");
    why = explain("M10", "C1", "new", "", "");
    CHECK_CHAIN(why, october);
    CHECK_INT(why->chain[1]->curve_through * 92, why->chain[1]->curve_total * 31);
    CHECK_INT(why->chain[1]->curve_before, 0);
    assert_string_equal(why->chain[1]->from_period, "Q4");
    CHECK_INT(why->chain[1]->from_version, 1);
    why = explain("M11", "P", "new", "", "");
    assert_string_equal(why->cut->given, "326");
    assert_true(explain("M12", "S1", "new", "", "")->cut->left_over);
    check_all("new", "M10", "", "");
    check_all("new", "M11", "", "");
    check_all("new", "M12", "", "");
}

static void months_with_a_bound(void **state)
{
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'P','measure':'new','floor':'400'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'periods','reason':'floor'}");
    /* November and December share 600 by 326.09 : 336.96: 295.08 and 304.92 */
    why = explain("M10", "P", "new", "", "");
    assert_string_equal(why->cut->how, "across");
    assert_true(why->cut->at_floor);
    assert_string_equal(why->cut->floor, "400");
    why = explain("M12", "P", "new", "", "");
    assert_string_equal(why->cut->parent_amount, "1000");
    assert_string_equal(why->cut->given, "305");
    assert_true(fabs(strtod(why->cut->share, NULL) - 304.918) < 0.001);
    CHECK_INT(why->cut->siblings, 3);
    check_all("new", "M10", "", "");
    check_all("new", "M11", "", "");
    check_all("new", "M12", "", "");
    plan_do(MSG(APPLY_BOUNDS), "{'items':[{'period':'M10','unit':'P','measure':'new'}]}");
}

/* --- by hand in between --- */

static void what_came_between(void **state)
{
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(DECOMPOSE),
            "{'period':'Q4','unit':'P','measure':'new','total':'600','reason':'again'," BY_LAST_YEAR "}");
    plan_do(MSG(SET_TARGET), "{'period':'Q4','unit':'C1','measure':'new','amount':'450','reason':'more'}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'C1','measure':'new','reason':'equal'}");
    why = explain("Q4", "S1", "new", "", "");
    CHECK_INT(why->n_chain, 3);
    assert_string_equal(why->chain[0]->given, "225"); /* half of 450 */
    assert_string_equal(why->chain[0]->reason, "equal");
    assert_string_equal(why->chain[1]->given, "400");  /* as it was cut */
    assert_string_equal(why->chain[1]->amount, "450"); /* as it was when S1 was cut out of it */
    assert_string_equal(why->chain[1]->reason, "again");
    assert_string_equal(why->chain[2]->amount, "600");
}

/* --- levels --- */

static void levels_by_their_mean(void **state)
{
    const Bihuan__ExplainTargetReply *why;

    (void)state;
    plan_do(MSG(APPLY_MEASURES), "{'items':[{'code':'rate','title_zh':'率','title_en':'rate','value':'ratio',"
                                 "'unit':'%','ratio':{'of':'new','over':'old','times':100,'decimals':1}}]}");
    plan_do(MSG(APPLY_WEIGHT_SETS), "{'items':[{'code':'was','title':'was','kind':'history'}]}");
    plan_do(MSG(APPLY_WEIGHTS), "{'items':[{'set':'was','unit':'S1','value':'40.5'}]}");
    /* S1: (2 * 40.5 + 1 * 50) / 3 = 43.67; S2 has no history: the level of C1, which has P's */
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','total':'50','reason':'level',"
                            "'mix':[{'kind':'set','set':'was','share':2},{'kind':'equal','share':1}]}");
    why = explain("Q4", "S1", "rate", "", "");
    assert_string_equal(why->cut->how, "level");
    assert_string_equal(why->cut->given, "43.7");
    assert_string_equal(why->cut->quotient, "43.7");
    assert_string_equal(why->cut->parent_amount, "50.0");
    assert_true(fabs(strtod(why->cut->share, NULL) - 43.666666) < 1e-5);
    assert_string_equal(why->cut->figures[0]->value, "40.5");
    assert_string_equal(why->cut->figures[1]->value, "50.0");
    CHECK_INT(why->n_chain, 3);
    why = explain("Q4", "S2", "rate", "", "");
    assert_string_equal(why->cut->figures[0]->value, "");
    assert_string_equal(why->cut->given, "50.0");
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'rate','over':'periods','reason':'months'}");
    why = explain("M11", "S1", "rate", "", "");
    assert_string_equal(why->cut->how, "handed");
    assert_string_equal(why->cut->from_period, "Q4");
    assert_string_equal(why->chain[1]->how, "level");
    CHECK_INT(why->n_chain, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_by_remainder),
        cmocka_unit_test(bounds_that_held),
        cmocka_unit_test(mixed_weights),
        cmocka_unit_test(straight_to_leaves),
        cmocka_unit_test(channels_under_their_sums),
        cmocka_unit_test(products_of_a_family),
        cmocka_unit_test(months_of_a_quarter),
        cmocka_unit_test(months_with_a_bound),
        cmocka_unit_test(what_came_between),
        cmocka_unit_test(levels_by_their_mean),
    };

    return cmocka_run_group_tests_name("explain", tests, plans_start, plans_stop);
}
