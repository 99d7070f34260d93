/* weeks: see weeks.h. */
#include "planning/axes/weeks.h"

#include "calc/periods.h"
#include "planning/axes/settle.h"
#include "planning/targets/scope.h"
#include "planning/cuts/spread.h"

#include <stdlib.h>
#include <string.h>

static int by_first_day(const void *a, const void *b)
{
    const struct sheet *const *x = a, *const *y = b;

    return (*x)->period->from_day < (*y)->period->from_day ? -1 : (*x)->period->from_day > (*y)->period->from_day;
}

static bool is_over_weeks(const struct law *law)
{
    for (size_t p = 0; p < law->part_count; p++)
        if (period_kind_of(law->parts[p]->period->from_day, law->parts[p]->period->until_day) != PERIOD_WEEK)
            return false;
    return law->row->axis == AXIS_PERIODS && law->part_count;
}

static int find_months(struct space *space, struct weeks *out, struct err *err)
{
    const struct ref_period *whole = out->law->whole->period;
    const struct ref_period **months = arena_array(space->arena, const struct ref_period *, whole->inner_count + 1);
    size_t count = reach_months(whole, months);

    out->month = arena_array(space->arena, struct sheet *, count + 1);
    for (size_t m = 0; m < count; m++) {
        if (space_sheet(space, months[m], &out->law->whole->key, &out->month[m], err) != 0)
            return -1;
        out->month_count += out->month[m]->slice.count || out->month[m]->role != SHEET_FREE;
    }
    out->month_count = out->month_count == count ? count : 0; /* all of them, or they say nothing */
    return 0;
}

int weeks_find(struct space *space, struct law *law, struct weeks *out, bool *found, struct err *err)
{
    struct arena *arena = space->arena;
    const struct ref_period **weeks, **months;

    *found = false;
    *out = (struct weeks) { .law = law, .week_count = law->part_count };
    if (!is_over_weeks(law))
        return 0;
    if (find_months(space, out, err) != 0)
        return -1;
    if (!out->month_count)
        return 0;
    out->week = arena_array(arena, struct sheet *, out->week_count);
    memcpy(out->week, law->parts, out->week_count * sizeof *out->week);
    qsort(out->week, out->week_count, sizeof *out->week, by_first_day);
    weeks = arena_array(arena, const struct ref_period *, out->week_count);
    months = arena_array(arena, const struct ref_period *, out->month_count);
    for (size_t w = 0; w < out->week_count; w++)
        weeks[w] = out->week[w]->period;
    for (size_t m = 0; m < out->month_count; m++)
        months[m] = out->month[m]->period;
    out->reach = arena_array(arena, struct reach, out->week_count);
    reach_find(weeks, out->week_count, months, out->month_count, out->reach);
    out->moved = arena_array(arena, bool, space->limit);
    for (size_t w = 0; w < out->week_count; w++)
        reach_moved(law->whole->parent, out->week[w]->parent, space->limit, out->moved);
    for (size_t m = 0; m < out->month_count; m++)
        reach_moved(law->whole->parent, out->month[m]->parent, space->limit, out->moved);
    out->of_week = arena_array(arena, int64_t, out->week_count);
    out->of_month = arena_array(arena, int64_t, out->month_count);
    *found = true;
    return 0;
}

/* --- whether they fit -----------------------------------------------------------------------------------------------
 */
/* Of one unit. False: it hasn't all of them, or they don't come to the same. */
static bool take_amounts(const struct weeks *weeks, uint32_t unit, bool was)
{
    int64_t sum = 0;

    for (size_t w = 0; w < weeks->week_count && !weeks->moved[unit]; w++) {
        weeks->of_week[w] = was ? weeks->week[w]->was[unit] : weeks->week[w]->now[unit];
        if (weeks->of_week[w] == AXES_NONE)
            return false;
        sum += weeks->of_week[w];
    }
    for (size_t m = 0; m < weeks->month_count; m++) {
        weeks->of_month[m] = was ? weeks->month[m]->was[unit] : weeks->month[m]->now[unit];
        if (weeks->of_month[m] == AXES_NONE)
            return false;
        sum -= weeks->of_month[m];
    }
    return sum == 0 && !weeks->moved[unit];
}

const struct sheet *weeks_broken(const struct weeks *weeks, uint32_t unit, bool was, int64_t *nearest)
{
    size_t w;

    if (!take_amounts(weeks, unit, was))
        return NULL;
    w = reach_broken(weeks->reach, weeks->of_week, weeks->week_count, weeks->of_month, nearest);
    return w < weeks->week_count ? weeks->week[w] : NULL;
}

static int refuse(const struct space *space, const struct sheet *week, uint32_t unit, int64_t nearest, struct err *err)
{
    struct tx *tx = space->tx;

    if (scope_check_unit(tx, week->period, refdata_unit(refdata_of(tx), unit), true, err) != 0)
        return -1;
    return err_fail(err, ERR_CONFLICT, "weeks_differ",
                    "unit \"%s\", %s would have %s, its days have %s by the months: set the month (its weeks follow),"
                    " or cut the longer period over months, and then over weeks, with all channels and products that it"
                    " was cut into (decompose --over periods --every-slice)",
                    code_of_unit(tx, unit), sheet_words(tx, week),
                    amount_text(tx, week->key.measure_id, week->now[unit]),
                    amount_text(tx, week->key.measure_id, nearest));
}

int weeks_check(struct space *space, struct err *err)
{
    for (size_t i = 0; i < space->law_count; i++) {
        struct weeks weeks;
        bool found;

        if (weeks_find(space, space->laws[i], &weeks, &found, err) != 0)
            return -1;
        for (uint32_t u = 0; found && u < space->limit; u++) {
            int64_t nearest, before;
            const struct sheet *week = law_covers(weeks.law, u) ? weeks_broken(&weeks, u, false, &nearest) : NULL;

            if (week && take_amounts(&weeks, u, true) && !weeks_broken(&weeks, u, true, &before))
                return refuse(space, week, u, nearest, err);
        }
    }
    return 0;
}

/* --- months follow --------------------------------------------------------------------------------------------------
 */
static int64_t change_of(const struct sheet *week, uint32_t unit)
{
    const int64_t *was = week->led ? week->led : week->was;
    int64_t now = week->now[unit] == AXES_NONE ? 0 : week->now[unit];

    return now - (was[unit] == AXES_NONE ? 0 : was[unit]);
}

/* By unit: what the week has more of it, beside those below it. */
static int64_t *own_changes(struct space *space, const struct sheet *week)
{
    int64_t *own = arena_array(space->arena, int64_t, space->limit);

    for (uint32_t u = 0; u < space->limit; u++) {
        int64_t change = change_of(week, u);
        uint32_t above = week->parent[u];

        own[u] += change;
        while (change && above != TREE_NONE && week->now[above] == AXES_NONE)
            above = week->parent[above];
        if (change && above != TREE_NONE)
            own[above] -= change;
    }
    return own;
}

/* What of the change falls on the days that the month has of the week. */
static int64_t share_of(const struct sheet *week, const struct ref_period *month, int64_t change)
{
    const struct ref_period *of = week->period;
    int32_t from = month->from_day > of->from_day ? month->from_day : of->from_day;
    int32_t until = month->until_day < of->until_day ? month->until_day : of->until_day;
    int64_t size = change < 0 ? -change : change, share;

    if (from >= until)
        return 0;
    if (from == of->from_day && until == of->until_day)
        return change;
    if (!of->has_curve) /* all days alike */
        share = size * (until - of->from_day) / (of->until_day - of->from_day) -
                size * (from - of->from_day) / (of->until_day - of->from_day);
    else
        share = phasing_plan_range(&of->curve, size, from, until - 1);
    return change < 0 ? -share : share;
}

static int add_to_month(struct space *space, struct sheet *month, uint32_t unit, int64_t more, struct err *err)
{
    for (uint32_t u = unit; u != TREE_NONE; u = month->parent[u]) {
        if (month->now[u] == AXES_NONE)
            continue;
        month->now[u] += more;
        if (month->now[u] < 0)
            return err_fail(err, ERR_CONFLICT, "below_zero", "unit \"%s\", %s would fall below 0",
                            code_of_unit(space->tx, u), sheet_words(space->tx, month));
    }
    return 0;
}

static int lead_by(struct space *space, const struct weeks *weeks, const struct sheet *week, bool *led, struct err *err)
{
    const int64_t *own = own_changes(space, week);

    for (size_t m = 0; m < weeks->month_count; m++)
        for (int sign = 1; sign >= -1; sign -= 2) /* rises before falls */
            for (uint32_t u = 0; u < space->limit; u++) {
                int64_t more = own[u] ? share_of(week, weeks->month[m]->period, own[u]) : 0;

                if (!more || (more > 0) != (sign > 0))
                    continue;
                if (add_to_month(space, weeks->month[m], u, more, err) != 0)
                    return -1;
                weeks->month[m]->role = SHEET_ROSE;
                weeks->month[m]->by = weeks->law;
                *led = true;
            }
    return 0;
}

/* The edit is about some of the weeks, and not about the months or what is above both. */
static bool is_led(const struct weeks *weeks)
{
    size_t meant = 0;

    for (size_t m = 0; m < weeks->month_count; m++)
        if (weeks->month[m]->role != SHEET_FREE)
            return false;
    for (size_t w = 0; w < weeks->week_count; w++)
        meant += weeks->week[w]->role == SHEET_MEANT;
    return meant && meant < weeks->week_count && weeks->law->whole->role == SHEET_FREE && !weeks->law->broken;
}

int weeks_lead(struct space *space, bool *led, struct err *err)
{
    *led = false;
    for (size_t i = 0; i < space->law_count; i++) {
        struct weeks weeks;
        bool found;

        if (weeks_find(space, space->laws[i], &weeks, &found, err) != 0)
            return -1;
        if (!found || !is_led(&weeks))
            continue;
        for (size_t w = 0; w < weeks.week_count; w++)
            if (weeks.week[w]->role == SHEET_MEANT && lead_by(space, &weeks, weeks.week[w], led, err) != 0)
                return -1;
        for (size_t m = 0; m < weeks.month_count; m++)
            weeks.month[m]->changes += weeks.month[m]->role == SHEET_ROSE;
    }
    return 0;
}

void weeks_step(struct space *space)
{
    for (size_t s = 0; s < space->sheet_count; s++) {
        struct sheet *sheet = space->sheets[s];

        if (sheet->role == SHEET_FREE ||
            period_kind_of(sheet->period->from_day, sheet->period->until_day) != PERIOD_WEEK)
            continue;
        if (!sheet->led)
            sheet->led = arena_array(space->arena, int64_t, space->limit);
        memcpy(sheet->led, sheet->now, space->limit * sizeof *sheet->led);
    }
}

/* --- while they share -----------------------------------------------------------------------------------------------
 */
/* Up to the end of each week, less what weeks have that don't share. */
static void bound_unit(const struct weeks *weeks, struct sheet *const *columns, size_t count, int64_t *least,
                       int64_t *most)
{
    int64_t fixed = 0;
    size_t k = 0;

    for (size_t w = 0; w < weeks->week_count; w++) {
        bool shares = k < count && columns[k] == weeks->week[w];
        int64_t over = 0, begun = 0;

        k += shares;
        fixed += shares ? 0 : weeks->of_week[w];
        for (uint32_t m = 0; m < weeks->reach[w].begun; m++) {
            begun += weeks->of_month[m];
            over += m < weeks->reach[w].over ? weeks->of_month[m] : 0;
        }
        if (!k)
            continue;
        least[k - 1] = over - fixed > least[k - 1] ? over - fixed : least[k - 1];
        most[k - 1] = begun - fixed < most[k - 1] ? begun - fixed : most[k - 1];
    }
    for (k = count; k-- > 1;) /* what comes later needs its room */
        most[k - 1] = most[k] < most[k - 1] ? most[k] : most[k - 1];
}

/* The months are all there, and come to what the longer period has. */
static bool take_months(const struct weeks *weeks, uint32_t unit)
{
    int64_t sum = 0;

    for (size_t w = 0; w < weeks->week_count; w++)
        weeks->of_week[w] = weeks->week[w]->now[unit] == AXES_NONE ? 0 : weeks->week[w]->now[unit];
    for (size_t m = 0; m < weeks->month_count; m++) {
        weeks->of_month[m] = weeks->month[m]->now[unit];
        if (weeks->of_month[m] == AXES_NONE)
            return false;
        sum += weeks->of_month[m];
    }
    return sum == weeks->law->whole->now[unit] && !weeks->moved[unit];
}

bool weeks_bound(const struct weeks *weeks, const struct outline *outline, struct sheet *const *columns, size_t count,
                 int64_t *least, int64_t *most)
{
    bool any = false;

    for (uint32_t n = 0; n < outline->count; n++) {
        for (size_t k = 0; k < count; k++) {
            least[n * count + k] = SPREAD_ANY_LEAST;
            most[n * count + k] = SPREAD_ANY_MOST;
        }
        if (!take_months(weeks, outline->unit[n]))
            continue;
        bound_unit(weeks, columns, count, &least[n * count], &most[n * count]);
        any = true;
    }
    return any;
}
