/* ratio: a measure that is one sum over another. Pure; 128 bits, one rounding.
 *
 * The value is times * of / over in units of 10^-decimals, rounded half up. Where `over` is 0 or
 * below there is nothing to divide by and no value; nor where the value doesn't fit 64 bits.
 */
#ifndef BIHUAN_CALC_RATIO_H
#define BIHUAN_CALC_RATIO_H

#include <stdbool.h>
#include <stdint.h>

#define RATIO_DECIMALS_MAX 6
#define RATIO_TIMES_MAX    1000000

struct ratio_unit {
    int64_t times;            /* 1..RATIO_TIMES_MAX */
    int decimals;             /* of the value, 0..RATIO_DECIMALS_MAX */
    int of_scale, over_scale; /* decimals of the two sums, 0..9 */
};

struct ratio_value {
    bool defined;
    int64_t value;
};

struct ratio_value ratio_of(const struct ratio_unit *unit, int64_t of, int64_t over);

/* How much `of` lacks for the value to be `level` (lower: is above it), in its own units, rounded up; 0 where it lacks
 * nothing or there is nothing to divide by. These add over parts of one level, so they say whose doing it is. */
int64_t ratio_missing(const struct ratio_unit *unit, int64_t of, int64_t over, int64_t level, bool lower_is_better);

#endif
