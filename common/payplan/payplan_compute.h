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

struct payplan_input {
    int64_t target; /* 0 none */
    int32_t days, days_in_force;
    bool has_score;
    int64_t score_milli;        /* score: the payee's; linked: the other's */
    uint32_t rank;              /* 0 none */
    int64_t carried_in;         /* above the cap of the period before */
    struct payplan_line *lines; /* sorted here by day and id */
    size_t line_count;
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
};

/* Fills the lines and *out. The arena is scratch. */
int payplan_compute(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, struct arena *scratch, struct payplan_output *out,
                    struct err *err);

/* What the component would pay if its volume were volume * num / den, without lines: for forecasts. */
int payplan_project(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, int64_t volume, int64_t num, int64_t den, struct arena *scratch,
                    int64_t *earned, struct err *err);

#endif
