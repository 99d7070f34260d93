/* The calendars that come with the product: 2024, 2025 and 2026 phased by hand, month by month, through the festivals
 * day by day, and by weeks across the ends of months and quarters.
 *
 * The weights here are round so that the sums can be followed: working 10, weekend 12, holiday 6, make-up 9, eve 11.
 *
 * 2026. Off: 1-3 January, 15-23 February, 4-6 April, 1-5 May, 19-21 June, 25-27 September, 1-7 October. Worked in
 * exchange: Sunday 4 January, Saturdays 14 and 28 February, Saturday 9 May, Sunday 20 September, Saturday 10 October.
 * Eves: 3 and 30 April, 18 June, 24 and 30 September, 31 December; the day before the Spring Festival is worked.
 *   January   20 working  7 weekend  3 holiday  1 make-up        200 +  84 + 18 +  9     = 311
 *   February  14 working  3 weekend  9 holiday  2 make-up        140 +  36 + 54 + 18     = 248    so far 559
 *   March     22 working  9 weekend                              220 + 108               = 328    so far 887
 *   April     19 working  6 weekend  3 holiday             2 eve 190 +  72 + 18 + 22     = 302
 *   May       18 working  7 weekend  5 holiday  1 make-up        180 +  84 + 30 +  9     = 303    so far 605
 *   June      20 working  6 weekend  3 holiday             1 eve 200 +  72 + 18 + 11     = 301    so far 906
 *   July      23 working  8 weekend                              230 +  96               = 326
 *   August    21 working 10 weekend                              210 + 120               = 330    so far 656
 *   September 19 working  5 weekend  3 holiday  1 make-up  2 eve 190 + 60 + 18 + 9 + 22  = 299    so far 955
 *   October   17 working  6 weekend  7 holiday  1 make-up        170 +  72 + 42 +  9     = 293
 *   November  21 working  9 weekend                              210 + 108               = 318    so far 611
 *   December  22 working  8 weekend                        1 eve 220 +  96 + 11          = 327    so far 938
 *
 * 2025. Off: 1 January, 28 January to 4 February, 4-6 April, 1-5 May, 31 May to 2 June, 1-8 October. Worked: Sunday 26
 * January, Saturday 8 February, Sundays 27 April and 28 September, Saturday 11 October. Eves: 27 January, 3 and 30
 * April, 30 May, 30 September, 31 December. 304, 273, 330: 907;   299, 299, 308: 906;   326, 330, 314: 970;   287, 320,
 * 327: 934
 *
 * 2024. Off: 1 January, 10-17 February, 4-6 April, 1-5 May, 10 June, 15-17 September, 1-7 October. Worked: Sundays 4
 * and 18 February, 7 and 28 April, Saturday 11 May, Saturday 14 and Sunday 29 September, Saturday 12 October. Eves: 9
 * February, 3 and 30 April, 7 June, 30 September, 31 December.
 *   322, 263, 330: 915;   298, 299, 317: 914;   326, 328, 299: 953;   291, 318, 329: 938
 */
#include "support/check.h"

#include "base/buf.h"
#include "calc/calendar.h"
#include "calc/phasing.h"
#include "text/dates.h"
#include "text/yaml_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[DAY_CLASS_COUNT] = { "", "working", "weekend", "holiday", "makeup", "eve", "campaign" };
static const struct calendar_profile round_weights = { .class_weight = { 0, 10, 12, 6, 9, 11, 15 } };

static struct calendar_override overrides[400];
static size_t override_count;
static char source[400];

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    struct err err;

    if (date_parse(text, strlen(text), &day, &err) != 0)
        fail_msg("%s", err.text);
    return day;
}

static void load(int year)
{
    const char *root = getenv("BIHUAN_SOURCE");
    struct buf text = { 0 };
    struct yaml_file yaml;
    char path[300];
    const json_t *item, *day;
    struct err err;
    FILE *file;
    size_t i;
    int c;

    snprintf(path, sizeof path, "%s/deploy/calendars/cn-%d.yaml", root ? root : ".", year);
    file = fopen(path, "r");
    assert_non_null(file);
    while ((c = fgetc(file)) != EOF)
        buf_put_u8(&text, (uint8_t)c);
    fclose(file);
    if (yaml_in_parse(buf_text(&text), text.len, path, 1 << 20, &yaml, &err) != 0)
        fail_msg("%s", err.text);
    item = json_array_get(json_object_get(yaml.docs[0].root, "items"), 0);
    snprintf(source, sizeof source, "%s", json_string_value(json_object_get(item, "source")));
    override_count = 0;
    json_array_foreach(json_object_get(item, "days"), i, day)
    {
        const char *class = json_string_value(json_object_get(day, "class"));
        enum day_class found = DAY_UNSET;

        for (int w = 1; w < DAY_CLASS_COUNT; w++)
            if (strcmp(words[w], class) == 0)
                found = (enum day_class)w;
        overrides[override_count++] =
            (struct calendar_override) { day_of(json_string_value(json_object_get(day, "date"))), found };
    }
    yaml_in_fini(&yaml);
    buf_fini(&text);
}

struct curve {
    int64_t weights[400], cumulative[401];
    enum day_class classes[400];
    struct phasing_curve phasing;
};

static void phase_days(int32_t first, int32_t until, struct curve *out);

static void phase(const char *from, const char *until, struct curve *out)
{
    phase_days(day_of(from), day_of(until), out);
}

/* First day of a month counted from January 1, which may be one of the next year. */
static int32_t month_begins(int year, int month)
{
    return calendar_day_from_date(year + (month - 1) / 12, (month - 1) % 12 + 1, 1);
}

static void phase_days(int32_t first, int32_t until, struct curve *out)
{
    size_t count = (size_t)(until - first);
    struct err err;

    assert_int_equal(calendar_classify(first, count, overrides, override_count, out->classes, &err), 0);
    assert_int_equal(calendar_weights(&round_weights, first, out->classes, count, out->weights, &err), 0);
    assert_int_equal(phasing_curve_init(&out->phasing, first, out->weights, count, out->cumulative, &err), 0);
}

static int count_class(const struct curve *curve, int32_t from, int32_t until, enum day_class class)
{
    int count = 0;

    for (int32_t day = from; day < until; day++)
        count += curve->classes[day - curve->phasing.first_day] == class;
    return count;
}

static void months_of_three_years(void **state)
{
    /* Of a target of 1,000 a quarter, rounded cumulatively: 2026 has 311/887 = .35062, 559/887 = .63021; 302/906 =
     * .33333, 605/906 = .66777; 326/955 = .34136, 656/955 = .68691; 293/938 = .31237, 611/938 = .65139. 2025: .33517,
     * .63616; .33002, .66004; .33608, .67629; .30728, .64989. 2024: .35191, .63934; .32604, .65317; .34208, .68625;
     * .31023, .64925. */
    static const struct {
        int year, month;
        int working, weekend, holiday, makeup, eve;
        int64_t so_far, of_1000; /* weight of the quarter by the month's end */
    } rows[] = {
        { 2024, 1, 22, 8, 1, 0, 0, 322, 352 },   { 2024, 2, 15, 3, 8, 2, 1, 585, 287 },
        { 2024, 3, 21, 10, 0, 0, 0, 915, 361 },  { 2024, 4, 18, 5, 3, 2, 2, 298, 326 },
        { 2024, 5, 20, 5, 5, 1, 0, 597, 327 },   { 2024, 6, 18, 10, 1, 0, 1, 914, 347 },
        { 2024, 7, 23, 8, 0, 0, 0, 326, 342 },   { 2024, 8, 22, 9, 0, 0, 0, 654, 344 },
        { 2024, 9, 18, 6, 3, 2, 1, 953, 314 },   { 2024, 10, 18, 5, 7, 1, 0, 291, 310 },
        { 2024, 11, 21, 9, 0, 0, 0, 609, 339 },  { 2024, 12, 21, 9, 0, 0, 1, 938, 351 },
        { 2025, 1, 17, 7, 5, 1, 1, 304, 335 },   { 2025, 2, 18, 5, 4, 1, 0, 577, 301 },
        { 2025, 3, 21, 10, 0, 0, 0, 907, 364 },  { 2025, 4, 19, 5, 3, 1, 2, 299, 330 },
        { 2025, 5, 18, 6, 6, 0, 1, 598, 330 },   { 2025, 6, 20, 8, 2, 0, 0, 906, 340 },
        { 2025, 7, 23, 8, 0, 0, 0, 326, 336 },   { 2025, 8, 21, 10, 0, 0, 0, 656, 340 },
        { 2025, 9, 21, 7, 0, 1, 1, 970, 324 },   { 2025, 10, 17, 5, 8, 1, 0, 287, 307 },
        { 2025, 11, 20, 10, 0, 0, 0, 607, 343 }, { 2025, 12, 22, 8, 0, 0, 1, 934, 350 },
        { 2026, 1, 20, 7, 3, 1, 0, 311, 351 },   { 2026, 2, 14, 3, 9, 2, 0, 559, 279 },
        { 2026, 3, 22, 9, 0, 0, 0, 887, 370 },   { 2026, 4, 19, 6, 3, 0, 2, 302, 333 },
        { 2026, 5, 18, 7, 5, 1, 0, 605, 335 },   { 2026, 6, 20, 6, 3, 0, 1, 906, 332 },
        { 2026, 7, 23, 8, 0, 0, 0, 326, 341 },   { 2026, 8, 21, 10, 0, 0, 0, 656, 346 },
        { 2026, 9, 19, 5, 3, 1, 2, 955, 313 },   { 2026, 10, 17, 6, 7, 1, 0, 293, 312 },
        { 2026, 11, 21, 9, 0, 0, 0, 611, 339 },  { 2026, 12, 22, 8, 0, 0, 1, 938, 349 },
    };
    struct curve curve;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int year = rows[i].year, month = rows[i].month, first = (month - 1) / 3 * 3 + 1;
        int32_t from = month_begins(year, month), until = month_begins(year, month + 1);

        load(year);
        phase_days(month_begins(year, first), month_begins(year, first + 3), &curve);
        CHECK_INT(count_class(&curve, from, until, DAY_WORKING), rows[i].working);
        CHECK_INT(count_class(&curve, from, until, DAY_WEEKEND), rows[i].weekend);
        CHECK_INT(count_class(&curve, from, until, DAY_HOLIDAY), rows[i].holiday);
        CHECK_INT(count_class(&curve, from, until, DAY_MAKEUP), rows[i].makeup);
        CHECK_INT(count_class(&curve, from, until, DAY_EVE), rows[i].eve);
        CHECK_INT(phasing_at_day_end(&curve.phasing, until - 1).num, rows[i].so_far);
        CHECK_INT(phasing_plan_range(&curve.phasing, 1000, from, until - 1), rows[i].of_1000);
    }
}

/* Weeks, Monday to Sunday, of targets that are ten times the weights. A week across the end of a quarter is what both
 * quarters have of it; one across the end of a month is in its quarter anyway.
 *   23 February - 1 March 2026    holiday 6, four working days 40, Saturday 28 make-up 9, Sunday 1 March 12: 67 of 887
 *   14-20 September 2026          five working days 50, Saturday 12, Sunday 20 make-up 9: 71
 *   21-27 September 2026          30, eve 11, the Mid-Autumn Festival 18: 59
 *   28 September - 4 October 2026 20 and eve 11 of the third quarter, 24 of the fourth
 *   28 December 2026 - 3 January  30 and eve 11 (the 31st): 41 of the fourth
 *   29 September - 5 October 2025 10 and eve 11 of the third, 30 of the fourth
 *   29 April - 5 May 2024         10, eve 11, Labour Day 30: 51
 *   23-29 September 2024          50, Saturday 12, Sunday 29 make-up 9: 71
 *   30 September - 6 October 2024 eve 11 of the third, 36 of the fourth
 *   12-18 February 2024           Spring Festival 36, Sunday 18 make-up 9: 45
 */
static void weeks_by_hand(void **state)
{
    static const struct {
        int year;
        const char *monday;
        int64_t before,
            within; /* weights: of the quarter that ends in the week, and of the one that begins (or holds it)
                     */
    } rows[] = {
        { 2026, "2026-02-23", 0, 67 },  { 2026, "2026-09-14", 0, 71 }, { 2026, "2026-09-21", 0, 59 },
        { 2026, "2026-09-28", 31, 24 }, { 2026, "2026-12-28", 41, 0 }, { 2025, "2025-09-29", 21, 30 },
        { 2024, "2024-04-29", 0, 51 },  { 2024, "2024-09-23", 0, 71 }, { 2024, "2024-09-30", 11, 36 },
        { 2024, "2024-02-12", 0, 45 },
    };
    static const int64_t totals[3][4] = { { 915, 914, 953, 938 }, { 907, 906, 970, 934 }, { 887, 906, 955, 938 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t monday = day_of(rows[i].monday);
        int64_t together = 0;

        load(rows[i].year);
        CHECK_INT(calendar_weekday(monday), 1);
        for (int q = 0; q < 4; q++) {
            int64_t target = 10 * totals[rows[i].year - 2024][q];
            struct curve curve;

            phase_days(month_begins(rows[i].year, 3 * q + 1), month_begins(rows[i].year, 3 * q + 4), &curve);
            CHECK_INT(phasing_total(&curve.phasing), totals[rows[i].year - 2024][q]);
            int64_t planned = phasing_plan_range(&curve.phasing, target, monday, monday + 6), days = 0;

            for (int32_t day = monday; day < monday + 7; day++)
                days += phasing_plan_day(&curve.phasing, target, day);
            CHECK_INT(days, planned);
            if (curve.phasing.first_day > monday && curve.phasing.first_day < monday + 7 && rows[i].within)
                CHECK_INT(planned, 10 * rows[i].within);
            together += planned;
        }
        CHECK_INT(together, 10 * (rows[i].before + rows[i].within));
    }
}

/* Day by day through the festivals. Weights so far: by 8 February 2026 311 + 12 (Sun 1) + 5 * 10 + 12 + 12 = 397, by
 * Friday 13 February 447. By 7 October 7 * 6 = 42. By 19 September 656 + 14 working days (1-4, 7-11, 14-18) 140 and
 * five of weekends (5, 6, 12, 13, 19) 60 = 856. 2025: January has 304, of which 35 from the 27th on; 4 February 304 +
 * 24 = 328, three working days 358. 2024: January 322, two working days and a Saturday 354; by 8 February 363 + 40 =
 * 403. By 7 October 42, 40 more by the 11th. April: 20, eve 31, three days off 49. Plans are ten times the weights. */
static void days_of_the_festivals(void **state)
{
    static const struct {
        const char *from, *until, *day;
        int64_t target, weight, so_far;
    } rows[] = {
        { "2026-01-01", "2026-04-01", "2026-01-03", 8870, 6, 18 },
        { "2026-01-01", "2026-04-01", "2026-01-04", 8870, 9, 27 },
        { "2026-01-01", "2026-04-01", "2026-02-13", 8870, 10, 447 },
        { "2026-01-01", "2026-04-01", "2026-02-14", 8870, 9, 456 },
        { "2026-01-01", "2026-04-01", "2026-02-15", 8870, 6, 462 },
        { "2026-01-01", "2026-04-01", "2026-02-23", 8870, 6, 510 },
        { "2026-01-01", "2026-04-01", "2026-02-24", 8870, 10, 520 },
        { "2026-01-01", "2026-04-01", "2026-02-28", 8870, 9, 559 },
        { "2026-10-01", "2027-01-01", "2026-10-01", 9380, 6, 6 },
        { "2026-10-01", "2027-01-01", "2026-10-07", 9380, 6, 42 },
        { "2026-10-01", "2027-01-01", "2026-10-08", 9380, 10, 52 },
        { "2026-10-01", "2027-01-01", "2026-10-09", 9380, 10, 62 },
        { "2026-10-01", "2027-01-01", "2026-10-10", 9380, 9, 71 },
        { "2026-10-01", "2027-01-01", "2026-10-11", 9380, 12, 83 },
        { "2026-10-01", "2027-01-01", "2026-12-31", 9380, 11, 938 },
        { "2026-07-01", "2026-10-01", "2026-09-19", 9550, 12, 856 },
        { "2026-07-01", "2026-10-01", "2026-09-20", 9550, 9, 865 },
        { "2026-07-01", "2026-10-01", "2026-09-21", 9550, 10, 875 },
        { "2026-07-01", "2026-10-01", "2026-09-24", 9550, 11, 906 },
        { "2026-07-01", "2026-10-01", "2026-09-25", 9550, 6, 912 },
        { "2026-04-01", "2026-07-01", "2026-04-03", 9060, 11, 31 },
        { "2026-04-01", "2026-07-01", "2026-04-06", 9060, 6, 49 },
        { "2025-01-01", "2025-04-01", "2025-01-26", 9070, 9, 269 },
        { "2025-01-01", "2025-04-01", "2025-01-27", 9070, 11, 280 },
        { "2025-01-01", "2025-04-01", "2025-01-28", 9070, 6, 286 },
        { "2025-01-01", "2025-04-01", "2025-02-04", 9070, 6, 328 },
        { "2025-01-01", "2025-04-01", "2025-02-08", 9070, 9, 367 },
        { "2025-01-01", "2025-04-01", "2025-02-09", 9070, 12, 379 },
        { "2025-10-01", "2026-01-01", "2025-10-08", 9340, 6, 48 },
        { "2025-10-01", "2026-01-01", "2025-10-10", 9340, 10, 68 },
        { "2025-10-01", "2026-01-01", "2025-10-11", 9340, 9, 77 },
        { "2025-10-01", "2026-01-01", "2025-10-12", 9340, 12, 89 },
        { "2024-01-01", "2024-04-01", "2024-02-04", 9150, 9, 363 },
        { "2024-01-01", "2024-04-01", "2024-02-09", 9150, 11, 414 },
        { "2024-01-01", "2024-04-01", "2024-02-10", 9150, 6, 420 },
        { "2024-01-01", "2024-04-01", "2024-02-17", 9150, 6, 462 },
        { "2024-01-01", "2024-04-01", "2024-02-18", 9150, 9, 471 },
        { "2024-04-01", "2024-07-01", "2024-04-06", 9140, 6, 49 },
        { "2024-04-01", "2024-07-01", "2024-04-07", 9140, 9, 58 },
        { "2024-10-01", "2025-01-01", "2024-10-12", 9380, 9, 91 },
        { "2024-10-01", "2025-01-01", "2024-10-13", 9380, 12, 103 },
    };
    struct curve curve;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t day = day_of(rows[i].day);

        load(atoi(rows[i].day));
        phase(rows[i].from, rows[i].until, &curve);
        if (phasing_day_weight(&curve.phasing, day) != rows[i].weight ||
            phasing_plan_day(&curve.phasing, rows[i].target, day) != 10 * rows[i].weight ||
            phasing_plan_shown(rows[i].target, phasing_at_day_end(&curve.phasing, day)) != 10 * rows[i].so_far)
            fail_msg("%s: weight %lld, plan to date %lld", rows[i].day,
                     (long long)phasing_day_weight(&curve.phasing, day),
                     (long long)phasing_plan_shown(rows[i].target, phasing_at_day_end(&curve.phasing, day)));
    }
}

/* Days off come from the announcement: how many it gives, and that what is worked in exchange is a weekend's day. */
static void years_are_whole(void **state)
{
    static const struct {
        int year, holidays, makeups;
        const char *notice;
    } rows[] = {
        /* 1 + 8 + 3 + 5 + 1 + 3 + 7; New Year and the Dragon Boat Festival join a weekend that isn't counted */
        { 2024, 28, 8, "国办发明电〔2023〕7号" },
        { 2025, 28, 5, "国办发明电〔2024〕12号" }, /* 1 + 8 + 3 + 5 + 3 + 8 */
        { 2026, 33, 6, "国办发明电〔2025〕7号" },  /* 3 + 9 + 3 + 5 + 3 + 3 + 7 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int holidays = 0, makeups = 0;

        load(rows[i].year);
        assert_non_null(strstr(source, rows[i].notice));
        assert_non_null(strstr(source, "https://www.gov.cn/"));
        for (size_t d = 0; d < override_count; d++) {
            int year, month, day, weekday = calendar_weekday(overrides[d].day);

            date_split(overrides[d].day, &year, &month, &day);
            CHECK_INT(year, rows[i].year);
            holidays += overrides[d].day_class == DAY_HOLIDAY;
            makeups += overrides[d].day_class == DAY_MAKEUP;
            if (overrides[d].day_class == DAY_MAKEUP && weekday != 0 && weekday != 6)
                fail_msg("%d-%02d-%02d is worked on any week", year, month, day);
        }
        CHECK_INT(holidays, rows[i].holidays);
        CHECK_INT(makeups, rows[i].makeups);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_of_three_years),
        cmocka_unit_test(weeks_by_hand),
        cmocka_unit_test(days_of_the_festivals),
        cmocka_unit_test(years_are_whole),
    };

    return cmocka_run_group_tests_name("calendars", tests, NULL, NULL);
}
