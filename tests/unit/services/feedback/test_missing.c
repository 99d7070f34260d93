/* Gaps of numbers, days without files, companions' names, values of control lines, whether files rest. */
#include "support/check.h"

#include "feedback/control/missing.h"
#include "feedback/files/sights.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void test_numbers(void **state)
{
    static const struct sequence_plan plain = { .declared = true, .first = 1 };
    static const struct sequence_plan daily = { .declared = true, .daily = true, .first = 1 };
    static const struct held_number held[] = { { NO_DAY, 7 }, { NO_DAY, 8 }, { NO_DAY, 11 } };
    static const struct held_number days[] = { { 100, 2 }, { 100, 4 }, { 101, 1 }, { 102, 3 } };
    struct held_number *out;

    (void)state;
    assert_int_equal(missing_numbers(&plain, held, 3, &arena, &out), 2); /* nobody knows of 1 to 6 */
    assert_int_equal(out[0].number, 9);
    assert_int_equal(out[1].number, 10);
    assert_int_equal(missing_numbers(&plain, held, 0, &arena, &out), 0);
    assert_int_equal(missing_numbers(&daily, days, 4, &arena, &out), 4);
    assert_int_equal(out[0].number, 1);
    assert_int_equal(out[1].number, 3);
    assert_int_equal(out[1].day, 100);
    assert_int_equal(out[2].day, 102);
    assert_int_equal(out[3].number, 2);
    assert_int_equal(
        missing_numbers(&plain, (struct held_number[]) { { NO_DAY, 1 }, { NO_DAY, 1000000 } }, 2, &arena, &out),
        MISSING_MAX);
}

/* "2026-11-20" and so on, days of one list. */
static const char *print_days(const struct held_number *days, size_t count)
{
    char text[DATE_TEXT_MAX], *out = arena_strdup(&arena, "");

    for (size_t i = 0; i < count; i++) {
        date_print(text, days[i].day);
        out = arena_printf(&arena, "%s%s%s", out, i ? " " : "", text);
    }
    return out;
}

static void test_days(void **state)
{
    static const int32_t without[] = { 20777 }; /* 2026-11-20 */
    const struct calendar_plan weekdays = { .declared = true,
                                            .days = DAYS_WEEKDAYS,
                                            .lag_days = 1,
                                            .by_us = 8 * 3600 * US_PER_SECOND,
                                            .delay_us = 1800 * US_PER_SECOND,
                                            .without = without,
                                            .without_count = 1 };
    const struct calendar_plan monthly = { .declared = true, .days = DAYS_MONTHLY, .month_day = 31 };
    const int32_t first = date_of(2026, 11, 16), held[] = { first, first + 2 };
    struct held_number *out;
    struct zone zone;
    int64_t at;
    size_t count;

    (void)state;
    assert_int_equal(date_of(2026, 11, 20), 20777);
    zone_parse("+08:00", &zone, NULL);
    at = zone_midnight_us(&zone, first + 8) + weekdays.by_us + weekdays.delay_us; /* Tuesday the 24th, 08:30 */
    count = missing_days(&weekdays, &zone, first, at - 1, held, 2, &arena, &out);
    assert_string_equal(print_days(out, count), "2026-11-17 2026-11-19"); /* 20th has none, 21st and 22nd are weekend */
    count = missing_days(&weekdays, &zone, first, at, held, 2, &arena, &out);
    assert_string_equal(print_days(out, count), "2026-11-17 2026-11-19 2026-11-23");
    assert_true(calendar_expects(&monthly, date_of(2026, 10, 31)));
    assert_true(calendar_expects(&monthly, date_of(2026, 11, 30))); /* its last day */
    assert_false(calendar_expects(&monthly, date_of(2026, 10, 30)));
    assert_false(calendar_expects(&monthly, date_of(2026, 11, 29)));
}

static void test_companions(void **state)
{
    static const struct {
        bool of_base;
        const char *suffix, *name, *want;
    } rows[] = {
        { true, ".ctl", "orders_20261101.csv.gz", "orders_20261101.ctl" },
        { false, ".ok", "orders_20261101.csv.gz", "orders_20261101.csv.gz.ok" },
        { true, ".ctl", "plain", "plain.ctl" },
    };
    char got[100];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct control_plan plan = { .by = CONTROL_COMPANION,
                                           .of_base = rows[i].of_base,
                                           .suffix = rows[i].suffix };

        control_companion(&plan, rows[i].name, got, sizeof got);
        assert_string_equal(got, rows[i].want);
        assert_true(control_is_companion(&plan, got));
        assert_false(control_is_companion(&plan, rows[i].name));
    }
}

/* quiet_ms is 800: it was the same for so long, written to so long ago. */
static void test_rests(void **state)
{
    (void)state;
    CHECK_INT(sight_rests(0, 900, 800), false); /* once seen is nothing, however old it says to be */
    CHECK_INT(sight_rests(199, 900, 800), false);
    CHECK_INT(sight_rests(200, 900, 800), true);
    CHECK_INT(sight_rests(400, 799, 800), false);
    CHECK_INT(sight_rests(799, -3600000000, 800), false); /* a share whose clock is an hour ahead */
    CHECK_INT(sight_rests(800, -3600000000, 800), true);
    CHECK_INT(sight_rests(0, 0, 0), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_numbers), cmocka_unit_test(test_days),
                                        cmocka_unit_test(test_companions), cmocka_unit_test(test_rests) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
