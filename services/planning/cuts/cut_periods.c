/* cut_periods: a period's targets over shorter periods within it, by the period's own curve. See cut.h.
 *
 * The unit itself is cut by cumulative rounding, so that the shorter periods are what the days of the longer one add up
 * to; those below it under its sums (spread), and what they don't cover of it stays its own. Each shorter period has
 * its own tree: who is closed by then has its amount before.
 */
#include "planning/records/cut_laws.h"

#include "planning/baselines/baselines.h"
#include "planning/ledger/cell_store.h"
#include "planning/cuts/cut_phase.h"
#include "planning/ledger/ledger_store.h"

static int load_month(struct cut *cut, struct cut_out *out, struct month *month, struct err *err)
{
    const struct cell_filter filter = { .measure_id = cut->key.measure_id };
    struct version_row works, in_force;
    uint32_t version;

    month->view = *cut;
    month->view.period = out->period;
    month->out = out;
    if (version_store_current(cut->tx, out->period->id, &works, &in_force, err) != 0)
        return -1;
    version = works.version ? works.version : in_force.version;
    if (version && cell_store_slices(cut->tx, out->period->id, version, &filter, false, &out->present,
                                     &out->present_count, err) != 0)
        return -1;
    cut_outline(&month->view, out->period, out->present, out->present_count);
    return bound_store_load(cut->tx, out->period->id, cut->key.measure_id, 0, NULL, 0, &month->view.bounds,
                            &month->view.bound_count, err);
}

/* A level is the same in each of the shorter periods, for whoever is there then. */
static int hand_level(struct over_periods *p, const struct slice *source, struct err *err)
{
    for (size_t k = 0; k < p->count; k++) {
        struct month *month = &p->months[k];
        const struct outline *m = &month->view.outline;
        const struct slice *present = month_slice(month, &source->key);
        int64_t *amounts = arena_array(p->cut->scratch, int64_t, m->count);
        struct cut_how how = cut_phase_source(p, source, k);

        for (uint32_t n = 0; n < m->count; n++) {
            const struct cell *cell = slice_find(source, m->unit[n]);

            amounts[n] = cell ? cell->amount : -1;
        }
        if (cut_hold(&month->view, &source->key, present, 0, amounts, err) != 0)
            return -1;
        cut_how_all(m, p->cut->scratch, CELL_HANDED, &how);
        if (cut_add_change(&month->view, &p->cut->outs[k], &source->key, present, amounts, &how, err) != 0)
            return -1;
    }
    return 0;
}

/* What a part came to in the month, at each node that has a cell and those above it without one. */
static void add_part(struct over_periods *p, const struct outline *m, const struct slice_change *change,
                     int64_t *amounts)
{
    bool *has = arena_array(p->cut->scratch, bool, m->count);

    for (size_t i = 0; i < change->count; i++)
        if (outline_node(m, change->cells[i].unit_id) != OUTLINE_NONE)
            has[outline_node(m, change->cells[i].unit_id)] = true;
    for (size_t i = 0; i < change->count; i++) {
        uint32_t node = outline_node(m, change->cells[i].unit_id);

        for (bool first = true; node != OUTLINE_NONE && (first || !has[node]); node = m->parent[node], first = false)
            if (amounts[node] >= 0)
                amounts[node] += change->cells[i].after;
    }
}

/* What is a sum of other slices is so in each of the shorter periods, too. */
static int sum_parts(struct over_periods *p, const struct slice *source, const struct cut_row *row, struct err *err)
{
    for (size_t k = 0; k < p->count; k++) {
        struct month *month = &p->months[k];
        const struct outline *m = &month->view.outline;
        const struct cut_out *out = &p->cut->outs[k];
        int64_t *amounts = arena_array(p->cut->scratch, int64_t, m->count);
        struct cut_how how = cut_phase_source(p, source, k);

        for (uint32_t n = 0; n < m->count; n++)
            amounts[n] = slice_find(source, m->unit[n]) ? 0 : -1;
        for (size_t s = 0; s < out->count; s++)
            if (cut_row_holds(p->cut->tx, row, &out->changes[s].key) && out->changes[s].count &&
                !out->changes[s].cells[0].follows)
                add_part(p, m, &out->changes[s], amounts);
        cut_how_all(m, p->cut->scratch, CELL_SUMMED, &how);
        if (cut_add_change(&month->view, &p->cut->outs[k], &source->key, month_slice(month, &source->key), amounts,
                           &how, err) != 0)
            return -1;
    }
    return 0;
}

/* Parts come before what they are parts of. */
static size_t depth_of(const struct cut *cut, const struct slice *source)
{
    const struct ref_product *product = refdata_product(refdata_of(cut->tx), source->key.product_id);
    size_t depth = source->key.channel_id != 0;

    for (; product; product = refdata_product(refdata_of(cut->tx), product->parent_id))
        depth++;
    return depth;
}

static int cut_sums(struct over_periods *p, struct err *err)
{
    struct cut *cut = p->cut;
    size_t deepest = 0;

    for (size_t s = 0; s < cut->source_count; s++)
        deepest = depth_of(cut, cut->sources[s]) > deepest ? depth_of(cut, cut->sources[s]) : deepest;
    for (size_t depth = deepest + 1; depth-- > 0;)
        for (size_t s = 0; s < cut->source_count; s++) {
            const struct cut_row *row = cut_whole_of(cut, cut->sources[s]);

            if (row && depth_of(cut, cut->sources[s]) == depth && sum_parts(p, cut->sources[s], row, err) != 0)
                return -1;
            arena_reset(cut->scratch);
        }
    return 0;
}

/* What a unit that moved away has in a later period belongs below who stands above it then. */
static int check_places(const struct over_periods *p, const struct slice *source, struct err *err)
{
    struct tx *tx = p->cut->tx;
    const struct outline *o = &p->cut->outline;

    for (uint32_t n = 0; n < o->count; n++)
        for (size_t k = 0; k < p->count; k++) {
            const struct ref_unit *unit = refdata_unit(refdata_of(tx), o->unit[n]);
            const struct ref_period *period = p->cut->outs[k].period;

            if (unit && slice_find(source, unit->id) && unit->closed_day > period->from_day &&
                outline_node(&p->months[k].view.outline, unit->id) == OUTLINE_NONE)
                return err_fail(
                    err, ERR_CONFLICT, "unit_elsewhere",
                    "unit \"%s\" isn't below \"%s\" any more when period \"%s\" begins; cut the targets of a"
                    " unit that stands above it all the time",
                    unit->code, p->cut->unit->code, period->code);
        }
    return 0;
}

static int cut_slice_over(struct over_periods *p, const struct slice *source, struct err *err)
{
    if (check_places(p, source, err) != 0)
        return -1;
    if (cut_whole_of(p->cut, source))
        return 0; /* a sum: see cut_sums() */
    if (!adds_up(p->cut->tx, source->key.measure_id, AXIS_PERIODS))
        return hand_level(p, source, err);
    if (cut_phase_spread(p, source, err) != 0)
        return -1;
    for (size_t k = 0; k < p->count; k++)
        if (cut_phase_add(p, k, err) != 0)
            return -1;
    return 0;
}

static int read_calendar(struct cut *cut, struct err *err)
{
    struct version_row works, in_force;

    if (version_store_current(cut->tx, cut->period->id, &works, &in_force, err) != 0)
        return -1;
    return baseline_period(cut->tx, cut->period, works.version ? &works : &in_force, &cut->phased, err);
}

int cut_periods(struct cut *cut, struct err *err)
{
    struct over_periods phased = { .cut = cut };

    if (read_calendar(cut, err) != 0)
        return -1;
    if (!cut->phased->has_curve)
        return err_fail(err, ERR_CONFLICT, "no_curve", "period \"%s\" has no calendar that phases it",
                        cut->period->code);
    if (cut_find_periods(cut, err) != 0 || cut_knots_load(cut, &phased.knots, err) != 0 ||
        ledger_store_last(cut->tx, cut->period->id, &phased.source_act, err) != 0)
        return -1;
    phased.count = cut->out_count;
    phased.months = arena_array(tx_arena(cut->tx), struct month, cut->out_count);
    for (size_t k = 0; k < cut->out_count; k++)
        if (load_month(cut, &cut->outs[k], &phased.months[k], err) != 0)
            return -1;
    for (size_t s = 0; s < cut->source_count; s++) {
        if (cut_slice_over(&phased, cut->sources[s], err) != 0)
            return -1;
        arena_reset(cut->scratch);
    }
    return cut_sums(&phased, err);
}
