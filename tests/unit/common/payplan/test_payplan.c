/* Every kind of component by hand; what the check refuses. Sourced vectors: test_vectors.c. */
#include "plan_test.h"

#include "payplan/payplan_lint.h"

/* The page's example: quota 100,000 yuan; below 100 % 6 %, to 150 % 8 %, above 10 %. */
#define TIERS                                                                                                          \
    "'bands':[{'from_ppm':0,'rate_ppm':60000},{'from_ppm':1000000,'rate_ppm':80000},{'from_ppm':1500000,'rate_ppm':"   \
    "100000}]"

static struct arena arena;

static int64_t pay_rev(const char *component, int64_t yuan)
{
    struct payplan *plan = plan_test_new(&arena, component);
    struct payplan_line line = { .id = "a", .amount = yuan * YUAN };
    struct payplan_input input = { .target = (int64_t)100000 * YUAN, .lines = &line, .line_count = 1 };
    struct payplan_output out = plan_test_run(plan, 0, &input);

    EXPECT_INT("the line and the opening are all", out.opening + line.payout, out.earned);
    payplan_destroy(&plan);
    return out.earned;
}

static void rate_kinds(void **state)
{
    static const struct {
        const char *why, *component;
        int64_t yuan, fen;
    } rows[] = {
        { "graduated", "'components':[{'code':'c','kind':'rate','measure':'rev'," TIERS "}]", 160000, 1100000 },
        { "slab", "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab'," TIERS "}]", 160000,
          1600000 },
        { "slab at the cliff", "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab'," TIERS "}]",
          100000, 800000 },
        { "slab below the cliff", "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab'," TIERS "}]",
          99999, 599994 },
        /* at 125 % halfway from 8 % to 10 %: 9 % of 125,000 */
        { "interpolated", "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'interpolated'," TIERS "}]",
          125000, 1125000 },
        { "flat",
          "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'flat','bands':[{'from_ppm':0,'amount':'0'},"
          "{'from_ppm':1000000,'amount':'5000'}]}]",
          130000, 500000 },
        { "threshold", "'components':[{'code':'c','kind':'rate','measure':'rev','threshold_ppm':500000," TIERS "}]",
          49999, 0 },
        { "at the threshold",
          "'components':[{'code':'c','kind':'rate','measure':'rev','threshold_ppm':500000," TIERS "}]", 50000, 300000 },
        { "cap", "'components':[{'code':'c','kind':'rate','measure':'rev','cap':'10000'," TIERS "}]", 160000, 1000000 },
        { "floor", "'components':[{'code':'c','kind':'rate','measure':'rev','floor':'800'," TIERS "}]", 10000, 80000 },
        /* whole yuan, rounded down: 6 % of 33 is 1.98 */
        { "smallest",
          "'smallest':'1','rounding':'down','components':[{'code':'c','kind':'rate','measure':'rev'," TIERS "}]", 33,
          1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_INT(rows[i].why, pay_rev(rows[i].component, rows[i].yuan), rows[i].fen);
}

/* 20 yuan for each of the first 10, 35.50 for each beyond: 10 * 20 + 4 * 35.50 = 342. */
static void counts_by_volume(void **state)
{
    struct payplan *plan = plan_test_new(&arena,
                                         "'components':[{'code':'c','kind':'rate','measure':'new','over':'volume',"
                                         "'bands':[{'from':'0','amount':'20'},{'from':'10','amount':'35.5'}]}]");
    struct payplan_line lines[] = { { .id = "b", .day = 2, .amount = 6 }, { .id = "a", .day = 1, .amount = 8 } };
    struct payplan_input input = { .lines = lines, .line_count = 2 };
    struct payplan_output out = plan_test_run(plan, 0, &input);

    (void)state;
    EXPECT_INT("all", out.earned, 34200);
    assert_string_equal(lines[0].id, "a");
    EXPECT_INT("8 at 20", lines[0].payout, 16000);
    EXPECT_INT("2 at 20, 4 at 35.50", lines[1].payout, 18200);
    payplan_destroy(&plan);
}

/* Target 7, half of the days: 3.5; 150 % of it is 5.25, which the 6th reaches. Slab: 10 each, 15 each from there. */
static void targets_follow_the_days(void **state)
{
    struct payplan *plan = plan_test_new(&arena,
                                         "'components':[{'code':'c','kind':'rate','measure':'new','rate':'slab',"
                                         "'bands':[{'from_ppm':0,'amount':'10'},{'from_ppm':1500000,'amount':'15'}]}]");
    struct payplan_line line = { .id = "a", .amount = 5 };
    struct payplan_input input = { .target = 7, .days = 92, .days_in_force = 46, .lines = &line, .line_count = 1 };

    (void)state;
    EXPECT_INT("five", plan_test_run(plan, 0, &input).earned, 5000);
    line.amount = 6;
    EXPECT_INT("six", plan_test_run(plan, 0, &input).earned, 9000);
    EXPECT_INT("6 of 3.5", plan_test_run(plan, 0, &input).attainment_ppm, 1714285);
    input.target = 0;
    EXPECT_INT("no target", plan_test_run(plan, 0, &input).earned, 0);
    assert_string_equal(plan_test_run(plan, 0, &input).reason, "no_target");
    payplan_destroy(&plan);
}

/* 40 % of 10,000 follow the score: at 80 points 6,000 + 3,200; linked 10 %: 10,000 * (0.9 + 0.1 * 0.8) = 9,800. */
static void scores(void **state)
{
    struct payplan *plan = plan_test_new(
        &arena, "'components':[{'code':'mix','kind':'score','amount':'10000','base_ppm':600000},"
                "{'code':'link','kind':'linked','amount':'10000','linked_ppm':100000,'linked_to':'parent'},"
                "{'code':'fac','kind':'score','amount':'1000','factors':[{'score_milli':60000,'factor_ppm':500000},"
                "{'score_milli':100000,'factor_ppm':1000000}]},"
                "{'code':'rank','kind':'rank','rewards':[{'from_rank':1,'to_rank':1,'amount':'3000'},"
                "{'from_rank':2,'to_rank':3,'amount':'1000'}]}]");
    struct payplan_input input = { .has_score = true, .score_milli = 80000, .rank = 3 };

    (void)state;
    EXPECT_INT("60/40", plan_test_run(plan, 0, &input).earned, 920000);
    EXPECT_INT("linked", plan_test_run(plan, 1, &input).earned, 980000);
    EXPECT_INT("factors: 75 %", plan_test_run(plan, 2, &input).earned, 75000);
    EXPECT_INT("third", plan_test_run(plan, 3, &input).earned, 100000);
    input.days_in_force = 23; /* a quarter of 92 */
    EXPECT_INT("a quarter of the days", plan_test_run(plan, 0, &input).earned, 230000);
    input = (struct payplan_input) { .score_milli = 80000 };
    EXPECT_INT("no score: the base", plan_test_run(plan, 0, &input).earned, 600000);
    EXPECT_INT("below the first factor", plan_test_run(plan, 2, &input).earned, 0);
    assert_string_equal(plan_test_run(plan, 3, &input).reason, "no_rank");
    payplan_destroy(&plan);
}

/* The same told by order lines: 40 % of 10,000 at 80 points are 3,200, of which the first has 2 of 3 parts: 2,133.33
 * and 1,066.67; the fixed part is nobody's. Of a rank's 1,000 the same; linked to 80 points 800. */
static void scores_by_order_lines(void **state)
{
    static const struct {
        const char *why, *component;
        int64_t opening, first, second;
    } rows[] = {
        { "60/40", "'kind':'score','amount':'10000','base_ppm':600000", 600000, 213333, 106667 },
        { "linked", "'kind':'linked','amount':'10000','linked_ppm':100000,'linked_to':'parent'", 900000, 53333, 26667 },
        { "rank", "'kind':'rank','rewards':[{'from_rank':2,'to_rank':3,'amount':'1000'}]", 0, 66667, 33333 },
        { "contest", "'kind':'contest','rewards':[{'from_rank':2,'to_rank':3,'amount':'1000'}]", 0, 66667, 33333 },
        { "no reward, nothing to tell", "'kind':'rank','rewards':[{'from_rank':1,'to_rank':1,'amount':'1'}]", 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payplan *plan = plan_test_new(
            &arena, arena_printf(&arena, "'components':[{'code':'c','measure':'new',%s}]", rows[i].component));
        struct payplan_line lines[] = { { .id = "a", .day = 1, .amount = 2 }, { .id = "b", .day = 2, .amount = 1 } };
        struct payplan_place place = { .known = true, .given = 3 };
        struct payplan_input input = {
            .has_score = true, .score_milli = 80000, .rank = 3, .lines = lines, .line_count = 2, .places = &place
        };
        struct payplan_output out = plan_test_run(plan, 0, &input);

        EXPECT_INT(rows[i].why, out.opening, rows[i].opening);
        EXPECT_INT(rows[i].why, lines[0].payout, rows[i].first);
        EXPECT_INT(rows[i].why, lines[1].payout, rows[i].second);
        EXPECT_INT(rows[i].why, out.earned, rows[i].opening + rows[i].first + rows[i].second);
        EXPECT_INT(rows[i].why, out.volume, 3);
        lines[0].amount = -1; /* more came back than was sold: nothing to be in proportion to */
        out = plan_test_run(plan, 0, &input);
        EXPECT_INT(rows[i].why, out.earned, rows[i].opening + rows[i].first + rows[i].second);
        EXPECT_INT(rows[i].why, lines[0].payout, 0);
        payplan_destroy(&plan);
    }
}

/* A spiff of 30 for each, at most 100. Cap 10,000 with 1,000 above it: carried, and paid in the next period. */
static void spiff_and_carry(void **state)
{
    struct payplan *plan = plan_test_new(
        &arena, "'components':[{'code':'s','kind':'spiff','measure':'new','amount':'30','cap':'100'},"
                "{'code':'c','kind':'rate','measure':'rev','cap':'10000','excess':'carried'," TIERS "}]");
    struct payplan_line four = { .id = "a", .amount = 4 }, rev = { .id = "a", .amount = (int64_t)160000 * YUAN };
    struct payplan_input input = { .lines = &four, .line_count = 1 };
    struct payplan_output out;

    (void)state;
    EXPECT_INT("capped", plan_test_run(plan, 0, &input).earned, 10000);
    four.amount = 3;
    EXPECT_INT("three", plan_test_run(plan, 0, &input).earned, 9000);
    input = (struct payplan_input) { .target = (int64_t)100000 * YUAN, .lines = &rev, .line_count = 1 };
    out = plan_test_run(plan, 1, &input);
    EXPECT_INT("paid", out.earned, 1000000);
    EXPECT_INT("carried", out.carried_out, 100000);
    rev.amount = (int64_t)50000 * YUAN; /* 3,000 */
    input.carried_in = out.carried_out;
    out = plan_test_run(plan, 1, &input);
    EXPECT_INT("with what was carried", out.earned, 400000);
    EXPECT_INT("the line's own", rev.payout, 300000);
    EXPECT_INT("nothing is left", out.carried_out, 0);
    payplan_destroy(&plan);
}

/* Slab, 100,000 at 8 %: the first line, 80,000, earned 4,800 at 6 %, the crossing one 1,600 and a lift of 1,600. What
 * going back on it costs depends on the policy. */
static void clawbacks(void **state)
{
    static const char *const policies[] = { "recompute", "line" };

    (void)state;
    for (int p = 0; p < 2; p++) {
        struct payplan *plan = plan_test_new(
            &arena,
            arena_printf(&arena,
                         "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab','clawback':'%s'," TIERS
                         "}]",
                         policies[p]));
        struct payplan_line lines[] = {
            { .id = "a", .day = 1, .amount = (int64_t)80000 * YUAN, .late = -(int64_t)80000 * YUAN },
            { .id = "b", .day = 2, .amount = (int64_t)20000 * YUAN }
        };
        struct payplan_input input = { .target = (int64_t)100000 * YUAN, .lines = lines, .line_count = 2 };
        struct payplan_output out = plan_test_run(plan, 0, &input);

        /* without the first: 20,000 at 6 % = 1,200; by the line: its 4,800 go, the crossing line keeps 3,200 */
        EXPECT_INT(policies[p], out.earned, p == 0 ? 120000 : 320000);
        EXPECT_INT("the line taken back", lines[0].payout, 0);
        lines[0].late = -(int64_t)40000 * YUAN; /* half of it: 60,000 at 6 %, or half of 4,800 and the 3,200 */
        out = plan_test_run(plan, 0, &input);
        EXPECT_INT(policies[p], out.earned, p == 0 ? 360000 : 560000);
        lines[0].late = 0;
        lines[1].late = (int64_t)10000 * YUAN; /* more of it came: 8 % of 10,000 */
        EXPECT_INT(policies[p], plan_test_run(plan, 0, &input).earned, 880000);
        payplan_destroy(&plan);
    }
}

/* 30 % is held back of each line, rounded by the line. */
static void holds(void **state)
{
    struct payplan *plan = plan_test_new(
        &arena, "'components':[{'code':'c','kind':'rate','measure':'new','over':'volume','hold_ppm':300000,"
                "'hold_days':90,'bands':[{'from':'0','amount':'0.05'}]}]");
    struct payplan_line lines[] = { { .id = "a", .amount = 1 }, { .id = "b", .amount = 1 } };
    struct payplan_input input = { .lines = lines, .line_count = 2 };
    struct payplan_output out = plan_test_run(plan, 0, &input);

    (void)state;
    EXPECT_INT("earned", out.earned, 10);
    EXPECT_INT("1.5 fen each", lines[0].held, 2);
    EXPECT_INT("held", out.held, 4);
    payplan_destroy(&plan);
}

/* --- the check and the linter ----------------------------------------------------------------------------------------
 */

static void note_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    (void)message;
    strcat(arg, code);
    strcat(arg, pointer);
    strcat(arg, " ");
}

static void refusals(void **state)
{
    static const struct {
        const char *doc, *want;
    } rows[] = {
        { "'components':[{'code':'c','kind':'rat'}]", "bad_kind/components/0/kind " },
        { "'components':[]", "component_count/components " },
        { "'components':[{'code':'c','kind':'rate','measure':'xx'}]", "unknown_measure/components/0/measure " },
        { "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[{'from_ppm':5,'rate_ppm':1010000},{'from_"
          "ppm':5,'rate_ppm':1}]}]",
          "bad_rate/components/0/bands/0/rate_ppm rate_unsorted/components/0/bands/1/from_ppm " },
        { "'components':[{'code':'c','kind':'rate','measure':'new','bands':[{'from_ppm':0,'rate_ppm':1}]}]",
          "not_used/components/0/bands/0/rate_ppm missing_value/components/0/bands/0/amount " },
        { "'components':[{'code':'c','kind':'score','amount':'1.001'}]", "bad_amount/components/0/amount " },
        { "'components':[{'code':'c','kind':'score','amount':'1','hold_ppm':100}]",
          "missing_value/components/0/hold_days " },
        { "'smallest':'0.05','components':[{'code':'c','kind':'score','amount':'1'}]", "bad_smallest/smallest " },
        { "'until':'2025-01-01','components':[{'code':'c','kind':'score','amount':'1'}]", "bad_interval/until " },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char found[512] = "";

        payplan_check(plan_test_doc(&arena, rows[i].doc), plan_test_measure, NULL, 4, note_problem, found);
        if (strcmp(found, rows[i].want) != 0)
            fail_msg("%s: found %s", rows[i].doc, found);
    }
}

static void note_finding(void *arg, const char *component, const char *code, const char *words, bool consented)
{
    (void)component;
    assert_true(words[0] != 0);
    strcat(arg, code);
    strcat(arg, consented ? "(yes) " : " ");
}

static void findings(void **state)
{
    static const struct {
        const char *doc, *want;
    } rows[] = {
        { "'components':[{'code':'c','kind':'rate','measure':'rev'," TIERS "}]", "" },
        { "'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab'," TIERS "}]", "cliff cliff " },
        { "'consents':['cliff'],'components':[{'code':'c','kind':'rate','measure':'rev','rate':'slab'," TIERS "}]",
          "cliff(yes) cliff(yes) " },
        { "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[{'from_ppm':0,'rate_ppm':600000},{'from_"
          "ppm':1000000,'rate_ppm':10}]}]",
          "rich falling_rate " },
        /* 100 * 20 is the cap */
        { "'components':[{'code':'c','kind':'rate','measure':'new','over':'volume','cap':'2000','bands':[{'from':'0','"
          "amount':'20'},"
          "{'from':'150','amount':'30'}]}]",
          "unreachable_band " },
        { "'components':[{'code':'c','kind':'rate','measure':'rev','threshold_ppm':1000000," TIERS "}]",
          "unreachable_band cliff " },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct payplan *plan = plan_test_new(&arena, rows[i].doc);
        char found[512] = "";

        payplan_lint(plan, i % 2, note_finding, found);
        if (strcmp(found, rows[i].want) != 0)
            fail_msg("%s: found %s", rows[i].doc, found);
        payplan_destroy(&plan);
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
        cmocka_unit_test(rate_kinds),
        cmocka_unit_test(counts_by_volume),
        cmocka_unit_test(targets_follow_the_days),
        cmocka_unit_test(scores),
        cmocka_unit_test(scores_by_order_lines),
        cmocka_unit_test(spiff_and_carry),
        cmocka_unit_test(clawbacks),
        cmocka_unit_test(holds),
        cmocka_unit_test(refusals),
        cmocka_unit_test(findings),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
