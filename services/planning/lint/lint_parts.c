/* lint_parts: whether channels and products are more than what they are parts of, wherever in the tree of units they
 * stand: a unit without a target of the whole counts at the next one above that has it. See lint_parts.h. */
#include "planning/lint/lint_parts.h"

#include "calc/fixed.h"

#include <string.h>

#define PRODUCT_LEVELS 32 /* a product tree isn't deeper */

/* What the products directly below one have, by channel (0: all of them together) and unit. */
struct level {
    int64_t **sum;
    bool *any; /* by channel: the rest isn't valid otherwise */
};

struct parts {
    const struct lint_input *input;
    struct arena *arena;
    lint_report *report;
    void *arg;
    uint32_t measure_id;
    const struct slice *slices; /* of the measure */
    size_t slice_count;
    uint32_t *channel; /* ids, by place; 0 first */
    size_t channel_count;
    uint32_t *child, *next; /* products: the first one below, the next beside; 0: none */
    bool *has;              /* products that have cells, or have one below that has */
    struct level levels[PRODUCT_LEVELS];
    int64_t *own, *below, *channels; /* by unit: of the slice at hand, of the units below it, of its channels */
    uint32_t *order;                 /* units, those below before those above */
};

static uint32_t parent_of(const struct parts *parts, uint32_t product)
{
    return product < parts->input->product_limit ? parts->input->product_parent[product] : 0;
}

/* --- one slice ------------------------------------------------------------------------------------------------------
 */
static void compare(const struct parts *parts, const struct slice_key *key, enum lint_code code, uint32_t unit,
                    int64_t have)
{
    struct lint_finding finding = {
        .code = code, .unit_id = unit, .key = *key, .have = have, .want = parts->own[unit]
    };

    if (have > finding.want)
        parts->report(parts->arg, &finding);
}

static int64_t more_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What the unit has of the slice at least: its own, else the most that one way to take it apart has. */
static int64_t take_unit(const struct parts *parts, const struct slice_key *key, uint32_t unit, const int64_t *products)
{
    int64_t of_products = products ? products[unit] : 0, of_channels = key->channel_id ? 0 : parts->channels[unit];

    if (parts->own[unit] == LINT_NO_CELL)
        return more_of(parts->below[unit], more_of(of_products, of_channels));
    compare(parts, key, LINT_CHANNELS_DIFFER, unit, of_channels);
    compare(parts, key, LINT_PRODUCTS_DIFFER, unit, of_products);
    return parts->own[unit];
}

static void add(int64_t *sum, uint32_t unit, int64_t amount)
{
    sum[unit] = fixed_add_saturated(sum[unit], amount);
}

static void read_own(const struct parts *parts, const struct slice *slice)
{
    uint32_t limit = parts->input->outline->unit_limit;

    for (uint32_t unit = 0; unit < limit; unit++)
        parts->own[unit] = LINT_NO_CELL;
    for (size_t i = 0; slice && i < slice->count; i++)
        if (slice->cells[i].unit_id < limit)
            parts->own[slice->cells[i].unit_id] = slice->cells[i].amount;
}

/* Adds what each unit has of the slice to `above` (NULL: nobody asks) and to the channels of its product, the lowest
 * units first: those above count them. Units that aren't in the tree that day stand for themselves. */
static void take_slice(const struct parts *parts, const struct slice_key *key, const int64_t *products, int64_t *above)
{
    const struct outline *o = parts->input->outline;
    size_t stray_count = 0;

    for (uint32_t unit = 0; unit < o->unit_limit; unit++)
        if (o->node_of[unit] == OUTLINE_NONE)
            parts->order[stray_count++] = unit;
    for (uint32_t node = o->count; node-- > 0;)
        parts->order[stray_count + o->count - 1 - node] = o->unit[node];
    memset(parts->below, 0, o->unit_limit * sizeof *parts->below);
    for (size_t i = 0; i < stray_count + o->count; i++) {
        uint32_t unit = parts->order[i], node = o->node_of[unit];
        int64_t amount = take_unit(parts, key, unit, products);

        if (node != OUTLINE_NONE && o->parent[node] != OUTLINE_NONE)
            add(parts->below, o->unit[o->parent[node]], amount);
        if (above)
            add(above, unit, amount);
        if (key->channel_id)
            add(parts->channels, unit, amount);
    }
}

/* --- products -------------------------------------------------------------------------------------------------------
 */
static int64_t *open_sum(const struct parts *parts, struct level *level, size_t channel)
{
    size_t limit = parts->input->outline->unit_limit;

    if (!level->sum[channel])
        level->sum[channel] = arena_array(parts->arena, int64_t, limit);
    if (!level->any[channel])
        memset(level->sum[channel], 0, limit * sizeof(int64_t));
    level->any[channel] = true;
    return level->sum[channel];
}

/* One product, when those below it are added up: its channels, then all of them. above NULL: all products. */
static void take_product(const struct parts *parts, uint32_t product, const struct level *below, struct level *above)
{
    bool any = false;

    memset(parts->channels, 0, parts->input->outline->unit_limit * sizeof *parts->channels);
    for (size_t c = parts->channel_count; c-- > 0;) {
        const struct slice_key key = { parts->measure_id, parts->channel[c], product };
        const struct slice *slice = slices_find((struct slice *)(uintptr_t)parts->slices, parts->slice_count, &key);
        const int64_t *products = below->any[c] ? below->sum[c] : NULL;

        if (!slice && !products && (c || !any))
            continue;
        read_own(parts, slice);
        take_slice(parts, &key, products, above ? open_sum(parts, above, c) : NULL);
        any = true;
    }
}

static void take_products(struct parts *parts, uint32_t product, uint32_t depth)
{
    struct level *level = &parts->levels[depth];

    if (!level->any) {
        level->any = arena_array(parts->arena, bool, parts->channel_count);
        level->sum = arena_array(parts->arena, int64_t *, parts->channel_count);
    }
    memset(level->any, 0, parts->channel_count * sizeof *level->any);
    for (uint32_t child = parts->child[product]; child && depth + 1 < PRODUCT_LEVELS; child = parts->next[child])
        if (parts->has[child])
            take_products(parts, child, depth + 1);
    take_product(parts, product, level, depth ? &parts->levels[depth - 1] : NULL);
}

/* --- one measure ----------------------------------------------------------------------------------------------------
 */
static void find_products(struct parts *parts)
{
    uint32_t limit = parts->input->product_limit;

    for (size_t s = 0; s < parts->slice_count; s++)
        if (parts->slices[s].key.product_id >= limit)
            limit = parts->slices[s].key.product_id + 1;
    parts->child = arena_array(parts->arena, uint32_t, limit);
    parts->next = arena_array(parts->arena, uint32_t, limit);
    parts->has = arena_array(parts->arena, bool, limit);
    for (uint32_t product = limit; product-- > 1;) {
        uint32_t parent = parent_of(parts, product);

        parts->next[product] = parts->child[parent];
        parts->child[parent] = product;
    }
    for (size_t s = 0; s < parts->slice_count; s++)
        for (uint32_t product = parts->slices[s].key.product_id; product && !parts->has[product];
             product = parent_of(parts, product))
            parts->has[product] = true;
}

static void find_channels(struct parts *parts)
{
    parts->channel = arena_array(parts->arena, uint32_t, parts->slice_count + 1);
    parts->channel_count = 1;
    for (size_t s = 0; s < parts->slice_count; s++)
        if (parts->slices[s].key.channel_id != parts->channel[parts->channel_count - 1])
            parts->channel[parts->channel_count++] = parts->slices[s].key.channel_id;
}

static void check_measure(const struct lint_input *input, size_t first, size_t count, struct arena *scratch,
                          lint_report *report, void *arg)
{
    size_t limit = input->outline->unit_limit;
    struct parts parts = { .input = input,
                           .arena = scratch,
                           .report = report,
                           .arg = arg,
                           .measure_id = input->slices[first].key.measure_id,
                           .slices = &input->slices[first],
                           .slice_count = count };

    find_products(&parts);
    find_channels(&parts);
    parts.own = arena_array(scratch, int64_t, limit);
    parts.below = arena_array(scratch, int64_t, limit);
    parts.channels = arena_array(scratch, int64_t, limit);
    parts.order = arena_array(scratch, uint32_t, limit);
    take_products(&parts, 0, 0);
}

void lint_parts(const struct lint_input *input, lint_report *report, void *arg)
{
    struct arena scratch;
    size_t until;

    arena_init(&scratch);
    for (size_t first = 0; first < input->slice_count; first = until) {
        uint32_t measure = input->slices[first].key.measure_id;

        for (until = first; until < input->slice_count && input->slices[until].key.measure_id == measure;)
            until++;
        if (!input->level || !input->level[measure]) /* levels are the same for parts as for the whole */
            check_measure(input, first, until - first, &scratch, report, arg);
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
}
