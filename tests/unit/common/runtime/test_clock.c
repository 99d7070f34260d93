/* The business clock. */
#include "runtime/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

static void real_clock(void **state)
{
    struct clock clock;

    (void)state;
    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    assert_int_equal(clock.shift_us, 0);
    assert_int_equal(clock.utc_offset_s, 28800);
    assert_true(llabs(clock_business_us(&clock) - clock_real_us()) < 1000000);
    assert_true(clock_monotonic_us() > 0);
}

static void set_clock(void **state)
{
    struct clock clock;

    (void)state;
    /* 2026-11-26T10:00:00+08:00 is 1795658400 */
    assert_int_equal(clock_parse(&clock, "2026-11-26T10:00:00+08:00@1795658300", "+08:00", NULL), 0);
    assert_int_equal(clock.shift_us, 100 * 1000000);
    assert_int_equal(clock_parse(&clock, "2026-11-26T02:00:00Z@1795658400", "-03:30", NULL), 0);
    assert_int_equal(clock.shift_us, 0);
    assert_int_equal(clock.utc_offset_s, -12600);
}

static void days(void **state)
{
    struct clock clock;

    (void)state;
    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    static const struct {
        int64_t time_s;
        int32_t day;
    } rows[] = {
        { 0, 0 },       { 57599, 0 },           { 57600, 1 },           { -28800, 0 },
        { -28801, -1 }, { -86400 - 28800, -1 }, { -86400 - 28801, -2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(clock_day(&clock, rows[i].time_s * 1000000), rows[i].day);
    assert_int_equal(clock_day_start(&clock, 1), (int64_t)57600 * 1000000);
    assert_int_equal(clock_day(&clock, clock_day_start(&clock, 20000)), 20000);
    assert_int_equal(clock_day(&clock, clock_day_start(&clock, 20000) - 1), 19999);
}

static void refusals(void **state)
{
    static const char *const clocks[] = { "",
                                          "now",
                                          "2026-11-26",
                                          "2026-11-26T10:00:00+08:00",
                                          "2026-11-26T10:00:00@1",
                                          "2026-11-26T10:00:00+08:00@",
                                          "2026-11-26T10:00:00+08:00@1x" };
    static const char *const offsets[] = { "", "8", "+8:00", "+08", "+08:00x", "+99:00", "+08:61" };
    struct clock clock = { .shift_us = 7 };
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
        assert_int_equal(clock_parse(&clock, clocks[i], "+08:00", &err), -1);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        assert_int_equal(clock_parse(&clock, "real", offsets[i], &err), -1);
    assert_int_equal(clock.shift_us, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_clock),
        cmocka_unit_test(set_clock),
        cmocka_unit_test(days),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
