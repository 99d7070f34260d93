/* Dates, classes and weights. 2026: 1 January is a Thursday, 4 January (Sunday) is worked in exchange. */
#include "calc_test.h"

#include "calc/calendar.h"

static void converts_dates(void **state)
{
    static const struct {
        const char *why;
        int32_t year, month, day_of_month, want, weekday;
    } rows[] = {
        { "the epoch, a Thursday", 1970, 1, 1, 0, 4 },
        { "the day before", 1969, 12, 31, -1, 3 },
        { "a leap day", 2000, 2, 29, 11016, 2 }, /* 30 years and 7 leap days, + 59 */
        { "a Thursday", 2026, 1, 1, 20454, 4 },  /* 56 * 365 + 14 leap days */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int32_t y, m, d;

        EXPECT_INT(rows[i].why, calendar_day_from_date(rows[i].year, rows[i].month, rows[i].day_of_month),
                   rows[i].want);
        calendar_date_from_day(rows[i].want, &y, &m, &d);
        EXPECT_INT(rows[i].why, y, rows[i].year);
        EXPECT_INT(rows[i].why, m, rows[i].month);
        EXPECT_INT(rows[i].why, d, rows[i].day_of_month);
        EXPECT_INT(rows[i].why, calendar_weekday(rows[i].want), rows[i].weekday);
    }
    int32_t feb = calendar_day_from_date(2024, 2, 3);
    EXPECT_INT("February of a leap year", calendar_month_last_day(feb), calendar_day_from_date(2024, 2, 29));
    EXPECT_INT("its quarter", calendar_quarter_last_day(feb), calendar_day_from_date(2024, 3, 31));
    EXPECT_INT("December", calendar_month_last_day(calendar_day_from_date(2025, 12, 31)),
               calendar_day_from_date(2025, 12, 31));
    EXPECT_INT("the last quarter", calendar_quarter_last_day(calendar_day_from_date(2025, 10, 1)),
               calendar_day_from_date(2025, 12, 31));
}

static void weighs_days(void **state)
{
    /* 2026-01-01 (Thu, holiday) .. 01-05 (Mon) */
    int32_t first = calendar_day_from_date(2026, 1, 1);
    struct calendar_override overrides[] = {
        { first, DAY_HOLIDAY }, { first + 3, DAY_MAKEUP }, { first + 1, DAY_HOLIDAY }, { first + 400, DAY_CAMPAIGN }
    };
    enum day_class want[] = { DAY_HOLIDAY, DAY_HOLIDAY, DAY_WEEKEND, DAY_MAKEUP, DAY_WORKING }, got[5];
    struct calendar_profile profile = { .class_weight = { 0, 1000000, 600000, 300000, 900000, -1, -1 } };
    int64_t weights[5], want_weights[] = { 300000, 300000, 600000, 900000, 1000000 };
    struct err err;
    (void)state;
    EXPECT_OK("classes", calendar_classify(first, 5, overrides, 4, got, &err), err);
    EXPECT_OK("weights", calendar_weights(&profile, first, got, 5, weights, &err), err);
    for (int i = 0; i < 5; i++) {
        EXPECT_INT("class", got[i], want[i]);
        EXPECT_INT("weight", weights[i], want_weights[i]);
    }
    EXPECT_INT("of five days two are worked", calendar_working_millidays(got, 5, 0, 5000), 2000);
    EXPECT_INT("half a make-up day", calendar_working_millidays(got, 5, 2500, 3500), 500);
    EXPECT_INT("backward", calendar_working_millidays(got, 5, 5000, 3500), -1500);
    got[0] = DAY_EVE;
    EXPECT_REFUSED("a class without a weight", calendar_weights(&profile, first, got, 5, weights, &err), err,
                   "missing_weight");
    overrides[3].day = first;
    EXPECT_REFUSED("two classes", calendar_classify(first, 5, overrides, 4, got, &err), err, "override_twice");
}

static void lifts_period_ends(void **state)
{
    /* 2026-02-27 Fri, 28 Sat month end; 03-30 Mon, 31 Tue quarter end */
    struct calendar_profile profile = { .class_weight = { 0, 1000, 500, 0, 0, 0, 0 },
                                        .month_tail_count = 2,
                                        .quarter_tail_count = 1,
                                        .month_tail_ppm = { 1500000, 1200000 },
                                        .quarter_tail_ppm = { 2000000 } };
    int32_t february = calendar_day_from_date(2026, 2, 26), march = calendar_day_from_date(2026, 3, 29);
    enum day_class classes[3];
    int64_t weights[3];
    struct err err;
    (void)state;
    EXPECT_OK("February", calendar_classify(february, 3, NULL, 0, classes, &err), err);
    EXPECT_OK("February", calendar_weights(&profile, february, classes, 3, weights, &err), err);
    EXPECT_INT("26 February", weights[0], 1000);
    EXPECT_INT("the day before the last", weights[1], 1200);
    EXPECT_INT("the last, a Saturday", weights[2], 750);
    EXPECT_OK("March", calendar_classify(march, 3, NULL, 0, classes, &err), err);
    EXPECT_OK("March", calendar_weights(&profile, march, classes, 3, weights, &err), err);
    EXPECT_INT("30 March, by the month", weights[1], 1200);
    EXPECT_INT("31 March, by the quarter", weights[2], 2000);
}

/* Day numbers and dates are one to one over 400 years. */
static void properties(void **state)
{
    int32_t y0 = 0, m0 = 0, d0 = 0;
    (void)state;
    for (int32_t day = -60000; day < 90000; day++) {
        int32_t y, m, d;

        calendar_date_from_day(day, &y, &m, &d);
        assert_int_equal(calendar_day_from_date(y, m, d), day);
        if (day > -60000)
            assert_true((y == y0 && m == m0 && d == d0 + 1) || (y == y0 && m == m0 + 1 && d == 1 && d0 >= 28) ||
                        (y == y0 + 1 && m == 1 && d == 1 && m0 == 12 && d0 == 31));
        y0 = y;
        m0 = m;
        d0 = d;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_dates),
        cmocka_unit_test(weighs_days),
        cmocka_unit_test(lifts_period_ends),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
