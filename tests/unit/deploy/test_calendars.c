/* The calendars that come with the product: whole years, and 2026 phased by hand.
 *
 * The weights here are round so that the sums can be followed: working 10, weekend 12, holiday 6, make-up 9, eve 11.
 *
 * First quarter of 2026 (90 days). Off: 1-3 January and 15-23 February. Worked in exchange: Sunday 4 January,
 * Saturdays 14 and 28 February. No eve: the day before the Spring Festival is worked in exchange.
 *   January   20 working  7 weekend  3 holiday  1 make-up        200 +  84 + 18 +  9     = 311
 *   February  14 working  3 weekend  9 holiday  2 make-up        140 +  36 + 54 + 18     = 248    so far 559
 *   March     22 working  9 weekend                              220 + 108               = 328    so far 887
 * Fourth quarter (92 days). Off: 1-7 October. Worked in exchange: Saturday 10 October. Eve: 31 December.
 *   October   17 working  6 weekend  7 holiday  1 make-up        170 +  72 + 42 +  9     = 293
 *   November  21 working  9 weekend                              210 + 108               = 318    so far 611
 *   December  22 working  8 weekend                    1 eve     220 +  96 + 11          = 327    so far 938
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

static void phase(const char *from, const char *until, struct curve *out)
{
    int32_t first = day_of(from);
    size_t count = (size_t)(day_of(until) - first);
    struct err err;

    assert_int_equal(calendar_classify(first, count, overrides, override_count, out->classes, &err), 0);
    assert_int_equal(calendar_weights(&round_weights, first, out->classes, count, out->weights, &err), 0);
    assert_int_equal(phasing_curve_init(&out->phasing, first, out->weights, count, out->cumulative, &err), 0);
}

static int count_class(const struct curve *curve, const char *from, const char *until, enum day_class class)
{
    int count = 0;

    for (int32_t day = day_of(from); day < day_of(until); day++)
        count += curve->classes[day - curve->phasing.first_day] == class;
    return count;
}

static void months_of_2026(void **state)
{
    static const struct {
        const char *quarter_from, *quarter_until, *from, *until, *last;
        int working, weekend, holiday, makeup, eve;
        int64_t so_far, of_1000; /* weight by the month's end; of a target of 1,000, rounded cumulatively */
    } rows[] = {
        /* 311/887 = .35062, 559/887 = .63021 */
        { "2026-01-01", "2026-04-01", "2026-01-01", "2026-02-01", "2026-01-31", 20, 7, 3, 1, 0, 311, 351 },
        { "2026-01-01", "2026-04-01", "2026-02-01", "2026-03-01", "2026-02-28", 14, 3, 9, 2, 0, 559, 279 },
        { "2026-01-01", "2026-04-01", "2026-03-01", "2026-04-01", "2026-03-31", 22, 9, 0, 0, 0, 887, 370 },
        /* 293/938 = .31237, 611/938 = .65139 */
        { "2026-10-01", "2027-01-01", "2026-10-01", "2026-11-01", "2026-10-31", 17, 6, 7, 1, 0, 293, 312 },
        { "2026-10-01", "2027-01-01", "2026-11-01", "2026-12-01", "2026-11-30", 21, 9, 0, 0, 0, 611, 339 },
        { "2026-10-01", "2027-01-01", "2026-12-01", "2027-01-01", "2026-12-31", 22, 8, 0, 0, 1, 938, 349 },
    };
    struct curve curve;

    (void)state;
    load(2026);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        phase(rows[i].quarter_from, rows[i].quarter_until, &curve);
        CHECK_INT(count_class(&curve, rows[i].from, rows[i].until, DAY_WORKING), rows[i].working);
        CHECK_INT(count_class(&curve, rows[i].from, rows[i].until, DAY_WEEKEND), rows[i].weekend);
        CHECK_INT(count_class(&curve, rows[i].from, rows[i].until, DAY_HOLIDAY), rows[i].holiday);
        CHECK_INT(count_class(&curve, rows[i].from, rows[i].until, DAY_MAKEUP), rows[i].makeup);
        CHECK_INT(count_class(&curve, rows[i].from, rows[i].until, DAY_EVE), rows[i].eve);
        CHECK_INT(phasing_at_day_end(&curve.phasing, day_of(rows[i].last)).num, rows[i].so_far);
        CHECK_INT(phasing_plan_range(&curve.phasing, 1000, day_of(rows[i].from), day_of(rows[i].last)),
                  rows[i].of_1000);
    }
}

/* Day by day through the two festivals. Weights so far: by 8 February 311 + 12 (Sun 1) + 5 * 10 + 12 + 12 = 397, by
 * Friday 13 February 447. By 7 October 7 * 6 = 42. Plans of 8,870 and 9,380 are ten times the weights. */
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
    };
    struct curve curve;

    (void)state;
    load(2026);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t day = day_of(rows[i].day);

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
        cmocka_unit_test(months_of_2026),
        cmocka_unit_test(days_of_the_festivals),
        cmocka_unit_test(years_are_whole),
    };

    return cmocka_run_group_tests_name("calendars", tests, NULL, NULL);
}
