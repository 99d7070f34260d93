/* Weeks beside months: a target's days are what its quarter, its months and its weeks have, whichever of them they are
 * read from, also where a week crosses the beginning of a month. */
#include "../calc/calc_test.h"

#include "calc/calendar.h"
#include "calc/periods.h"
#include "refdata/crossing.h"

#define PERIODS_MAX 200
#define DAYS_MAX    370
#define UNITS       3

static struct ref_period periods[PERIODS_MAX];
static void *by_id[PERIODS_MAX];
static int64_t sums[PERIODS_MAX][DAYS_MAX + 1], weights[DAYS_MAX];
static uint32_t count;
static int32_t first;

static struct ref_period *add(int32_t from, int32_t until)
{
    struct ref_period *period = &periods[count];
    int64_t *cumulative = sums[count];

    *period = (struct ref_period) { .id = count, .from_day = from, .until_day = until, .has_curve = true };
    cumulative[0] = 0;
    for (int32_t d = from; d < until; d++)
        cumulative[d - from + 1] = cumulative[d - from] + weights[d - first];
    period->curve = (struct phasing_curve) { from, until - from, cumulative };
    by_id[count++] = period;
    return period;
}

/* As refdata does. */
static void link_all(void)
{
    for (uint32_t i = 0; i < count; i++) {
        periods[i].inner = calloc(count, sizeof *periods[i].inner);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t at = periods[i].inner_count;

            if (!period_lies_within(periods[k].from_day, periods[k].until_day, periods[i].from_day,
                                    periods[i].until_day))
                continue;
            for (;
                 at > 0 && period_goes_before(periods[k].from_day, periods[k].until_day,
                                              periods[i].inner[at - 1]->from_day, periods[i].inner[at - 1]->until_day);
                 at--)
                periods[i].inner[at] = periods[i].inner[at - 1];
            periods[i].inner[at] = &periods[k];
            periods[i].inner_count++;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        ref_crossing_find(&periods[i], by_id, count);
}

static void unlink_all(void)
{
    for (uint32_t i = 0; i < count; i++) {
        free(periods[i].inner);
        ref_crossing_fini(&periods[i].crossing);
    }
    count = 0;
}

static int64_t amounts[UNITS][PERIODS_MAX];

static int64_t amount_of(const void *arg, const struct ref_period *period)
{
    return amounts[*(const int *)arg][period->id];
}

static struct phased plan_of(int unit, const struct ref_period *period, struct arena *arena)
{
    struct phased plan;

    refdata_phase_by(period, amounts[unit][period->id], amount_of, &unit, REF_IN_FORCE, arena, &plan);
    return plan;
}

/* --- by hand ---------------------------------------------------------------------------------------------------------
 * The last quarter of 2026, all days alike: weeks end on Sundays, 4 October the first. Ten a day in October, four in
 * November, none in December, but in the week that goes over the end of October (26 to 31, and 1 November) 50 of its 64
 * were meant to come in October's six days, and the week before has the ten more.
 */
static int32_t day_of(int month, int day)
{
    return calendar_day_from_date(2026, month, day);
}

static void a_quarter_by_hand(void **state)
{
    const struct ref_period *quarter, *october, *november, *week;
    struct arena arena;
    struct phased plan;

    (void)state;
    first = day_of(10, 1);
    for (int d = 0; d < 92; d++)
        weights[d] = 1;
    quarter = add(first, first + 92);
    october = add(first, first + 31);
    november = add(first + 31, first + 61);
    add(first + 61, first + 92);
    memset(amounts, 0, sizeof amounts);
    amounts[0][0] = 430;
    amounts[0][1] = 310;
    amounts[0][2] = 120;
    for (int32_t day = first, end = first + 4; day < first + 92; day = end, end += 7) {
        const struct ref_period *w = add(day, end < first + 92 ? end : first + 92);

        amounts[0][w->id] = day < first + 25   ? 10 * (w->until_day - day)
                            : day < first + 26 ? 54
                            : day < first + 60 ? 28
                                               : 0;
    }
    week = &periods[4 + 4]; /* 26 October to 1 November */
    amounts[0][week->id] = 54;
    amounts[0][week->id - 1] = 80;
    amounts[0][4 + 8] = 28; /* 23 to 29 November */
    amounts[0][4 + 9] = 4;  /* 30 November to 6 December */
    link_all();
    arena_init(&arena);
    EXPECT_INT("the week crosses", week->crossing.week == week, 1);
    EXPECT_INT("the beginning of November", november->crossing.week == week, 1);
    EXPECT_INT("October begins with one", october->crossing.week == NULL, 1);
    plan = plan_of(0, quarter, &arena);
    EXPECT_INT("1 to 4 October", phased_range(&plan, first, first + 3), 40);
    EXPECT_INT("the week before", phased_range(&plan, first + 18, first + 24), 80);
    EXPECT_INT("26 to 31 October: 310 - 40 - 70 - 70 - 80", phased_range(&plan, first + 25, first + 30), 50);
    EXPECT_INT("1 November: 54 - 50", phased_range(&plan, first + 31, first + 31), 4);
    EXPECT_INT("the second week of November", phased_range(&plan, first + 32, first + 38), 28);
    EXPECT_INT("30 November", phased_range(&plan, first + 60, first + 60), 4);
    EXPECT_INT("December", phased_range(&plan, first + 61, first + 91), 0);
    plan = plan_of(0, november, &arena);
    EXPECT_INT("1 November from the month", phased_range(&plan, first + 31, first + 31), 4);
    plan = plan_of(0, week, &arena);
    EXPECT_INT("and from the week", phased_range(&plan, first + 31, first + 31), 4);
    /* weeks that contradict the months: by the calendar, as before */
    amounts[0][week->id] = 49;
    amounts[0][week->id + 1] = 33;
    plan = plan_of(0, november, &arena);
    EXPECT_INT("120 less five weeks' 117 over two days", phased_range(&plan, first + 31, first + 31), 2);
    arena_fini(&arena);
    unlink_all();
}

/* --- random years ----------------------------------------------------------------------------------------------------
 * Of random amounts on pieces (days of one week and one month): weeks, months, quarters and the year are their sums.
 */
static void add_periods(int year)
{
    int32_t end = calendar_day_from_date(year + 1, 1, 1);

    first = calendar_day_from_date(year, 1, 1);
    for (int32_t d = 0; d < end - first; d++)
        weights[d] = draw_int(calendar_weekday(first + d) == 1 ? 1 : 0, 5);
    for (int m = 0; m < 12; m++) /* pieces have some weight: they begin on Mondays and on firsts */
        weights[calendar_day_from_date(year, m + 1, 1) - first] = 1;
    add(first, end);
    for (int m = 0; m < 12; m++)
        add(calendar_day_from_date(year, m + 1, 1), m < 11 ? calendar_day_from_date(year, m + 2, 1) : end);
    for (int q = 0; q < 4; q++)
        add(calendar_day_from_date(year, 3 * q + 1, 1), q < 3 ? calendar_day_from_date(year, 3 * q + 4, 1) : end);
    for (int32_t day = first, until; day < end; day = until) {
        until = period_step_end(day, PERIOD_STEP_WEEK);
        until = until < end ? until : end;
        add(day, until);
    }
    link_all();
}

static void draw_amounts(int year)
{
    int32_t end = calendar_day_from_date(year + 1, 1, 1);

    memset(amounts, 0, sizeof amounts);
    for (int32_t day = first, until; day < end; day = until) {
        int32_t week = period_step_end(day, PERIOD_STEP_WEEK), month = period_step_end(day, PERIOD_STEP_MONTH);

        until = week < month ? week : month;
        until = until < end ? until : end;
        for (int u = 0; u < UNITS - 1; u++) {
            int64_t piece = draw_int(0, 2) ? draw_int(0, 40) : 0;

            for (uint32_t p = 0; p < count; p++)
                if (periods[p].from_day <= day && periods[p].until_day >= until) {
                    amounts[u][p] += piece;
                    amounts[UNITS - 1][p] += piece;
                }
        }
    }
}

static void check_period(int unit, const struct ref_period *period, const struct phased *year, struct arena *arena)
{
    struct phased own;
    int64_t days = 0;

    EXPECT_INT("its days have what it has", phased_range(year, period->from_day, period->until_day - 1),
               amounts[unit][period->id]);
    if (!amounts[unit][period->id])
        return;
    own = plan_of(unit, period, arena);
    for (int32_t d = period->from_day; d < period->until_day; d++) {
        EXPECT_INT("a day is the same from all that hold it", phased_range(&own, d, d), phased_range(year, d, d));
        assert_true(phased_range(&own, d, d) >= 0);
        days += phased_range(&own, d, d);
    }
    EXPECT_INT("days add up", days, amounts[unit][period->id]);
}

static void days_are_weeks_and_months(void **state)
{
    (void)state;
    for (int round = 0; round < 25; round++) {
        struct phased year[UNITS];
        struct arena arena;

        arena_init(&arena);
        add_periods(2024 + round);
        draw_amounts(2024 + round);
        for (int u = 0; u < UNITS; u++)
            year[u] = plan_of(u, &periods[0], &arena);
        for (int u = 0; u < UNITS; u++)
            for (uint32_t p = 0; p < count; p++)
                check_period(u, &periods[p], &year[u], &arena);
        for (uint32_t p = 1; p < count; p++) { /* plans to date are sums, to the last bit */
            struct fixed_ratio sum = { 0, 1 }, all = phased_at_day_end(&year[UNITS - 1], periods[p].until_day - 1).pv;

            for (int u = 0; u < UNITS - 1; u++) {
                struct fixed_ratio one = phased_at_day_end(&year[u], periods[p].until_day - 1).pv;

                sum = (struct fixed_ratio) { sum.num * one.den + one.num * sum.den, sum.den * one.den };
            }
            assert_true(sum.num * all.den == all.num * sum.den);
        }
        arena_fini(&arena);
        unlink_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quarter_by_hand),
        cmocka_unit_test(days_are_weeks_and_months),
    };

    return cmocka_run_group_tests_name("crossing", tests, NULL, NULL);
}
