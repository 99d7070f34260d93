/* Pay by rate tables of two and three dimensions: worked examples by hand, the row that each kind of axis chooses, what
 * is refused and with which pointer, what the linter says, forecasts. */
#include "plan_test.h"

#include "payplan/payplan_axes.h"
#include "payplan/payplan_lint.h"

static struct arena arena;

/* New users against their target of 10: 10 yuan each, 15 above it; whoever also has 90 % of the revenue planned has 12
 * and 20. */
#define BANDS          "'bands':[{'from_ppm':0},{'from_ppm':1000000}]"
#define AXIS           "'axes':[{'by':'attainment','measure':'rev','bands':[{'from_ppm':0},{'from_ppm':900000}]}]"
#define ROWS           "'rows':[{'at':[1],'amounts':['10','15']},{'at':[2],'amounts':['12','20']}]"
#define COMPONENT(...) "'components':[{'code':'c','kind':'rate','measure':'new'," BANDS "," __VA_ARGS__ "}]"

static struct payplan_output run(const struct payplan *plan, struct payplan_line *lines, size_t count,
                                 struct payplan_place *places)
{
    struct payplan_input input = { .target = 10, .lines = lines, .line_count = count, .places = places };

    return plan_test_run(plan, 0, &input);
}

/* 14 users. Graduated: 10 x 10 + 4 x 15 = 160, or 10 x 12 + 4 x 20 = 200; slab: 14 x 15 or 14 x 20; flat: 15 or 20. */
static void two_dimensions_by_hand(void **state)
{
    static const struct {
        const char *why, *kind;
        int64_t revenue; /* of 1,000 yuan planned */
        int64_t fen, first, second;
    } rows[] = {
        { "graduated, a li short of 90 %", "graduated", 8999999, 16000, 8000, 8000 },
        /* 8 at 12, then 2 at 12 and 4 at 20 */
        { "graduated, at 90 %", "graduated", 9000000, 20000, 9600, 10400 },
        /* 8 at 10; 6 at 15 and 8 x 5 of lift */
        { "slab below", "slab", 0, 21000, 8000, 13000 },
        { "slab at 90 %", "slab", 9000000, 28000, 9600, 18400 },
        /* the first band's amount is the opening, for nothing sold; the line that reaches the next has the rest */
        { "flat below", "flat", 0, 1500, 0, 500 },
        { "flat at 90 %", "flat", 9000000, 2000, 0, 800 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payplan *plan = plan_test_new(
            &arena, arena_printf(&arena, COMPONENT("'rate':'%s'," AXIS "," ROWS), rows[i].kind));
        struct payplan_line lines[] = { { .id = "a", .day = 1, .amount = 8 }, { .id = "b", .day = 2, .amount = 6 } };
        struct payplan_place place = { .given = 1000 * YUAN, .volume = rows[i].revenue };
        struct payplan_output out = run(plan, lines, 2, &place);

        EXPECT_INT(rows[i].why, out.earned, rows[i].fen);
        EXPECT_INT(rows[i].why, lines[0].payout, rows[i].first);
        EXPECT_INT(rows[i].why, lines[1].payout, rows[i].second);
        EXPECT_INT("the opening and the lines are all", out.opening + lines[0].payout + lines[1].payout, out.earned);
        EXPECT_INT("the band", out.band[0], rows[i].revenue == 9000000);
        EXPECT_INT("attainment, down to a ppm", out.value[0], rows[i].revenue / 10);
        payplan_destroy(&plan);
    }
}

/* At 125 % half way from 20 % of reach to 150 %: rates 4 % to 6 %, so 5 % of 1,250 yuan in the lower row; 8 % to 12 %,
 * so 10 % in the upper. */
static void interpolated_within_a_row(void **state)
{
    struct payplan *plan = plan_test_new(
        &arena, "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'interpolated',"
                "'bands':[{'from_ppm':0},{'from_ppm':1000000},{'from_ppm':1500000}],'axes':[{'by':'volume','measure':"
                "'new','bands':[{'from':'0'},{'from':'5'}]}],'rows':[{'at':[2],'rates_ppm':[80000,80000,120000]},"
                "{'at':[1],'rates_ppm':[40000,40000,60000]}]}]");

    (void)state;
    for (int enough = 0; enough < 2; enough++) {
        struct payplan_line line = { .id = "a", .amount = 1250 * YUAN };
        struct payplan_place place = { .volume = 4 + enough };
        struct payplan_input input = { .target = 1000 * YUAN, .lines = &line, .line_count = 1, .places = &place };

        EXPECT_INT("1,250 yuan", plan_test_run(plan, 0, &input).earned, enough ? 12500 : 6250);
    }
    payplan_destroy(&plan);
}

/* Three dimensions: new users x score (below 80, 80 and more) x months (below 6, 6 and more); classes as the fourth. */
static void three_and_four_dimensions(void **state)
{
    static const struct {
        const char *why;
        int64_t score, months, class, fen;
    } rows[] = {
        { "low, new, outlet", 79999, 5, 0, 1000 },
        { "at 80 points", 80000, 5, 0, 3000 },
        { "in the sixth month", 79999, 6, 0, 2000 },
        { "both", 80000, 6, 0, 4000 },
        { "any other type is the second class", 80000, 6, 1, 8000 },
        { "and so below", 79999, 5, 1, 5000 },
    };
    struct payplan *plan = plan_test_new(
        &arena,
        "'components':[{'code':'c','kind':'rate','measure':'new','over':'volume','bands':[{'from':'0'}],'axes':["
        "{'by':'score','bands':[{'from':'0'},{'from':'80'}]},{'by':'months','bands':[{'from':'0'},{'from':'6'}]},"
        "{'by':'type','bands':[{'is':['outlet']},{}]}],'rows':["
        "{'at':[1,1,1],'amounts':['1']},{'at':[1,2,1],'amounts':['2']},{'at':[2,1,1],'amounts':['3']},"
        "{'at':[2,2,1],'amounts':['4']},{'at':[1,1,2],'amounts':['5']},{'at':[1,2,2],'amounts':['6']},"
        "{'at':[2,1,2],'amounts':['7']},{'at':[2,2,2],'amounts':['8']}]}]");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payplan_line line = { .id = "a", .amount = 10 };
        struct payplan_place places[] = { { true, rows[i].score, 0, 0 },
                                          { false, rows[i].months, 0, 0 },
                                          { true, rows[i].class, 0, 0 } };

        EXPECT_INT(rows[i].why, run(plan, &line, 1, places).earned, rows[i].fen);
    }
    EXPECT_INT("named", payplan_axis_class(&plan->components[0].axes[2], "outlet"), 0);
    EXPECT_INT("not named", payplan_axis_class(&plan->components[0].axes[2], "dealer"), 1);
    payplan_destroy(&plan);
}

/* What there is nothing to reckon by isn't the best row, nor the worst: nothing is earned, and it says why. */
static void undefined_is_no_row(void **state)
{
    struct payplan *plan = plan_test_new(&arena, COMPONENT(AXIS "," ROWS)), *scored;
    struct payplan_line line = { .id = "a", .amount = 14 };
    struct payplan_place place = { .given = 0, .volume = 9000000 };
    struct payplan_output out = run(plan, &line, 1, &place);

    (void)state;
    EXPECT_INT("no target", out.earned, 0);
    EXPECT_INT("but counted", out.volume, 14);
    assert_string_equal(out.reason, "no_target");
    scored = plan_test_new(&arena, COMPONENT("'axes':[{'by':'score','bands':[{},{'from':'60'}]}]," ROWS));
    place = (struct payplan_place) { .known = false };
    assert_string_equal(run(scored, &line, 1, &place).reason, "no_score");
    payplan_destroy(&plan);
    payplan_destroy(&scored);
}

/* 1,000 yuan of revenue, of which 200 came back after the close: recomputed the row is the lower one (80 %) and all of
 * it is reckoned anew; by the line what was closed stands. */
static void late_by_both_policies(void **state)
{
    static const char *const policies[] = { "recompute", "line" };

    (void)state;
    for (int p = 0; p < 2; p++) {
        struct payplan *plan = plan_test_new(
            &arena, arena_printf(&arena, COMPONENT("'clawback':'%s'," AXIS "," ROWS), policies[p]));
        struct payplan_line line = { .id = "a", .amount = 14 };
        struct payplan_place place = { .given = 1000 * YUAN, .volume = 1000 * YUAN, .late = -200 * YUAN };

        EXPECT_INT(policies[p], run(plan, &line, 1, &place).earned, p == 0 ? 16000 : 20000);
        payplan_destroy(&plan);
    }
}

/* Half of the period has gone, 7 users and 480 yuan: the whole of it brings 14 users and 960 yuan, in the upper row. */
static void forecasts_go_on_in_all_dimensions(void **state)
{
    struct payplan *plan = plan_test_new(&arena, COMPONENT(AXIS "," ROWS));
    struct payplan_place place = { .given = 1000 * YUAN, .volume = 480 * YUAN };
    struct payplan_input input = { .target = 10, .days = 92, .days_in_force = 92, .places = &place };
    int64_t volumes[] = { 7, 480 * YUAN }, earned;
    struct err err;

    (void)state;
    EXPECT_INT("a component and its axis", plan->feed_count, 2);
    EXPECT_OK("project", payplan_project(plan, &plan->components[0], &input, volumes, 2, 1, &arena, &earned, &err),
              err);
    EXPECT_INT("200 yuan", earned, 20000);
    EXPECT_INT("the input is as it was", place.volume, 480 * YUAN);
    payplan_destroy(&plan);
}

static void told_in_words(void **state)
{
    struct payplan *plan = plan_test_new(
        &arena, COMPONENT("'axes':[{'by':'attainment','measure':'rev','bands':[{},{'from_ppm':900000},{'from_ppm':"
                          "1000000}]},{'by':'type','bands':[{'is':['outlet']},{}]}],'rows':["
                          "{'at':[1,1],'amounts':['1','1']},{'at':[2,1],'amounts':['1','1']},{'at':[3,1],'amounts':["
                          "'1','1']},{'at':[1,2],'amounts':['1','1']},{'at':[2,2],'amounts':['1','1']},{'at':[3,2],"
                          "'amounts':['1','1']}]"));
    struct payplan_output out = { .value = { 932000, 1 }, .band = { 1, 1 } };
    const char *want = "rev 93.20% (90.00% to below 100.00%); type any other";

    (void)state;
    assert_string_equal(payplan_axes_words(&plan->components[0], 3, &out, false, &arena), want);
    assert_string_equal(payplan_axes_words(&plan->components[0], 4, NULL, true, &arena),
                        "rev 100.00% 及以上; 单元类型 outlet");
    payplan_destroy(&plan);
}

/* --- the check -------------------------------------------------------------------------------------------------------
 */

static void note_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct buf *found = arg;

    assert_true(message[0] != 0);
    buf_printf(found, "%s%s ", code, pointer + strlen("/components/0"));
}

#define ONE_AXIS(bands)    COMPONENT("'axes':[{'by':'attainment','measure':'rev','bands':[" bands "]}]," ROWS)
#define CLASSES(by, bands) COMPONENT("'axes':[{'by':'" by "','bands':[" bands "]}]," ROWS)

static const struct {
    const char *why, *doc, *want;
} refused[] = {
    { "it is good", COMPONENT(AXIS "," ROWS), "" },
    { "it begins above 0", ONE_AXIS("{'from_ppm':100},{'from_ppm':900000}"), "axis_gap/axes/0/bands/0/from_ppm " },
    { "an end short of the next", ONE_AXIS("{'until_ppm':800000},{'from_ppm':900000}"),
      "axis_gap/axes/0/bands/0/until_ppm " },
    { "an end within the next", ONE_AXIS("{'until_ppm':950000},{'from_ppm':900000}"),
      "axis_overlap/axes/0/bands/0/until_ppm " },
    { "an end where the next begins", ONE_AXIS("{'until_ppm':900000},{'from_ppm':900000}"), "" },
    { "the last has an end", ONE_AXIS("{},{'from_ppm':900000,'until_ppm':950000}"),
      "axis_last_closed/axes/0/bands/1/until_ppm " },
    { "two begin together", ONE_AXIS("{},{'from_ppm':0}"), "axis_overlap/axes/0/bands/1/from_ppm " },
    { "a volume by ppm",
      COMPONENT("'axes':[{'by':'volume','measure':'rev','bands':[{},{'from':'10','from_ppm':5}]"
                "}]," ROWS),
      "not_used/axes/0/bands/1/from_ppm " },
    { "a row is missing", COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['10','15']}]"), "cell_missing/rows " },
    { "a cell is missing", COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['10']},{'at':[2],'amounts':['1','2']}]"),
      "cell_missing/rows/0/amounts " },
    { "a cell too many", COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['10','1','2']},{'at':[2],'amounts':['1','2']}]"),
      "cell_surplus/rows/0/amounts " },
    { "a row twice",
      COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[1],'amounts':['1','2']},{'at':[2],'amounts':"
                     "['1','2']}]"),
      "cell_twice/rows/1/at " },
    { "no such band", COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[3],'amounts':['1','2']}]"),
      "bad_row/rows/1/at cell_missing/rows " },
    { "not one for each axis",
      COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[2,1],'amounts':['1','2']}]"),
      "bad_row/rows/1/at cell_missing/rows " },
    { "shares of a count", COMPONENT(AXIS ",'rows':[{'at':[1],'rates_ppm':[1,2]},{'at':[2],'amounts':['1','2']}]"),
      "not_used/rows/0/rates_ppm cell_missing/rows/0/amounts " },
    { "no amount", COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','x']},{'at':[2],'amounts':['1','2']}]"),
      "bad_amount/rows/0/amounts/1 " },
    { "more than all",
      "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[{}],'axes':[{'by':'months','bands':[{}]}],"
      "'rows':[{'at':[1],'rates_ppm':[1000001]}]}]",
      "bad_rate/rows/0/rates_ppm/0 " },
    { "rates in the bands too",
      "'components':[{'code':'c','kind':'rate','measure':'new','bands':[{'amount':'1'}],'axes':[{'by':'months',"
      "'bands':[{}]}],'rows':[{'at':[1],'amounts':['1']}]}]",
      "not_used/bands/0/amount " },
    { "rows without axes",
      "'components':[{'code':'c','kind':'rate','measure':'new','bands':[{'amount':'1'}],'rows':[{'at':[1],"
      "'amounts':['1']}]}]",
      "not_used/rows " },
    { "an unknown kind", COMPONENT("'axes':[{'by':'weather','bands':[{},{}]}]," ROWS), "bad_axis/axes/0/by " },
    { "an unknown measure", COMPONENT("'axes':[{'by':'volume','measure':'xx','bands':[{},{}]}]," ROWS),
      "unknown_measure/axes/0/measure " },
    { "a measure of months", COMPONENT("'axes':[{'by':'months','measure':'rev','bands':[{},{'from':'6'}]}]," ROWS),
      "not_used/axes/0/measure " },
    { "a class twice", CLASSES("type", "{'is':['outlet','outlet']},{}"), "axis_overlap/axes/0/bands/0/is " },
    { "the rest isn't last", CLASSES("type", "{},{'is':['outlet']}"), "axis_overlap/axes/0/bands/0/is " },
    { "a paid type without a band", CLASSES("type", "{'is':['dealer']},{'is':['city']}"),
      "axis_gap/axes/0/bands/1/is " },
    { "channels without a rest", CLASSES("channel", "{'is':['A']},{'is':['B']}"), "axis_gap/axes/0/bands/1/is " },
    { "classes have no beginning", CLASSES("channel", "{'is':['A'],'from':'1'},{}"), "not_used/axes/0/bands/0/from " },
    { "five axes",
      COMPONENT("'axes':[{'by':'months'},{'by':'months'},{'by':'months'},{'by':'months'},{'by':'months'}]"),
      "axis_count/axes " },
    { "a spiff has none",
      "'components':[{'code':'c','kind':'spiff','measure':'new','amount':'1','axes':[{'by':'months'}]}]",
      "not_used/axes " },
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct buf found = { 0 };

        payplan_check(plan_test_doc(&arena, refused[i].doc), plan_test_measure, NULL, 4, note_problem, &found);
        if (strcmp(buf_text(&found), refused[i].want) != 0)
            fail_msg("%s: found %s", refused[i].why, buf_text(&found));
        buf_fini(&found);
    }
}

/* --- the linter ------------------------------------------------------------------------------------------------------
 */

static void note_finding(void *arg, const char *component, const char *code, const char *words, bool consented)
{
    struct buf *found = arg;

    (void)component;
    (void)consented;
    buf_printf(found, "%s [%s] ", code, words);
}

static void findings(void **state)
{
    static const struct {
        const char *why, *doc;
        const char *want[4]; /* each is found */
        size_t count;
    } rows[] = {
        { "a step is a cliff",
          COMPONENT(AXIS "," ROWS),
          { "cliff [rev 90.00% and above: a cliff: where axis 1 reaches this band all is paid at other rates]" },
          1 },
        { "a band that changes nothing",
          COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[2],'amounts':["
                         "'1','2']}]"),
          { "unreachable_band [rev 90.00% and above: this band of axis 1 pays as the one below it]" },
          1 },
        { "less for more",
          COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[2],'amounts':['1','1']}]"),
          { "cliff [", "falling_rate [rev 90.00% and above: this band of axis 1 pays less" },
          2 },
        /* within the second row alone the band from 100 % falls */
        { "less within a row",
          COMPONENT(AXIS ",'rows':[{'at':[1],'amounts':['1','2']},{'at':[2],'amounts':['3','2']}]"),
          { "cliff [", "falling_rate [rev 90.00% and above: the band from 100.00% pays less than the one below it]" },
          2 },
        { "a slab's own cliffs, by row",
          COMPONENT("'rate':'slab'," AXIS "," ROWS),
          { "cliff [rev 0.00% to below 90.00%: a cliff at 100.00%", "cliff [rev 90.00% and above: a cliff at 100.00%",
            "cliff [rev 90.00% and above: a cliff: where axis 1" },
          3 },
        /* of its own quantity: below 90 % nobody is above 100 % */
        { "off the diagonal",
          COMPONENT("'axes':[{'by':'attainment','measure':'new','bands':[{},{'from_ppm':900000}]}]," ROWS),
          { "unreachable_band [new 0.00% to below 90.00%: the cell from 100.00% can't be reached in this row]",
            "cliff [" },
          2 },
        { "a type that isn't paid",
          CLASSES("type", "{'is':['outlet']},{'is':['city']}"),
          { "unreachable_band [units of type city aren't paid by this plan]" },
          1 },
        { "classes aren't steps", CLASSES("type", "{'is':['outlet']},{}"), { NULL }, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payplan *plan = plan_test_new(&arena, rows[i].doc);
        struct buf found = { 0 };

        EXPECT_INT(rows[i].why, payplan_lint(plan, false, note_finding, &found), rows[i].count);
        for (size_t w = 0; w < COUNT_OF(rows[i].want) && rows[i].want[w]; w++)
            if (!strstr(buf_text(&found), rows[i].want[w]))
                fail_msg("%s: \"%s\" isn't in %s", rows[i].why, rows[i].want[w], buf_text(&found));
        payplan_destroy(&plan);
        buf_fini(&found);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_dimensions_by_hand),
        cmocka_unit_test(interpolated_within_a_row),
        cmocka_unit_test(three_and_four_dimensions),
        cmocka_unit_test(undefined_is_no_row),
        cmocka_unit_test(late_by_both_policies),
        cmocka_unit_test(forecasts_go_on_in_all_dimensions),
        cmocka_unit_test(told_in_words),
        cmocka_unit_test(refusals),
        cmocka_unit_test(findings),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
