/* The calendar, the zone, and dates by declared patterns. Expected values come from another calendar (Python's). */
#include "check.h"
#include "text/dates.h"

static const struct zone shanghai = { "Asia/Shanghai", 8 * 3600 };
static const struct zone utc = { "UTC", 0 };

static void knows_the_calendar(void **state)
{
    static const struct {
        const char *text;
        int32_t date;
        int weekday, iso_year, iso_week;
    } rows[] = {
        { "1970-01-01", 0, 4, 1970, 1 },        { "2000-02-29", 11016, 2, 2000, 9 },
        { "2024-02-29", 19782, 4, 2024, 9 },    { "1900-03-01", -25508, 4, 1900, 9 },
        { "9999-12-31", 2932896, 5, 9999, 52 }, { "0001-01-01", -719162, 1, 1, 1 },
        { "2021-01-03", 18630, 7, 2020, 53 },   { "2020-12-31", 18627, 4, 2020, 53 },
        { "2024-12-30", 20087, 1, 2025, 1 },    { "2023-01-01", 19358, 7, 2022, 52 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[DATE_TEXT_MAX];
        int32_t date;
        int year, week;

        assert_int_equal(date_parse(rows[i].text, strlen(rows[i].text), &date, NULL), 0);
        assert_int_equal(date, rows[i].date);
        assert_int_equal(date_weekday(date), rows[i].weekday);
        date_iso_week(date, &year, &week);
        assert_int_equal(year, rows[i].iso_year);
        assert_int_equal(week, rows[i].iso_week);
        date_print(text, date);
        assert_string_equal(text, rows[i].text);
    }
}

/* Every day of four centuries and some follows the day before. */
static void days_follow_each_other(void **state)
{
    int32_t date = date_of(1899, 12, 31);

    (void)state;
    for (int year = 1900; year <= 2400; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= date_month_len(year, month); day++) {
                int y, m, d;
                assert_int_equal(date_of(year, month, day), ++date);
                date_split(date, &y, &m, &d);
                assert_true(y == year && m == month && d == day);
            }
}

/* Of the years 0 to 9999: a day is printed as the parts that it is split into. */
static void prints_what_it_splits(void **state)
{
    (void)state;
    for (int32_t date = -719528; date <= 2932896; date += 11) {
        char text[DATE_TEXT_MAX], want[64];
        int year, month, day;

        date_split(date, &year, &month, &day);
        snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, day);
        assert_int_equal(date_print(text, date), 10);
        assert_string_equal(text, want);
    }
}

static void knows_ends(void **state)
{
    int32_t day = date_of(2024, 2, 10);

    (void)state;
    assert_int_equal(date_month_first(day), date_of(2024, 2, 1));
    assert_int_equal(date_month_last(day), date_of(2024, 2, 29));
    assert_int_equal(date_quarter_first(day), date_of(2024, 1, 1));
    assert_int_equal(date_quarter_last(day), date_of(2024, 3, 31));
    assert_int_equal(date_quarter_last(date_of(2023, 12, 31)), date_of(2023, 12, 31));
    assert_int_equal(date_quarter_last(date_of(2023, 4, 1)), date_of(2023, 6, 30));
    assert_int_equal(date_year_first(day), date_of(2024, 1, 1));
    assert_int_equal(date_year_last(day), date_of(2024, 12, 31));
    assert_int_equal(date_add_months(date_of(2024, 1, 31), 1), date_of(2024, 2, 29));
    assert_int_equal(date_add_months(date_of(2024, 1, 31), -2), date_of(2023, 11, 30));
    assert_int_equal(date_add_months(date_of(2024, 11, 5), 14), date_of(2026, 1, 5));
}

static void reads_patterns(void **state)
{
    static const struct {
        const char *why, *pattern, *text;
        int64_t us;
        int32_t day;
    } rows[] = {
        { "compact", "yyyyMMdd", "20240229", 1709136000000000, 19782 },
        { "dashes", "yyyy-MM-dd", "2024-02-29", 1709136000000000, 19782 },
        { "wall time", "yyyy-MM-dd HH:mm:ss", "2024-02-29 08:00:00", 1709164800000000, 19782 },
        { "slashes", "yyyy/MM/dd HH:mm", "2024/02/29 08:00", 1709164800000000, 19782 },
        { "one digit", "yyyy/M/d H:mm", "2024/2/29 8:00", 1709164800000000, 19782 },
        { "same pattern, two digits", "yyyy/M/d H:mm", "2024/02/29 08:00", 1709164800000000, 19782 },
        { "compact to the second", "yyyyMMddHHmmss", "20240229080000", 1709164800000000, 19782 },
        { "literal T", "yyyy-MM-ddTHH:mm:ss.SSS", "2024-02-29T08:00:00.123", 1709164800123000, 19782 },
        { "offset", "yyyy-MM-dd HH:mm:ssX", "2024-02-29 00:00:00+0000", 1709164800000000, 19782 },
        { "iso: only a date", "iso8601", "2024-02-29", 1709136000000000, 19782 },
        { "iso: no zone is the installation's", "iso8601", "2024-02-29T08:00", 1709164800000000, 19782 },
        { "iso: Z", "iso8601", "2024-02-29T00:00:00Z", 1709164800000000, 19782 },
        { "iso: offset moves the day", "iso8601", "2024-02-29T16:30:00Z", 1709224200000000, 19783 },
        { "iso: minus", "iso8601", "2024-02-28T19:00:00-05:00", 1709164800000000, 19782 },
        { "iso: hours alone", "iso8601", "2024-02-29 08:00:00+08", 1709164800000000, 19782 },
        { "iso: microseconds", "iso8601", "2024-02-29T08:00:00.000001+08:00", 1709164800000001, 19782 },
        { "iso: nanoseconds that are zero", "iso8601", "2024-02-29T08:00:00.500000000Z", 1709193600500000, 19782 },
        { "before 1970", "iso8601", "1969-12-31T23:59:59Z", -1000000, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct time_pattern pattern;
        struct moment moment;
        struct err err;

        if (time_pattern_parse(rows[i].pattern, &pattern, &err) != 0 ||
            time_parse(rows[i].text, strlen(rows[i].text), &pattern, &shanghai, &moment, &err) != 0)
            fail_msg("%s: %s", rows[i].why, err.text);
        if (moment.us != rows[i].us || moment.day != rows[i].day)
            fail_msg("%s: got %lld, day %d", rows[i].why, (long long)moment.us, moment.day);
    }
}

static void refuses_dates(void **state)
{
    static const struct {
        const char *why, *pattern, *text;
    } rows[] = {
        { "empty", "yyyyMMdd", "" },
        { "29 February of a common year", "yyyyMMdd", "20230229" },
        { "1900 has no leap day", "yyyyMMdd", "19000229" },
        { "month 13", "yyyyMMdd", "20231301" },
        { "day 0", "yyyyMMdd", "20230100" },
        { "year 0", "yyyyMMdd", "00000101" },
        { "31 April", "yyyy-MM-dd", "2023-04-31" },
        { "24:00", "yyyy-MM-dd HH:mm", "2023-04-30 24:00" },
        { "minute 60", "yyyy-MM-dd HH:mm", "2023-04-30 23:60" },
        { "second 60", "iso8601", "2016-12-31T23:59:60Z" },
        { "more behind it", "yyyyMMdd", "202304301" },
        { "space behind it", "yyyyMMdd", "20230430 " },
        { "too short", "yyyyMMdd", "2023043" },
        { "a sign in a number", "yyyyMMdd", "2023-430" },
        { "other separators", "yyyy-MM-dd", "2023/04/30" },
        { "nanoseconds that we cannot keep", "iso8601", "2023-04-30T00:00:00.000000001Z" },
        { "offset of 15 hours", "iso8601", "2023-04-30T00:00:00+15:00" },
        { "half an offset", "iso8601", "2023-04-30T00:00:00+8" },
        { "fraction without digits", "iso8601", "2023-04-30T00:00:00.Z" },
        { "lower-case t", "iso8601", "2023-04-30t00:00:00Z" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct time_pattern pattern;
        struct moment moment;
        struct err err = { 0 };

        assert_int_equal(time_pattern_parse(rows[i].pattern, &pattern, &err), 0);
        assert_refused(time_parse(rows[i].text, strlen(rows[i].text), &pattern, &utc, &moment, &err), &err, "bad_date",
                       rows[i].why);
    }
}

static void refuses_patterns(void **state)
{
    static const char *const rows[] = { "", "yyyy", "yyyyMM", "yyMMdd", "yyyyMMMdd", "yyyyMMddyyyy", "dd.MM.yyyy Q" };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct time_pattern pattern;
        struct err err = { 0 };
        assert_refused(time_pattern_parse(rows[i], &pattern, &err), &err, "bad_pattern", rows[i]);
    }
}

static void keeps_zones(void **state)
{
    static const char *const wrong[] = { "Europe/Berlin", "+8", "+08:60", "08:00", "", "+15:00", "+-1:00" };
    struct zone zone;
    struct err err;
    char text[TIME_TEXT_MAX];

    (void)state;
    assert_int_equal(zone_parse("Asia/Shanghai", &zone, &err), 0);
    assert_int_equal(zone.offset_s, 28800);
    assert_int_equal(zone_day(&zone, zone_midnight_us(&zone, 19782)), 19782);
    assert_int_equal(zone_day(&zone, zone_midnight_us(&zone, 19782) - 1), 19781);
    assert_int_equal(zone_day(&zone, zone_midnight_us(&zone, -5) - 1), -6);
    assert_int_equal(time_print(text, 1709164800000000, &zone), 25);
    assert_string_equal(text, "2024-02-29T08:00:00+08:00");
    time_print(text, 1709164800120000, &utc);
    assert_string_equal(text, "2024-02-29T00:00:00.120Z");
    time_print(text, -1, &utc);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    assert_int_equal(zone_parse("-03:30", &zone, &err), 0);
    assert_int_equal(zone.offset_s, -12600);
    time_print(text, 0, &zone);
    assert_string_equal(text, "1969-12-31T20:30:00-03:30");
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_refused(zone_parse(wrong[i], &zone, &err), &err, "unknown_zone", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_calendar),    cmocka_unit_test(days_follow_each_other),
        cmocka_unit_test(prints_what_it_splits), cmocka_unit_test(knows_ends),
        cmocka_unit_test(reads_patterns),        cmocka_unit_test(refuses_dates),
        cmocka_unit_test(refuses_patterns),      cmocka_unit_test(keeps_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
