/* Amounts: text to integers exactly, and back. */
#include "check.h"
#include "text/decimal.h"

static void reads_exactly(void **state)
{
    static const struct {
        const char *why, *text;
        int scale;
        char thousands;
        int64_t want;
    } rows[] = {
        { "whole", "12", 4, 0, 120000 },
        { "decimals", "12.5", 4, 0, 125000 },
        { "0.1 is exact", "0.1", 2, 0, 10 },
        { "minus", "-0.01", 2, 0, -1 },
        { "plus", "+7", 0, 0, 7 },
        { "minus zero", "-0.00", 2, 0, 0 },
        { "surplus zeros", "1.500000", 1, 0, 15 },
        { "no digit before the point", ".5", 1, 0, 5 },
        { "no digit behind it", "5.", 1, 0, 50 },
        { "leading zeros", "0000000000000000000000001", 0, 0, 1 },
        { "largest", "9223372036854775807", 0, 0, INT64_MAX },
        { "smallest", "-9223372036854775808", 0, 0, INT64_MIN },
        { "largest with decimals", "922337203685477.5807", 4, 0, INT64_MAX },
        { "groups", "-1,234,567.89", 2, ',', -123456789 },
        { "groups are optional", "1234567.89", 2, ',', 123456789 },
        { "another separator", "1 234", 0, ' ', 1234 },
        { "negative scale", "1500", -2, 0, 15 },
        { "zero at a negative scale", "0", -3, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t got = 42;
        struct err err;
        if (decimal_parse(rows[i].text, strlen(rows[i].text), rows[i].scale, rows[i].thousands, &got, &err) != 0)
            fail_msg("%s: %s", rows[i].why, err.text);
        if (got != rows[i].want)
            fail_msg("%s: got %lld", rows[i].why, (long long)got);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *why, *text;
        int scale;
        char thousands;
        const char *code;
    } rows[] = {
        { "empty", "", 2, 0, "bad_number" },
        { "only a sign", "-", 2, 0, "bad_number" },
        { "only a point", ".", 2, 0, "bad_number" },
        { "two points", "1.2.3", 2, 0, "bad_number" },
        { "exponent", "1e3", 2, 0, "bad_number" },
        { "space", " 1", 2, 0, "bad_number" },
        { "yuan sign",
          "\xC2\xA5"
          "12",
          2, 0, "bad_number" },
        { "dollar", "$12", 2, 0, "bad_number" },
        { "separator not declared", "1,234", 2, 0, "bad_number" },
        { "group of two", "1,23", 2, ',', "bad_number" },
        { "first group of four", "1234,567", 2, ',', "bad_number" },
        { "leading separator", ",123", 2, ',', "bad_number" },
        { "separator before the point", "1,.5", 2, ',', "bad_number" },
        { "separator in decimals", "1.123,456", 6, ',', "bad_number" },
        { "hexadecimal", "0x10", 2, 0, "bad_number" },
        { "not a number", "nan", 2, 0, "bad_number" },
        { "third decimal", "1.005", 2, 0, "too_precise" },
        { "at a negative scale", "1550", -2, 0, "too_precise" },
        { "one too large", "9223372036854775808", 0, 0, "out_of_range" },
        { "one too small", "-9223372036854775809", 0, 0, "out_of_range" },
        { "too large by scale", "922337203685477.5808", 4, 0, "out_of_range" },
        { "too large by padding", "99999999999", 18, 0, "out_of_range" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t got = 42;
        struct err err = { 0 };
        int rc = decimal_parse(rows[i].text, strlen(rows[i].text), rows[i].scale, rows[i].thousands, &got, &err);
        assert_refused(rc, &err, rows[i].code, rows[i].why);
        assert_int_equal(got, 42);
    }
}

static void converts_units(void **state)
{
    static const struct {
        const char *text, *unit;
        int scale;
        int64_t want; /* -1: refused */
    } rows[] = {
        { "12.50", "yuan", 4, 125000 }, { "1250", "fen", 4, 125000 }, { "12500", "li", 4, 125000 },
        { "12345", "li", 2, -1 },       { "12340", "li", 2, 1234 },   { "12.5", "fen", 4, 1250 },
        { "12.5", "fen", 2, -1 },       { "1", "fen", 2, 1 },
    };
    enum money_unit unit;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t got = -1;
        assert_int_equal(money_unit_parse(rows[i].unit, &unit, &err), 0);
        money_parse(rows[i].text, strlen(rows[i].text), unit, rows[i].scale, 0, &got, &err);
        if (got != rows[i].want)
            fail_msg("%s %s at scale %d: got %lld", rows[i].text, rows[i].unit, rows[i].scale, (long long)got);
    }
    assert_refused(money_unit_parse("jiao", &unit, &err), &err, "unknown_unit", "jiao");
}

static void prints(void **state)
{
    static const struct {
        int64_t value;
        int scale, digits; /* digits -1: all */
        char thousands;
        const char *want;
    } rows[] = {
        { 0, 0, -1, 0, "0" },
        { 0, 2, -1, 0, "0.00" },
        { -1, 4, -1, 0, "-0.0001" },
        { 123456789, 2, -1, ',', "1,234,567.89" },
        { 100, 0, -1, ',', "100" },
        { -1000, 0, -1, ',', "-1,000" },
        { INT64_MIN, 4, -1, ',', "-922,337,203,685,477.5808" },
        { INT64_MIN, 18, -1, 0, "-9.223372036854775808" },
        { 125000, 4, 2, 0, "12.50" },
        { 12345, 4, 2, 0, "1.23" },
        { 12350, 4, 2, 0, "1.24" },
        { -12350, 4, 2, 0, "-1.24" },
        { 12349, 4, 2, 0, "1.23" },
        { 99995, 4, 3, 0, "10.000" },
        { -4, 1, 0, 0, "0" },
        { 25, 1, 0, 0, "3" },
        { 5, 0, 2, 0, "5.00" },
        { 15, 1, 3, 0, "1.500" },
    };
    char text[DECIMAL_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = rows[i].digits < 0
                       ? decimal_print(text, rows[i].value, rows[i].scale, rows[i].thousands)
                       : decimal_print_rounded(text, rows[i].value, rows[i].scale, rows[i].digits, rows[i].thousands);
        assert_string_equal(text, rows[i].want);
        assert_int_equal(n, strlen(rows[i].want));
    }
    assert_int_equal(decimal_round_half_up(INT64_MAX, 4, 0), 922337203685478);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_exactly),
        cmocka_unit_test(refuses),
        cmocka_unit_test(converts_units),
        cmocka_unit_test(prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
