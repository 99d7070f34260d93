/* Scores of one unit, worked out by hand; figures that add up; attainment on the unrounded plan. */
#include "support/check.h"
#include "support/seed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "incentive/cards/card_axes.h"
#include "incentive/scoring/score.h"

/* --- attainment ------------------------------------------------------------------------------------------------------
 */

static void test_attainment(void **state)
{
    static const struct {
        const char *why;
        bool lower, defined;
        int64_t actual, target, num, den, ppm;
    } rows[] = {
        { "half the time, half the target", false, true, 50, 100, 1, 2, 1000000 },
        { "at the end: actual / target", false, true, 3, 4, 7, 7, 750000 },
        { "the plan isn't rounded: 1 of 10/3", false, true, 1, 10, 1, 3, 300000 },
        { "rounded down: 2 of 3", false, true, 2, 3, 1, 1, 666666 },
        { "just below stays below", false, true, 9999999, 10000000, 1, 1, 999999 },
        { "nothing sold", false, true, 0, 100, 1, 2, 0 },
        { "more taken back than sold", false, true, -10, 100, 1, 1, -100000 },
        { "no target", false, false, 10, 0, 1, 2, 0 },
        { "nothing planned to date", false, false, 10, 100, 0, 5, 0 },
        { "lower is better: 2 - 80/100", true, true, 80, 100, 1, 1, 1200000 },
        { "lower is better: none at all", true, true, 0, 100, 1, 2, 2000000 },
        { "lower is better: twice the plan", true, true, 100, 100, 1, 2, 0 },
        { "large money, large curve", false, true, INT64_C(1) << 60, INT64_C(1) << 60, INT64_C(9000000000000),
          INT64_C(9000000000000), 1000000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct phasing_point at = { rows[i].num, rows[i].den, 0 };
        struct attainment a = score_attainment(rows[i].lower, rows[i].actual, phasing_plan(rows[i].target, at));

        if (a.defined != rows[i].defined || a.ppm != rows[i].ppm)
            fail_msg("%s: %s %ld", rows[i].why, a.defined ? "defined" : "undefined", (long)a.ppm);
    }
}

/* --- a card by hand: as card_new() would make it
 * -----------------------------------------------------------------------
 */

struct made {
    struct card card;
    struct card_line lines[3];
    Bihuan__ScorecardLine docs[3];
    Bihuan__Scorecard doc;
    struct scorecard_measure measures[2];
};

static const struct rate_band straight[] = { { 0, 1000000, 0, 100000 }, { 1000000, RATE_OPEN, 100000, 0 } };
static const struct rate_band steps[] = { { 0, 800000, 0, 0 },
                                          { 800000, 1000000, 60000, 0 },
                                          { 1000000, RATE_OPEN, 100000, 0 } };

/* Line 1 weighs 6000, straight to 100 points; line 2 weighs 4000, in steps; line 3 is a gate: at most 5. */
static void make(struct made *m, int64_t gate_factor_ppm, enum scorecard_undefined undefined)
{
    memset(m, 0, sizeof *m);
    bihuan__scorecard__init(&m->doc);
    for (int i = 0; i < 3; i++) {
        bihuan__scorecard_line__init(&m->docs[i]);
        m->lines[i].doc = &m->docs[i];
        m->lines[i].measure_id = (uint32_t)i + 1;
    }
    m->lines[0].table = (struct rate_table) { .kind = RATE_LINEAR, .bands = straight, .band_count = 2 };
    m->lines[1].table = (struct rate_table) { .kind = RATE_FLAT, .bands = steps, .band_count = 3 };
    m->lines[2].gate = GATE_AT_MOST;
    m->lines[2].gate_limit = 5;
    m->lines[2].gate_factor_ppm = gate_factor_ppm;
    m->measures[0] = (struct scorecard_measure) { 1, 6000, &m->lines[0].table, 0, INT64_MAX, undefined };
    m->measures[1] = (struct scorecard_measure) { 2, 4000, &m->lines[1].table, 0, INT64_MAX, undefined };
    m->card = (struct card) { .doc = &m->doc, .lines = m->lines, .line_count = 3 };
    m->card.calc = (struct scorecard) { m->measures, 2, 0, INT64_MAX, ROUND_HALF_UP };
}

#define SUM(have, want)                                                                                                \
    {                                                                                                                  \
        .actual = (have), .target = (want)                                                                             \
    }
#define RATIO(of, over, want)                                                                                          \
    {                                                                                                                  \
        .target = (want), .parts = {(of), (over) }                                                                     \
    }

static const struct {
    const char *why;
    struct score_input inputs[3];
    int64_t factor;
    enum scorecard_undefined undefined;
    bool defined;
    int64_t score, weighted[2];
    uint32_t weights[2];
    const char *reason;
} scores[] = {
    /* half the period: 45 of 50 = 90 % = 90 points * .6 = 54; 85 of 100 = 85 % = 60 points * .4 = 24 */
    { "both lines, gate holds",
      { SUM(45, 100), SUM(85, 200), SUM(5, 0) },
      0,
      SCORECARD_UNDEFINED_EXCLUDE,
      true,
      78000,
      { 54000, 24000 },
      { 6000, 4000 },
      "" },
    { "gate fails: half",
      { SUM(45, 100), SUM(85, 200), SUM(6, 0) },
      500000,
      SCORECARD_UNDEFINED_EXCLUDE,
      true,
      39000,
      { 54000, 24000 },
      { 6000, 4000 },
      "" },
    { "gate fails: veto",
      { SUM(45, 100), SUM(85, 200), SUM(6, 0) },
      0,
      SCORECARD_UNDEFINED_EXCLUDE,
      true,
      0,
      { 54000, 24000 },
      { 6000, 4000 },
      "gate_failed" },
    { "one without target is left out",
      { SUM(45, 100), SUM(85, 0), SUM(0, 0) },
      0,
      SCORECARD_UNDEFINED_EXCLUDE,
      true,
      90000,
      { 90000, 0 },
      { 10000, 0 },
      "" },
    { "or counts as zero",
      { SUM(45, 100), SUM(85, 0), SUM(0, 0) },
      0,
      SCORECARD_UNDEFINED_ZERO,
      true,
      54000,
      { 54000, 0 },
      { 6000, 4000 },
      "" },
    { "none has a target",
      { SUM(45, 0), SUM(85, 0), SUM(0, 0) },
      0,
      SCORECARD_UNDEFINED_EXCLUDE,
      false,
      0,
      { 0, 0 },
      { 0, 0 },
      "no_target" },
};

static void test_score_by_hand(void **state)
{
    struct phasing_point half = { 1, 2, 0 };

    (void)state;
    for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++) {
        struct score_line lines[3];
        struct score_outcome out;
        struct made m;

        make(&m, scores[i].factor, scores[i].undefined);
        score_unit(&m.card, scores[i].inputs, half, lines, &out);
        if (out.defined != scores[i].defined || out.score != scores[i].score ||
            strcmp(out.reason, scores[i].reason) != 0)
            fail_msg("%s: score %ld, reason \"%s\"", scores[i].why, (long)out.score, out.reason);
        for (size_t k = 0; k < 2; k++)
            if (lines[k].weighted != scores[i].weighted[k] || lines[k].weight != scores[i].weights[k])
                fail_msg("%s: line %zu gives %ld at weight %u", scores[i].why, k, (long)lines[k].weighted,
                         lines[k].weight);
    }
}

/* Half of the period's calendar is over, but the first month has 60 of the 100: 45 of 60 + 40/3 (a third of the second
 * month) is 61.3636 %. Without parts it were 45 of 50. */
static void test_a_plan_through_months(void **state)
{
    struct score_input inputs[3] = { SUM(45, 100), SUM(0, 0), SUM(0, 0) };
    struct score_line lines[3];
    struct score_outcome out;
    struct made m;

    (void)state;
    inputs[0].plan = (struct phased_point) { { 220, 3 }, 73, 45000 };
    make(&m, 0, SCORECARD_UNDEFINED_EXCLUDE);
    score_unit(&m.card, inputs, (struct phasing_point) { 1, 2, 0 }, lines, &out);
    CHECK_INT(lines[0].planned, 73);
    CHECK_INT(lines[0].attainment.ppm, 613636);
    assert_true(lines[0].by_parts);
    inputs[0].plan = (struct phased_point) { { 0, 0 }, 0, 0 };
    score_unit(&m.card, inputs, (struct phasing_point) { 1, 2, 0 }, lines, &out);
    CHECK_INT(lines[0].planned, 50);
    CHECK_INT(lines[0].attainment.ppm, 900000);
    assert_false(lines[0].by_parts);
}

/* Line 1 is a ratio in per cent with one decimal, 4 decimals above: 100 * of / over. A quarter of the period is over,
 * which is all the same to it. */
static void test_ratios_by_hand(void **state)
{
    static const struct {
        const char *why;
        struct score_input input;
        bool lower, no_value, defined;
        int64_t actual, ppm, weighted;
    } rows[] = {
        { "45 % of a level of 50 % is 90 %", RATIO(90000, 20, 500), false, false, true, 450, 900000, 54000 },
        { "above the level is 100 points at most", RATIO(120000, 20, 500), false, false, true, 600, 1200000, 60000 },
        { "rounded half up: 1/3 is 33.3 %", RATIO(10000, 3, 333), false, false, true, 333, 1000000, 60000 },
        { "lower is better: 2 - 55/50", RATIO(110000, 20, 500), true, false, true, 550, 900000, 54000 },
        { "nothing to divide by", RATIO(90000, 0, 500), false, true, false, 0, 0, 0 },
        { "more taken back than given", RATIO(90000, -3, 500), false, true, false, 0, 0, 0 },
        { "no level", RATIO(90000, 20, 0), false, false, false, 450, 0, 0 },
        { "0 of 20 is a value", RATIO(0, 20, 500), false, false, true, 0, 0, 0 },
    };
    const struct phasing_point quarter = { 1, 4, 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct score_input inputs[3] = { rows[i].input, SUM(0, 0), SUM(0, 0) };
        struct score_line lines[3];
        struct score_outcome out;
        struct made m;

        make(&m, 0, SCORECARD_UNDEFINED_ZERO);
        m.lines[0].ratio = true;
        m.lines[0].lower_is_better = rows[i].lower;
        m.lines[0].unit = (struct ratio_unit) { 100, 1, 4, 0 };
        score_unit(&m.card, inputs, quarter, lines, &out);
        if (lines[0].actual != rows[i].actual || lines[0].no_value != rows[i].no_value ||
            lines[0].attainment.defined != rows[i].defined || lines[0].attainment.ppm != rows[i].ppm ||
            lines[0].weighted != rows[i].weighted)
            fail_msg("%s: %ld, attainment %ld, weighted %ld", rows[i].why, (long)lines[0].actual,
                     (long)lines[0].attainment.ppm, (long)lines[0].weighted);
    }
}

/* A gate over a ratio: at most 5.0 %; without a value it holds. */
static void test_gate_of_ratio(void **state)
{
    static const struct {
        int64_t of, over;
        enum gate_state gate;
    } rows[] = { { 5, 100, GATE_PASSED }, { 6, 100, GATE_FAILED }, { 1, 0, GATE_PASSED } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct score_input inputs[3] = { SUM(45, 100), SUM(85, 200), RATIO(rows[i].of, rows[i].over, 0) };
        struct score_line lines[3];
        struct score_outcome out;
        struct made m;

        make(&m, 0, SCORECARD_UNDEFINED_EXCLUDE);
        m.lines[2].ratio = true;
        m.lines[2].unit = (struct ratio_unit) { 100, 0, 0, 0 };
        score_unit(&m.card, inputs, (struct phasing_point) { 1, 2, 0 }, lines, &out);
        assert_int_equal(lines[2].gate, rows[i].gate);
    }
}

/* Whatever the figures: the lines' weighted points are the weighted score, to the thousandth. */
static void test_lines_add_up(void **state)
{
    uint64_t seed = test_seed();
    struct made m;

    (void)state;
    make(&m, 0, SCORECARD_UNDEFINED_EXCLUDE);
    for (uint64_t i = 0; i < 20000; i++) {
        struct score_input inputs[3] = { SUM((int64_t)(hash_mix(seed + 3 * i) % 2000), 997),
                                         SUM((int64_t)(hash_mix(seed + 3 * i + 1) % 2000), i % 3 ? 1009 : 0),
                                         SUM(0, 0) };
        struct phasing_point at = { (int64_t)(i % 92) + 1, 92, 0 };
        struct score_line lines[3];
        struct score_outcome out;

        score_unit(&m.card, inputs, at, lines, &out);
        if (lines[0].weighted + lines[1].weighted != out.weighted || out.weighted != out.score ||
            lines[0].weight + lines[1].weight != 10000)
            fail_msg("seed %lu, case %lu: %ld + %ld isn't %ld", (unsigned long)seed, (unsigned long)i,
                     (long)lines[0].weighted, (long)lines[1].weighted, (long)out.weighted);
    }
}

/* The first line's table goes by the second's attainment as well: below 80 % its points rise to 50 at 100 %, from there
 * on to 100. At half of the period 45 of 50 is 90 %. */
static void test_two_dimensions_by_hand(void **state)
{
    static const int64_t from[] = { 0, 800000 }, cells[] = { 0, 50000, 0, 100000 };
    static const struct {
        const char *why;
        int64_t second, target; /* of line 2 */
        bool no_row;
        int64_t points, weighted, score;
    } rows[] = {
        /* 45 points, .6 of it; 79 of 100 are 0 points */
        { "below the edge", 79, 200, false, 45000, 27000, 27000 },
        /* 90 points; 80 of 100 are 60 points, .4 of it */
        { "at the edge", 80, 200, false, 90000, 54000, 78000 },
        { "below nothing counts as the first band", -5, 200, false, 45000, 27000, 27000 },
        { "without target there is no row, and no line is left", 80, 0, true, 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct score_input inputs[3] = { SUM(45, 100), SUM(rows[i].second, rows[i].target), SUM(0, 0) };
        struct card_axes axes = { .lines = { 1 } };
        struct score_line lines[3];
        struct score_outcome out;
        struct arena arena;
        struct made m;

        arena_init(&arena);
        make(&m, 0, SCORECARD_UNDEFINED_EXCLUDE);
        axes.grid =
            (struct rate_grid) { .table = m.lines[0].table, .axes = { { from, 2 } }, .axis_count = 1, .cells = cells };
        axes.rows = arena_array(&arena, struct rate_table, 2);
        for (size_t row = 0; row < 2; row++)
            rate_grid_slice(&axes.grid, row, &arena, &axes.rows[row]);
        m.lines[0].axes = &axes;
        m.card.has_axes = true;
        score_unit(&m.card, inputs, (struct phasing_point) { 1, 2, 0 }, lines, &out);
        if (lines[0].no_row != rows[i].no_row || lines[0].points != rows[i].points ||
            lines[0].weighted != rows[i].weighted || out.score != rows[i].score)
            fail_msg("%s: %ld points, weighted %ld, score %ld", rows[i].why, (long)lines[0].points,
                     (long)lines[0].weighted, (long)out.score);
        arena_fini(&arena);
    }
}

static void test_cut(void **state)
{
    int64_t num[] = { 10, 10, 10 }, parts[3];

    (void)state;
    score_cut(10, num, 3, 3, parts); /* 3.33 each: the first gets the rest */
    CHECK_INT(parts[0], 4);
    CHECK_INT(parts[1], 3);
    CHECK_INT(parts[2], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attainment),
        cmocka_unit_test(test_score_by_hand),
        cmocka_unit_test(test_ratios_by_hand),
        cmocka_unit_test(test_gate_of_ratio),
        cmocka_unit_test(test_lines_add_up),
        cmocka_unit_test(test_a_plan_through_months),
        cmocka_unit_test(test_two_dimensions_by_hand),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
