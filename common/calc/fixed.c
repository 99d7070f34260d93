/* fixed: see fixed.h. */
#include "calc/fixed.h"

static int overflow(struct err *err, const char *what)
{
    return err_fail(err, ERR_INVALID, "overflow", "%s is too large for 64-bit units", what);
}

static unsigned __int128 magnitude(__int128 v)
{
    return v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
}

/* Whether the truncated magnitude moves one away from zero. */
static bool moves_away(unsigned __int128 quotient, unsigned __int128 rest, unsigned __int128 den, bool negative,
                       enum rounding mode)
{
    unsigned __int128 other = den - rest; /* compare rest with den - rest: 2 * rest could overflow */

    if (rest == 0)
        return false;
    switch (mode) {
    case ROUND_HALF_UP:
        return rest >= other;
    case ROUND_HALF_EVEN:
        return rest > other || (rest == other && (quotient & 1));
    case ROUND_UP:
        return true;
    case ROUND_FLOOR:
        return negative;
    case ROUND_DOWN:
    case ROUND_UNSET:
        break;
    }
    return false;
}

/* Most numbers fit 64 bits, where one instruction gives both. */
static unsigned __int128 divide(unsigned __int128 n, unsigned __int128 d, unsigned __int128 *rest)
{
    if ((n | d) >> 64 == 0) {
        *rest = (uint64_t)n % (uint64_t)d;
        return (uint64_t)n / (uint64_t)d;
    }
    *rest = n % d;
    return n / d;
}

int fixed_div_round(__int128 num, __int128 den, enum rounding mode, int64_t *out, struct err *err)
{
    bool negative = (num < 0) != (den < 0);
    unsigned __int128 n = magnitude(num), d = magnitude(den), limit = (unsigned __int128)INT64_MAX + negative;
    unsigned __int128 quotient, rest;

    if (mode < ROUND_HALF_UP || mode > ROUND_FLOOR)
        return err_fail(err, ERR_INVALID, "rounding_unset", "could not divide: no rounding rule is named");
    if (d == 0)
        return err_fail(err, ERR_INVALID, "division_by_zero", "could not divide by zero");
    quotient = divide(n, d, &rest);
    if (quotient > limit)
        return overflow(err, "quotient");
    quotient += moves_away(quotient, rest, d, negative, mode);
    if (quotient > limit)
        return overflow(err, "quotient");
    *out = (int64_t)(negative ? -(__int128)quotient : (__int128)quotient);
    return 0;
}

int fixed_ratio_round(struct fixed_ratio ratio, enum rounding mode, int64_t *out, struct err *err)
{
    return fixed_div_round(ratio.num, ratio.den, mode, out, err);
}

int fixed_mul_div(int64_t a, int64_t b, int64_t c, enum rounding mode, int64_t *out, struct err *err)
{
    return fixed_div_round((__int128)a * b, c, mode, out, err);
}

int fixed_mul_ppm(int64_t value, int64_t ppm, enum rounding mode, int64_t *out, struct err *err)
{
    return fixed_mul_div(value, ppm, FIXED_PPM, mode, out, err);
}

int fixed_ratio_ppm(int64_t num, int64_t den, enum rounding mode, int64_t *out, struct err *err)
{
    return fixed_mul_div(num, FIXED_PPM, den, mode, out, err);
}

int fixed_add(int64_t a, int64_t b, int64_t *out, struct err *err)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return overflow(err, "sum");
    *out = sum;
    return 0;
}

int fixed_sub(int64_t a, int64_t b, int64_t *out, struct err *err)
{
    int64_t rest;

    if (__builtin_sub_overflow(a, b, &rest))
        return overflow(err, "difference");
    *out = rest;
    return 0;
}

int fixed_mul128(__int128 a, __int128 b, __int128 *out, struct err *err)
{
    __int128 product;

    if (__builtin_mul_overflow(a, b, &product))
        return overflow(err, "product");
    *out = product;
    return 0;
}

int fixed_add128(__int128 a, __int128 b, __int128 *out, struct err *err)
{
    __int128 sum;

    if (__builtin_add_overflow(a, b, &sum))
        return overflow(err, "sum");
    *out = sum;
    return 0;
}

int64_t fixed_add_saturated(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}
