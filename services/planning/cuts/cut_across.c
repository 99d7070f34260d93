/* cut_across: what units have over all channels (or products), over each of them. See cut.h.
 *
 * Each leaf has its own weights; what a unit doesn't hand on to those below it counts as one. Whole amounts are then
 * found from the top down (spread), so that channels add up to the whole at every unit and no sum drifts by rounding. A
 * channel's capacity for a product is shared out among the leaves by what they have, and is a ceiling there. What is
 * not among those cut into becomes 0.
 */
#include "planning/cuts/cut.h"

#include "calc/apportion.h"
#include "calc/fixed.h"
#include "planning/cuts/spread.h"

#include <string.h>

#define TARGETS_MAX 64

/* One channel or product that is cut into. */
struct target {
    struct slice_key key;
    const struct slice *present;
    int64_t weight_ppm;
    int64_t capacity;  /* -1: none */
    int64_t *ceilings; /* by node, where there is a capacity */
    int64_t *drafts;   /* by node, where the mix asks */
    int64_t *amounts;  /* by node; -1: no cell */
    /* By node, for who asks later: what each weight of the mix says of a leaf, then its fit; and what it was cut by. */
    int64_t *figures[DECOMPOSE_MIXES_MAX + 1];
    int64_t *weight;
};

struct across {
    struct cut *cut;
    const struct slice *source;
    struct target targets[TARGETS_MAX];
    size_t count;
    int64_t *lower, *upper; /* by node * targets */
    int64_t *amount, *own;  /* by node: what it has (-1: no cell), and what of it those below don't have */
    int64_t parts;          /* of a unit, in which ideals are counted */
    struct spread spread;
};

/* --- into what -----------------------------------------------------------------------------------------------------
 */
static int add_target(struct across *a, const struct fits *fits, uint32_t id, bool named)
{
    struct cut *cut = a->cut;
    struct slice_key key = a->source->key;
    struct target *target = &a->targets[a->count];
    const Bihuan__Fit *fit;

    if (cut->over == CUT_CHANNELS)
        key.channel_id = id;
    else
        key.product_id = id;
    fit = fits_find(fits, key.product_id, key.channel_id);
    if (fit && strcmp(fit->fit, "barred") == 0) {
        if (named)
            tx_problem(cut->tx, "/into", "barred", "product \"%s\" isn't sold through channel \"%s\" (fit \"%s\")",
                       code_of_product(cut->tx, key.product_id), code_of_channel(cut->tx, key.channel_id), fit->code);
        return 0;
    }
    for (size_t t = 0; t < a->count; t++)
        if (slice_key_compare(&a->targets[t].key, &key) == 0) {
            tx_problem(cut->tx, "/into", "duplicate", "\"%s\" is named twice",
                       cut->over == CUT_CHANNELS ? code_of_channel(cut->tx, id) : code_of_product(cut->tx, id));
            return 0;
        }
    if (a->count == TARGETS_MAX)
        return -1;
    *target = (struct target) {
        .key = key, .present = cut_slice(cut, &key), .weight_ppm = fit ? fit->weight_ppm : FIXED_PPM, .capacity = -1
    };
    if (fit && fit->capacity[0])
        (void)read_amount(cut->tx, "/fit", key.measure_id, fit->capacity, 0, &target->capacity);
    a->count++;
    return 0;
}

static int add_named(struct across *a, const struct fits *fits)
{
    const struct refdata *refdata = refdata_of(a->cut->tx);
    const Bihuan__DecomposeRequest *request = a->cut->request;
    int rc = 0;

    for (size_t i = 0; i < request->n_into && rc == 0; i++) {
        const struct ref_channel *channel = refdata_channel_by_code(refdata, request->into[i]);
        const struct ref_product *product = refdata_product_by_code(refdata, request->into[i]);
        uint32_t id = a->cut->over == CUT_CHANNELS ? (channel ? channel->id : 0) : product ? product->id : 0;

        if (id)
            rc = add_target(a, fits, id, true);
        else
            tx_problem(a->cut->tx, arena_printf(tx_arena(a->cut->tx), "/into/%zu", i), "unknown_code",
                       "\"%s\" is not known", request->into[i]);
    }
    return rc;
}

/* All channels, or the products directly below. */
static int add_all(struct across *a, const struct fits *fits)
{
    const struct refdata *refdata = refdata_of(a->cut->tx);
    int rc = 0;

    for (uint32_t id = 1; a->cut->over == CUT_CHANNELS && id < refdata_channel_limit(refdata) && rc == 0; id++)
        if (refdata_channel(refdata, id))
            rc = add_target(a, fits, id, false);
    for (uint32_t id = 1; a->cut->over == CUT_PRODUCTS && id < refdata_product_limit(refdata) && rc == 0; id++) {
        const struct ref_product *product = refdata_product(refdata, id);

        if (product && product->parent_id == a->source->key.product_id)
            rc = add_target(a, fits, id, false);
    }
    return rc;
}

static int find_targets(struct across *a, const struct fits *fits, struct err *err)
{
    struct cut *cut = a->cut;
    uint32_t own = cut->over == CUT_CHANNELS ? a->source->key.channel_id : 0;

    if (own)
        return err_fail(err, ERR_INVALID, "is_one", "the target is of one channel already");
    if ((cut->request->n_into ? add_named(a, fits) : add_all(a, fits)) != 0)
        return err_fail(err, ERR_INVALID, "too_many", "at most %d channels or products at once", TARGETS_MAX);
    if (tx_problem_count(cut->tx))
        return tx_refuse(cut->tx, err);
    return a->count ? 0 : err_fail(err, ERR_CONFLICT, "nothing_fits", "there is nothing to cut it into");
}

/* --- who is cut ----------------------------------------------------------------------------------------------------
 */
static void find_own(struct across *a)
{
    const struct outline *o = &a->cut->outline;
    int64_t most = 1;

    a->amount = arena_array(a->cut->scratch, int64_t, o->count);
    a->own = arena_array(a->cut->scratch, int64_t, o->count);
    for (uint32_t n = 0; n < o->count; n++) {
        const struct cell *cell = slice_find(a->source, o->unit[n]);

        a->amount[n] = cell ? cell->amount : -1;
        most = a->amount[n] > most ? a->amount[n] : most;
    }
    spread_own(o, a->amount, a->own);
    a->parts = cut_parts(most);
}

/* A capacity by leaf: shared out by what the leaves have. */
static int share_capacity(struct across *a, struct target *target, struct err *err)
{
    const struct outline *o = &a->cut->outline;
    struct arena *arena = a->cut->scratch;
    struct apportion_part *parts = arena_array(arena, struct apportion_part, o->count);
    uint32_t *node = arena_array(arena, uint32_t, o->count);
    size_t count = 0;

    target->ceilings = arena_array(arena, int64_t, o->count);
    for (uint32_t n = 0; n < o->count; n++)
        if (a->own[n] > 0) {
            node[count] = n;
            parts[count++] = (struct apportion_part) { o->unit[n], a->own[n], 0 };
        }
    if (apportion_split(target->capacity, parts, count, APPORTION_ZERO_EQUAL, arena, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        target->ceilings[node[i]] = parts[i].share;
    return 0;
}

static void prepare_figures(struct across *a, struct target *target)
{
    uint32_t nodes = a->cut->outline.count;

    target->weight = arena_array(a->cut->scratch, int64_t, nodes);
    for (size_t m = 0; m <= a->cut->mix_count; m++) {
        target->figures[m] = arena_array(a->cut->scratch, int64_t, nodes);
        for (uint32_t n = 0; n < nodes; n++)
            target->figures[m][n] = -1;
    }
}

static int prepare(struct across *a, struct err *err)
{
    uint32_t nodes = a->cut->outline.count;

    find_own(a);
    for (size_t t = 0; t < a->count; t++) {
        struct target *target = &a->targets[t];

        target->amounts = arena_array(a->cut->scratch, int64_t, nodes);
        for (uint32_t n = 0; n < nodes; n++)
            target->amounts[n] = -1;
        target->drafts = arena_array(a->cut->scratch, int64_t, nodes);
        cut_drafts(a->cut, &target->key, target->drafts);
        prepare_figures(a, target);
        if (target->capacity >= 0 && share_capacity(a, target, err) != 0)
            return -1;
    }
    return 0;
}

/* --- one leaf ------------------------------------------------------------------------------------------------------
 */
static int64_t raw_weight(const struct across *a, const struct mix_source *mix, const struct target *target,
                          uint32_t node)
{
    uint32_t unit = a->cut->outline.unit[node];
    const struct cell *cell = slice_find(target->present, unit);
    int64_t value = 1;

    if (mix->kind == MIX_SET || mix->kind == MIX_HAND)
        value = weights_value(&mix->set, target->key.channel_id, target->key.product_id, unit);
    else if (mix->kind == MIX_DRAFTS)
        value = target->drafts[node];
    else if (mix->kind == MIX_PLAN)
        value = cell ? cell->amount : 0;
    return value < 0 ? 0 : value;
}

/* Each mix normalised over the targets, times their fit. */
static void weigh_leaf(const struct across *a, uint32_t node, struct decompose_node *nodes)
{
    for (size_t t = 0; t < a->count; t++) {
        nodes[t + 1].part.weight = a->cut->mix_count ? 0 : a->targets[t].weight_ppm;
        a->targets[t].figures[a->cut->mix_count][node] = a->targets[t].weight_ppm;
    }
    for (size_t m = 0; m < a->cut->mix_count; m++) {
        const struct mix_source *mix = &a->cut->mixes[m];
        __int128 sum = 0;

        for (size_t t = 0; t < a->count; t++) {
            a->targets[t].figures[m][node] = raw_weight(a, mix, &a->targets[t], node);
            sum += a->targets[t].figures[m][node];
        }
        for (size_t t = 0; sum > 0 && t < a->count; t++) {
            __int128 part = (__int128)a->targets[t].figures[m][node] * DECOMPOSE_UNIT / sum;

            nodes[t + 1].part.weight += (int64_t)(part * a->targets[t].weight_ppm / FIXED_PPM) * mix->share;
        }
    }
}

static int bound_leaf(const struct across *a, uint32_t node, struct decompose_node *nodes, struct err *err)
{
    for (size_t t = 0; t < a->count; t++) {
        const struct target *target = &a->targets[t];
        struct decompose_part *part = &nodes[t + 1].part;
        size_t count;
        const struct bound_row *bounds = cut_bounds_of(a->cut, &target->key, &count);
        uint32_t unit = a->cut->outline.unit[node];

        for (size_t i = 0; i < count && a->own[node] == a->amount[node]; i++)
            if (bounds[i].unit_id == unit &&
                cut_bounds(a->cut, &bounds[i], slice_find(target->present, unit), &part->lower, &part->upper, err) != 0)
                return -1;
        if (target->ceilings && target->ceilings[node] < part->upper)
            part->upper = target->ceilings[node];
    }
    return 0;
}

/* Which of the channels or products of one leaf contradict its total. */
static int name_conflict(struct across *a, uint32_t node, const struct decompose_node *nodes, int64_t total,
                         struct err *err)
{
    struct cut *cut = a->cut;
    struct decompose_bound *bounds;
    bool total_counts = false;
    size_t count = decompose_conflict(total, nodes, a->count + 1, false, cut->scratch, &bounds, &total_counts);

    for (size_t i = 0; i < count; i++) {
        const struct slice_key *key = &a->targets[bounds[i].node - 1].key;

        cut_report(cut, key, &cut->outline.unit[node], total, &bounds[i], 1, false);
    }
    tx_problem(cut->tx, "/unit", "bounds_conflict",
               "unit \"%s\" has %s to share out; what its channels or products may have doesn't reach that, or is more",
               code_of_unit(cut->tx, cut->outline.unit[node]), amount_text(cut->tx, a->source->key.measure_id, total));
    return tx_refuse(cut->tx, err);
}

/* The same in parts of a unit. */
static int ideals_of(struct across *a, uint32_t node, struct decompose_node *nodes, struct err *err)
{
    struct decompose_part *parts = arena_array(a->cut->scratch, struct decompose_part, a->count);

    for (size_t t = 0; t < a->count; t++) {
        parts[t] = nodes[t + 1].part;
        if (__builtin_mul_overflow(parts[t].lower, a->parts, &parts[t].lower))
            return err_fail(err, ERR_INVALID, "overflow", "the floors are too large");
        if (parts[t].upper == DECOMPOSE_FREE || parts[t].upper > INT64_MAX / a->parts)
            parts[t].upper = DECOMPOSE_FREE;
        else
            parts[t].upper *= a->parts;
    }
    if (decompose_split(a->own[node] * a->parts, parts, a->count, a->cut->scratch, err) != 0)
        return -1;
    for (size_t t = 0; t < a->count; t++)
        a->spread.ideal[node * a->count + t] = parts[t].share;
    return 0;
}

static int cut_leaf(struct across *a, uint32_t node, struct decompose_node *nodes, struct err *err)
{
    int64_t total = a->own[node];

    nodes[0] = (struct decompose_node) {
        .part.upper = DECOMPOSE_FREE, .parent = DECOMPOSE_NONE, .first_child = 1, .child_count = (uint32_t)a->count
    };
    for (size_t t = 0; t < a->count; t++)
        nodes[t + 1] = (struct decompose_node) { .part = { .id = t, .upper = DECOMPOSE_FREE } };
    weigh_leaf(a, node, nodes);
    if (bound_leaf(a, node, nodes, err) != 0)
        return -1;
    if (a->own[node] == a->amount[node])
        for (size_t t = 0; t < a->count; t++) {
            a->lower[node * a->count + t] = nodes[t + 1].part.lower;
            a->upper[node * a->count + t] = nodes[t + 1].part.upper;
        }
    if (decompose_tree(total, nodes, a->count + 1, a->cut->scratch, err) != 0)
        return strcmp(err->code, "bounds_conflict") == 0 ? name_conflict(a, node, nodes, total, err) : -1;
    for (size_t t = 0; t < a->count; t++) {
        a->targets[t].amounts[node] = nodes[t + 1].part.share;
        a->targets[t].weight[node] = nodes[t + 1].part.weight;
    }
    return ideals_of(a, node, nodes, err);
}

/* --- one slice -----------------------------------------------------------------------------------------------------
 */
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
    if (find_targets(a, fits, err) != 0)
        return -1;
    if (!adds_up(cut->tx, source->key.measure_id, AXIS_CHANNELS))
        return hand_level(a, out, err);
    if (prepare(a, err) != 0)
        return -1;
    prepare_spread(a);
    for (uint32_t n = 0; n < cut->outline.count; n++) {
        for (size_t t = 0; t < a->count && a->amount[n] >= 0; t++)
            a->targets[t].amounts[n] = 0;
        if (a->own[n] > 0 && cut_leaf(a, n, nodes, err) != 0)
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
