/* apportion: a whole cut into integer parts that sum to it exactly, and proration by days.
 *
 * Method:    largest remainder: part_i = floor(T * w_i / W), then one more unit to the T - sum parts with the largest
 *            remainders; equal remainders go by the smaller id. Every part is off its exact share by less than one
 *            unit. T < 0 is cut as |T| and negated. It isn't monotone: with weights 6, 6, 2 the total 10 gives 4, 4, 2
 *            and 11 gives 5, 5, 1, so a raised total can lower one part.
 * Memory:    parts are the caller's, in the caller's order; `scratch` gives 4 bytes a part.
 * Errors:    0, or -1 with *err filled ("no_weight", "negative_weight", "too_many", "bad_interval"); shares are
 *            written on success only.
 */
#ifndef BIHUAN_CALC_APPORTION_H
#define BIHUAN_CALC_APPORTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "calc/fixed.h"

/* What to do when all weights are zero. */
enum apportion_zero {
    APPORTION_ZERO_UNSET = 0, /* as REFUSE */
    APPORTION_ZERO_REFUSE,    /* error "no_weight" */
    APPORTION_ZERO_EQUAL,     /* as if all weights were one */
};

struct apportion_part {
    uint64_t id;    /* stable: the same at every replay; decides ties, so unique */
    int64_t weight; /* >= 0 for apportion_split */
    int64_t share;  /* out */
};

int apportion_split(int64_t total, struct apportion_part *parts, size_t count, enum apportion_zero zero,
                    struct arena *scratch, struct err *err);

/* The same for weights of both signs whose sum is above zero (order lines with reversals among them). */
int apportion_split_signed(int64_t total, struct apportion_part *parts, size_t count, struct arena *scratch,
                           struct err *err);

/* value * days_in_force / days_in_interval; 0 <= days_in_force <= days_in_interval, days_in_interval > 0. Days may be
 * calendar or working days, as long as both are the same. */
int apportion_prorate(int64_t value, int32_t days_in_force, int32_t days_in_interval, enum rounding mode, int64_t *out,
                      struct err *err);

/* Days of [from_day, until_day) that lie in [first_day, last_day]; both ends of the latter count. */
int32_t apportion_days_in_force(int32_t from_day, int32_t until_day, int32_t first_day, int32_t last_day);

#endif
