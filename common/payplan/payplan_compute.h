/* payplan_compute: what one component pays one payee in one period, down to the order line. Pure.
 *
 * The same call makes the running result, the full recomputation, a simulation, and what verifies a statement; so they
 * can't differ. One rounding step: F of the whole is rounded once, and an order line is the difference of two such.
 *
 * An order line is all that was credited of one record, its corrections and reversals netted: an order and its full
 * reversal are a line of nothing. `late` is what came of it after the period was closed:
 *   recompute  all of it is reckoned as if it had come in time: the difference is F(with) - F(without)
 *   line       what was paid in time stays as it was; a line that was taken back loses its own payout (in proportion
 *              where it was taken back in part), and what came late on top is paid at the rates reached then
 * What a score or a rank is paid may be told by the order lines of a measure: their shares of its sum, cut so that they
 * come to it exactly; the part that follows no score stays with the opening.
 * A table with axes has its row chosen once, by what its axes came to; all of the above holds of that row's rates.
 */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_COMPUTE_H
#define BIHUAN_PAYPLAN_PAYPLAN_COMPUTE_H

#include "payplan/payplan.h"

struct payplan_line {
    const char *id; /* borrowed; unique within a component */
    int32_t day;
    int64_t amount; /* in time */
    int64_t late;
    int64_t payout; /* out */
    int64_t lift;   /* out: part of payout that is a slab's change of rate on what was there before */
    int64_t held;   /* out: part of payout that is held back */
};

/* What one axis of a rate table goes by; of a contest what was sold for it (given, by the time of its ranking). */
struct payplan_place {
    bool known;           /* there is a score, a class */
    int64_t given;        /* attainment: the target; score: milli-points; months; type, channel: number of the band */
    int64_t volume, late; /* attainment, volume: what was sold in time and what came of it later */
};

struct payplan_input {
    int64_t target; /* 0 none */
    int32_t days, days_in_force;
    bool has_score;
    int64_t score_milli;        /* score: the payee's; linked: the other's */
    uint32_t rank;              /* 0 none */
    int64_t carried_in;         /* above the cap of the period before */
    struct payplan_line *lines; /* sorted here by day and id */
    size_t line_count;
    struct payplan_place *places; /* payplan_place_count of them; NULL without */
};

struct payplan_output {
    int64_t volume;         /* sum of the lines */
    int64_t attainment_ppm; /* of the target as prorated; rounded toward minus infinity; 0 without */
    int64_t opening;        /* what no line earned: a floor, a score's pay, what was carried in */
    int64_t earned;         /* opening + payouts */
    int64_t carried_out;    /* above the cap, for the next period */
    int64_t held_opening;   /* part of opening that is held back */
    int64_t held;           /* held_opening + the lines' */
    const char *reason;     /* static: why nothing is earned; "" */
    /* Of a table with axes: where each stands, the band that holds it, and the row that they make. */
    int64_t value[RATE_GRID_AXES_MAX];
    size_t band[RATE_GRID_AXES_MAX];
    size_t row;
};

/* Fills the lines and *out. The arena is scratch. */
int payplan_compute(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, struct arena *scratch, struct payplan_output *out,
                    struct err *err);

/* What the component would pay if all that it takes were multiplied by num / den, without lines: for forecasts.
 * volumes[0] is of its measure, the others are of its axes. */
int payplan_project(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, const int64_t *volumes, int64_t num, int64_t den,
                    struct arena *scratch, int64_t *earned, struct err *err);

#endif
