/* One score from several measures, every step shown. */
#include "calc_test.h"

#include "calc/scorecard.h"

/* 0..100 points over 0..100 %, then level; and a tenth of a point a permille without end. */
static const struct rate_band level_bands[] = { { 0, 1000000, 0, 100000 }, { 1000000, RATE_OPEN, 100000, 0 } };
static const struct rate_band open_bands[] = { { 0, RATE_OPEN, 100000, 0 } };
static const struct rate_table level = { .kind = RATE_LINEAR, .bands = level_bands, .band_count = 2 };
static const struct rate_table open_end = { .kind = RATE_GRADUATED, .bands = open_bands, .band_count = 1 };

static struct scorecard_measure measures[2];
static const struct scorecard card = { measures, 2, 0, 120000, ROUND_HALF_UP };

static void reset(void)
{
    measures[0] = (struct scorecard_measure) { 1, 6000, &level, 0, 100000, SCORECARD_UNDEFINED_EXCLUDE };
    measures[1] = (struct scorecard_measure) { 2, 4000, &open_end, 20000, 110000, SCORECARD_UNDEFINED_ZERO };
}

static struct attainment at(int64_t ppm)
{
    return (struct attainment) { true, ATTAINMENT_OK, ppm };
}

static const struct attainment no_target = { false, ATTAINMENT_NO_TARGET, 0 };

static struct scorecard_result score(struct attainment a, struct attainment b, const struct scorecard_gate *gates,
                                     size_t gate_count, int64_t deductions, struct scorecard_line *lines)
{
    struct attainment attainments[] = { a, b };
    struct scorecard_result result;
    struct err err;

    EXPECT_OK("score", scorecard_score(&card, attainments, gates, gate_count, deductions, lines, &result, &err), err);
    return result;
}

static void scores_by_hand(void **state)
{
    struct scorecard_gate gates[] = { { false, false, 900000 }, { true, true, 0 } };
    struct scorecard_line lines[2];
    (void)state;
    reset();
    /* 80 % gives 80 points; 120 % gives 120, clamped to 110: 0.6 * 80 + 0.4 * 110 = 92; * 0.9 = 82.8; - 2 = 80.8 */
    struct scorecard_result r = score(at(800000), at(1200000), gates, 2, 2000, lines);
    EXPECT_INT("raw", lines[1].points_raw, 120000);
    EXPECT_INT("clamped", lines[1].points, 110000);
    EXPECT_INT("adds 48 points", lines[0].share, 48000);
    EXPECT_INT("weighted", r.weighted_score, 92000);
    EXPECT_INT("gated", r.gated_score, 82800);
    EXPECT_INT("score", r.score, 80800);
    r = score(at(800000), at(1200000), NULL, 0, 100000, lines);
    EXPECT_INT("deductions beyond all", r.unclamped, -8000);
    EXPECT_INT("held at the least", r.score, 0);
    gates[1].passed = false;
    r = score(at(800000), at(1200000), gates, 2, 0, lines);
    EXPECT_INT("one veto zeroes", r.vetoed && r.score == 0, 1);
    EXPECT_INT("what it would have been stays visible", r.weighted_score, 92000);
    r = score(at(500000), at(100000), NULL, 0, 0, lines);
    EXPECT_INT("least points 20: 30 + 8", r.score, 38000);
}

static void follows_the_policy_for_undefined(void **state)
{
    struct scorecard_line lines[2];
    (void)state;
    reset();
    struct scorecard_result r = score(no_target, at(900000), NULL, 0, 0, lines);
    EXPECT_INT("left out: the other is the whole", r.score, 90000);
    EXPECT_INT("weight that counts", r.weight_counted, 4000);
    EXPECT_INT("not counted", lines[0].counted, 0);
    EXPECT_INT("reason kept", lines[0].attainment.reason, ATTAINMENT_NO_TARGET);
    r = score(at(1000000), no_target, NULL, 0, 0, lines);
    EXPECT_INT("zero by policy, no clamp lifts it: 60", r.score, 60000);
    measures[1].undefined = SCORECARD_UNDEFINED_EXCLUDE;
    r = score(no_target, no_target, NULL, 0, 0, lines);
    EXPECT_INT("nothing left: undefined, not zero", r.defined, 0);
}

static void rounds_once(void **state)
{
    struct scorecard_gate thirds[] = { { false, false, 333333 }, { false, false, 500000 } };
    struct scorecard_line lines[2];
    (void)state;
    reset();
    /* (0.6 * 50,001 + 0.4 * 20,000) = 38,000.6; * 0.333333 * 0.5 = 6,333.42..; the gated 12,666.8 isn't rounded between
     */
    struct scorecard_result r = score(at(500010), at(0), thirds, 2, 0, lines);
    EXPECT_INT("points of the first", lines[0].points, 50001);
    EXPECT_INT("once", r.score, 6333);
}

static void refuses(void **state)
{
    struct attainment attainments[2] = { at(1), at(1) };
    struct scorecard_gate below = { false, false, -1 };
    struct scorecard_line lines[2];
    struct scorecard_result r;
    struct err err;
    (void)state;
    reset();
    EXPECT_REFUSED("gate", scorecard_score(&card, attainments, &below, 1, 0, lines, &r, &err), err, "gate_factor");
    EXPECT_REFUSED("deductions", scorecard_score(&card, attainments, NULL, 0, -1, lines, &r, &err), err, "deductions");
    measures[0].weight = 5999;
    EXPECT_REFUSED("9,999", scorecard_check(&card, &err), err, "weights_sum");
    measures[0].weight = -1;
    EXPECT_REFUSED("below 0", scorecard_check(&card, &err), err, "weight_range");
    reset();
    measures[0].undefined = SCORECARD_UNDEFINED_UNSET;
    EXPECT_REFUSED("no policy", scorecard_check(&card, &err), err, "undefined_policy");
    reset();
    measures[0].points_lo = 200000;
    EXPECT_REFUSED("clamp", scorecard_check(&card, &err), err, "points_range");
}

/* Between the least and the most of its measures; more attained never scores less under rising tables. */
static void properties(void **state)
{
    struct scorecard_line lines[2];
    (void)state;
    reset();
    for (int n = 0; n < 5000; n++) {
        int64_t a = draw_int(0, 1500000), b = draw_int(0, 1500000), more = a + draw_int(0, 200000);
        struct scorecard_result r = score(at(a), at(b), NULL, 0, 0, lines);
        int64_t lo = lines[0].points < lines[1].points ? lines[0].points : lines[1].points;
        int64_t hi = lines[0].points > lines[1].points ? lines[0].points : lines[1].points;

        assert_true(r.score >= lo && r.score <= hi);
        assert_true(r.weighted_sum == lines[0].weighted + lines[1].weighted);
        assert_true(score(at(more), at(b), NULL, 0, 0, lines).score >= r.score);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_by_hand), cmocka_unit_test(follows_the_policy_for_undefined),
        cmocka_unit_test(rounds_once),    cmocka_unit_test(refuses),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
