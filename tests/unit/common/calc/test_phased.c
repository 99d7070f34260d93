/* A target's curve through what shorter periods have: by hand, and its laws over random calendars. */
#include "calc_test.h"

#include "calc/calendar.h"
#include "calc/periods.h"
#include "calc/phased.h"

static struct phasing_curve curve_of(int32_t first_day, const int64_t *weights, size_t count, int64_t *cumulative)
{
    struct phasing_curve curve;
    struct err err;

    EXPECT_OK("curve", phasing_curve_init(&curve, first_day, weights, count, cumulative, &err), err);
    return curve;
}

/* --- by hand ---------------------------------------------------------------------------------------------------------
 * A quarter of six days that weigh 1 2 3 4 5 5, together 20, and has 100; "months" of three days (6 and 14).
 *
 *   the calendar alone        5      15      30      50        75        100
 *   months 60 and 40          10     30      60      71 3/7    85 5/7    100     1/6, 3/6, 6/6 of 60; 4/14, 9/14 of 40
 *   the first alone, 60       the same: what is left, 40, goes by the weights of the days of no month
 *   days 3 and 4 have 21, 79 are left for 1 2 . . 5 5, together 13:
 *                             6 1/13 18 3/13 27 3/13 39 3/13  69 8/13   100     18 3/13 + 3/7 and 7/7 of 21; 79 * 8/13
 */
static void goes_through_the_parts(void **state)
{
    static const struct {
        const char *why;
        struct {
            int32_t from, days;
            int64_t target;
        } parts[2];
        size_t count;
        bool taken;
        int64_t shown[6], num[6], den; /* plan to date */
    } rows[] = {
        { "no part", { { 0, 0, 0 } }, 0, true, { 5, 15, 30, 50, 75, 100 }, { 5, 15, 30, 50, 75, 100 }, 1 },
        { "months",
          { { 0, 3, 60 }, { 3, 3, 40 } },
          2,
          true,
          { 10, 30, 60, 71, 86, 100 },
          { 70, 210, 420, 500, 600, 700 },
          7 },
        { "one of them", { { 0, 3, 60 } }, 1, true, { 10, 30, 60, 71, 86, 100 }, { 70, 210, 420, 500, 600, 700 }, 7 },
        { "days in between",
          { { 2, 2, 21 } },
          1,
          true,
          { 6, 18, 27, 39, 70, 100 },
          { 79, 237, 354, 510, 905, 1300 },
          13 },
        { "a month of all",
          { { 0, 3, 100 }, { 3, 3, 0 } },
          2,
          true,
          { 17, 50, 100, 100, 100, 100 },
          { 100, 300, 600, 600, 600, 600 },
          6 },
        { "more than the whole",
          { { 0, 3, 60 }, { 3, 3, 41 } },
          2,
          false,
          { 5, 15, 30, 50, 75, 100 },
          { 5, 15, 30, 50, 75, 100 },
          1 },
        { "less than the whole",
          { { 0, 3, 60 }, { 3, 3, 39 } },
          2,
          false,
          { 5, 15, 30, 50, 75, 100 },
          { 5, 15, 30, 50, 75, 100 },
          1 },
    };
    int64_t weights[] = { 1, 2, 3, 4, 5, 5 }, cumulative[7];
    struct phasing_curve curve = curve_of(100, weights, 6, cumulative);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct phasing_curve curves[2];
        struct phased_part parts[2];
        int64_t sums[2][7];
        struct phased plan;

        for (size_t p = 0; p < rows[i].count; p++) {
            int32_t from = rows[i].parts[p].from, days = rows[i].parts[p].days;

            curves[p] = curve_of(100 + from, weights + from, (size_t)days, sums[p]);
            parts[p].plan = phased_plain(&curves[p], rows[i].parts[p].target);
        }
        EXPECT_INT(rows[i].why, phased_init(&plan, &curve, 100, parts, rows[i].count), rows[i].taken);
        EXPECT_INT("before it", phased_at_day_end(&plan, 99).shown, 0);
        EXPECT_INT("behind it", phased_at_day_end(&plan, 200).shown, 100);
        EXPECT_INT("all of it", phased_range(&plan, INT32_MIN, INT32_MAX), 100);
        for (int32_t d = 0; d < 6; d++) {
            struct phased_point at = phased_at_day_end(&plan, 100 + d);

            EXPECT_INT(rows[i].why, at.shown, rows[i].shown[d]);
            EXPECT_INT("unrounded", at.pv.num * rows[i].den == at.pv.den * rows[i].num[d], 1);
            EXPECT_INT("place", at.position_millidays, (d + 1) * 1000);
        }
    }
}

/* Of the months 60 and 40: half a day of the fourth is 60 + 40 * 2/14 = 65 5/7. */
static void reads_a_time_and_inverts(void **state)
{
    int64_t weights[] = { 1, 2, 3, 4, 5, 5 }, cumulative[7], sums[2][4];
    struct phasing_curve curve = curve_of(0, weights, 6, cumulative);
    struct phasing_curve halves[] = { curve_of(0, weights, 3, sums[0]), curve_of(3, weights + 3, 3, sums[1]) };
    struct phased_part parts[] = { { .plan = phased_plain(&halves[0], 60) }, { .plan = phased_plain(&halves[1], 40) } };
    int32_t hours[PHASING_HOURS] = { [10] = 500000, [15] = 500000 };
    struct phased_point at;
    struct phased plan;
    struct err err;
    (void)state;
    EXPECT_INT("taken", phased_init(&plan, &curve, 100, parts, 2), 1);
    EXPECT_OK("noon", phased_at_time(&plan, 3, 12 * 3600, hours, &at, &err), err);
    EXPECT_INT("60 + 40 * 2/14", at.pv.num * 7 == at.pv.den * 460, 1);
    EXPECT_INT("shown", at.shown, 66);
    EXPECT_INT("half the fourth day", at.position_millidays, 3500);
    EXPECT_INT("share, rounded down", phased_share_ppm(&plan, at.pv), 657142);
    EXPECT_REFUSED("no such second", phased_at_time(&plan, 3, 86401, hours, &at, &err), err, "bad_time");
    EXPECT_INT("45 is half of the third day", phased_inverse(&plan, 45, PHASING_EARLIEST), 2500);
    EXPECT_INT("60 is the first month", phased_inverse(&plan, 60, PHASING_LATEST), 3000);
    EXPECT_INT("80: (80 - 71 3/7) / (85 5/7 - 71 3/7) = 0.6", phased_inverse(&plan, 80, PHASING_LATEST), 4600);
    EXPECT_INT("more than all", phased_inverse(&plan, 500, PHASING_EARLIEST), 6000);
    EXPECT_INT("less than nothing", phased_inverse(&plan, -5, PHASING_EARLIEST), 0);

    struct phasing_curve shape = phased_curve(&plan, (int64_t[7]) { 0 });
    EXPECT_INT("as a curve: 60 of 100 in three days", shape.cumulative[3], PHASED_SCALE / 10 * 6);
    EXPECT_INT("all of it", phasing_total(&shape), PHASED_SCALE);
}

/* --- laws ------------------------------------------------------------------------------------------------------------
 * Two quarters that follow each other, each of three months, over a random calendar that begins on any day; units with
 * random targets for each month, cut into weeks at random. The parent's are the sums. Everything is reckoned once more
 * from the list of the innermost cells: what is before, and the day's weights within its cell.
 */
#define UNITS     4
#define DAYS_MAX  200
#define CELLS_MAX 64

struct cell {
    int32_t from, until;
    int64_t target[UNITS + 1]; /* the last is the parent's */
};

struct world {
    int32_t first; /* a day number */
    int32_t months[7];
    int64_t weights[DAYS_MAX];
    struct cell cells[CELLS_MAX]; /* innermost, in order; days from 0 */
    size_t count;
    bool cut[6]; /* the month is cut into weeks */
};

static void add_cell(struct world *w, int32_t from, int32_t until)
{
    struct cell *cell = &w->cells[w->count++];

    *cell = (struct cell) { .from = from, .until = until };
    for (int u = 0; u < UNITS; u++) {
        cell->target[u] = draw() % 4 ? draw_int(0, 40) : draw_int(0, 2000000000);
        cell->target[UNITS] += cell->target[u];
    }
}

static void make_world(struct world *w)
{
    *w = (struct world) { .first = (int32_t)draw_int(10000, 30000) };
    for (int m = 0; m < 6; m++)
        w->months[m + 1] = w->months[m] + (int32_t)draw_int(28, 31);
    for (int32_t d = 0; d < w->months[6]; d++)
        w->weights[d] = draw() % 5 ? draw_int(1, 2000000) : 0;
    for (int m = 0; m < 6; m++) {
        int32_t day = w->months[m];

        w->cut[m] = draw() % 2;
        for (int32_t end; day < w->months[m + 1]; day = end) {
            end = w->cut[m] ? period_step_end(w->first + day, PERIOD_STEP_WEEK) - w->first : w->months[m + 1];
            end = end < w->months[m + 1] ? end : w->months[m + 1];
            w->weights[draw_int(day, end - 1)] = 1 + draw_int(0, 100); /* no cell is without weight */
            add_cell(w, day, end);
        }
    }
}

/* Plan to date of a unit at the end of a day, from the cells: *num / *den, of the cells that begin at `from` or later.
 */
static void expect(const struct world *w, int unit, int32_t from, int32_t day, __int128 *num, __int128 *den)
{
    int64_t before = 0, within = 0, all = 0;

    *num = 0;
    *den = 1;
    for (size_t c = 0; c < w->count; c++) {
        const struct cell *cell = &w->cells[c];

        if (cell->from < from || cell->from > day)
            continue;
        if (cell->until <= day + 1) {
            before += cell->target[unit];
            *num = before;
            continue;
        }
        for (int32_t d = cell->from; d < cell->until; d++) {
            all += w->weights[d];
            within += d <= day ? w->weights[d] : 0;
        }
        *num = (__int128)before * all + (__int128)cell->target[unit] * within;
        *den = all;
    }
}

static int64_t half_up(__int128 num, __int128 den)
{
    return (int64_t)((2 * num + den) / (2 * den));
}

/* Plans of a unit, as refdata makes them: quarters through months through weeks. */
struct plans {
    struct phased quarters[2], months[6];
    struct phasing_curve curves[2 + 6 + CELLS_MAX];
    int64_t sums[2 + 6 + CELLS_MAX][DAYS_MAX];
    struct phased_part month_parts[6], week_parts[CELLS_MAX];
    size_t used;
};

static const struct phasing_curve *stretch(struct plans *p, const struct world *w, int32_t from, int32_t until)
{
    size_t i = p->used++;

    p->curves[i] = curve_of(w->first + from, w->weights + from, (size_t)(until - from), p->sums[i]);
    return &p->curves[i];
}

static void make_plans(struct plans *p, const struct world *w, int unit)
{
    size_t c = 0;

    p->used = 0;
    for (int m = 0; m < 6; m++) {
        size_t first = c;
        int64_t target = 0;

        for (; c < w->count && w->cells[c].from < w->months[m + 1]; c++) {
            if (w->cut[m])
                p->week_parts[c].plan = phased_plain(stretch(p, w, w->cells[c].from, w->cells[c].until),
                                                     w->cells[c].target[unit]);
            target += w->cells[c].target[unit];
        }
        EXPECT_INT("weeks make the month",
                   phased_init(&p->months[m], stretch(p, w, w->months[m], w->months[m + 1]), target,
                               &p->week_parts[first], w->cut[m] ? c - first : 0),
                   1);
        p->month_parts[m].plan = p->months[m];
    }
    for (int q = 0; q < 2; q++) {
        int64_t target = 0;

        for (int m = 3 * q; m < 3 * q + 3; m++)
            target += p->months[m].target;
        EXPECT_INT("months make the quarter",
                   phased_init(&p->quarters[q], stretch(p, w, w->months[3 * q], w->months[3 * q + 3]), target,
                               &p->month_parts[3 * q], 3),
                   1);
    }
}

/* Days from..until-1 of both quarters, as shown. */
static int64_t shown(const struct plans *p, const struct world *w, int32_t from, int32_t until)
{
    return phased_range(&p->quarters[0], w->first + from, w->first + until - 1) +
           phased_range(&p->quarters[1], w->first + from, w->first + until - 1);
}

static void check_days(const struct plans *p, const struct world *w, int unit)
{
    int64_t by_day = 0;

    for (int32_t d = 0; d < w->months[6]; d++) {
        int q = d >= w->months[3], m = 0;
        struct phased_point at = phased_at_day_end(&p->quarters[q], w->first + d);
        __int128 num, den;

        while (d >= w->months[m + 1])
            m++;
        expect(w, unit, w->months[3 * q], d, &num, &den);
        assert_true(at.pv.num * den == num * at.pv.den);
        assert_true(at.shown == half_up(num, den));
        /* the same day from the month */
        assert_true(phased_range(&p->months[m], w->first + d, w->first + d) == shown(p, w, d, d + 1));
        assert_true(shown(p, w, d, d + 1) >= 0);
        assert_true(phased_inverse(&p->quarters[q], at.shown, PHASING_EARLIEST) <=
                    (w->months[3 * q + 3] - w->months[3 * q]) * 1000);
        by_day += shown(p, w, d, d + 1);
    }
    assert_true(by_day == p->quarters[0].target + p->quarters[1].target);
}

/* Weeks, months, both, and the cells themselves: each is its days. */
static void check_stretches(const struct plans *p, const struct world *w, int unit)
{
    int64_t by_week = 0, by_month = 0, by_both = 0;

    for (int32_t d = 0, end; d < w->months[6]; d = end) {
        int64_t days = 0;

        end = period_step_end(w->first + d, PERIOD_STEP_WEEK) - w->first;
        end = end < w->months[6] ? end : w->months[6];
        for (int32_t k = d; k < end; k++)
            days += shown(p, w, k, k + 1);
        assert_true(days == shown(p, w, d, end)); /* across the ends of months and of the quarter */
        by_week += days;
        for (int m = 0; m < 6; m++) { /* both: what a month has of the week */
            int32_t from = d > w->months[m] ? d : w->months[m], until = end < w->months[m + 1] ? end : w->months[m + 1];

            by_both += from < until ? phased_range(&p->months[m], w->first + from, w->first + until - 1) : 0;
        }
    }
    for (int m = 0; m < 6; m++) {
        assert_true(shown(p, w, w->months[m], w->months[m + 1]) == p->months[m].target);
        by_month += p->months[m].target;
    }
    for (size_t c = 0; c < w->count; c++)
        assert_true(shown(p, w, w->cells[c].from, w->cells[c].until) == w->cells[c].target[unit]);
    assert_true(by_week == by_month && by_both == by_month &&
                by_month == p->quarters[0].target + p->quarters[1].target);
}

static void days_weeks_months_quarters(void **state)
{
    static struct plans plans[UNITS + 1];
    static struct world w;

    (void)state;
    for (int n = 0; n < 150; n++) {
        make_world(&w);
        for (int u = 0; u <= UNITS; u++) {
            make_plans(&plans[u], &w, u);
            check_days(&plans[u], &w, u);
            check_stretches(&plans[u], &w, u);
        }
        for (int32_t d = w.first; d < w.first + w.months[6]; d++)
            for (int q = 0; q < 2; q++) {
                struct phased_point parent = phased_at_day_end(&plans[UNITS].quarters[q], d);
                int64_t together = 0;
                __int128 sum = 0;

                for (int u = 0; u < UNITS; u++) { /* one calendar, so one denominator on each day */
                    struct phased_point at = phased_at_day_end(&plans[u].quarters[q], d);

                    assert_true(parent.pv.den % at.pv.den == 0);
                    sum += at.pv.num * (parent.pv.den / at.pv.den);
                    together += at.shown;
                }
                assert_true(sum == parent.pv.num); /* to the last bit */
                assert_true(2 * llabs(together - parent.shown) <= UNITS + 1);
            }
    }
}

/* Some months have no target yet: the others' days are still the same numbers from the quarter and from the month, days
 * add up to the quarter, and the sums of units hold to the last bit. */
static void some_months_only(void **state)
{
    (void)state;
    for (int n = 0; n < 300; n++) {
        static struct plans plans;
        static struct world w;
        struct phased_part parts[3];
        struct phased quarter;
        int64_t rest = draw_int(0, 500), days = 0;
        size_t count = 0;

        make_world(&w);
        make_plans(&plans, &w, 0);
        for (int m = 0; m < 3; m++)
            if (draw() % 2 || (m == 2 && count == 0))
                parts[count++].plan = plans.months[m];
        if (count == 3)
            rest = 0;
        for (size_t i = 0; i < count; i++)
            rest += parts[i].plan.target;
        EXPECT_INT("they fit", phased_init(&quarter, plans.quarters[0].curve, rest, parts, count), 1);
        for (int32_t d = w.first; d < w.first + w.months[3]; d++) {
            int64_t planned = phased_range(&quarter, d, d);

            assert_true(planned >= 0);
            days += planned;
            for (size_t i = 0; i < count; i++)
                if (d >= parts[i].plan.curve->first_day &&
                    d < parts[i].plan.curve->first_day + parts[i].plan.curve->day_count)
                    assert_true(planned == phased_range(&parts[i].plan, d, d));
        }
        assert_true(days == rest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_through_the_parts),
        cmocka_unit_test(reads_a_time_and_inverts),
        cmocka_unit_test(days_weeks_months_quarters),
        cmocka_unit_test(some_months_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
