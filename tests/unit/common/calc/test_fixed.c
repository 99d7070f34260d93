/* Rounding by each named rule, and refusal rather than a wrong number. */
#include "calc_test.h"

#include "calc/fixed.h"

static void rounds_by_the_named_rule(void **state)
{
    static const struct {
        const char *why;
        int64_t num, den;
        enum rounding mode;
        int64_t want;
    } rows[] = {
        { "2.5 half up", 5, 2, ROUND_HALF_UP, 3 },
        { "-2.5 half up goes away from 0", -5, 2, ROUND_HALF_UP, -3 },
        { "2.4 half up", 12, 5, ROUND_HALF_UP, 2 },
        { "2.5 half even", 5, 2, ROUND_HALF_EVEN, 2 },
        { "3.5 half even", 7, 2, ROUND_HALF_EVEN, 4 },
        { "-2.5 half even", -5, 2, ROUND_HALF_EVEN, -2 },
        { "2.6 half even", 13, 5, ROUND_HALF_EVEN, 3 },
        { "2.9 down", 29, 10, ROUND_DOWN, 2 },
        { "-2.9 down goes toward 0", -29, 10, ROUND_DOWN, -2 },
        { "2.1 up", 21, 10, ROUND_UP, 3 },
        { "-2.1 up goes away from 0", -21, 10, ROUND_UP, -3 },
        { "-2.1 floor", -21, 10, ROUND_FLOOR, -3 },
        { "2.9 floor", 29, 10, ROUND_FLOOR, 2 },
        { "a negative divisor", 5, -2, ROUND_HALF_UP, -3 },
        { "both negative", -5, -2, ROUND_FLOOR, 2 },
        { "exact is exact", -6, 3, ROUND_UP, -2 },
        { "half below an odd divisor", 1, 3, ROUND_HALF_UP, 0 },
        { "half above an odd divisor", 2, 3, ROUND_HALF_UP, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        int64_t got;

        EXPECT_OK(rows[i].why, fixed_div_round(rows[i].num, rows[i].den, rows[i].mode, &got, &err), err);
        EXPECT_INT(rows[i].why, got, rows[i].want);
    }
}

static void works_at_the_ends_of_the_range(void **state)
{
    struct err err;
    int64_t got;
    (void)state;
    EXPECT_OK("product in 128 bits", fixed_mul_ppm(INT64_MAX, 1000000, ROUND_DOWN, &got, &err), err);
    EXPECT_INT("100 % of the largest", got, INT64_MAX);
    EXPECT_OK("least", fixed_div_round(INT64_MIN, 1, ROUND_UP, &got, &err), err);
    EXPECT_INT("least", got, INT64_MIN);
    EXPECT_OK("ratio", fixed_ratio_ppm(1, 3, ROUND_HALF_UP, &got, &err), err);
    EXPECT_INT("a third in ppm", got, 333333);
    EXPECT_INT("held above", fixed_add_saturated(INT64_MAX, 1), INT64_MAX);
    EXPECT_INT("held below", fixed_add_saturated(INT64_MIN, -1), INT64_MIN);
}

static void refuses_what_it_cannot_give(void **state)
{
    struct err err = { 0 };
    int64_t got = 77;
    __int128 wide = (__int128)1 << 126;
    (void)state;
    EXPECT_REFUSED("zero divisor", fixed_div_round(1, 0, ROUND_DOWN, &got, &err), err, "division_by_zero");
    EXPECT_REFUSED("no rule", fixed_div_round(1, 2, ROUND_UNSET, &got, &err), err, "rounding_unset");
    EXPECT_REFUSED("-min", fixed_div_round(INT64_MIN, -1, ROUND_DOWN, &got, &err), err, "overflow");
    EXPECT_REFUSED("101 % of the largest", fixed_mul_ppm(INT64_MAX, 1010000, ROUND_DOWN, &got, &err), err, "overflow");
    EXPECT_REFUSED("rounded over the end", fixed_div_round((__int128)INT64_MAX * 2 + 1, 2, ROUND_HALF_UP, &got, &err),
                   err, "overflow");
    EXPECT_REFUSED("sum", fixed_add(INT64_MAX, 1, &got, &err), err, "overflow");
    EXPECT_REFUSED("difference", fixed_sub(INT64_MIN, 1, &got, &err), err, "overflow");
    EXPECT_REFUSED("wide product", fixed_mul128(wide, 4, &wide, &err), err, "overflow");
    EXPECT_INT("a refusal leaves the output alone", got, 77);
}

/* Every rule lies within one unit, the nearest ones within half, and each is monotone. */
static void properties(void **state)
{
    static const enum rounding modes[] = { ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN, ROUND_UP, ROUND_FLOOR };
    (void)state;
    for (int n = 0; n < 20000; n++) {
        int64_t den = draw_int(1, 1000), num = draw_int(-100000, 100000), got, next;
        enum rounding mode = modes[draw() % COUNT_OF(modes)];

        assert_int_equal(fixed_div_round(num, den, mode, &got, NULL), 0);
        assert_int_equal(fixed_div_round(num + 1, den, mode, &next, NULL), 0);
        int64_t off = llabs(got * den - num);
        assert_true(off < den);
        if (mode == ROUND_HALF_UP || mode == ROUND_HALF_EVEN)
            assert_true(2 * off <= den);
        assert_true(next >= got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_by_the_named_rule),
        cmocka_unit_test(works_at_the_ends_of_the_range),
        cmocka_unit_test(refuses_what_it_cannot_give),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
