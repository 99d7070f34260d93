/* crossing: see crossing.h. */
#include "refdata/crossing.h"

#include "calc/periods.h"

#include <stdlib.h>

static enum period_kind kind_of(const struct ref_period *period)
{
    return period_kind_of(period->from_day, period->until_day);
}

void ref_crossing_fini(struct ref_crossing *crossing)
{
    free(crossing->weeks);
    free(crossing->months);
    *crossing = (struct ref_crossing) { 0 };
}

/* The period of the kind that begins on the day; of several the first in the order of `inner`. */
static const struct ref_period *begins_on(const struct ref_period *outer, enum period_kind kind, int32_t day)
{
    for (uint32_t i = 0; i < outer->inner_count; i++)
        if (outer->inner[i]->from_day == day && kind_of(outer->inner[i]) == kind)
            return outer->inner[i];
    return NULL;
}

/* Those of the kind that follow each other from the first day to the last; NULL: they don't. The caller frees them. */
static const struct ref_period **tiles_of(const struct ref_period *outer, enum period_kind kind, uint32_t *count)
{
    const struct ref_period **tiles = calloc(outer->inner_count + 1, sizeof *tiles), *tile;
    int32_t day = outer->from_day;

    if (!tiles)
        abort();
    *count = 0;
    while (day < outer->until_day && (tile = begins_on(outer, kind, day)) != NULL) {
        tiles[(*count)++] = tile;
        day = tile->until_day;
    }
    if (*count && day == outer->until_day)
        return tiles;
    free(tiles);
    return NULL;
}

static bool is_among(const struct ref_period *const *tiles, uint32_t count, const struct ref_period *period)
{
    for (uint32_t i = 0; i < count; i++)
        if (tiles[i] == period)
            return true;
    return false;
}

/* The week that crosses the beginning of `month`, or of any of them (NULL) where it is `week`. */
static void find_week(struct ref_crossing *out, const struct ref_period *week, const struct ref_period *month)
{
    for (uint32_t w = 0; w < out->week_count; w++)
        for (uint32_t m = 1; m < out->month_count; m++) {
            int32_t from = out->months[m]->from_day;

            if ((week && out->weeks[w] != week) || (month && out->months[m] != month) ||
                out->weeks[w]->from_day >= from || out->weeks[w]->until_day <= from)
                continue;
            out->week = out->weeks[w];
            out->weeks_through = w + 1;
            out->months_before = m;
            out->from = from;
            out->until = out->week->until_day;
        }
}

/* Of weeks and periods of the kind, within the shortest period that both follow each other through and that holds the
 * period. */
static void find_of(struct ref_crossing *out, const struct ref_period *period, enum period_kind kind,
                    void *const *by_id, uint32_t limit)
{
    bool is_week = kind_of(period) == PERIOD_WEEK;
    int32_t days = INT32_MAX;

    for (uint32_t i = 0; i < limit; i++) {
        const struct ref_period *outer = by_id[i];
        struct ref_crossing found = { 0 };

        if (!outer || outer->until_day - outer->from_day >= days ||
            !period_lies_within(period->from_day, period->until_day, outer->from_day, outer->until_day))
            continue;
        found.weeks = tiles_of(outer, PERIOD_WEEK, &found.week_count);
        found.months = found.weeks ? tiles_of(outer, kind, &found.month_count) : NULL;
        if (!found.months || !(is_week ? is_among(found.weeks, found.week_count, period)
                                       : is_among(found.months, found.month_count, period))) {
            ref_crossing_fini(&found);
            continue;
        }
        ref_crossing_fini(out);
        *out = found;
        days = outer->until_day - outer->from_day;
    }
    if (out->weeks)
        find_week(out, is_week ? period : NULL, is_week ? NULL : period);
}

void ref_crossing_find(struct ref_period *period, void *const *by_id, uint32_t limit)
{
    struct ref_crossing *out = &period->crossing;
    int kind = (int)kind_of(period);

    ref_crossing_fini(out);
    if (kind < PERIOD_WEEK)
        find_of(out, period, (enum period_kind)kind, by_id, limit);
    for (int longer = PERIOD_MONTH; kind == PERIOD_WEEK && !out->week && longer >= PERIOD_YEAR; longer--) {
        ref_crossing_fini(out);
        find_of(out, period, (enum period_kind)longer, by_id, limit);
    }
    if (kind == PERIOD_WEEK && !out->week) /* it crosses none: it says nothing */
        ref_crossing_fini(out);
}

bool ref_crossing_agrees(const struct ref_crossing *crossing, ref_amount_fn *amount, const void *arg, int64_t *behind)
{
    int64_t weeks = 0, months = 0;

    *behind = 0;
    for (uint32_t i = 0; i < crossing->week_count; i++) {
        weeks = fixed_add_saturated(weeks, amount(arg, crossing->weeks[i]));
        *behind = i + 1 == crossing->weeks_through ? weeks : *behind;
    }
    for (uint32_t i = 0; i < crossing->month_count; i++) {
        *behind -= crossing->week && i == crossing->months_before ? months : 0;
        months = fixed_add_saturated(months, amount(arg, crossing->months[i]));
    }
    return weeks > 0 && weeks == months;
}
