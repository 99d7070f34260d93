/* scope_cuts: see scope_cuts.h. */
#include "planning/targets/scope_cuts.h"

#include "planning/records/cut_laws.h"
#include "planning/ledger/cell_store.h"

int scope_cuts_load(struct tx *tx, const struct ref_period *period, uint32_t top, const struct slice_change *changes,
                    size_t count, struct scope_cuts *out, struct err *err)
{
    const struct cell_filter filter = { .unit_id = top };
    struct version_row works, in_force;
    uint32_t version;

    *out = (struct scope_cuts) { .tx = tx, .changes = changes, .change_count = count, .top = top };
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    version = works.version ? works.version : in_force.version;
    if (cell_store_slices(tx, period->id, version, &filter, false, &out->slices, &out->slice_count, err) != 0)
        return -1;
    return cut_store_load(tx, period->id, version, 0, &out->rows, &out->row_count, err);
}

static const struct cell_change *change_of(const struct scope_cuts *cuts, const struct slice_key *key)
{
    for (size_t s = 0; s < cuts->change_count; s++)
        for (size_t i = 0; slice_key_compare(&cuts->changes[s].key, key) == 0 && i < cuts->changes[s].count; i++)
            if (cuts->changes[s].cells[i].unit_id == cuts->top)
                return &cuts->changes[s].cells[i];
    return NULL;
}

/* What the parts of a whole come to at the top: those that change, and those that stay. */
static int64_t parts_after(const struct scope_cuts *cuts, const struct cut_row *row)
{
    int64_t sum = 0;

    for (size_t s = 0; s < cuts->slice_count; s++) {
        const struct cell *cell = slice_find(&cuts->slices[s], cuts->top);

        if (cell && cut_row_holds(cuts->tx, row, &cuts->slices[s].key) && !change_of(cuts, &cuts->slices[s].key))
            sum += cell->amount;
    }
    for (size_t s = 0; s < cuts->change_count; s++)
        for (size_t i = 0; cut_row_holds(cuts->tx, row, &cuts->changes[s].key) && i < cuts->changes[s].count; i++)
            if (cuts->changes[s].cells[i].unit_id == cuts->top)
                sum += cuts->changes[s].cells[i].after;
    return sum;
}

static bool is_said(const struct scope_cuts *cuts, const struct cut_row *row)
{
    for (size_t i = 0; i < cuts->row_count; i++)
        if (cuts->rows[i].unit_id == cuts->top && cuts->rows[i].axis == row->axis &&
            slice_key_compare(&cuts->rows[i].key, &row->key) == 0)
            return true;
    return false;
}

static bool is_kept(const struct scope_cuts *cuts, const struct cut_row *row)
{
    const struct cell_change *change = change_of(cuts, &row->key);
    const struct cell *whole = slice_find(slices_find(cuts->slices, cuts->slice_count, &row->key), cuts->top);

    return whole && (!change || cell_stays(change)) && parts_after(cuts, row) == whole->amount;
}

bool scope_cuts_own(const struct scope_cuts *cuts, const struct slice_key *part, const struct cell_change *cell)
{
    const struct ref_product *product = refdata_product(refdata_of(cuts->tx), part->product_id);
    const struct cut_row rows[] = {
        { .axis = AXIS_CHANNELS, .key = { part->measure_id, 0, part->product_id } },
        { .axis = AXIS_PRODUCTS, .key = { part->measure_id, part->channel_id, product ? product->parent_id : 0 } },
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        if ((r == 0 ? part->channel_id : part->product_id) && (!cell->revision || is_said(cuts, &rows[r])) &&
            is_kept(cuts, &rows[r]))
            return true;
    return false;
}
