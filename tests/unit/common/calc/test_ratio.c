/* Ratios by hand, and against whole numbers: rounding, scales, what isn't there. */
#include "support/check.h"
#include "support/seed.h"

#include "calc/ratio.h"

#include <stdlib.h>
#include <time.h>

static void values_by_hand(void **state)
{
    static const struct {
        const char *why;
        struct ratio_unit unit;
        int64_t of, over;
        bool defined;
        int64_t value;
    } rows[] = {
        { "a plain quotient", { 1, 0, 0, 0 }, 10, 4, true, 3 },
        { "half goes up", { 1, 1, 0, 0 }, 1, 20, true, 1 },
        { "below half goes down", { 1, 1, 0, 0 }, 49, 1000, true, 0 },
        { "half of what is below 0 goes away from 0", { 1, 0, 0, 0 }, -5, 2, true, -3 },
        { "per cent with two decimals: 1/3", { 100, 2, 0, 0 }, 1, 3, true, 3333 },
        { "yuan at scale 4 a line, two decimals: 100.5000 / 8 = 12.5625", { 1, 2, 4, 0 }, 1005000, 8, true, 1256 },
        { "a count over yuan: 3 / 1.5000 = 2", { 1, 0, 0, 4 }, 3, 15000, true, 2 },
        { "yuan over yuan", { 1000, 0, 4, 4 }, 25000, 100000, true, 250 },
        { "0 of something", { 100, 2, 0, 0 }, 0, 7, true, 0 },
        { "something of 0", { 100, 2, 0, 0 }, 7, 0, false, 0 },
        { "0 of 0", { 100, 2, 0, 0 }, 0, 0, false, 0 },
        { "of less than nothing", { 100, 2, 0, 0 }, 7, -7, false, 0 },
        { "the largest sums", { 1000000, 6, 0, 0 }, INT64_MAX, INT64_MAX, true, INT64_C(1000000000000) },
        { "what doesn't fit", { 1000000, 6, 0, 0 }, INT64_MAX, 1, false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ratio_value value = ratio_of(&rows[i].unit, rows[i].of, rows[i].over);

        if (value.defined != rows[i].defined || value.value != rows[i].value)
            fail_msg("%s: %s %ld", rows[i].why, value.defined ? "defined" : "undefined", (long)value.value);
    }
}

static void missing_by_hand(void **state)
{
    static const struct {
        const char *why;
        struct ratio_unit unit;
        int64_t of, over, level;
        bool lower;
        int64_t missing;
    } rows[] = {
        { "45 % of 200, level 50 %: 10 more", { 100, 0, 0, 0 }, 90, 200, 50, false, 10 },
        { "rounded up: 33.3 % of 10 is 3.33", { 100, 1, 0, 0 }, 0, 10, 333, false, 4 },
        { "reached", { 100, 0, 0, 0 }, 100, 200, 50, false, 0 },
        { "lower is better: 12 of 200, level 5 %: 2 too many", { 100, 0, 0, 0 }, 12, 200, 5, true, 2 },
        { "lower is better and lower", { 100, 0, 0, 0 }, 9, 200, 5, true, 0 },
        { "nothing to divide by", { 100, 0, 0, 0 }, 9, 0, 5, false, 0 },
        { "yuan a line: 8 lines at 12.50 are 100.0000", { 1, 2, 4, 0 }, 900000, 8, 1250, false, 100000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t missing = ratio_missing(&rows[i].unit, rows[i].of, rows[i].over, rows[i].level, rows[i].lower);

        if (missing != rows[i].missing)
            fail_msg("%s: %ld", rows[i].why, (long)missing);
    }
}

/* With what is missing the level is reached, and with one less it isn't: for any figures. */
static void missing_is_the_least(void **state)
{
    unsigned seed = (unsigned)test_seed();

    (void)state;
    srand(seed);
    for (int i = 0; i < 20000; i++) {
        struct ratio_unit unit = { 100, rand() % 3, 0, 0 };
        int64_t over = 1 + rand() % 5000, of = rand() % 5000, level = 1 + rand() % 9999;
        int64_t missing = ratio_missing(&unit, of, over, level, false);
        __int128 scale = unit.decimals == 0 ? 1 : unit.decimals == 1 ? 10 : 100;

        /* exactly, without rounding: 100 * scale * of >= level * over */
        if (100 * scale * (of + missing) < (__int128)level * over ||
            (missing && 100 * scale * (of + missing - 1) >= (__int128)level * over))
            fail_msg("seed %u: %ld of %ld to level %ld: %ld", seed, (long)of, (long)over, (long)level, (long)missing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(missing_by_hand),
        cmocka_unit_test(missing_is_the_least),
    };

    return cmocka_run_group_tests_name("ratio", tests, NULL, NULL);
}
