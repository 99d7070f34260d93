/* Forecast methods, trials and the choice among them, against examples worked by hand. */
#include "calc_test.h"

#include "calc/forecast.h"

#define DAYS 28

static int64_t even[DAYS + 1]; /* one part a day */

static struct phasing_curve even_curve(void)
{
    for (int i = 0; i <= DAYS; i++)
        even[i] = i;
    return (struct phasing_curve) { 0, DAYS, even };
}

/* `count` weeks of so much a day. */
static void weeks(int64_t *days, const int64_t *a_day, int count)
{
    for (int i = 0; i < count * 7; i++)
        days[i] = a_day[i / 7];
}

static struct forecast_series series_of(const struct phasing_curve *curve, int64_t bac, const int64_t *days, int count)
{
    return (struct forecast_series) { .curve = curve, .bac = bac, .days = days, .day_count = count, .count_unit = 1 };
}

/* 10 a day planned. Two weeks of 10, then one of 4: 14 days of that are 96 done, so 48 a week. */
static void each_method_looks_its_own_way(void **state)
{
    const int64_t a_day[] = { 10, 10, 4 };
    struct phasing_curve curve = even_curve(), shape;
    int64_t days[DAYS] = { 0 }, last[DAYS], cumulative[DAYS + 1], rest = 0;
    struct forecast_series s;

    (void)state;
    weeks(days, a_day, 3);
    s = series_of(&curve, 280, days, 21);
    EXPECT_INT("can", forecast_rest(&s, FORECAST_PHASED, 21, DAYS, &rest), 1);
    EXPECT_INT("168 of three weeks", rest, 56);
    EXPECT_INT("can", forecast_rest(&s, FORECAST_RECENT, 21, DAYS, &rest), 1);
    EXPECT_INT("98 of the last two", rest, 49);
    EXPECT_INT("by less than a fortnight", forecast_rest(&s, FORECAST_RECENT, 7, 14, &rest), 1);
    EXPECT_INT("by the days there are", rest, 70);
    EXPECT_INT("no last period", forecast_rest(&s, FORECAST_SHAPE, 21, DAYS, &rest), 0);
    EXPECT_INT("nothing to go by yet", forecast_rest(&s, FORECAST_PHASED, 0, DAYS, &rest), 0);
    /* one day of 10, 0.15 of the period as planned: (10 + 42) / (1 + 4.2) a day */
    EXPECT_INT("can", forecast_rest(&s, FORECAST_LEANING, 1, DAYS, &rest), 1);
    EXPECT_INT("27 days of 10", rest, 270);
    days[0] = 5; /* (5 + 42) / 5.2 = 9.0385 a day */
    EXPECT_INT("can", forecast_rest(&s, FORECAST_LEANING, 1, DAYS, &rest), 1);
    EXPECT_INT("27 days", rest, 244);
    /* the last period sold 1 a day and 7 on each of its last seven days: 49 of 70 there. With a part in four of the
     * even curve, the last week has 3/4 * 0.7 + 1/4 * 0.25 = 0.5875, the three before it 0.4125 */
    days[0] = 10;
    for (int i = 0; i < DAYS; i++)
        last[i] = i < 21 ? 1 : 7;
    EXPECT_INT("a shape", forecast_shape(&curve, last, DAYS, cumulative, &shape), 1);
    s.shape = &shape;
    EXPECT_INT("can", forecast_rest(&s, FORECAST_SHAPE, 21, DAYS, &rest), 1);
    EXPECT_INT("168 * 0.5875 / 0.4125", rest, 239);
}

/* A month of 31 days before one of 28: its beginning lies over the beginning, its end over the end. */
static void shapes_keep_both_ends(void **state)
{
    struct phasing_curve curve = even_curve(), shape;
    int64_t last[31] = { 0 }, cumulative[DAYS + 1];

    (void)state;
    EXPECT_INT("nothing sold", forecast_shape(&curve, last, 31, cumulative, &shape), 0);
    last[0] = 50;
    last[30] = 50;
    EXPECT_INT("a shape", forecast_shape(&curve, last, 31, cumulative, &shape), 1);
    /* 3 * 0.5 + 1/28 of 4 */
    EXPECT_INT("the first day", cumulative[1], 1500000000 + 35714286);
    EXPECT_INT("a day between", cumulative[10] - cumulative[9], 35714286);
    EXPECT_INT("the last day", cumulative[28] - cumulative[27], 1500000000 + 35714286);
    last[0] = -7; /* taken back: no day weighs less than nothing */
    EXPECT_INT("a shape", forecast_shape(&curve, last, 31, cumulative, &shape), 1);
    EXPECT_INT("no weight but the plan's", cumulative[1], 35714286);
}

/* Ends of weeks 2 and 3, a week and two before: (1,2), (2,3), (1,3); and at the end of the period (3,4), (2,4), (1,4).
 */
static void counts_its_trials(void **state)
{
    static const struct {
        const char *why;
        int days;
        uint32_t trials;
    } rows[] = {
        { "no week is over", 6, 0 },         { "one is", 13, 0 },    { "two are", 14, 1 },
        { "the third isn't", 20, 1 },        { "three are", 21, 3 }, { "the period isn't over", 27, 3 },
        { "the whole period", DAYS, 3 + 3 },
    };
    struct phasing_curve curve = even_curve();
    int64_t days[DAYS];

    (void)state;
    for (int i = 0; i < DAYS; i++)
        days[i] = 10;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct forecast_series s = series_of(&curve, 280, days, rows[i].days);
        struct forecast_record record = { 0 };

        forecast_review(&s, NULL, true, &record);
        EXPECT_INT(rows[i].why, record.trials, rows[i].trials);
        EXPECT_INT("as planned: no error", record.missed, 0);
        EXPECT_INT("nor a reason to change", record.method, FORECAST_LEANING);
        EXPECT_INT("all within their band", record.inside, record.trials);
    }
}

/* Plans are of 10 a day; what is sold decides. */
static void chooses_by_error(void **state)
{
    static const struct {
        const char *why;
        int64_t a_day[4];
        enum forecast_method want;
    } rows[] = {
        { "as planned", { 10, 10, 10, 10 }, FORECAST_LEANING },
        { "half of it from the beginning: who leans on the plan is wrong", { 5, 5, 5, 5 }, FORECAST_PHASED },
        { "up and down alike", { 12, 8, 12, 8 }, FORECAST_LEANING },
    };
    struct phasing_curve curve = even_curve();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t days[DAYS];
        struct forecast_series s = series_of(&curve, 280, days, DAYS);
        struct forecast_record record = { 0 };

        weeks(days, rows[i].a_day, 4);
        forecast_review(&s, NULL, false, &record);
        forecast_review(&s, NULL, false, &record); /* and another month like it */
        EXPECT_INT(rows[i].why, record.method, rows[i].want);
    }
}

/* 5 a day against a plan of 10: after the first trial each method's error is known by hand. */
static void adds_up_errors(void **state)
{
    struct phasing_curve curve = even_curve();
    int64_t days[DAYS];
    struct forecast_series s = series_of(&curve, 280, days, 14);
    struct forecast_record record = { 0 };
    int64_t rest = 0;

    (void)state;
    for (int i = 0; i < DAYS; i++)
        days[i] = 5;
    (void)forecast_rest(&s, FORECAST_LEANING, 7, 14, &rest);
    forecast_review(&s, NULL, false, &record);
    EXPECT_INT("phased is right", record.errors[FORECAST_PHASED], 0);
    EXPECT_INT("recent is right", record.errors[FORECAST_RECENT], 0);
    EXPECT_INT("who leans is off", record.errors[FORECAST_LEANING], rest - 35);
    EXPECT_INT("who cannot say is off by as much", record.errors[FORECAST_SHAPE], rest - 35);
    EXPECT_INT("who spoke", record.missed, rest - 35);
    EXPECT_INT("of what came", record.actual, 70);
    EXPECT_INT("in ppm, half up", forecast_error_ppm(&record), ((rest - 35) * 1000000 + 35) / 70);
    EXPECT_INT("one trial is no reason", record.method, FORECAST_LEANING);
}

/* What the parent's trials say weighs like FORECAST_LEAN of one's own: against it a child needs more than a few. */
static void leans_on_the_parent(void **state)
{
    const struct forecast_record good = { .trials = 50, .errors = { 100, 10, 100, 100 } };
    const struct forecast_record bad = { .trials = 50, .errors = { 100, 400, 400, 400 } };
    const int64_t a_day[] = { 9, 9, 9, 9 };
    struct phasing_curve curve = even_curve();
    int64_t days[DAYS];
    struct forecast_series s = series_of(&curve, 280, days, DAYS);
    struct forecast_record alone = { 0 }, above_good = { 0 }, above_bad = { 0 };

    (void)state;
    weeks(days, a_day, 4); /* phased is right from the first trial on, as six trials show */
    forecast_review(&s, NULL, false, &alone);
    forecast_review(&s, &good, false, &above_good);
    forecast_review(&s, &bad, false, &above_bad);
    EXPECT_INT("(6 * 0 + 36 * 1) / 42 is below 0.9", alone.method, FORECAST_PHASED);
    EXPECT_INT("(6 * 0 + 36 * 0.1) / 42", above_good.method, FORECAST_PHASED);
    EXPECT_INT("(6 * 0 + 36 * 4) / 42 isn't", above_bad.method, FORECAST_LEANING);
}

/* A tenth better is what it takes: 11 % less error changes the method, 9 % doesn't. */
static void keeps_what_is_nearly_as_good(void **state)
{
    struct forecast_record record = { .trials = 1000000, .errors = { 1000, 910, 1000, 1000 } };
    struct phasing_curve curve = even_curve();
    int64_t days[DAYS];
    struct forecast_series s = series_of(&curve, 280, days, 14);

    (void)state;
    for (int i = 0; i < DAYS; i++)
        days[i] = 10;
    forecast_review(&s, NULL, false, &record);
    EXPECT_INT("0.91", record.method, FORECAST_LEANING);
    record.errors[FORECAST_PHASED] = 890;
    forecast_review(&s, NULL, false, &record);
    EXPECT_INT("0.89", record.method, FORECAST_PHASED);
    record.errors[FORECAST_RECENT] = 850;
    forecast_review(&s, NULL, false, &record);
    EXPECT_INT("0.85 isn't a tenth below 0.89", record.method, FORECAST_PHASED);
}

/* Nothing sold so far says nothing of what comes: the plan speaks. */
static void nothing_seen_is_no_promise(void **state)
{
    struct phasing_curve curve = even_curve();
    int64_t days[DAYS] = { 0 };
    struct forecast_series s = series_of(&curve, 280, days, 14);
    enum forecast_method used = FORECAST_RECENT;
    struct landing landing = forecast_land(&s, FORECAST_RECENT, 14, &used);

    (void)state;
    EXPECT_INT("the one that leans", used, FORECAST_LEANING);
    EXPECT_INT("something", landing.value > 0, 1);
    days[13] = 14;
    landing = forecast_land(&s, FORECAST_RECENT, 14, &used);
    EXPECT_INT("now it can", used, FORECAST_RECENT);
    EXPECT_INT("14 a fortnight", landing.value, 28);
}

/* Whatever is sold: a period's trials are those that were seen from within it and those of its end; a scale changes
 * nothing; and a longer look back begins with the shorter one's choices. */
static void properties(void **state)
{
    struct phasing_curve curve = even_curve();

    (void)state;
    for (int round = 0; round < 300; round++) {
        int64_t days[DAYS], large[DAYS];
        struct forecast_series s = series_of(&curve, draw_int(50, 2000), days, DAYS);
        struct forecast_series scaled = series_of(&curve, s.bac * 1000000, large, DAYS);
        struct forecast_record whole = { 0 }, in_millions = { 0 }, part = { 0 }, again = { 0 };
        int until = (int)draw_int(14, 27);

        for (int i = 0; i < DAYS; i++)
            large[i] = 1000000 * (days[i] = draw_int(-2, 100));
        forecast_review(&s, NULL, false, &whole);
        forecast_review(&scaled, NULL, false, &in_millions);
        EXPECT_INT("trials", whole.trials, in_millions.trials);
        for (int m = 0; m < FORECAST_METHODS; m++)
            if (in_millions.errors[m] / 1000000 > whole.errors[m] + 6 ||
                in_millions.errors[m] / 1000000 < whole.errors[m] - 6)
                fail_msg("method %d is off by %lld, in millions by %lld", m, (long long)whole.errors[m],
                         (long long)in_millions.errors[m]);
        s.day_count = until;
        forecast_review(&s, NULL, false, &part);
        for (int i = until; i < DAYS; i++)
            days[i] = draw_int(0, 1000);
        forecast_review(&s, NULL, false, &again);
        EXPECT_INT("days to come change nothing", memcmp(&part, &again, sizeof part), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_method_looks_its_own_way),
        cmocka_unit_test(shapes_keep_both_ends),
        cmocka_unit_test(counts_its_trials),
        cmocka_unit_test(chooses_by_error),
        cmocka_unit_test(adds_up_errors),
        cmocka_unit_test(leans_on_the_parent),
        cmocka_unit_test(keeps_what_is_nearly_as_good),
        cmocka_unit_test(nothing_seen_is_no_promise),
        cmocka_unit_test(properties),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
