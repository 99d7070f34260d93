/* by_slice: of which channels and products a gap is made: those with a target of their own, each against its own plan
 * to the day of the judgement. See by_slice.h. */
#include "monitoring/alerts/by_slice.h"

#include "monitoring/judging/node.h"
#include "monitoring/progress/slice_sums.h"

#include <stdlib.h>

#define SHOWN_MAX 10

static int by_deficit(const void *a, const void *b)
{
    const Bihuan__SliceContributor *const *x = a;
    const Bihuan__SliceContributor *const *y = b;

    return (*x)->deficit > (*y)->deficit ? -1 : (*x)->deficit < (*y)->deficit;
}

static int add_member(struct tx *tx, const struct by_slice *of, uint32_t member, int64_t sum,
                      Bihuan__SliceContributor ***items, size_t *count, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_product *product = of->by_product ? refdata_product(m->refdata, member) : NULL;
    const struct ref_channel *channel = of->by_product ? NULL : refdata_channel(m->refdata, member);
    const struct ref_key key = { of->unit_id, of->measure->id, of->by_product ? 0 : member,
                                 of->by_product ? member : 0 };
    Bihuan__SliceContributor *item;
    struct phased plan;
    struct node node;

    if ((!product && !channel) || !node_plan_of(m, of->period, &key, tx_arena(tx), &plan))
        return 0;
    if (node_pace(&plan, of->day, sum, of->measure->money, &node, err) != 0)
        return -1;
    item = (*items)[(*count)++] = arena_new(tx_arena(tx), Bihuan__SliceContributor);
    bihuan__slice_contributor__init(item);
    item->code = arena_strdup(tx_arena(tx), product ? product->code : channel->code);
    item->name = arena_strdup(tx_arena(tx), product ? product->name : channel->name);
    item->target = node.bac;
    item->planned = node.pace.pv_shown;
    item->actual = node.ev;
    item->deficit = node_deficit(&node);
    item->gap_bp = (int32_t)node.pace.gap_bp;
    item->scale = (uint32_t)measure_scale(tx, of->measure);
    return 0;
}

/* A product's sum has everything beneath it. */
static void carry_up(const struct refdata *refdata, int64_t *sums, uint32_t limit)
{
    int64_t *own = malloc((limit + 1) * sizeof *own);

    if (!own)
        abort();
    for (uint32_t id = 0; id < limit; id++)
        own[id] = sums[id];
    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_product *product = refdata_product(refdata, id);

        for (int steps = 0; product && product->parent_id && steps < 64; steps++) {
            if (product->parent_id < limit)
                sums[product->parent_id] += own[id];
            product = refdata_product(refdata, product->parent_id);
        }
    }
    free(own);
}

int by_slice(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err)
{
    const struct refdata *refdata = monitoring_of(tx)->refdata;
    const struct slice_range range = { of->unit_id, of->measure, of->period->from_day, of->day, of->by_product };
    uint32_t limit = of->by_product ? refdata_product_limit(refdata) : refdata_channel_limit(refdata);
    int64_t *sums = arena_array(tx_arena(tx), int64_t, limit + 1), all = 0;

    *count = 0;
    *items = arena_array(tx_arena(tx), Bihuan__SliceContributor *, limit + 1);
    if (slice_sums(tx, &range, sums, limit, err) != 0)
        return -1;
    if (of->by_product)
        carry_up(refdata, sums, limit);
    for (uint32_t id = 1; id < limit; id++)
        if (add_member(tx, of, id, sums[id], items, count, err) != 0)
            return -1;
    if (!*count)
        return 0;
    qsort(*items, *count, sizeof **items, by_deficit);
    for (size_t i = 0; i < *count; i++)
        all += (*items)[i]->deficit;
    for (size_t i = 0; i < *count && all > 0; i++)
        (*items)[i]->share_ppm = (uint32_t)((__int128)(*items)[i]->deficit * 1000000 / all);
    *count = *count < SHOWN_MAX ? *count : SHOWN_MAX;
    return 0;
}
