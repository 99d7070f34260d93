/* judge_collect: the units that a rule is about, with their figures of the day. See judge.h. */
#include "monitoring/judging/judge.h"

#include "monitoring/feeds/standing.h"
#include "refdata/sums.h"

#include <string.h>

#define TYPES_MAX     64
#define TARGETS_AHEAD 12 /* units whose targets are on their way while others are worked on */

static bool is_wanted(const struct judgement *j, const struct ref_unit *unit)
{
    if (j->trial && j->trial->only && j->trial->only != unit->id && !j->kind->peers)
        return false;
    return judge_covers(j->m, j->rule, unit, j->day);
}

static struct ref_key key_of(const struct judgement *j, uint32_t unit_id)
{
    return (struct ref_key) { unit_id, j->measure->id, j->channel_id, j->product_id };
}

static int collect_sums(struct judgement *j, int64_t *sums, uint32_t limit, struct err *err)
{
    const struct tree *tree = refdata_tree(j->m->refdata);
    uint32_t only = j->trial && !j->kind->peers ? j->trial->only : 0;

    if (only)
        return tree_roll_up(tree, j->series.cube, only, j->series.number, j->period->from_day, j->day, &sums[only],
                            err);
    if (!j->trial) /* day after day; and nobody else is at the cube */
        return tree_roll_up_on(tree, j->series.cube, j->series.number, j->period->from_day, j->day, &j->scratch, sums,
                               limit, err);
    return tree_roll_up_all(tree, j->series.cube, j->series.number, j->period->from_day, j->day, &j->scratch, sums,
                            limit, err);
}

static int collect_nodes(struct judgement *j, uint32_t limit, struct err *err)
{
    int64_t *sums = arena_array(&j->scratch, int64_t, limit);

    if (collect_sums(j, sums, limit, err) != 0)
        return -1;
    for (uint32_t u = 1; u < limit; u++) {
        const struct ref_unit *unit = refdata_unit(j->m->refdata, u);
        const struct ref_key key = key_of(j, u);
        struct phased plan;

        refdata_target_soon(j->m->refdata, j->period->id, key_of(j, u + TARGETS_AHEAD));
        if (!unit || !is_wanted(j, unit) || !node_plan_of(j->m, j->period, &key, &j->scratch, &plan))
            continue;
        if (j->kind->peers ? node_pace(&plan, j->day, sums[u], j->measure->money, &j->nodes[j->count], err) != 0
                           : node_glance(&plan, j->day, sums[u], &j->nodes[j->count], err) != 0)
            return -1;
        j->nodes[j->count].unit_id = u;
        j->index_of[u] = (uint32_t)++j->count;
    }
    return 0;
}

/* Of a rule over a limit: all units it is about, whether they have a target or not. */
static int collect_limit(struct judgement *j, uint32_t limit, struct err *err)
{
    int64_t *sums = arena_array(&j->scratch, int64_t, limit + 1);
    int32_t from = j->measure->level ? j->day : j->period->from_day;

    if (measure_sum_all(j->m->refdata, j->m->cube, j->measure, from, j->day, &j->scratch, sums, limit, err) != 0)
        return -1;
    for (uint32_t u = 1; u < limit; u++) {
        const struct ref_unit *unit = refdata_unit(j->m->refdata, u);

        if (!unit || !is_wanted(j, unit))
            continue;
        j->nodes[j->count] = (struct node) { .unit_id = u, .bac = j->rule->limit, .ev = sums[u] };
        j->index_of[u] = (uint32_t)++j->count;
    }
    return 0;
}

/* The other measure of the same units. */
static int collect_against(struct judgement *j, struct err *err)
{
    const struct ref_measure *measure = refdata_measure_by_code(j->m->refdata, j->rule->against);
    const struct tree *tree = refdata_tree(j->m->refdata);

    j->against = arena_array(&j->scratch, struct node, j->count + 1);
    for (size_t i = 0; measure && i < j->count; i++) {
        uint32_t unit = j->nodes[i].unit_id;
        struct phased plan;
        int64_t sum;

        if (!node_plan(j->m, j->period, unit, measure->id, &j->scratch, &plan))
            continue;
        if (tree_roll_up(tree, j->m->cube, unit, measure->id, j->period->from_day, j->day, &sum, err) != 0 ||
            node_pace(&plan, j->day, sum, measure->money, &j->against[i], err) != 0)
            return -1;
    }
    return 0;
}

/* Units by their type, and how each type does. */
static void collect_peers(struct judgement *j)
{
    const char *types[TYPES_MAX];
    double *values = arena_array(&j->scratch, double, j->count + 1);
    uint32_t type_count = 0;

    j->peers_of = arena_array(&j->scratch, uint8_t, j->count + 1);
    j->peers = arena_array(&j->scratch, struct verdict_peers, TYPES_MAX);
    for (size_t i = 0; i < j->count; i++) {
        const char *type = refdata_unit(j->m->refdata, j->nodes[i].unit_id)->type;
        uint32_t t = 0;

        while (t < type_count && strcmp(types[t], type) != 0)
            t++;
        if (t == TYPES_MAX)
            t--; /* more types than anybody has: the last of them share */
        else if (t == type_count)
            types[type_count++] = type;
        j->peers_of[i] = (uint8_t)t;
    }
    for (uint32_t t = 0; t < type_count; t++) {
        uint32_t n = 0;

        for (size_t i = 0; i < j->count; i++)
            if (j->peers_of[i] == t && j->nodes[i].pace.spi.defined)
                values[n++] = (double)j->nodes[i].pace.spi.ppm / 1e6;
        j->peers[t] = outlier_peers(values, n);
    }
}

/* Of a ratio by what both parts count. */
static void find_standing(struct judgement *j, uint32_t limit)
{
    const struct clock *clock = runtime_clock(tx_runtime(j->tx));
    const struct ref_measure *measures[3] = { j->measure, refdata_measure_by_code(j->m->refdata, j->measure->of),
                                              refdata_measure_by_code(j->m->refdata, j->measure->over) };
    uint8_t *standing = arena_array(&j->scratch, uint8_t, limit);
    bool any = false;

    for (int i = 0; i < 3; i++)
        if (measures[i] && measures[i]->fact[0] &&
            standing_find(j->m, clock, measures[i]->fact, j->day, &j->scratch, standing, limit))
            any = true;
    j->standing = any ? standing : NULL;
}

int judge_collect(struct judgement *j, struct err *err)
{
    uint32_t limit = refdata_unit_limit(j->m->refdata), tree_limit = tree_unit_limit(refdata_tree(j->m->refdata));
    struct arena *arena = &j->scratch;

    if (limit < tree_limit)
        limit = tree_limit;
    j->unit_limit = limit;
    j->nodes = arena_array(arena, struct node, limit);
    j->alerts = arena_array(arena, struct alert *, limit);
    j->moves = arena_array(arena, const char *, limit);
    j->index_of = arena_array(arena, uint32_t, limit);
    find_standing(j, limit);
    if (j->kind->by == KIND_BY_LIMIT)
        return collect_limit(j, limit, err);
    if (!j->measure->additive)
        return judge_ratio_collect(j, limit, err);
    if (collect_nodes(j, limit, err) != 0)
        return -1;
    if (j->kind->peers)
        collect_peers(j);
    return j->kind->against ? collect_against(j, err) : 0;
}
