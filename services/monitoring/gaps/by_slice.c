/* by_slice: of which channels and products a gap is made. A product stands for all beneath it; where neither it nor one
 * above or below it has a target, the topmost of its tree does. See by_slice.h. */
#include "monitoring/gaps/by_slice.h"

#include "monitoring/judging/node.h"
#include "monitoring/progress/slice_sums.h"

/* What each member did by itself, and what stands for it. */
struct slices_of {
    struct gathering g;
    uint32_t limit;
    int64_t *own, *last;   /* by member; 0: facts without one */
    uint32_t *top;         /* the topmost with a target at or above it; else the topmost of all */
    bool *planned, *below; /* has a target; has one somewhere beneath */
};

static uint32_t parent_of(const struct slices_of *s, uint32_t id)
{
    const struct ref_product *product = s->g.of->by_product ? refdata_product(monitoring_of(s->g.tx)->refdata, id)
                                                            : NULL;

    return product && product->parent_id < s->limit ? product->parent_id : 0;
}

static struct member_sums name_of(const struct slices_of *s, uint32_t id)
{
    const struct refdata *refdata = monitoring_of(s->g.tx)->refdata;
    const struct ref_product *product = s->g.of->by_product ? refdata_product(refdata, id) : NULL;
    const struct ref_channel *channel = s->g.of->by_product ? NULL : refdata_channel(refdata, id);

    if (product)
        return (struct member_sums) { product->code, product->name, id, 0, 0 };
    return channel ? (struct member_sums) { channel->code, channel->name, id, 0, 0 }
                   : (struct member_sums) { "", "", 0, 0, 0 };
}

static bool plan_of(const struct slices_of *s, uint32_t id, struct phased *plan)
{
    const struct by_slice *of = s->g.of;
    const struct ref_key key = { of->unit_id, of->measure->id, of->by_product ? 0 : id, of->by_product ? id : 0 };

    return name_of(s, id).id && node_plan_of(monitoring_of(s->g.tx), of->period, &key, tx_arena(s->g.tx), plan);
}

static void find_tops(struct slices_of *s)
{
    struct phased plan;

    for (uint32_t id = 1; id < s->limit; id++)
        s->planned[id] = plan_of(s, id, &plan);
    for (uint32_t id = 1; id < s->limit; id++) {
        uint32_t at = id, planned = 0, last = id;

        for (int steps = 0; at && steps < 64; steps++, at = parent_of(s, at)) {
            planned = s->planned[at] ? at : planned;
            s->below[at] = s->below[at] || (s->planned[id] && at != id);
            last = at;
        }
        s->top[id] = planned ? planned : last;
    }
}

/* A product's sum has everything beneath it. */
static int64_t sum_of(const struct slices_of *s, uint32_t id)
{
    int64_t sum = 0;

    for (uint32_t other = 1; other < s->limit; other++) {
        uint32_t at = other;

        if (!s->own[other])
            continue;
        for (int steps = 0; at && at != id && steps < 64; steps++)
            at = parent_of(s, at);
        sum += at == id ? s->own[other] : 0;
    }
    return sum;
}

static int add_planned(struct slices_of *s, struct err *err)
{
    for (uint32_t id = 1; id < s->limit; id++) {
        struct member_sums member = name_of(s, id);
        struct phased plan;

        if (!s->planned[id] || !plan_of(s, id, &plan))
            continue;
        member.actual = sum_of(s, id);
        if (gathering_add(&s->g, &plan, &member, s->top[id] == id, err) != 0)
            return -1;
    }
    return 0;
}

/* The others, each under the topmost that stands for it; what has targets in part only, or no name, is under 0. */
static int add_others(struct slices_of *s, struct err *err)
{
    struct member_sums *members = arena_array(tx_arena(s->g.tx), struct member_sums, s->limit + 1);
    size_t count = 0;

    for (uint32_t id = 0; id < s->limit; id++)
        members[id] = name_of(s, id);
    for (uint32_t id = 0; id < s->limit; id++) {
        uint32_t top = id ? s->top[id] : 0;

        if (top && s->planned[top])
            continue;
        top = top && s->below[top] ? 0 : top;
        members[top].actual += s->own[id];
        members[top].last += s->last[id];
    }
    for (uint32_t id = 0; id < s->limit; id++)
        if (members[id].actual || members[id].last)
            members[count++] = members[id];
    return gathering_share(&s->g, members, count, err);
}

int by_slice(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err)
{
    const struct refdata *refdata = monitoring_of(tx)->refdata;
    const struct slice_range now = { of->unit_id, of->measure, of->period->from_day, of->day, of->by_product, 0 };
    const struct slice_range last = {
        of->unit_id, of->measure, by_slice_last_from(of), of->period->from_day - 1, of->by_product, 0
    };
    uint32_t limit = of->by_product ? refdata_product_limit(refdata) : refdata_channel_limit(refdata);
    struct slices_of s = { .g = { .tx = tx, .of = of }, .limit = limit };
    struct arena *arena = tx_arena(tx);

    s.own = arena_array(arena, int64_t, limit + 1);
    s.last = arena_array(arena, int64_t, limit + 1);
    s.top = arena_array(arena, uint32_t, limit + 1);
    s.planned = arena_array(arena, bool, limit + 1);
    s.below = arena_array(arena, bool, limit + 1);
    s.g.items = arena_array(arena, Bihuan__SliceContributor *, limit + 2);
    if (slice_sums(tx, &now, s.own, limit, err) != 0 || slice_sums(tx, &last, s.last, limit, err) != 0)
        return -1;
    find_tops(&s);
    if (add_planned(&s, err) != 0 || add_others(&s, err) != 0)
        return -1;
    gathering_end(&s.g);
    *items = s.g.items;
    *count = s.g.count;
    return 0;
}
