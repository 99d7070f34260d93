/* fixed: exact integer arithmetic for money, counts and rates.
 *
 * Units:     money and quantities are int64 in their own smallest unit; a rate is int64 in parts per million (ppm), so
 *            1,000,000 is 100 %. Products are formed in 128 bits. Nothing here is floating point.
 * Rounding:  is always named; ROUND_UNSET is refused so that no result is rounded by default.
 * Errors:    0, or -1 with *err filled (ERR_INVALID; codes "overflow", "division_by_zero", "rounding_unset"); *out is
 *            written on success only. Pure functions; any thread.
 */
#ifndef BIHUAN_CALC_FIXED_H
#define BIHUAN_CALC_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define FIXED_PPM 1000000 /* one whole, in parts per million */

/* What becomes of the part below one unit. */
enum rounding {
    ROUND_UNSET = 0, /* refused */
    ROUND_HALF_UP,   /* to the nearest, halves away from zero: 2.5 -> 3, -2.5 -> -3 */
    ROUND_HALF_EVEN, /* to the nearest, halves to the even one: 2.5 -> 2, 3.5 -> 4 */
    ROUND_DOWN,      /* toward zero */
    ROUND_UP,        /* away from zero */
    ROUND_FLOOR,     /* toward minus infinity */
};

/* An exact fraction; den > 0. It isn't reduced. */
struct fixed_ratio {
    __int128 num;
    __int128 den;
};

/* num / den, rounded once. den may be negative, not zero. */
int fixed_div_round(__int128 num, __int128 den, enum rounding mode, int64_t *out, struct err *err);
int fixed_ratio_round(struct fixed_ratio ratio, enum rounding mode, int64_t *out, struct err *err);

/* a * b / c, rounded once; the product is exact. */
int fixed_mul_div(int64_t a, int64_t b, int64_t c, enum rounding mode, int64_t *out, struct err *err);
/* value * ppm / 1,000,000. */
int fixed_mul_ppm(int64_t value, int64_t ppm, enum rounding mode, int64_t *out, struct err *err);
/* num / den in ppm. */
int fixed_ratio_ppm(int64_t num, int64_t den, enum rounding mode, int64_t *out, struct err *err);

/* Checked sums and 128-bit products: "overflow" rather than a wrong number. */
int fixed_add(int64_t a, int64_t b, int64_t *out, struct err *err);
int fixed_sub(int64_t a, int64_t b, int64_t *out, struct err *err);
int fixed_mul128(__int128 a, __int128 b, __int128 *out, struct err *err);
int fixed_add128(__int128 a, __int128 b, __int128 *out, struct err *err);

/* a + b held at INT64_MIN or INT64_MAX: for figures that are only shown. */
int64_t fixed_add_saturated(int64_t a, int64_t b);

static inline int64_t fixed_clamp(int64_t value, int64_t lo, int64_t hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

#endif
