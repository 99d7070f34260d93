/* cut_leaf: what one unit has of its own over channels or products. See cut_targets.h. */
#include "planning/cuts/cut_targets.h"

#include "calc/apportion.h"
#include "calc/fixed.h"

#include <string.h>

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

int across_prepare(struct across *a, struct err *err)
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

int across_cut_leaf(struct across *a, uint32_t node, struct decompose_node *nodes, struct err *err)
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
