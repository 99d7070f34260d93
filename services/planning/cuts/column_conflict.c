/* column_conflict: see column_conflict.h. A unit's amount is the total, its columns are the parts, and below each of
 * these stands the tree of units: so it is a matter of one tree, as decompose_conflict() knows it. */
#include "planning/cuts/column_conflict.h"

#include "calc/decompose.h"
#include "calc/fixed.h"

#define TRIED_MAX 20 /* units whose sets are worked out to find the smallest one */

struct search {
    const struct spread *s;
    struct arena *arena;
    bool *holds;            /* by node: those below it have no more than it has */
    int64_t *own;           /* by node: what it keeps beside those below it */
    int64_t *lower, *upper; /* by node * columns: with what those below ask for */
};

static bool has_below(const struct search *q, uint32_t node)
{
    const struct outline *o = q->s->outline;

    for (uint32_t c = 0; c < o->child_count[node] && q->holds[node]; c++)
        if (q->s->amount[o->first_child[node] + c] >= 0)
            return true;
    return false;
}

/* --- who can't
 * --------------------------------------------------------------------------------------------------------
 */
static void find_holding(struct search *q)
{
    const struct outline *o = q->s->outline;

    for (uint32_t n = 0; n < o->count; n++) {
        int64_t left = q->s->amount[n];

        for (uint32_t c = 0; c < o->child_count[n]; c++)
            if (q->s->amount[o->first_child[n] + c] > 0)
                left = left < q->s->amount[o->first_child[n] + c] ? -1 : left - q->s->amount[o->first_child[n] + c];
        q->holds[n] = left >= 0;
    }
}

static void find_range(struct search *q, uint32_t node, size_t k)
{
    const struct spread *s = q->s;
    const struct outline *o = s->outline;
    size_t at = node * s->columns + k;
    int64_t least = 0, most = q->own[node];

    for (uint32_t c = 0; c < o->child_count[node] && has_below(q, node); c++) {
        uint32_t child = o->first_child[node] + c;

        if (s->amount[child] < 0)
            continue;
        least = fixed_add_saturated(least, q->lower[child * s->columns + k]);
        most = fixed_add_saturated(most, q->upper[child * s->columns + k]);
    }
    q->lower[at] = s->lower[at] > least ? s->lower[at] : least;
    q->upper[at] = s->upper[at] < most ? s->upper[at] : most;
}

/* Whether the columns can't be what the unit has. */
static bool is_stuck(const struct search *q, uint32_t node)
{
    int64_t least = 0, most = 0;
    bool crossed = false;

    for (size_t k = 0; k < q->s->columns; k++) {
        size_t at = node * q->s->columns + k;

        crossed = crossed || q->lower[at] > q->upper[at];
        least = fixed_add_saturated(least, q->lower[at]);
        most = fixed_add_saturated(most, q->upper[at]);
    }
    return crossed || least > q->s->amount[node] || most < q->s->amount[node];
}

/* --- its set
 * ----------------------------------------------------------------------------------------------------------
 */
struct tree {
    struct decompose_node *nodes;
    struct column_bound *of; /* by its node: which unit and column; `amount` where the ceiling is */
    size_t count;
};

static void add_node(struct tree *t, uint32_t parent, struct column_bound of, int64_t lower, int64_t upper)
{
    if (!t->nodes[parent].child_count++)
        t->nodes[parent].first_child = (uint32_t)t->count;
    t->of[t->count] = of;
    t->nodes[t->count] = (struct decompose_node) { .part = { .id = t->count, .lower = lower, .upper = upper },
                                                   .parent = parent };
    t->count++;
}

static void add_cell(const struct search *q, struct tree *t, uint32_t parent, uint32_t node, size_t k, bool top)
{
    const struct spread *s = q->s;
    size_t at = node * s->columns + k;
    bool amount = !top && !has_below(q, node) && s->amount[node] < s->upper[at];

    add_node(t, parent, (struct column_bound) { .node = node, .column = k, .amount = amount }, s->lower[at],
             amount ? s->amount[node] : s->upper[at]);
}

static void add_below(const struct search *q, struct tree *t, uint32_t parent)
{
    const struct outline *o = q->s->outline;
    struct column_bound of = t->of[parent];

    if (!has_below(q, of.node))
        return;
    for (uint32_t c = 0; c < o->child_count[of.node]; c++)
        if (q->s->amount[o->first_child[of.node] + c] >= 0)
            add_cell(q, t, parent, o->first_child[of.node] + c, of.column, false);
    of.amount = true;
    if (q->own[of.node] > 0)
        add_node(t, parent, of, 0, q->own[of.node]);
}

static void build(const struct search *q, uint32_t node, struct tree *t)
{
    t->nodes[0] = (struct decompose_node) { .part.upper = DECOMPOSE_FREE, .parent = DECOMPOSE_NONE };
    t->count = 1;
    for (size_t k = 0; k < q->s->columns; k++)
        add_cell(q, t, 0, node, k, true);
    for (size_t i = 1; i < t->count; i++) { /* breadth first: a rest has the unit of its parent, and nothing below */
        bool rest = t->nodes[i].parent && t->of[t->nodes[i].parent].node == t->of[i].node;

        if (!rest)
            add_below(q, t, (uint32_t)i);
    }
}

static void find_set(const struct search *q, uint32_t node, struct tree *t, struct column_conflict *out)
{
    struct decompose_bound *found = NULL;

    *out = (struct column_conflict) { .node = node };
    build(q, node, t);
    out->count = decompose_conflict(q->s->amount[node], t->nodes, t->count, false, q->arena, &found,
                                    &out->total_counts);
    out->bounds = arena_array(q->arena, struct column_bound, out->count);
    for (size_t i = 0; i < out->count; i++) {
        out->bounds[i] = t->of[found[i].node];
        out->bounds[i].is_upper = found[i].is_upper;
        out->bounds[i].value = found[i].value;
        out->bounds[i].amount = out->bounds[i].amount && found[i].is_upper;
    }
}

bool column_conflict_find(const struct spread *s, struct arena *arena, struct column_conflict *out)
{
    const struct outline *o = s->outline;
    size_t cells = o->count * s->columns, tried = 0;
    struct search q = { .s = s,
                        .arena = arena,
                        .holds = arena_array(arena, bool, o->count),
                        .own = arena_array(arena, int64_t, o->count),
                        .lower = arena_array(arena, int64_t, cells),
                        .upper = arena_array(arena, int64_t, cells) };
    struct tree tree = { arena_array(arena, struct decompose_node, 2 * cells + 1),
                         arena_array(arena, struct column_bound, 2 * cells + 1), 0 };
    struct column_conflict set;

    *out = (struct column_conflict) { 0 };
    find_holding(&q);
    spread_own(o, s->amount, q.own);
    for (uint32_t n = o->count; n-- > 0 && tried < TRIED_MAX;) { /* the lowest units first: their sets are small */
        if (s->amount[n] < 0)
            continue;
        for (size_t k = 0; k < s->columns; k++)
            find_range(&q, n, k);
        if (!is_stuck(&q, n))
            continue;
        tried++;
        find_set(&q, n, &tree, &set);
        if (set.count && (!out->count || set.count <= out->count))
            *out = set;
    }
    return out->count > 0;
}
