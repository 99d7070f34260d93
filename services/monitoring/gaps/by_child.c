/* by_child: units below whose lack makes a gap, also where they have no target. See by_slice.h. */
#include "monitoring/gaps/by_slice.h"
#include "monitoring/judging/node.h"

static int sums_of(struct gathering *g, uint32_t child, struct member_sums *out, struct err *err)
{
    const struct monitoring *m = monitoring_of(g->tx);
    const struct by_slice *of = g->of;
    const struct ref_unit *unit = refdata_unit(m->refdata, child);

    *out = (struct member_sums) { unit ? unit->code : "", unit ? unit->name : "", child, 0, 0 };
    return tree_roll_up(refdata_tree(m->refdata), m->cube, child, of->measure->id, of->period->from_day, of->day,
                        &out->actual, err) != 0
               ? -1
               : tree_roll_up(refdata_tree(m->refdata), m->cube, child, of->measure->id, by_slice_last_from(of),
                              of->period->from_day - 1, &out->last, err);
}

int by_child(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    uint32_t limit = refdata_unit_limit(m->refdata), *children = arena_array(tx_arena(tx), uint32_t, limit + 1);
    size_t n = tree_children(refdata_tree(m->refdata), of->unit_id, of->day, children, limit);
    struct member_sums *others = arena_array(tx_arena(tx), struct member_sums, n + 1), member;
    struct gathering g = { .tx = tx, .of = of };
    size_t other_count = 0;

    g.items = arena_array(tx_arena(tx), Bihuan__SliceContributor *, n + 2);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        struct phased plan;
        bool planned = node_plan(m, of->period, children[i], of->measure->id, tx_arena(tx), &plan);

        if (sums_of(&g, children[i], &member, err) != 0 ||
            (planned && gathering_add(&g, &plan, &member, true, err) != 0))
            return -1;
        if (!planned)
            others[other_count++] = member;
    }
    if (other_count && gathering_share(&g, others, other_count, err) != 0)
        return -1;
    if (!g.estimated)
        return 0; /* who has a target is told of with the alert */
    gathering_end(&g);
    *items = g.items;
    *count = g.count;
    return 0;
}
