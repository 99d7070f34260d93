/* scorecard: several weighted measures give one score, and every step is kept for the statement.
 *
 * S = sum w_i * clamp(f_i(a_i), lo_i, hi_i) / sum w_i, times the gates, minus deductions, then clamped. f_i is a rate
 * table over attainment in ppm that gives milli-points (100,000 = 100 points). Weights are integers that sum to 10,000
 * ("weights_sum"). Gates and weights multiply exactly; the score is rounded once, and so are the figures of each step,
 * which are for showing only. A veto makes the score 0 (then clamped like any other).
 * An undefined attainment follows the measure's stated policy: left out, with the others' weights as the whole, or zero
 * points with the reason kept. When nothing is left the score itself is undefined.
 * Memory: everything is the caller's; the card borrows. Pure functions.
 */
#ifndef BIHUAN_CALC_SCORECARD_H
#define BIHUAN_CALC_SCORECARD_H

#include "calc/attainment.h"
#include "calc/rate_table.h"

#define SCORECARD_WEIGHT_SUM 10000

enum scorecard_undefined {
    SCORECARD_UNDEFINED_UNSET = 0, /* refused: "undefined_policy" */
    SCORECARD_UNDEFINED_EXCLUDE,
    SCORECARD_UNDEFINED_ZERO,
};

struct scorecard_measure {
    uint32_t measure_id;
    int32_t weight; /* 0..10,000 */
    const struct rate_table *points;
    int64_t points_lo, points_hi; /* milli-points */
    enum scorecard_undefined undefined;
};

struct scorecard_gate {
    bool passed;
    bool veto;          /* when failed, zeroes the score; factor_ppm isn't read */
    int64_t factor_ppm; /* when failed, multiplies the score; >= 0 */
};

struct scorecard {
    const struct scorecard_measure *measures;
    size_t measure_count;
    int64_t score_lo, score_hi; /* final clamp, milli-points */
    enum rounding rounding;
};

/* What became of one measure. points is exact to a milli-point: rounded once per measure. */
struct scorecard_line {
    uint32_t measure_id;
    struct attainment attainment;
    bool counted;       /* false: excluded for want of a defined attainment */
    int32_t weight;     /* as declared */
    int64_t points_raw; /* f(a), and what is carried */
    int64_t points;     /* after the clamp */
    int64_t weighted;   /* weight * points; the lines' sum over weight_counted is the weighted score */
    int64_t share;      /* shown: what the line adds to the weighted score, rounded down */
};

struct scorecard_result {
    bool defined; /* false: every measure was left out */
    bool vetoed;
    int32_t weight_counted; /* sum of the weights that count */
    int64_t weighted_sum;   /* sum of weight * points */
    int64_t weighted_score; /* shown: weighted_sum / weight_counted */
    int64_t gated_score;    /* shown: after gates and veto */
    int64_t deductions;     /* as given */
    int64_t unclamped;      /* rounded: after deductions */
    int64_t score;          /* milli-points, after the final clamp */
};

/* 0 when the card may be published: weights, tables, clamps, policies. */
int scorecard_check(const struct scorecard *card, struct err *err);

/* attainments and lines have measure_count entries in the card's order; deductions >= 0 in milli-points. */
int scorecard_score(const struct scorecard *card, const struct attainment *attainments,
                    const struct scorecard_gate *gates, size_t gate_count, int64_t deductions,
                    struct scorecard_line *lines, struct scorecard_result *result, struct err *err);

/* The same with points that are added to each line's before its clamp, where its attainment is defined: `carried` has
 * measure_count entries, NULL none. */
int scorecard_score_carried(const struct scorecard *card, const struct attainment *attainments, const int64_t *carried,
                            const struct scorecard_gate *gates, size_t gate_count, int64_t deductions,
                            struct scorecard_line *lines, struct scorecard_result *result, struct err *err);

#endif
