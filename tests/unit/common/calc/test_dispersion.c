/* Dispersion of daily counts against examples worked by hand. */
#include "calc_test.h"

#include "calc/breach.h"
#include "calc/dispersion.h"
#include "calc/forecast.h"

#define DAYS 28

static int64_t even[DAYS + 1];

static struct phasing_curve even_curve(void)
{
    for (int i = 0; i <= DAYS; i++)
        even[i] = i;
    return (struct phasing_curve) { 0, DAYS, even };
}

/* Weeks of 70, 10 a day expected: chi-square is the sum of the squared offs over 10; its degrees of freedom are 6 a
 * week. The first week is the worst, all on one day: it is left out of the three. Poisson counts would show 1 +- sqrt(2
 * * (12 - 12 / 70)) / 12 = 0.405 in two weeks, so up to 1.81 is chance. */
static void good_and_bad_days_are_seen(void **state)
{
    static const struct {
        const char *why;
        int64_t days[21];
        double most, want;
    } rows[] = {
        { "every day the same",
          { 70, 0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10 },
          99,
          1 },
        { "every other day nothing: 60 a week of 6",
          { 70, 0, 0, 0, 0, 0, 0, 20, 0, 20, 0, 20, 0, 10, 0, 20, 0, 20, 0, 20, 10 },
          99,
          10 },
        { "held to what is allowed", { 70, 0, 0, 0, 0, 0, 0, 20, 0, 20, 0, 20, 0, 10, 0, 20, 0, 20, 0, 20, 10 }, 4, 4 },
        { "10.8 a week is chance", { 70, 0, 0, 0, 0, 0, 0, 17, 3, 11, 9, 12, 8, 10, 17, 3, 11, 9, 12, 8, 10 }, 99, 1 },
        { "11.0 a week is more",
          { 70, 0, 0, 0, 0, 0, 0, 16, 4, 14, 6, 11, 8, 11, 16, 4, 14, 6, 11, 8, 11 },
          99,
          11.0 / 6 },
        { "a pace that falls is none",
          { 70, 0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 2, 2, 2, 2, 2, 2, 2 },
          99,
          1 },
        { "a week of nothing says nothing", { 70, 0, 0, 0, 0, 0, 0, 20, 0, 20, 0, 20, 0, 10 }, 99, 1 },
    };
    struct phasing_curve curve = even_curve();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dispersion seen = { 0 }, hundredths = { 0 };
        int64_t scaled[21];

        dispersion_add(&seen, &curve, rows[i].days, 21, 1);
        EXPECT_NEAR(rows[i].why, dispersion_of(&seen, rows[i].most), rows[i].want, 1e-9);
        for (int d = 0; d < 21; d++)
            scaled[d] = rows[i].days[d] * 100;
        dispersion_add(&hundredths, &curve, scaled, 21, 100);
        EXPECT_NEAR("in hundredths", dispersion_of(&hundredths, rows[i].most), rows[i].want, 1e-9);
    }
}

/* Days of weight 3 and 1: 60 and 20 of 80 are as expected, however far apart. */
static void a_day_is_expected_at_its_weight(void **state)
{
    int64_t cumulative[DAYS + 1] = { 0 }, days[DAYS];
    struct phasing_curve curve = { 0, DAYS, cumulative };
    struct dispersion seen = { 0 };

    (void)state;
    for (int i = 0; i < DAYS; i++) {
        cumulative[i + 1] = cumulative[i] + (i % 2 ? 1 : 3);
        days[i] = i % 2 ? 20 : 60;
    }
    dispersion_add(&seen, &curve, days, DAYS, 1);
    EXPECT_NEAR("by its weight", dispersion_of(&seen, 99), 1, 0);
    EXPECT_INT("of four weeks", seen.all.freedom, 24);
    curve = even_curve(); /* the same by a calendar that doesn't know it: 40 expected, 20 off: 10 of each day */
    seen = (struct dispersion) { 0 };
    dispersion_add(&seen, &curve, days, 1, 1);
    EXPECT_INT("a single day says nothing", seen.all.freedom, 0);
}

/* 80 planned, 60 done is no accident of Poisson counts (0.012); of counts that vary ten times as much it is. */
static void the_band_is_wider(void **state)
{
    int64_t days[DAYS] = { 2, 0, 2, 0, 2, 0, 1, 0, 2, 0, 2, 0, 2, 1, 2, 0, 2, 0, 2, 0, 1 };
    struct phasing_curve curve = even_curve();
    struct forecast_series s = { .curve = &curve, .bac = 28, .days = days, .day_count = 21, .count_unit = 1 };
    struct landing poisson = forecast_land(&s, FORECAST_PHASED, 21, NULL), dispersed;

    (void)state;
    s.dispersion_most = 10; /* chi-square 6 a week of 6: as chance has it */
    dispersed = forecast_land(&s, FORECAST_PHASED, 21, NULL);
    EXPECT_INT("low", dispersed.low, poisson.low);
    EXPECT_INT("high", dispersed.high, poisson.high);
    s.before = (struct dispersion) { { 622, 60, 30 }, { 400, 12, 6 } };
    EXPECT_NEAR("by the period before as well: 240 of 42", forecast_dispersion(&s, 21), 240.0 / 42, 1e-9);
    dispersed = forecast_land(&s, FORECAST_PHASED, 21, NULL);
    assert_true(dispersed.low < poisson.low && dispersed.high > poisson.high);
    s.count_unit = 0;
    EXPECT_NEAR("money", forecast_dispersion(&s, 21), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_and_bad_days_are_seen),
        cmocka_unit_test(a_day_is_expected_at_its_weight),
        cmocka_unit_test(the_band_is_wider),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
