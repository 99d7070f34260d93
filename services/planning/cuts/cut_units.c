/* cut_units: totals over units, level by level or straight to the leaves. See cut.h. */
#include "planning/cuts/cut.h"

#include "calc/fixed.h"

#include <stdlib.h>
#include <string.h>

static void equal_weights(const struct outline *o, int64_t *by_node)
{
    for (uint32_t n = 0; n < o->count; n++)
        by_node[n] = 1;
}

static void plan_weights(const struct outline *o, const struct slice *slice, int64_t *by_node)
{
    for (uint32_t n = 0; n < o->count; n++) {
        const struct cell *cell = slice_find(slice, o->unit[n]);

        by_node[n] = cell ? cell->amount : -1;
    }
}

static int64_t *weights_of(struct cut *cut, const struct mix_source *mix, const struct slice *slice)
{
    int64_t *by_node = arena_array(cut->scratch, int64_t, cut->outline.count);

    switch (mix->kind) {
    case MIX_DRAFTS:
        cut_drafts(cut, &slice->key, by_node);
        break;
    case MIX_PLAN:
        plan_weights(&cut->outline, slice, by_node);
        break;
    case MIX_SET:
    case MIX_HAND:
        weights_fill(&mix->set, &slice->key, &cut->outline, by_node);
        break;
    case MIX_EQUAL:
    default:
        equal_weights(&cut->outline, by_node);
        break;
    }
    return by_node;
}

static int put_bounds(struct cut *cut, const struct slice *slice, struct decompose_node *nodes, struct err *err)
{
    size_t count;
    const struct bound_row *bounds = cut_bounds_of(cut, &slice->key, &count);

    for (size_t i = 0; i < count; i++) {
        uint32_t node = outline_node(&cut->outline, bounds[i].unit_id);

        if (node != OUTLINE_NONE && node != 0 &&
            cut_bounds(cut, &bounds[i], slice_find(slice, bounds[i].unit_id), &nodes[node].part.lower,
                       &nodes[node].part.upper, err) != 0)
            return -1;
    }
    return 0;
}

static int make_nodes(struct cut *cut, const struct slice *slice, struct decompose_node *nodes, struct cut_how *how,
                      struct err *err)
{
    const struct outline *o = &cut->outline;
    struct decompose_mix mixes[DECOMPOSE_MIXES_MAX];

    for (uint32_t n = 0; n < o->count; n++)
        nodes[n] = (struct decompose_node) { .part = { .id = o->unit[n], .upper = DECOMPOSE_FREE },
                                             .parent = n ? o->parent[n] : DECOMPOSE_NONE,
                                             .first_child = o->first_child[n],
                                             .child_count = o->child_count[n] };
    how->head.figure_count = cut->mix_count;
    for (size_t m = 0; m < cut->mix_count; m++) {
        int64_t *weights = weights_of(cut, &cut->mixes[m], slice);

        if (cut_roll(cut, weights, err) != 0)
            return -1;
        mixes[m] = (struct decompose_mix) { weights, cut->mixes[m].share };
        how->figures[m] = weights;
    }
    if (put_bounds(cut, slice, nodes, err) != 0)
        return -1;
    return decompose_weigh(nodes, o->count, mixes, cut->mix_count, cut->over == CUT_LEAVES, cut->scratch, err);
}

static int name_conflict(struct cut *cut, const struct slice *slice, const struct decompose_node *nodes, int64_t total,
                         struct err *err)
{
    struct decompose_bound *bounds;
    bool total_counts = false;
    size_t count = decompose_conflict(total, nodes, cut->outline.count, cut->over == CUT_LEAVES, cut->scratch, &bounds,
                                      &total_counts);
    uint32_t *units = arena_array(cut->scratch, uint32_t, count);

    for (size_t i = 0; i < count; i++)
        units[i] = cut->outline.unit[bounds[i].node];
    if (count == 0)
        return -1; /* err says what it is */
    cut_report(cut, &slice->key, units, total, bounds, count, total_counts);
    return tx_refuse(cut->tx, err);
}

/* --- levels --------------------------------------------------------------------------------------------------------
 */
/* What a source says a unit's level is; -1 nothing. */
static int64_t level_said(struct cut *cut, const struct mix_source *mix, const int64_t *by_node,
                          const struct slice_key *key, uint32_t node, int64_t above)
{
    if (mix->kind == MIX_EQUAL)
        return above;
    if (by_node[node] < 0 || mix->kind == MIX_DRAFTS || mix->kind == MIX_PLAN)
        return by_node[node];
    return weights_amount(cut->tx, key->measure_id, by_node[node]);
}

/* How each level came about, by node. */
struct level_trace {
    int64_t *sum, *shares, *lower, *upper, *said[DECOMPOSE_MIXES_MAX];
};

/* Each unit has the level of the one above it, or the mean, by shares, of what the sources say of it. */
static void find_levels(struct cut *cut, const struct slice *slice, int64_t *amounts, struct level_trace *trace)
{
    const struct outline *o = &cut->outline;
    const int64_t *said[DECOMPOSE_MIXES_MAX];

    for (size_t m = 0; m < cut->mix_count; m++)
        said[m] = weights_of(cut, &cut->mixes[m], slice);
    for (uint32_t n = 1; n < o->count; n++) {
        __int128 sum = 0;
        int64_t shares = 0, above = amounts[o->parent[n]];

        for (size_t m = 0; m < cut->mix_count; m++) {
            int64_t level = level_said(cut, &cut->mixes[m], said[m], &slice->key, n, above);

            if (level < 0)
                continue;
            sum += (__int128)level * cut->mixes[m].share;
            shares += cut->mixes[m].share;
            trace->said[m][n] = level;
        }
        trace->sum[n] = sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
        trace->shares[n] = shares;
        if (!shares || fixed_div_round(sum, shares, ROUND_HALF_UP, &amounts[n], NULL) != 0)
            amounts[n] = above;
    }
}

/* Before the bounds are put on: what each would be. */
static void begin_trace(struct cut *cut, struct level_trace *t, struct cut_how *how)
{
    const struct outline *o = &cut->outline;
    uint32_t *parents = arena_array(cut->scratch, uint32_t, o->count);
    uint8_t *hows = arena_array(cut->scratch, uint8_t, o->count);

    t->sum = arena_array(cut->scratch, int64_t, o->count);
    t->shares = arena_array(cut->scratch, int64_t, o->count);
    t->lower = arena_array(cut->scratch, int64_t, o->count);
    t->upper = arena_array(cut->scratch, int64_t, o->count);
    for (size_t m = 0; m < cut->mix_count; m++) {
        t->said[m] = arena_array(cut->scratch, int64_t, o->count);
        for (uint32_t n = 0; n < o->count; n++)
            t->said[m][n] = -1;
        how->figures[m] = t->said[m];
    }
    for (uint32_t n = 1; n < o->count; n++) {
        parents[n] = o->unit[o->parent[n]];
        hows[n] = CELL_LEVEL;
    }
    how->head.figure_count = cut->mix_count;
    how->how = hows;
    how->parent = parents;
    how->weight = t->sum;
    how->ideal = t->shares;
    how->lower = t->lower;
    how->upper = t->upper;
}

/* A bound that held a level is what it became. */
static void trace_held(const struct cut *cut, struct level_trace *t, const int64_t *mean, const int64_t *amounts)
{
    for (uint32_t n = 0; n < cut->outline.count; n++) {
        t->lower[n] = amounts[n] > mean[n] ? amounts[n] : 0;
        t->upper[n] = amounts[n] < mean[n] ? amounts[n] : DECOMPOSE_FREE;
    }
}

static int hand_level(struct cut *cut, const struct slice *slice, struct cut_out *out, struct err *err)
{
    const struct cell *own = slice_find(slice, cut->unit->id);
    int64_t *amounts = arena_array(cut->scratch, int64_t, cut->outline.count), *mean;
    struct cut_how how = { .head = { 0 } };
    struct level_trace trace;

    begin_trace(cut, &trace, &how);
    amounts[0] = cut->total >= 0 ? cut->total : own ? own->amount : 0;
    find_levels(cut, slice, amounts, &trace);
    mean = arena_memdup(cut->scratch, amounts, cut->outline.count * sizeof *amounts);
    if (cut_hold(cut, &slice->key, slice, 1, amounts, err) != 0)
        return -1;
    trace_held(cut, &trace, mean, amounts);
    return cut_add_change(cut, out, &slice->key, slice, amounts, &how, err);
}

/* --- amounts -------------------------------------------------------------------------------------------------------
 */
static int cut_one(struct cut *cut, const struct slice *slice, struct decompose_node *nodes, struct cut_out *out,
                   struct err *err)
{
    const struct cell *own = slice_find(slice, cut->unit->id);
    int64_t total = cut->total >= 0 ? cut->total : own ? own->amount : 0;
    int64_t *amounts = arena_array(cut->scratch, int64_t, cut->outline.count);
    struct cut_how how = { .head = { 0 } };
    int rc;

    if (!adds_up(cut->tx, slice->key.measure_id, AXIS_UNITS))
        return hand_level(cut, slice, out, err);
    if (make_nodes(cut, slice, nodes, &how, err) != 0)
        return -1;
    rc = cut->over == CUT_LEAVES ? decompose_leaves(total, nodes, cut->outline.count, cut->scratch, err)
                                 : decompose_tree(total, nodes, cut->outline.count, cut->scratch, err);
    if (rc != 0)
        return strcmp(err->code, "bounds_conflict") == 0 ? name_conflict(cut, slice, nodes, total, err) : -1;
    for (uint32_t n = 0; n < cut->outline.count; n++)
        amounts[n] = nodes[n].part.share;
    cut_how_shared(cut, nodes, &how);
    return cut_add_change(cut, out, &slice->key, slice, amounts, &how, err);
}

int cut_units(struct cut *cut, struct err *err)
{
    struct decompose_node *nodes = arena_array(tx_arena(cut->tx), struct decompose_node, cut->outline.count);
    struct cut_out *out = arena_new(tx_arena(cut->tx), struct cut_out);

    if (cut->outline.count < 2)
        return err_fail(err, ERR_CONFLICT, "no_children", "unit \"%s\" has nobody below it on the period's first day",
                        cut->unit->code);
    out->period = cut->period;
    out->changes = arena_array(tx_arena(cut->tx), struct slice_change, 2 * cut->source_count);
    for (size_t s = 0; s < cut->source_count; s++) {
        if (cut_one(cut, cut->sources[s], nodes, out, err) != 0)
            return -1;
        arena_reset(cut->scratch);
    }
    cut->outs = out;
    cut->out_count = 1;
    return 0;
}
