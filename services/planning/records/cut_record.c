/* cut_record: what a decomposition cut completely is put on record, once, at the highest unit. See cut_laws.h. */
#include "planning/records/cut_laws.h"
#include "planning/sets/plan_set.h"
#include "planning/targets/scope.h"

#include <stdlib.h>
#include <string.h>

static bool same_cut(const struct cut_row *a, const struct cut_row *b)
{
    return a->axis == b->axis && slice_key_compare(&a->key, &b->key) == 0 && a->into_count == b->into_count &&
           (!a->into_count || memcmp(a->into, b->into, a->into_count * sizeof *a->into) == 0);
}

static bool is_below(struct tx *tx, const struct ref_period *period, uint32_t unit, uint32_t above)
{
    return tree_is_under(refdata_tree(refdata_of(tx)), unit, above, period->from_day);
}

/* Cut at or above the unit already: nothing is to be said. */
static bool is_said(struct tx *tx, const struct ref_period *period, const struct cut_row *row,
                    const struct cut_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (same_cut(&rows[i], row) && is_below(tx, period, row->unit_id, rows[i].unit_id))
            return true;
    return false;
}

int cut_record_row(struct tx *tx, const struct ref_period *period, const struct cut_row *row, uint32_t *version,
                   struct err *err)
{
    struct version_row works, in_force;
    struct cut_row *rows;
    uint32_t begins_as;
    size_t count;

    if (version_store_current(tx, period->id, &works, &in_force, err) != 0 ||
        cut_store_load(tx, period->id, works.version ? works.version : in_force.version, row->key.measure_id, &rows,
                       &count, err) != 0)
        return -1;
    if (is_said(tx, period, row, rows, count))
        return 0;
    if (scope_check_record(tx, period, row->unit_id, axis_words[row->axis], row->first, works.version > 0, err) != 0)
        return -1;
    if (row->axis != AXIS_PERIODS || row->by_hand) {
        if (works_for_change(tx, period, row->reason, false, &works, &begins_as, err) != 0)
            return -1;
        *version = works.version;
    }
    for (size_t i = 0; i < count; i++)
        if (same_cut(&rows[i], row) && is_below(tx, period, rows[i].unit_id, row->unit_id) &&
            cut_store_remove(tx, &rows[i], works.version, err) != 0)
            return -1;
    if (cut_store_put(tx, row, works.version, err) != 0)
        return -1;
    /* what the row ties together from now on takes its steps together: none of it may wait already */
    return row->axis == AXIS_PERIODS ? plan_set_check_open(tx, period, err) : 0;
}

int cut_forget_row(struct tx *tx, const struct ref_period *period, const struct cut_row *row, uint32_t *version,
                   struct err *err)
{
    struct version_row works, in_force;
    struct cut_row *rows;
    uint32_t begins_as;
    bool found = false;
    size_t count;

    if (version_store_current(tx, period->id, &works, &in_force, err) != 0 ||
        cut_store_load(tx, period->id, works.version ? works.version : in_force.version, row->key.measure_id, &rows,
                       &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        found = found || (same_cut(&rows[i], row) && rows[i].unit_id == row->unit_id);
    if (!found)
        return err_fail(err, ERR_NOT_FOUND, "no_cut", "it isn't said of this target; see the list of cuts");
    if (scope_check_record(tx, period, row->unit_id, axis_words[row->axis], false, works.version > 0, err) != 0)
        return -1;
    if (works_for_change(tx, period, row->reason, false, &works, &begins_as, err) != 0)
        return -1;
    *version = works.version;
    return cut_store_remove(tx, row, works.version, err);
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void name_periods(const struct cut *cut, struct cut_row *row)
{
    row->into = arena_array(tx_arena(cut->tx), uint32_t, cut->out_count);
    for (size_t k = 0; k < cut->out_count; k++)
        row->into[row->into_count++] = cut->outs[k].period->id;
    qsort(row->into, row->into_count, sizeof *row->into, by_id);
}

/* What was cut over channels or products is so in each of the shorter periods, too. */
static int record_in_periods(struct cut *cut, const struct slice *source, Bihuan__DecomposeReply *reply,
                             struct err *err)
{
    const struct cut_row *whole = cut_whole_of(cut, source);

    for (size_t k = 0; whole && k < cut->out_count; k++) {
        struct cut_row row = *whole;

        row.period_id = cut->outs[k].period->id;
        row.unit_id = cut->unit->id;
        if (cut_record_row(cut->tx, cut->outs[k].period, &row, &reply->version, err) != 0)
            return -1;
    }
    return 0;
}

/* Nobody parted the unit's target before: who is given it may say that these are all its parts. */
static bool is_first(const struct cut *cut, const struct cut_row *row)
{
    for (size_t s = 0; s < cut->slice_count; s++)
        if (cut_row_holds(cut->tx, row, &cut->slices[s].key) && slice_find(&cut->slices[s], row->unit_id))
            return false;
    return row->axis != AXIS_PERIODS;
}

int cut_record(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err)
{
    struct tx *tx = cut->tx;
    struct cut_row row = { .period_id = cut->period->id,
                           .axis = cut->over == CUT_CHANNELS   ? AXIS_CHANNELS
                                   : cut->over == CUT_PRODUCTS ? AXIS_PRODUCTS
                                                               : AXIS_PERIODS,
                           .unit_id = cut->unit->id,
                           .person = tx_principal(tx)->person,
                           .reason = cut->request->reason,
                           .at = tx_now(tx) };

    if (cut->over == CUT_UNITS || cut->over == CUT_LEAVES)
        return 0;
    if (cut->over == CUT_PERIODS)
        name_periods(cut, &row);
    for (size_t s = 0; s < cut->source_count; s++) {
        if (!adds_up(tx, cut->sources[s]->key.measure_id, row.axis))
            continue;
        row.key = cut->sources[s]->key;
        row.first = is_first(cut, &row);
        if (cut_record_row(tx, cut->period, &row, &reply->version, err) != 0 ||
            (cut->over == CUT_PERIODS && record_in_periods(cut, cut->sources[s], reply, err) != 0))
            return -1;
    }
    return 0;
}
