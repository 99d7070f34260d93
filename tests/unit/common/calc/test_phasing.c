/* The curve, cumulative rounding and the inverse curve. */
#include "calc_test.h"

#include "calc/phasing.h"

static struct phasing_curve curve_of(int32_t first_day, const int64_t *weights, size_t count, int64_t *cumulative)
{
    struct phasing_curve curve;
    struct err err;

    EXPECT_OK("curve", phasing_curve_init(&curve, first_day, weights, count, cumulative, &err), err);
    return curve;
}

static void plans_by_cumulative_rounding(void **state)
{
    /* C = .4, 1: T 6 gives 2.4 -> 2 and 4; T 7 gives 2.8 -> 3 and 4; the second day of 6 and 7 are both 4 */
    static const struct {
        const char *why;
        int64_t target;
        int64_t want[2];
    } rows[] = {
        { "6 on .4 and .6: 2.4", 6, { 2, 4 } },
        { "7: 2.8", 7, { 3, 4 } },
        { "5: exactly 2", 5, { 2, 3 } },
        { "1: .4 rounds down", 1, { 0, 1 } },
        { "a negative target mirrored", -7, { -3, -4 } },
    };
    int64_t weights[] = { 4, 6 }, cumulative[3];
    struct phasing_curve curve = curve_of(100, weights, 2, cumulative);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT_INT(rows[i].why, phasing_plan_day(&curve, rows[i].target, 100), rows[i].want[0]);
        EXPECT_INT(rows[i].why, phasing_plan_day(&curve, rows[i].target, 101), rows[i].want[1]);
        EXPECT_INT("before the period", phasing_plan_day(&curve, rows[i].target, 99), 0);
        EXPECT_INT("after the period", phasing_plan_day(&curve, rows[i].target, 102), 0);
        EXPECT_INT("all days there are", phasing_plan_range(&curve, rows[i].target, INT32_MIN, INT32_MAX),
                   rows[i].target);
        EXPECT_INT("an empty range", phasing_plan_range(&curve, rows[i].target, 101, 100), 0);
    }
    /* the plan to date itself isn't rounded: 7 * 4/10 */
    struct fixed_ratio pv = phasing_plan(7, phasing_at_day_end(&curve, 100));
    assert_true(pv.num * 10 == pv.den * 28);
}

static void reads_a_time_within_a_day(void **state)
{
    int64_t weights[] = { 1, 3 }, cumulative[3];
    struct phasing_curve curve = curve_of(0, weights, 2, cumulative);
    int32_t hours[24] = { 0 };
    struct phasing_point at;
    struct err err;
    (void)state;
    hours[9] = 400000;
    hours[10] = 600000;
    EXPECT_OK("mid-morning", phasing_at_time(&curve, 1, 9 * 3600 + 1800, hours, &at, &err), err);
    /* 1/4 + 3/4 * 0.2 = 0.4 */
    assert_true((__int128)at.num * 10 == (__int128)at.den * 4);
    EXPECT_INT("position on the day's own share", at.position_millidays, 1200);
    EXPECT_OK("before opening", phasing_at_time(&curve, 1, 3600, hours, &at, &err), err);
    assert_true((__int128)at.num * 4 == at.den);
    EXPECT_OK("midnight", phasing_at_time(&curve, 1, 86400, hours, &at, &err), err);
    assert_true(at.num == at.den);
    hours[10] = 599999;
    EXPECT_REFUSED("hours that don't sum", phasing_at_time(&curve, 1, 0, hours, &at, &err), err, "bad_hours");
    EXPECT_REFUSED("no such second", phasing_at_time(&curve, 1, 86401, hours, &at, &err), err, "bad_time");
}

static void inverts(void **state)
{
    static const struct {
        const char *why;
        int64_t num, den;
        enum phasing_edge edge;
        int32_t want;
    } rows[] = {
        { "PV 0 5 12 20 30, EV 15: 2 + 3/8", 15, 30, PHASING_LATEST, 2375 },
        { "exactly a day's end", 12, 30, PHASING_LATEST, 2000 },
        { "nothing", 0, 30, PHASING_LATEST, 0 },
        { "below nothing", -9, 30, PHASING_EARLIEST, 0 },
        { "over everything", 99, 30, PHASING_EARLIEST, 4000 },
    };
    int64_t weights[] = { 5, 7, 8, 10 }, level[] = { 0, 2, 0, 0, 2, 0 }, cumulative[5], level_sums[7];
    struct phasing_curve curve = curve_of(0, weights, 4, cumulative), closed = curve_of(0, level, 6, level_sums);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_INT(rows[i].why, phasing_inverse(&curve, rows[i].num, rows[i].den, rows[i].edge), rows[i].want);
    EXPECT_INT("half, before the closed days", phasing_inverse(&closed, 1, 2, PHASING_EARLIEST), 2000);
    EXPECT_INT("half, after the closed days", phasing_inverse(&closed, 1, 2, PHASING_LATEST), 4000);
    EXPECT_INT("all, first day done", phasing_inverse(&closed, 1, 1, PHASING_EARLIEST), 5000);
    EXPECT_INT("all, period's end", phasing_inverse(&closed, 1, 1, PHASING_LATEST), 6000);
    EXPECT_INT("nothing, latest", phasing_inverse(&closed, 0, 1, PHASING_LATEST), 1000);
}

static void refuses(void **state)
{
    int64_t zero[2] = { 0, 0 }, negative[2] = { 3, -1 }, large[2] = { PHASING_WEIGHT_TOTAL_MAX, 1 }, sums[3];
    struct phasing_curve curve;
    struct err err;
    (void)state;
    EXPECT_REFUSED("no days", phasing_curve_init(&curve, 0, zero, 0, sums, &err), err, "bad_period");
    EXPECT_REFUSED("no weight", phasing_curve_init(&curve, 0, zero, 2, sums, &err), err, "no_weight");
    EXPECT_REFUSED("negative", phasing_curve_init(&curve, 0, negative, 2, sums, &err), err, "negative_weight");
    EXPECT_REFUSED("too large", phasing_curve_init(&curve, 0, large, 2, sums, &err), err, "overflow");
}

/* Sum of days = weeks = months = quarter, never negative, monotone in the target, and C^-1(C) is a fixed point. */
static void properties(void **state)
{
    (void)state;
    for (int n = 0; n < 1000; n++) {
        int64_t weights[92], cumulative[93], sum = 0, by_stretch = 0;
        int64_t target = draw() % 4 ? draw_int(0, 300) : draw_int(0, INT64_MAX - 1);
        int32_t count = (int32_t)draw_int(1, 92), first = (int32_t)draw_int(-1000, 40000);

        for (int32_t i = 0; i < count; i++)
            weights[i] = draw() % 4 ? draw_int(0, 2000000) : 0;
        weights[draw_int(0, count - 1)] = 1 + draw_int(0, 9);
        struct phasing_curve curve = curve_of(first, weights, (size_t)count, cumulative);

        for (int32_t i = 0; i < count; i++) {
            int64_t planned = phasing_plan_day(&curve, target, first + i);
            struct phasing_point at = phasing_at_day_end(&curve, first + i);

            assert_true(planned >= 0);
            sum += planned;
            assert_int_equal(sum, phasing_plan_shown(target, at));
            assert_true(phasing_plan_shown(target + 1, at) >= phasing_plan_shown(target, at));
            assert_true(phasing_inverse(&curve, at.num, at.den, PHASING_EARLIEST) <= at.position_millidays);
            assert_true(phasing_inverse(&curve, at.num, at.den, PHASING_LATEST) >= at.position_millidays);
        }
        assert_true(sum == target);
        for (int32_t day = first, end; day < first + count; day = end + 1) {
            end = day + (int32_t)draw_int(0, 30);
            by_stretch += phasing_plan_range(&curve, target, day, end);
        }
        assert_true(by_stretch == target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_by_cumulative_rounding),
        cmocka_unit_test(reads_a_time_within_a_day),
        cmocka_unit_test(inverts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
