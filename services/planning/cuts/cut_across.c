/* cut_across: what units have over all channels (or products), over each of them. See cut.h.
 *
 * Each leaf has its own weights; what a unit doesn't hand on to those below it counts as one. Whole amounts are then
 * found from the top down (spread), so that channels add up to the whole at every unit and no sum drifts by rounding. A
 * channel's capacity for a product is shared out among the leaves by what they have, and is a ceiling there. What is
 * not among those cut into becomes 0.
 */
#include "planning/cuts/cut_targets.h"

#include <string.h>

/* What units above leaves have of a channel or product has bounds too. */
static int bound_above(struct across *a, struct err *err)
{
    for (size_t t = 0; t < a->count; t++) {
        size_t count;
        const struct bound_row *bounds = cut_bounds_of(a->cut, &a->targets[t].key, &count);

        for (size_t i = 0; i < count; i++) {
            uint32_t node = outline_node(&a->cut->outline, bounds[i].unit_id);
            size_t at = node * a->count + t;

            if (node != OUTLINE_NONE && a->own[node] < a->amount[node] &&
                cut_bounds(a->cut, &bounds[i], slice_find(a->targets[t].present, bounds[i].unit_id), &a->lower[at],
                           &a->upper[at], err) != 0)
                return -1;
        }
    }
    return 0;
}

/* Each leaf rounded for itself, sums above them: where the bounds leave no way from the top down. */
static void sum_up(struct across *a)
{
    const struct outline *o = &a->cut->outline;

    for (uint32_t n = o->count; n-- > 1;)
        for (size_t t = 0; t < a->count; t++) {
            int64_t *amounts = a->targets[t].amounts;
            uint32_t parent = o->parent[n];

            if (amounts[n] > 0 && amounts[parent] >= 0 && a->own[parent] < a->amount[parent])
                amounts[parent] += amounts[n];
        }
}

static char **columns_of(struct across *a)
{
    struct tx *tx = a->cut->tx;
    char **columns = arena_array(a->cut->scratch, char *, a->count);

    for (size_t t = 0; t < a->count; t++)
        columns[t] =
            a->cut->over == CUT_CHANNELS
                ? arena_printf(a->cut->scratch, "channel \"%s\"", code_of_channel(tx, a->targets[t].key.channel_id))
                : arena_printf(a->cut->scratch, "product \"%s\"", code_of_product(tx, a->targets[t].key.product_id));
    return columns;
}

static int find_amounts(struct across *a, struct err *err)
{
    const struct outline *o = &a->cut->outline;

    if (bound_above(a, err) != 0)
        return -1;
    if (spread_down(&a->spread, a->cut->scratch, err) != 0) {
        if (strcmp(err->code, "bounds_conflict") != 0 ||
            cut_refuse_columns(a->cut, &a->source->key, &a->spread, columns_of(a), err) != 0)
            return -1;
        err_clear(err);
        sum_up(a);
        a->spread.trace = NULL;
        return 0;
    }
    for (uint32_t n = 0; n < o->count; n++)
        for (size_t t = 0; t < a->count && a->amount[n] >= 0; t++)
            a->targets[t].amounts[n] = a->spread.out[n * a->count + t];
    return 0;
}

static bool is_target(const struct across *a, const struct slice_key *key)
{
    for (size_t t = 0; t < a->count; t++)
        if (slice_key_compare(&a->targets[t].key, key) == 0)
            return true;
    return false;
}

/* Another channel, or another product beside those: what it had has been given to them. */
static bool is_left_out(const struct across *a, const struct slice_key *key)
{
    const struct slice_key *source = &a->source->key;
    const struct ref_product *product = refdata_product(refdata_of(a->cut->tx), key->product_id);

    if (key->measure_id != source->measure_id || is_target(a, key))
        return false;
    if (a->cut->over == CUT_CHANNELS)
        return key->channel_id && key->product_id == source->product_id;
    return key->channel_id == source->channel_id && product && key->product_id != source->product_id &&
           product->parent_id == source->product_id;
}

static int empty_left_out(struct across *a, struct cut_out *out, struct err *err)
{
    struct cut *cut = a->cut;

    for (size_t s = 0; s < cut->slice_count; s++) {
        const struct slice *slice = &cut->slices[s];
        int64_t *amounts;

        if (!is_left_out(a, &slice->key))
            continue;
        amounts = arena_array(cut->scratch, int64_t, cut->outline.count);
        for (uint32_t n = 0; n < cut->outline.count; n++)
            amounts[n] = a->amount[n] >= 0 && slice_find(slice, cut->outline.unit[n]) ? 0 : -1;
        if (cut_add_change(cut, out, &slice->key, slice, amounts, NULL, err) != 0)
            return -1;
    }
    return 0;
}

static void prepare_spread(struct across *a)
{
    struct arena *arena = a->cut->scratch;
    size_t cells = a->cut->outline.count * a->count;

    a->lower = arena_array(arena, int64_t, cells);
    a->upper = arena_array(arena, int64_t, cells);
    for (size_t i = 0; i < cells; i++)
        a->upper[i] = DECOMPOSE_FREE;
    a->spread = (struct spread) { .outline = &a->cut->outline,
                                  .columns = a->count,
                                  .amount = a->amount,
                                  .ideal = arena_array(arena, int64_t, cells),
                                  .lower = a->lower,
                                  .upper = a->upper,
                                  .out = arena_array(arena, int64_t, cells),
                                  .trace = cut_spread_trace(a->cut, a->count) };
}

/* Each leaf for itself: its own columns; above leaves sums. */
static void how_summed(struct across *a, size_t t, struct cut_how *how)
{
    const struct outline *o = &a->cut->outline;
    struct arena *arena = a->cut->scratch;
    uint8_t *hows = arena_array(arena, uint8_t, o->count);
    int64_t *lower = arena_array(arena, int64_t, o->count), *upper = arena_array(arena, int64_t, o->count);

    for (uint32_t n = 0; n < o->count; n++) {
        hows[n] = a->own[n] == a->amount[n] ? CELL_ACROSS : CELL_SUMMED;
        lower[n] = a->lower[n * a->count + t];
        upper[n] = a->upper[n * a->count + t];
    }
    how->how = hows;
    how->weight = a->targets[t].weight;
    how->lower = lower;
    how->upper = upper;
    how->head.column = (uint32_t)t;
    how->head.columns = (uint32_t)a->count;
}

static int add_target_change(struct across *a, size_t t, struct cut_out *out, struct err *err)
{
    const struct target *target = &a->targets[t];
    struct cut_how how = { .head = { .source_channel_id = a->source->key.channel_id,
                                     .source_product_id = a->source->key.product_id,
                                     .parts = a->parts,
                                     .figure_count = a->cut->mix_count + 1 } };

    for (size_t m = 0; m <= a->cut->mix_count; m++)
        how.figures[m] = target->figures[m];
    if (a->spread.trace)
        cut_how_spread(a->cut, &a->spread, t, &how);
    else
        how_summed(a, t, &how);
    return cut_add_change(a->cut, out, &target->key, target->present, target->amounts, &how, err);
}

/* Each channel or product gets the level itself; others keep theirs. */
static int hand_level(struct across *a, struct cut_out *out, struct err *err)
{
    const struct outline *o = &a->cut->outline;

    for (size_t t = 0; t < a->count; t++) {
        const struct target *target = &a->targets[t];
        int64_t *amounts = arena_array(a->cut->scratch, int64_t, o->count);
        struct cut_how how = { .head = { .source_channel_id = a->source->key.channel_id,
                                         .source_product_id = a->source->key.product_id,
                                         .column = (uint32_t)t,
                                         .columns = (uint32_t)a->count } };

        for (uint32_t n = 0; n < o->count; n++) {
            const struct cell *cell = slice_find(a->source, o->unit[n]);

            amounts[n] = cell ? cell->amount : -1;
        }
        cut_how_all(o, a->cut->scratch, CELL_HANDED, &how);
        if (cut_hold(a->cut, &target->key, target->present, 0, amounts, err) != 0 ||
            cut_add_change(a->cut, out, &target->key, target->present, amounts, &how, err) != 0)
            return -1;
    }
    return 0;
}

static int cut_source(struct cut *cut, const struct slice *source, const struct fits *fits, struct cut_out *out,
                      struct err *err)
{
    struct across *a = arena_new(cut->scratch, struct across);
    struct decompose_node *nodes = arena_array(cut->scratch, struct decompose_node, TARGETS_MAX + 1);

    a->cut = cut;
    a->source = source;
    if (across_targets(a, fits, err) != 0)
        return -1;
    if (!adds_up(cut->tx, source->key.measure_id, AXIS_CHANNELS))
        return hand_level(a, out, err);
    if (across_prepare(a, err) != 0)
        return -1;
    prepare_spread(a);
    for (uint32_t n = 0; n < cut->outline.count; n++) {
        for (size_t t = 0; t < a->count && a->amount[n] >= 0; t++)
            a->targets[t].amounts[n] = 0;
        if (a->own[n] > 0 && across_cut_leaf(a, n, nodes, err) != 0)
            return -1;
    }
    if (find_amounts(a, err) != 0)
        return -1;
    for (size_t t = 0; t < a->count; t++)
        if (add_target_change(a, t, out, err) != 0)
            return -1;
    return empty_left_out(a, out, err);
}

int cut_across(struct cut *cut, struct err *err)
{
    struct cut_out *out = arena_new(tx_arena(cut->tx), struct cut_out);
    struct fits fits;

    if (fits_load(cut->tx, &fits, err) != 0)
        return -1;
    out->period = cut->period;
    out->changes = arena_array(tx_arena(cut->tx), struct slice_change,
                               2 * (cut->source_count * TARGETS_MAX + cut->slice_count));
    for (size_t s = 0; s < cut->source_count; s++) {
        if (cut_source(cut, cut->sources[s], &fits, out, err) != 0)
            return -1;
        arena_reset(cut->scratch);
    }
    cut->outs = out;
    cut->out_count = 1;
    return 0;
}
