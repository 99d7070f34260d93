/* decompose_conflict: which bounds contradict each other. See decompose.h.
 *
 * Bounds only ever make things harder, so a set of them is irreducible when each was tried to be left out and couldn't
 * be. Trying starts with large pieces and ends with single ones; small floors are tried first, so that few and large
 * ones remain.
 */
#include "calc/decompose.h"

#include "calc/fixed.h"

#include <stdlib.h>

struct trial {
    int64_t total;
    const struct decompose_node *nodes;
    size_t count;
    bool straight;
    bool with_total;
    int64_t *lower, *upper;         /* by node: the bounds in force */
    int64_t *sum_lower, *sum_upper; /* by node: with those beneath */
};

static int64_t add_upper(int64_t a, int64_t b)
{
    return a == DECOMPOSE_FREE || b == DECOMPOSE_FREE ? DECOMPOSE_FREE : fixed_add_saturated(a, b);
}

/* Whether the bounds in force leave a way. */
static bool is_feasible(struct trial *t)
{
    for (size_t n = 0; n < t->count; n++)
        t->sum_lower[n] = t->sum_upper[n] = 0;
    for (size_t n = t->count; n-- > 0;) {
        const struct decompose_node *node = &t->nodes[n];
        bool leaf = node->child_count == 0;

        if (leaf || !t->straight) {
            int64_t lower = t->lower[n], upper = t->upper[n];
            t->sum_lower[n] = leaf || lower > t->sum_lower[n] ? lower : t->sum_lower[n];
            t->sum_upper[n] = leaf || upper < t->sum_upper[n] ? upper : t->sum_upper[n];
        }
        if (t->sum_lower[n] > t->sum_upper[n])
            return false;
        if (node->parent != DECOMPOSE_NONE) {
            t->sum_lower[node->parent] = fixed_add_saturated(t->sum_lower[node->parent], t->sum_lower[n]);
            t->sum_upper[node->parent] = add_upper(t->sum_upper[node->parent], t->sum_upper[n]);
        }
    }
    return !t->with_total || (t->sum_lower[0] <= t->total && t->total <= t->sum_upper[0]);
}

static void put(struct trial *t, const struct decompose_bound *bound, bool in_force)
{
    if (bound->is_upper)
        t->upper[bound->node] = in_force ? bound->value : DECOMPOSE_FREE;
    else
        t->lower[bound->node] = in_force ? bound->value : 0;
}

static void put_all(struct trial *t, const struct decompose_bound *bounds, const bool *gone, size_t from, size_t until,
                    bool in_force)
{
    for (size_t i = from; i < until; i++)
        if (!gone[i])
            put(t, &bounds[i], in_force);
}

/* Leaves out what can be left out. */
static size_t reduce(struct trial *t, struct decompose_bound *bounds, size_t count, bool *gone)
{
    size_t step = 1, kept = 0;

    while (step * 2 < count)
        step *= 2;
    for (; step > 0; step /= 2)
        for (size_t from = 0; from < count; from += step) {
            size_t until = from + step < count ? from + step : count;

            put_all(t, bounds, gone, from, until, false);
            if (is_feasible(t)) {
                put_all(t, bounds, gone, from, until, true);
                continue;
            }
            for (size_t i = from; i < until; i++)
                gone[i] = true;
        }
    for (size_t i = 0; i < count; i++)
        if (!gone[i])
            bounds[kept++] = bounds[i];
    return kept;
}

static int by_weakness(const void *a, const void *b)
{
    const struct decompose_bound *x = a, *y = b;

    if (x->is_upper != y->is_upper)
        return x->is_upper ? -1 : 1;
    if (x->value != y->value) /* a small floor and a large ceiling hinder least */
        return (x->value < y->value) != x->is_upper ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static int by_node(const void *a, const void *b)
{
    const struct decompose_bound *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return (int)x->is_upper - (int)y->is_upper;
}

static size_t gather(const struct decompose_node *nodes, size_t count, bool straight, struct decompose_bound *out)
{
    size_t found = 0;

    for (size_t n = 0; n < count; n++) {
        if (straight && nodes[n].child_count)
            continue;
        if (nodes[n].part.lower > 0)
            out[found++] = (struct decompose_bound) { (uint32_t)n, false, nodes[n].part.lower };
        if (nodes[n].part.upper != DECOMPOSE_FREE)
            out[found++] = (struct decompose_bound) { (uint32_t)n, true, nodes[n].part.upper };
    }
    return found;
}

size_t decompose_conflict(int64_t total, const struct decompose_node *nodes, size_t count, bool straight,
                          struct arena *scratch, struct decompose_bound **bounds, bool *total_counts)
{
    struct trial t = { .total = total, .nodes = nodes, .count = count, .straight = straight, .with_total = true };
    struct decompose_bound *all = arena_array(scratch, struct decompose_bound, 2 * count);
    size_t found = gather(nodes, count, straight, all);

    t.lower = arena_array(scratch, int64_t, count);
    t.upper = arena_array(scratch, int64_t, count);
    t.sum_lower = arena_array(scratch, int64_t, count);
    t.sum_upper = arena_array(scratch, int64_t, count);
    for (size_t n = 0; n < count; n++)
        t.upper[n] = DECOMPOSE_FREE;
    for (size_t i = 0; i < found; i++)
        put(&t, &all[i], true);
    if (count == 0 || is_feasible(&t))
        return 0;
    t.with_total = false; /* the total is the first that is tried to be left out */
    *total_counts = t.with_total = is_feasible(&t);
    qsort(all, found, sizeof *all, by_weakness);
    found = reduce(&t, all, found, arena_array(scratch, bool, found));
    qsort(all, found, sizeof *all, by_node);
    *bounds = all;
    return found;
}
