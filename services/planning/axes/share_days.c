/* share_days: see share_days.h. */
#include "planning/axes/share_days.h"

#include "calc/periods.h"
#include "planning/cuts/spread.h"

static enum period_kind kind_of(const struct ref_period *period)
{
    return period_kind_of(period->from_day, period->until_day);
}

/* Of an earlier kind than all parts. */
static bool goes_before(const struct law *law, const struct ref_period *period)
{
    for (size_t p = 0; p < law->part_count; p++)
        if (kind_of(law->parts[p]->period) <= kind_of(period))
            return false;
    return true;
}

int share_days_find(struct space *space, const struct law *law, struct share_days *out, struct err *err)
{
    const struct ref_period *whole = law->whole->period;

    *out = (struct share_days) { .law = law };
    if (law->row->axis != AXIS_PERIODS || !whole->has_curve)
        return 0;
    out->knots = arena_array(space->arena, struct sheet *, whole->inner_count);
    for (uint32_t i = 0; i < whole->inner_count; i++) {
        struct sheet *sheet;

        if (!goes_before(law, whole->inner[i]))
            continue;
        if (space_sheet(space, whole->inner[i], &law->whole->key, &sheet, err) != 0)
            return -1;
        if (sheet->slice.count || sheet->role != SHEET_FREE)
            out->knots[out->count++] = sheet;
    }
    return 0;
}

bool share_days_changed(const struct share_days *days, uint32_t unit)
{
    for (size_t k = 0; k < days->count; k++)
        if (days->knots[k]->now[unit] != days->knots[k]->was[unit])
            return true;
    return false;
}

bool share_days_any_changed(const struct space *space, const struct share_days *days)
{
    for (uint32_t u = 0; days->count && u < space->limit; u++)
        if (law_covers(days->law, u) && share_days_changed(days, u))
            return true;
    return false;
}

void share_days_take(struct space *space, struct share_days *days, const struct outline *outline)
{
    int64_t *amount = arena_array(space->arena, int64_t, outline->count);

    days->outline = outline;
    days->own = arena_array(space->arena, int64_t *, days->count);
    for (size_t k = 0; k < days->count; k++) {
        days->own[k] = arena_array(space->arena, int64_t, outline->count);
        for (uint32_t n = 0; n < outline->count; n++)
            amount[n] = days->knots[k]->now[outline->unit[n]];
        spread_own(outline, amount, days->own[k]);
    }
}

struct asked {
    const struct share_days *days;
    uint32_t node;
    int64_t scale;
};

static int64_t amount_of(const void *arg, const struct ref_period *period)
{
    const struct asked *asked = arg;

    for (size_t k = 0; k < asked->days->count; k++)
        if (asked->days->knots[k]->period == period)
            return asked->days->own[k][asked->node] * asked->scale;
    return 0;
}

bool share_days_weigh(const struct share_days *days, uint32_t node, int64_t amount, int64_t scale,
                      struct sheet *const *parts, size_t count, struct arena *scratch, int64_t *weights)
{
    const struct asked asked = { days, node, scale };
    struct phased plan;

    if (!days->count || amount <= 0)
        return false;
    refdata_phase_by(days->law->whole->period, amount * scale, amount_of, &asked, REF_IN_FORCE, scratch, &plan);
    for (size_t p = 0; p < count && plan.part_count; p++)
        weights[p] = phased_range(&plan, parts[p]->period->from_day, parts[p]->period->until_day - 1);
    return plan.part_count > 0;
}
