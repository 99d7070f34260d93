/* reach: see reach.h. */
#include "planning/axes/reach.h"

#include "calc/fixed.h"
#include "calc/periods.h"
#include "calc/tree.h"

void reach_find(const struct ref_period *const *weeks, size_t week_count, const struct ref_period *const *months,
                size_t month_count, struct reach *out)
{
    for (size_t w = 0; w < week_count; w++) {
        out[w] = (struct reach) { 0 };
        for (size_t m = 0; m < month_count; m++) {
            out[w].over += months[m]->until_day <= weeks[w]->until_day;
            out[w].begun += months[m]->from_day < weeks[w]->until_day;
        }
    }
}

size_t reach_months(const struct ref_period *whole, const struct ref_period **months)
{
    for (int kind = PERIOD_MONTH; kind > PERIOD_YEAR; kind--) {
        int32_t day = whole->from_day;
        size_t count = 0;

        for (bool found = true; found && day < whole->until_day;) {
            found = false;
            for (uint32_t i = 0; i < whole->inner_count && !found; i++) {
                const struct ref_period *inner = whole->inner[i];

                if (inner->from_day != day || (int)period_kind_of(inner->from_day, inner->until_day) != kind)
                    continue;
                months[count++] = inner;
                day = inner->until_day;
                found = true;
            }
        }
        if (day == whole->until_day)
            return count;
    }
    return 0;
}

static int64_t sum_of(const int64_t *months, uint32_t count)
{
    int64_t sum = 0;

    for (uint32_t m = 0; m < count; m++)
        sum = fixed_add_saturated(sum, months[m]);
    return sum;
}

size_t reach_broken(const struct reach *reach, const int64_t *weeks, size_t week_count, const int64_t *months,
                    int64_t *nearest)
{
    int64_t before = 0;

    for (size_t w = 0; w < week_count; w++) {
        int64_t with = fixed_add_saturated(before, weeks[w]);
        int64_t least = sum_of(months, reach[w].over), most = sum_of(months, reach[w].begun);

        if (with < least || with > most) {
            *nearest = (with < least ? least : most) - before;
            return w;
        }
        before = with;
    }
    return week_count;
}

static bool is_under(const uint32_t *parent, uint32_t unit, uint32_t above)
{
    while (unit != above && unit != TREE_NONE)
        unit = parent[unit];
    return unit == above;
}

/* Those above the unit in one tree that aren't in the other. */
static void mark(const uint32_t *in, const uint32_t *not_in, uint32_t unit, bool *moved)
{
    for (uint32_t above = in[unit]; above != TREE_NONE; above = in[above])
        moved[above] = moved[above] || !is_under(not_in, unit, above);
}

void reach_moved(const uint32_t *first, const uint32_t *other, uint32_t limit, bool *moved)
{
    for (uint32_t u = 0; u < limit; u++)
        if (first[u] != other[u]) {
            mark(first, other, u, moved);
            mark(other, first, u, moved);
        }
}
