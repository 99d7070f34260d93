/* Working days and quiet hours in November 2026 at +08:00, by hand: the 9th is a Monday; Wednesday 11 is declared a
 * holiday here, Sunday 15 a make-up working day. */
#include "support/check.h"

#include "monitoring/telling/worktime.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool works(const void *arg, int32_t day)
{
    (void)arg;
    if (day == date_of(2026, 11, 11))
        return false;
    return day == date_of(2026, 11, 15) || date_weekday(day) <= 5;
}

static const struct worktime worktime = { 8 * 3600, works, NULL };

/* "09 15:30" of November 2026, local. */
static int64_t at(const char *text)
{
    int day, hour, minute;

    assert_int_equal(sscanf(text, "%d %d:%d", &day, &hour, &minute), 3);
    return worktime_at(&worktime, date_of(2026, 11, day), hour * 3600 + minute * 60);
}

static const char *said(int64_t us)
{
    static char text[4][32];
    static int next;
    int32_t day = worktime_day(&worktime, us);
    int64_t second = (us - worktime_at(&worktime, day, 0)) / 1000000;
    char *out = text[next++ % 4];
    int y, m, d;

    date_split(day, &y, &m, &d);
    snprintf(out, 32, "%02d %02d:%02d", d, (int)(second / 3600), (int)(second / 60 % 60));
    return out;
}

static void days_are_added(void **state)
{
    static const struct {
        const char *why, *from;
        uint32_t days;
        const char *want;
    } rows[] = {
        { "the next day", "09 15:00", 1, "10 15:00" },
        { "over a holiday", "10 15:00", 1, "12 15:00" },
        { "over a weekend with a make-up Sunday", "13 15:00", 1, "15 15:00" },
        { "and past it", "13 15:00", 2, "16 15:00" },
        { "none", "10 23:59", 0, "10 23:59" },
        { "none on a day off: its end", "14 12:00", 0, "15 00:00" },
        { "one from a day off", "14 12:00", 1, "16 00:00" },
        { "four: 12, 13, 15, 16", "10 09:30", 4, "16 09:30" },
        { "an ordinary weekend", "20 18:00", 1, "23 18:00" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t got = worktime_add(&worktime, at(rows[i].from), rows[i].days);

        if (got != at(rows[i].want))
            fail_msg("%s: %s, not %s", rows[i].why, said(got), rows[i].want);
    }
}

static void quiet_until(void **state)
{
    static const struct {
        const char *why, *at, *want; /* want "": not quiet */
        bool always_on;              /* days off are told as well */
    } rows[] = {
        { "in the day", "09 12:00", "", false },
        { "eight sharp", "09 08:00", "", false },
        { "a minute before", "09 07:59", "09 08:00", false },
        { "nine sharp in the evening", "09 21:00", "10 08:00", false },
        { "a minute before that", "09 20:59", "", false },
        { "after midnight", "10 02:00", "10 08:00", false },
        { "evening before a holiday", "10 22:00", "12 08:00", false },
        { "the holiday's noon", "11 12:00", "12 08:00", false },
        { "Friday evening, Sunday is worked", "13 22:00", "15 08:00", false },
        { "Friday evening of an ordinary week", "20 21:30", "23 08:00", false },
        { "Saturday noon where days off are told", "21 12:00", "", true },
        { "Saturday night where days off are told", "21 23:00", "22 08:00", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct quiet quiet = { 21 * 3600, 8 * 3600, !rows[i].always_on };
        int64_t now = at(rows[i].at), end = quiet_end(&quiet, &worktime, now);

        if (quiet_holds(&quiet, &worktime, now) != (rows[i].want[0] != 0))
            fail_msg("%s: %squiet", rows[i].why, rows[i].want[0] ? "not " : "");
        if (end != at(rows[i].want[0] ? rows[i].want : rows[i].at))
            fail_msg("%s: until %s, not %s", rows[i].why, said(end), rows[i].want);
    }
}

static void hours_within_a_day_and_none(void **state)
{
    const struct quiet noon = { 12 * 3600, 14 * 3600, false }, none = { 0, 0, false };

    (void)state;
    assert_true(quiet_holds(&noon, &worktime, at("09 13:00")));
    assert_int_equal(quiet_end(&noon, &worktime, at("09 13:00")), at("09 14:00"));
    assert_false(quiet_holds(&noon, &worktime, at("09 14:00")));
    assert_false(quiet_holds(&none, &worktime, at("09 03:00")));
}

static bool never(const void *arg, int32_t day)
{
    (void)arg;
    (void)day;
    return false;
}

static void nothing_waits_for_ever(void **state)
{
    const struct worktime idle = { 0, never, NULL };
    const struct quiet quiet = { 0, 0, true };

    (void)state;
    assert_int_equal(worktime_add(&idle, 0, 2), 3 * US_PER_DAY); /* any day counts where none is worked */
    assert_true(quiet_end(&quiet, &idle, 0) <= 121 * US_PER_DAY);
}

static void times_of_day(void **state)
{
    static const char *const bad[] = { "", "8:00", "24:00", "12:60", "12.30", "1200", "ab:cd", "08:00 " };
    int32_t second;
    struct err err;

    (void)state;
    assert_int_equal(quiet_time_parse("00:00", &second, &err), 0);
    CHECK_INT(second, 0);
    assert_int_equal(quiet_time_parse("23:59", &second, &err), 0);
    CHECK_INT(second, 86340);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (quiet_time_parse(bad[i], &second, &err) == 0 || strcmp(err.code, "bad_time") != 0)
            fail_msg("\"%s\" was read as a time", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_added),
        cmocka_unit_test(quiet_until),
        cmocka_unit_test(hours_within_a_day_and_none),
        cmocka_unit_test(nothing_waits_for_ever),
        cmocka_unit_test(times_of_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
