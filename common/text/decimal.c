/* decimal: see decimal.h. */
#include "text/decimal.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* The shape of a number once its characters are known to be right. */
struct shape {
    bool negative;
    size_t first;     /* where digits begin, behind the sign */
    size_t int_count; /* digits before the point */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int bad(struct err *err, const char *text, size_t len, const char *why)
{
    return err_fail(err, ERR_INVALID, "bad_number", "\"%.*s\" is not a number: %s", (int)(len > 60 ? 60 : len), text,
                    why);
}

static const char *bad_character(char c)
{
    if (c == 'e' || c == 'E')
        return "an exponent is not allowed";
    if (c == ' ' || c == '\t')
        return "spaces are not allowed";
    if (c == ',' || c == '\'' || c == '_')
        return "a thousands separator is not declared for it";
    if (c == '$' || (unsigned char)c >= 0x80)
        return "a currency mark or other sign is not allowed";
    return "only digits, a sign and a decimal point are allowed";
}

/* Separators must stand between a first group of one to three digits and groups of three. */
static const char *check_group(size_t groups, size_t in_group)
{
    if (groups ? in_group != 3 : in_group == 0 || in_group > 3)
        return "its thousands groups are not of three digits";
    return NULL;
}

static const char *read_shape(const char *text, size_t len, char thousands, struct shape *shape)
{
    size_t at = 0, groups = 0, in_group = 0, digits = 0;
    bool point = false;

    *shape = (struct shape) { 0 };
    if (len && (text[0] == '-' || text[0] == '+')) {
        shape->negative = text[0] == '-';
        at = 1;
    }
    shape->first = at;
    for (; at < len; at++) {
        const char *why = NULL;

        if (is_digit(text[at])) {
            digits++;
            in_group++;
            shape->int_count += !point;
        } else if (text[at] == '.' && !point) {
            why = groups ? check_group(groups, in_group) : NULL;
            point = true;
        } else if (thousands && text[at] == thousands && !point) {
            why = check_group(groups, in_group);
            groups++;
            in_group = 0;
        } else {
            why = bad_character(text[at]);
        }
        if (why)
            return why;
    }
    if (!digits)
        return len ? "it has no digits" : "it is empty";
    return groups && !point ? check_group(groups, in_group) : NULL;
}

/* Pushes one digit behind a value that is kept negative, so that INT64_MIN is reachable. */
static bool push_digit(int64_t *value, int digit)
{
    return !__builtin_mul_overflow(*value, (int64_t)10, value) &&
           !__builtin_sub_overflow(*value, (int64_t)digit, value);
}

static int too_precise(struct err *err, const char *text, int shown, int scale)
{
    if (scale > 0)
        return err_fail(err, ERR_INVALID, "too_precise", "\"%.*s\" has more than %d decimals, which is what is kept",
                        shown, text, scale);
    if (scale == 0)
        return err_fail(err, ERR_INVALID, "too_precise", "\"%.*s\" has decimals; only whole numbers are kept", shown,
                        text);
    return err_fail(err, ERR_INVALID, "too_precise", "\"%.*s\" has digits below 10^%d, the smallest unit kept", shown,
                    text, -scale);
}

int decimal_parse(const char *text, size_t len, int scale, char thousands, int64_t *out, struct err *err)
{
    struct shape shape;
    int64_t value = 0, keep, index = 0;
    bool fits = true;
    const char *why = read_shape(text, len, thousands, &shape);
    int shown = (int)(len > 60 ? 60 : len);

    assert(scale >= -DECIMAL_SCALE_MAX && scale <= DECIMAL_SCALE_MAX);
    if (why)
        return bad(err, text, len, why);
    keep = (int64_t)shape.int_count + scale;
    for (size_t at = shape.first; at < len; at++) {
        if (!is_digit(text[at]))
            continue;
        if (index++ < keep)
            fits = fits && push_digit(&value, text[at] - '0');
        else if (text[at] != '0')
            return too_precise(err, text, shown, scale);
    }
    for (; index < keep && fits && value; index++)
        fits = push_digit(&value, 0);
    if (!fits || (!shape.negative && value == INT64_MIN))
        return err_fail(err, ERR_INVALID, "out_of_range", "\"%.*s\" is out of range", shown, text);
    *out = shape.negative ? value : -value;
    return 0;
}

int money_unit_parse(const char *name, enum money_unit *out, struct err *err)
{
    if (strcmp(name, "yuan") == 0)
        *out = MONEY_YUAN;
    else if (strcmp(name, "fen") == 0)
        *out = MONEY_FEN;
    else if (strcmp(name, "li") == 0)
        *out = MONEY_LI;
    else
        return err_fail(err, ERR_INVALID, "unknown_unit", "money unit \"%s\" is not one of yuan, fen, li", name);
    return 0;
}

int money_parse(const char *text, size_t len, enum money_unit unit, int scale, char thousands, int64_t *out,
                struct err *err)
{
    return decimal_parse(text, len, scale - (int)unit, thousands, out, err);
}

int64_t decimal_round_half_up(int64_t value, int scale, int digits)
{
    int64_t quotient = value;
    int last = 0;

    assert(digits >= 0 && digits <= scale && scale <= DECIMAL_SCALE_MAX);
    for (; scale > digits; scale--) {
        last = (int)(quotient % 10);
        quotient /= 10;
    }
    return quotient + (last >= 5) - (last <= -5);
}

/* The digits of |value|, last one first, at least `least` of them. */
static size_t digits_backwards(char *out, int64_t value, size_t least)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t n = 0;

    while (rest || n < least) {
        out[n++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    return n;
}

static size_t print(char out[DECIMAL_TEXT_MAX], int64_t value, int scale, int fill, char thousands)
{
    char digits[24];
    size_t n = digits_backwards(digits, value, (size_t)scale + 1), at = 0;

    if (value < 0)
        out[at++] = '-';
    while (n > (size_t)scale) {
        out[at++] = digits[--n];
        if (thousands && n > (size_t)scale && (n - (size_t)scale) % 3 == 0)
            out[at++] = thousands;
    }
    if (scale || fill)
        out[at++] = '.';
    while (n)
        out[at++] = digits[--n];
    while (fill-- > 0)
        out[at++] = '0';
    out[at] = '\0';
    return at;
}

size_t decimal_print(char out[DECIMAL_TEXT_MAX], int64_t value, int scale, char thousands)
{
    assert(scale >= 0 && scale <= DECIMAL_SCALE_MAX);
    return print(out, value, scale, 0, thousands);
}

size_t decimal_print_rounded(char out[DECIMAL_TEXT_MAX], int64_t value, int scale, int digits, char thousands)
{
    assert(scale >= 0 && scale <= DECIMAL_SCALE_MAX && digits >= 0 && digits <= DECIMAL_SCALE_MAX);
    if (digits >= scale)
        return print(out, value, scale, digits - scale, thousands);
    return print(out, decimal_round_half_up(value, scale, digits), digits, 0, thousands);
}
