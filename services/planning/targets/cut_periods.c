/* cut_periods: a period's targets over shorter periods within it, by the period's own curve. See cut.h.
 *
 * Leaves are cut, by cumulative rounding, so that the shorter periods are what the days of the longer one add up to;
 * above leaves are the sums.
 */
#include "planning/targets/cut.h"

#include "planning/targets/cell_store.h"

#include <stdlib.h>
#include <string.h>

static int by_day(const void *a, const void *b)
{
    const struct cut_out *x = a, *y = b;

    return x->period->from_day < y->period->from_day ? -1 : x->period->from_day > y->period->from_day;
}

static bool lies_within(const struct ref_period *inner, const struct ref_period *outer)
{
    return inner != outer && inner->from_day >= outer->from_day && inner->until_day <= outer->until_day;
}

static void add_out(struct cut *cut, const struct ref_period *period)
{
    cut->outs[cut->out_count].changes = arena_array(tx_arena(cut->tx), struct slice_change, cut->source_count);
    cut->outs[cut->out_count++].period = period;
}

static bool is_named(const struct cut *cut, const struct ref_period *period)
{
    for (size_t i = 0; i < cut->out_count; i++)
        if (cut->outs[i].period == period)
            return true;
    return false;
}

static void find_named(struct cut *cut)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    for (size_t i = 0; i < request->n_into; i++) {
        const struct ref_period *period = refdata_period_by_code(refdata_of(cut->tx), request->into[i]);
        const char *at = arena_printf(tx_arena(cut->tx), "/into/%zu", i);

        if (!period)
            tx_problem(cut->tx, at, "unknown_code", "period \"%s\" is not known", request->into[i]);
        else if (!lies_within(period, cut->period))
            tx_problem(cut->tx, at, "not_within", "period \"%s\" doesn't lie within \"%s\"", period->code,
                       cut->period->code);
        else if (is_named(cut, period))
            tx_problem(cut->tx, at, "duplicate", "period \"%s\" is named twice", period->code);
        else
            add_out(cut, period);
    }
}

/* The periods, which must follow each other without gap from the first day to the last. */
static int find_periods(struct cut *cut, struct err *err)
{
    uint32_t limit = refdata_period_limit(refdata_of(cut->tx));
    int32_t day = cut->period->from_day;

    cut->outs = arena_array(tx_arena(cut->tx), struct cut_out, cut->request->n_into + limit);
    if (cut->request->n_into)
        find_named(cut);
    for (uint32_t id = 1; !cut->request->n_into && id < limit; id++) {
        const struct ref_period *period = refdata_period(refdata_of(cut->tx), id);

        if (period && lies_within(period, cut->period))
            add_out(cut, period);
    }
    if (tx_problem_count(cut->tx))
        return tx_refuse(cut->tx, err);
    qsort(cut->outs, cut->out_count, sizeof *cut->outs, by_day);
    for (size_t i = 0; i < cut->out_count && day == cut->outs[i].period->from_day; i++)
        day = cut->outs[i].period->until_day;
    if (day != cut->period->until_day)
        return err_fail(err, ERR_CONFLICT, "periods_gap",
                        "the periods within \"%s\" don't follow each other from its first day to its last; name those"
                        " that do in `into`",
                        cut->period->code);
    return 0;
}

/* Leaves by the curve, above them the sums of leaves: `amounts` by node, -1 where the source has no cell. */
static void cut_amounts(const struct cut *cut, const struct slice *source, const struct ref_period *into,
                        int64_t *amounts)
{
    const struct outline *o = &cut->outline;

    for (uint32_t n = o->count; n-- > 0;) {
        const struct cell *cell = slice_find(source, o->unit[n]);
        bool any = false;
        int64_t sum = 0;

        amounts[n] = -1;
        for (uint32_t c = 0; c < o->child_count[n]; c++)
            if (amounts[o->first_child[n] + c] >= 0) {
                any = true;
                sum += amounts[o->first_child[n] + c];
            }
        if (cell)
            amounts[n] =
                any ? sum : phasing_plan_range(&cut->period->curve, cell->amount, into->from_day, into->until_day - 1);
    }
}

static int cut_into(struct cut *cut, struct cut_out *out, struct err *err)
{
    struct version_row works, in_force;
    struct slice *present = NULL;
    size_t present_count = 0;
    uint32_t version;

    if (version_store_current(cut->tx, out->period->id, &works, &in_force, err) != 0)
        return -1;
    version = works.version ? works.version : in_force.version;
    if (version &&
        cell_store_slices(cut->tx, out->period->id, version, NULL, false, &present, &present_count, err) != 0)
        return -1;
    for (size_t s = 0; s < cut->source_count; s++) {
        const struct slice_key *key = &cut->sources[s]->key;
        int64_t *amounts = arena_array(&cut->scratch, int64_t, cut->outline.count);
        const struct slice *same = NULL;

        for (size_t p = 0; p < present_count && !same; p++)
            same = slice_key_compare(&present[p].key, key) == 0 ? &present[p] : NULL;
        cut_amounts(cut, cut->sources[s], out->period, amounts);
        out->changes[out->count++] = cut_change(cut, key, same, amounts, NULL);
        arena_reset(&cut->scratch);
    }
    return 0;
}

int cut_periods(struct cut *cut, struct err *err)
{
    if (!cut->period->has_curve)
        return err_fail(err, ERR_CONFLICT, "no_curve", "period \"%s\" has no calendar that phases it",
                        cut->period->code);
    if (find_periods(cut, err) != 0)
        return -1;
    for (size_t i = 0; i < cut->out_count; i++)
        if (cut_into(cut, &cut->outs[i], err) != 0)
            return -1;
    return 0;
}
