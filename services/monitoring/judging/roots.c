/* roots: see roots.h. */
#include "monitoring/judging/roots.h"

#include <stdlib.h>

/* Children of each node as ranges of `child`: counting sort by parent. */
static void index_children(const struct roots_node *nodes, size_t count, uint32_t *children_at, uint32_t *child)
{
    for (size_t i = 0; i <= count; i++)
        children_at[i] = 0;
    for (size_t i = 0; i < count; i++)
        if (nodes[i].parent != ROOTS_NONE)
            children_at[nodes[i].parent + 1]++;
    for (size_t i = 0; i < count; i++)
        children_at[i + 1] += children_at[i];
    for (size_t i = count; i-- > 0;)
        if (nodes[i].parent != ROOTS_NONE)
            child[--children_at[nodes[i].parent + 1]] = (uint32_t)i;
    /* each start was moved down to the range's first; the range of p now begins at children_at[p + 1] */
}

static void range_of(const uint32_t *children_at, size_t count, uint32_t node, size_t total, size_t *from, size_t *to)
{
    *from = children_at[node + 1];
    *to = node + 2 <= count ? children_at[node + 2] : total;
}

/* Largest deficits of those in breach, at most `few` (ROOTS_FEW_MAX); returns their sum. Who isn't announced stands for
 * nothing, however much it lacks. */
static int64_t top_deficits(const struct roots_node *nodes, const uint32_t *child, size_t from, size_t to, size_t few)
{
    int64_t top[ROOTS_FEW_MAX] = { 0 };
    int64_t sum = 0;

    for (size_t i = from; i < to; i++) {
        int64_t d = nodes[child[i]].breach ? nodes[child[i]].deficit : 0;

        for (size_t k = 0; k < few; k++)
            if (d > top[k]) {
                int64_t swap = top[k];

                top[k] = d;
                d = swap;
            }
    }
    for (size_t k = 0; k < few; k++)
        sum += top[k];
    return sum;
}

static bool is_concentrated(const struct roots_node *node, const struct roots_node *nodes, const uint32_t *child,
                            size_t from, size_t to, const struct roots_limits *limits)
{
    size_t half = (to - from) / 2;
    size_t few = half < limits->few ? half : limits->few;

    if (!few || node->deficit <= 0)
        return false;
    return (__int128)top_deficits(nodes, child, from, to, few) * 1000000 >= (__int128)node->deficit * limits->share_ppm;
}

struct walk {
    struct roots_node *nodes;
    size_t count, total;
    const uint32_t *children_at, *child;
    const struct roots_limits *limits;
};

static void visit(const struct walk *walk, uint32_t at, uint32_t root)
{
    struct roots_node *node = &walk->nodes[at];
    uint32_t below = root;
    size_t from;
    size_t to;

    range_of(walk->children_at, walk->count, at, walk->total, &from, &to);
    if (root != ROOTS_NONE) {
        node->gathered = node->breach ? root : ROOTS_NONE;
    } else if (node->breach) {
        node->mention = is_concentrated(node, walk->nodes, walk->child, from, to, walk->limits);
        below = node->mention ? ROOTS_NONE : at;
    }
    for (size_t i = from; i < to; i++)
        visit(walk, walk->child[i], below);
}

void roots_find(struct roots_node *nodes, size_t count, uint32_t *children_at, uint32_t *child,
                const struct roots_limits *limits)
{
    struct walk walk = { .nodes = nodes, .count = count, .children_at = children_at, .child = child, .limits = limits };

    index_children(nodes, count, children_at, child);
    for (size_t i = 0; i < count; i++) {
        nodes[i].mention = false;
        nodes[i].gathered = ROOTS_NONE;
        walk.total += nodes[i].parent != ROOTS_NONE;
    }
    for (size_t i = 0; i < count; i++)
        if (nodes[i].parent == ROOTS_NONE)
            visit(&walk, (uint32_t)i, ROOTS_NONE);
}

const uint32_t *roots_children(const struct roots_node *nodes, size_t count, const uint32_t *children_at,
                               const uint32_t *child, uint32_t node, size_t *child_count)
{
    size_t from = children_at[node + 1], to = from;

    if (node + 2 <= count)
        to = children_at[node + 2];
    else
        for (size_t i = 0; i < count; i++) /* the last range has no other behind it */
            to += nodes[i].parent == node;
    *child_count = to - from;
    return child + from;
}
