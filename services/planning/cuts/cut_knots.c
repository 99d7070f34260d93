/* cut_knots: see cut_knots.h. */
#include "planning/cuts/cut_knots.h"

#include "calc/periods.h"
#include "planning/axes/reach.h"
#include "planning/ledger/cell_store.h"
#include "planning/cuts/spread.h"

static enum period_kind kind_of(const struct ref_period *period)
{
    return period_kind_of(period->from_day, period->until_day);
}

/* Of an earlier kind than all that are cut. */
static bool goes_before(const struct cut *cut, const struct ref_period *period)
{
    for (size_t i = 0; i < cut->out_count; i++)
        if (kind_of(cut->outs[i].period) <= kind_of(period))
            return false;
    return true;
}

int cut_knots_load(struct cut *cut, struct cut_knots *knots, struct err *err)
{
    *knots = (struct cut_knots) { .cut = cut,
                                  .knots = arena_array(tx_arena(cut->tx), struct cut_knot, cut->period->inner_count) };
    for (uint32_t i = 0; i < cut->period->inner_count; i++) {
        const struct ref_period *period = cut->period->inner[i];
        struct cut_knot *knot = &knots->knots[knots->count];
        const struct cell_filter filter = { .measure_id = cut->key.measure_id };
        struct version_row works, in_force;
        uint32_t version;

        if (!goes_before(cut, period))
            continue;
        if (version_store_current(cut->tx, period->id, &works, &in_force, err) != 0)
            return -1;
        version = works.version ? works.version : in_force.version;
        *knot = (struct cut_knot) { .period = period };
        if (version && cell_store_slices(cut->tx, period->id, version, &filter, false, &knot->slices,
                                         &knot->slice_count, err) != 0)
            return -1;
        knots->count += knot->slice_count > 0;
    }
    return 0;
}

void cut_knots_take(struct cut_knots *knots, const struct slice_key *key)
{
    const struct outline *o = &knots->cut->outline;
    struct arena *arena = knots->cut->scratch;

    for (size_t k = 0; k < knots->count; k++) {
        struct cut_knot *knot = &knots->knots[k];
        const struct slice *slice = slices_find(knot->slices, knot->slice_count, key);

        knot->amount = knot->own = NULL;
        if (!slice)
            continue;
        knot->amount = arena_array(arena, int64_t, o->count);
        knot->own = arena_array(arena, int64_t, o->count);
        for (uint32_t n = 0; n < o->count; n++) {
            const struct cell *cell = slice_find(slice, o->unit[n]);

            knot->amount[n] = cell ? cell->amount : -1;
        }
        spread_own(o, knot->amount, knot->own);
    }
}

struct asked {
    const struct cut_knots *knots;
    uint32_t node;
    bool own;
    int64_t scale;
};

static int64_t amount_of(const void *arg, const struct ref_period *period)
{
    const struct asked *asked = arg;

    for (size_t k = 0; k < asked->knots->count; k++) {
        const struct cut_knot *knot = &asked->knots->knots[k];

        if (knot->period == period && knot->amount)
            return (asked->own ? knot->own : knot->amount)[asked->node] * asked->scale;
    }
    return 0;
}

struct phased cut_knots_plan(const struct cut_knots *knots, uint32_t node, bool own, int64_t target, int64_t scale)
{
    const struct asked asked = { knots, node, own, scale };
    struct phased plan = phased_plain(&knots->cut->phased->curve, target * scale);

    if (knots->count && target > 0)
        refdata_phase_by(knots->cut->phased, target * scale, amount_of, &asked, REF_IN_FORCE, knots->cut->scratch,
                         &plan);
    return plan;
}

/* --- what fits months -----------------------------------------------------------------------------------------------
 */
static const struct cut_knot *knot_of(const struct cut_knots *knots, const struct ref_period *period)
{
    for (size_t k = 0; k < knots->count; k++)
        if (knots->knots[k].period == period)
            return &knots->knots[k];
    return NULL;
}

static bool are_weeks(const struct cut *cut)
{
    for (size_t i = 0; i < cut->out_count; i++)
        if (kind_of(cut->outs[i].period) != PERIOD_WEEK)
            return false;
    return cut->out_count > 0;
}

/* The node's months up to each; false: they don't come to its amount. */
static bool months_of(const struct cut_knots *knots, const struct ref_period *const *months, size_t count,
                      uint32_t node, int64_t amount, int64_t *until)
{
    until[0] = 0;
    for (size_t m = 0; m < count; m++) {
        const struct cut_knot *knot = knot_of(knots, months[m]);

        if (!knot || !knot->amount || knot->amount[node] < 0)
            return false;
        until[m + 1] = until[m] + knot->amount[node];
    }
    return until[count] == amount;
}

bool cut_knots_bound(const struct cut_knots *knots, const int64_t *amount, int64_t *least, int64_t *most)
{
    const struct cut *cut = knots->cut;
    struct arena *arena = cut->scratch;
    const struct ref_period **months = arena_array(arena, const struct ref_period *, cut->period->inner_count + 1);
    const struct ref_period **weeks = arena_array(arena, const struct ref_period *, cut->out_count);
    struct reach *reach = arena_array(arena, struct reach, cut->out_count);
    size_t count = are_weeks(cut) ? reach_months(cut->period, months) : 0;
    int64_t *until = arena_array(arena, int64_t, count + 1);
    bool any = false;

    for (size_t k = 0; k < cut->out_count; k++)
        weeks[k] = cut->outs[k].period;
    reach_find(weeks, cut->out_count, months, count, reach);
    for (uint32_t n = 0; count && n < cut->outline.count; n++) {
        bool fits = months_of(knots, months, count, n, amount[n], until);

        for (size_t k = 0; k < cut->out_count; k++) {
            least[n * cut->out_count + k] = fits ? until[reach[k].over] : SPREAD_ANY_LEAST;
            most[n * cut->out_count + k] = fits ? until[reach[k].begun] : SPREAD_ANY_MOST;
        }
        any = any || fits;
    }
    return any;
}
