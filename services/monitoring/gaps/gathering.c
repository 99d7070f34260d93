/* gathering: a list of what a gap is made of, and how members without targets share what is left. See by_slice.h. */
#include "monitoring/gaps/by_slice.h"
#include "monitoring/judging/node.h"

#include "calc/apportion.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 10

int32_t by_slice_last_from(const struct by_slice *of)
{
    return of->period->from_day - (of->day - of->period->from_day + 1);
}

static Bihuan__SliceContributor *add(struct gathering *g, const char *code, const char *name)
{
    Bihuan__SliceContributor *item = g->items[g->count++] = arena_new(tx_arena(g->tx), Bihuan__SliceContributor);

    bihuan__slice_contributor__init(item);
    item->code = arena_strdup(tx_arena(g->tx), code);
    item->name = arena_strdup(tx_arena(g->tx), name);
    item->scale = (uint32_t)measure_scale(g->tx, g->of->measure);
    return item;
}

int gathering_add(struct gathering *g, const struct phased *plan, const struct member_sums *member, bool counts,
                  struct err *err)
{
    Bihuan__SliceContributor *item;
    struct node node;

    if (node_pace(plan, g->of->day, member->actual, g->of->measure->money, &node, err) != 0)
        return -1;
    item = add(g, member->code, member->name);
    item->target = node.bac;
    item->planned = node.pace.pv_shown;
    item->actual = node.ev;
    item->deficit = node_deficit(&node);
    item->gap_bp = (int32_t)node.pace.gap_bp;
    g->planned += counts ? item->planned : 0;
    g->actual += counts ? item->actual : 0;
    return 0;
}

/* One that lacks nothing is none that makes the gap. */
static void add_estimated(struct gathering *g, const struct member_sums *member, int64_t planned)
{
    Bihuan__SliceContributor *item;
    bool zh = strcmp(tx_language(g->tx), "zh") == 0;

    if (planned <= member->actual)
        return;
    item = add(g, member->id ? member->code : "", member->id ? member->name : zh ? "其他" : "others");
    item->planned = planned;
    item->actual = member->actual;
    item->deficit = planned - member->actual;
    item->estimated = true;
    g->estimated++;
}

/* What the plan of the unit itself comes to by the day, less what members with targets have of it. */
static int what_is_left(const struct gathering *g, int64_t *planned, int64_t *actual, struct err *err)
{
    const struct monitoring *m = monitoring_of(g->tx);
    struct phased plan;
    struct node node;
    int64_t sum;

    *planned = *actual = 0;
    if (!node_plan(m, g->of->period, g->of->unit_id, g->of->measure->id, tx_arena(g->tx), &plan))
        return 0;
    if (tree_roll_up(refdata_tree(m->refdata), m->cube, g->of->unit_id, g->of->measure->id, g->of->period->from_day,
                     g->of->day, &sum, err) != 0 ||
        node_pace(&plan, g->of->day, sum, g->of->measure->money, &node, err) != 0)
        return -1;
    *planned = node.pace.pv_shown - g->planned;
    *actual = sum - g->actual;
    return 0;
}

int gathering_share(struct gathering *g, const struct member_sums *members, size_t count, struct err *err)
{
    struct apportion_part *parts = arena_array(tx_arena(g->tx), struct apportion_part, count + 1);
    int64_t planned, actual;
    bool any = false;

    if (what_is_left(g, &planned, &actual, err) != 0)
        return -1;
    if (planned <= 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        parts[i] = (struct apportion_part) { members[i].id, members[i].last > 0 ? members[i].last : 0, 0 };
        any = any || parts[i].weight;
    }
    if (!any) { /* nothing says whose it is */
        add_estimated(g, &(struct member_sums) { .actual = actual }, planned);
        return 0;
    }
    if (apportion_split(planned, parts, count, APPORTION_ZERO_REFUSE, tx_arena(g->tx), err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        add_estimated(g, &members[i], parts[i].share);
    return 0;
}

static int by_deficit(const void *a, const void *b)
{
    const Bihuan__SliceContributor *const *x = a;
    const Bihuan__SliceContributor *const *y = b;

    return (*x)->deficit > (*y)->deficit ? -1 : (*x)->deficit < (*y)->deficit;
}

void gathering_end(struct gathering *g)
{
    int64_t all = 0;

    if (g->count)
        qsort(g->items, g->count, sizeof *g->items, by_deficit);
    for (size_t i = 0; i < g->count; i++)
        all += g->items[i]->deficit;
    for (size_t i = 0; i < g->count && all > 0; i++)
        g->items[i]->share_ppm = (uint32_t)((__int128)g->items[i]->deficit * 1000000 / all);
    g->count = g->count < SHOWN_MAX ? g->count : SHOWN_MAX;
}
