/* cut_laws: see cut_laws.h. */
#include "planning/records/cut_laws.h"

#include <string.h>

bool cut_row_holds(struct tx *tx, const struct cut_row *row, const struct slice_key *part)
{
    const struct ref_product *product = refdata_product(refdata_of(tx), part->product_id);

    if (row->key.measure_id != part->measure_id)
        return false;
    if (row->axis == AXIS_CHANNELS)
        return part->channel_id && part->product_id == row->key.product_id;
    return row->axis == AXIS_PRODUCTS && part->channel_id == row->key.channel_id && product &&
           part->product_id != row->key.product_id && product->parent_id == row->key.product_id;
}

/* The cut was made at the unit, or above it. */
static bool covers_unit(const struct cut *cut, const struct cut_row *row)
{
    return row->axis != AXIS_PERIODS &&
           tree_is_under(refdata_tree(refdata_of(cut->tx)), cut->unit->id, row->unit_id, cut->period->from_day);
}

static bool has_part(const struct cut *cut, const struct cut_row *row)
{
    for (size_t s = 0; s < cut->source_count; s++)
        if (cut_row_holds(cut->tx, row, &cut->sources[s]->key))
            return true;
    return false;
}

const struct cut_row *cut_whole_of(const struct cut *cut, const struct slice *source)
{
    for (size_t r = 0; r < cut->law_count; r++)
        if (slice_key_compare(&cut->laws[r].key, &source->key) == 0 && covers_unit(cut, &cut->laws[r]) &&
            has_part(cut, &cut->laws[r]))
            return &cut->laws[r];
    return NULL;
}

static bool is_source(const struct cut *cut, const struct slice_key *key)
{
    for (size_t s = 0; s < cut->source_count; s++)
        if (slice_key_compare(&cut->sources[s]->key, key) == 0)
            return true;
    return false;
}

/* Over periods: a channel alone would be rounded for itself. */
static int check_parts(struct cut *cut, struct err *err)
{
    for (size_t s = 0; s < cut->source_count; s++)
        for (size_t r = 0; r < cut->law_count; r++) {
            const struct cut_row *row = &cut->laws[r];

            if (covers_unit(cut, row) && cut_row_holds(cut->tx, row, &cut->sources[s]->key) &&
                !is_source(cut, &row->key))
                return err_fail(
                    err, ERR_CONFLICT, "part_of_cut",
                    "channel \"%s\", product \"%s\" is one of the parts that \"%s\" was cut into over %s: cut"
                    " all of them over periods at once (every_slice), so that they add up in each",
                    code_of_channel(cut->tx, cut->sources[s]->key.channel_id),
                    code_of_product(cut->tx, cut->sources[s]->key.product_id), cut->unit->code, axis_words[row->axis]);
        }
    return 0;
}

static bool is_whole_by(const struct cut *cut, const struct slice *source, enum axis axis)
{
    for (size_t r = 0; r < cut->law_count; r++)
        if (cut->laws[r].axis == axis && slice_key_compare(&cut->laws[r].key, &source->key) == 0 &&
            covers_unit(cut, &cut->laws[r]) && has_part(cut, &cut->laws[r]))
            return true;
    return false;
}

static int check_wholes(struct cut *cut, struct err *err)
{
    for (size_t s = 0; s < cut->source_count; s++)
        if (is_whole_by(cut, cut->sources[s], AXIS_CHANNELS) && is_whole_by(cut, cut->sources[s], AXIS_PRODUCTS))
            return err_fail(err, ERR_CONFLICT, "cut_twice",
                            "measure \"%s\" was cut over channels and over products: their sums can't both be kept in"
                            " each period; cut the total alone over periods, then each of these",
                            code_of_measure(cut->tx, cut->sources[s]->key.measure_id));
    return 0;
}

static const struct cell *any_below(const struct cut *cut, const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        if (slice->cells[i].amount && outline_node(&cut->outline, slice->cells[i].unit_id) != OUTLINE_NONE)
            return &slice->cells[i];
    return NULL;
}

/* A part that begins below the unit isn't cut with it, and what the whole gets would lack it. */
static int check_deeper(struct cut *cut, struct err *err)
{
    for (size_t s = 0; s < cut->source_count; s++) {
        const struct cut_row *row = cut_whole_of(cut, cut->sources[s]);

        for (size_t i = 0; row && i < cut->slice_count; i++) {
            const struct slice_key *key = &cut->slices[i].key;
            const struct cell *cell = any_below(cut, &cut->slices[i]);

            if (cell && cut_row_holds(cut->tx, row, key) && !is_source(cut, key))
                return err_fail(err, ERR_CONFLICT, "part_deeper",
                                "channel \"%s\", product \"%s\" is one of the parts that \"%s\" was cut into over"
                                " %s, but begins below it, at unit \"%s\": set it for \"%s\" too, then cut all over"
                                " periods",
                                code_of_channel(cut->tx, key->channel_id), code_of_product(cut->tx, key->product_id),
                                cut->unit->code, axis_words[row->axis], code_of_unit(cut->tx, cell->unit_id),
                                cut->unit->code);
        }
    }
    return 0;
}

static void drop_wholes(struct cut *cut)
{
    struct slice **kept = arena_array(tx_arena(cut->tx), struct slice *, cut->source_count);
    size_t count = 0;

    for (size_t s = 0; s < cut->source_count; s++)
        if (!cut_whole_of(cut, cut->sources[s]))
            kept[count++] = cut->sources[s];
    cut->sources = kept;
    cut->source_count = count;
}

int cut_choose(struct cut *cut, struct err *err)
{
    if (!cut->law_count)
        return 0;
    if (cut->over == CUT_PERIODS)
        return check_parts(cut, err) != 0 || check_wholes(cut, err) != 0 ? -1 : check_deeper(cut, err);
    if (cut->request->every_slice && (cut->over == CUT_UNITS || cut->over == CUT_LEAVES))
        drop_wholes(cut);
    return 0;
}
