/* decimal: amounts as text and as integers.
 *
 * An amount is an int64 in units of 10^-scale: at scale 4, 12.5 is 125000. Text becomes an integer exactly or not at
 * all; no double is involved. Errors are ERR_INVALID with code bad_number, too_precise or out_of_range and name the
 * text.
 */
#ifndef BIHUAN_TEXT_DECIMAL_H
#define BIHUAN_TEXT_DECIMAL_H

#include <stdint.h>
#include <stddef.h>
#include "base/err.h"

#define DECIMAL_SCALE_MAX 18
#define DECIMAL_TEXT_MAX  64

/* What a declared money column is written in: that many digits below the currency's main unit. */
enum money_unit {
    MONEY_YUAN = 0, /* the main unit, usually with a decimal point */
    MONEY_FEN = 2,
    MONEY_LI = 3,
};

/* "yuan", "fen" or "li"; anything else is ERR_INVALID, code unknown_unit. */
int money_unit_parse(const char *name, enum money_unit *out, struct err *err);

/* The text, e.g. "-1,234.50", in units of 10^-scale. `scale` may be from -18 to 18; below 0 the last integer digits
 * must be zero. `thousands` is the declared separator, 0 for none; where it is used, groups must be of three digits.
 * Digits beyond the scale must be zero. Spaces, currency marks and exponents are refused; "5." and ".5" are taken. */
int decimal_parse(const char *text, size_t len, int scale, char thousands, int64_t *out, struct err *err);

/* An amount written in `unit`, as units of 10^-scale of the main unit; refused when that isn't exact. */
int money_parse(const char *text, size_t len, enum money_unit unit, int scale, char thousands, int64_t *out,
                struct err *err);

/* Rounding half up: to the nearest, a half away from zero (2.5 -> 3, -2.5 -> -3). From `scale` to `digits` decimals;
 * the result is in units of 10^-digits. digits <= scale. */
int64_t decimal_round_half_up(int64_t value, int scale, int digits);

/* Writes `value` with all `scale` decimals; `thousands` 0 writes no separator. Returns the length; NUL-terminated. */
size_t decimal_print(char out[DECIMAL_TEXT_MAX], int64_t value, int scale, char thousands);

/* The same, rounded half up to `digits` decimals (filled with zeros when digits > scale). */
size_t decimal_print_rounded(char out[DECIMAL_TEXT_MAX], int64_t value, int scale, int digits, char thousands);

#endif
