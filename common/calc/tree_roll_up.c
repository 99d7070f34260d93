/* tree_roll_up: orders and sums over the tree; see tree.h. */
#include <stdlib.h>
#include <string.h>

#include "calc/fixed.h"
#include "calc/tree_internal.h"

/* The tree of one day, as lists by index: children of u are first[u], next[first[u]], ... */
struct day_lists {
    uint32_t *parent;
    uint32_t *first;
    uint32_t *next;
};

static struct day_lists lists_of_day(const struct tree *tree, int32_t day, struct arena *scratch)
{
    uint32_t n = tree->unit_limit;
    struct day_lists lists = { arena_array(scratch, uint32_t, n), arena_array(scratch, uint32_t, n),
                               arena_array(scratch, uint32_t, n) };

    memset(lists.first, 0xff, n * sizeof *lists.first); /* TREE_NONE */
    for (uint32_t u = n; u-- > 0;) {                    /* downward, so that each list ascends */
        uint32_t p = lists.parent[u] = tree_parent(tree, u, day);

        lists.next[u] = TREE_NONE;
        if (p != TREE_NONE) {
            lists.next[u] = lists.first[p];
            lists.first[p] = u;
        }
    }
    return lists;
}

static uint32_t deepest_first(const struct day_lists *lists, uint32_t u)
{
    while (lists->first[u] != TREE_NONE)
        u = lists->first[u];
    return u;
}

/* Walks one root's tree without a stack: the lists themselves say where to go on. */
static size_t walk_root(const struct day_lists *lists, uint32_t root, uint32_t *units, size_t count)
{
    uint32_t u = deepest_first(lists, root);

    for (;;) {
        units[count++] = u;
        if (u == root)
            return count;
        u = lists->next[u] != TREE_NONE ? deepest_first(lists, lists->next[u]) : lists->parent[u];
    }
}

static size_t order_lists(const struct tree *tree, const struct day_lists *lists, uint32_t *units)
{
    size_t count = 0;

    for (uint32_t u = 0; u < tree->unit_limit; u++)
        if (tree->units[u].named && lists->parent[u] == TREE_NONE)
            count = walk_root(lists, u, units, count);
    return count;
}

void tree_post_order(const struct tree *tree, int32_t day, struct arena *scratch, uint32_t **units, size_t *count)
{
    struct day_lists lists = lists_of_day(tree, day, scratch);

    *units = arena_array(scratch, uint32_t, tree->unit_limit);
    *count = order_lists(tree, &lists, *units);
}

/* Own contributions plus each child's on the days it was a child. Depth is bounded by TREE_DEPTH_MAX. */
static __int128 roll_up(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t from,
                        int32_t to)
{
    const struct tree_relations *children = &tree_unit_find(tree, node)->children;
    __int128 sum = cube_sum(cube, node, measure, from, to);

    for (uint32_t i = 0; i < children->count; i++) {
        const struct tree_relation *r = &children->items[i];
        int32_t lo = from > r->from_day ? from : r->from_day;
        int32_t hi = to < r->until_day - 1 ? to : r->until_day - 1;

        if (lo <= hi)
            sum += roll_up(tree, cube, r->unit, measure, lo, hi);
    }
    return sum;
}

int tree_roll_up(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t from_day,
                 int32_t to_day, int64_t *sum, struct err *err)
{
    if (to_day < from_day) {
        *sum = 0;
        return 0;
    }
    return fixed_div_round(roll_up(tree, cube, node, measure, from_day, to_day), 1, ROUND_DOWN, sum, err);
}

/* Adds the days of `node` and of all beneath it, each child's on the days it was a child; `buffer` has room for all. */
static bool add_days(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t from,
                     int32_t to, int64_t *days, int64_t *buffer)
{
    const struct tree_relations *children = &tree_unit_find(tree, node)->children;
    bool over = false;

    cube_days(cube, node, measure, from, to, buffer);
    for (int32_t i = 0; i <= to - from; i++)
        over |= __builtin_add_overflow(days[i], buffer[i], &days[i]);
    for (uint32_t i = 0; i < children->count; i++) {
        const struct tree_relation *r = &children->items[i];
        int32_t lo = from > r->from_day ? from : r->from_day;
        int32_t hi = to < r->until_day - 1 ? to : r->until_day - 1;

        if (lo <= hi)
            over |= add_days(tree, cube, r->unit, measure, lo, hi, days + (lo - from), buffer);
    }
    return over;
}

int tree_roll_up_days(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure,
                      int32_t from_day, int32_t to_day, int64_t *days, struct err *err)
{
    int64_t *buffer;
    bool over;

    if (to_day < from_day)
        return 0;
    buffer = malloc((size_t)(to_day - from_day + 1) * sizeof *buffer);
    if (!buffer)
        abort();
    memset(days, 0, (size_t)(to_day - from_day + 1) * sizeof *days);
    over = add_days(tree, cube, node, measure, from_day, to_day, days, buffer);
    free(buffer);
    return over ? err_fail(err, ERR_INVALID, "overflow", "a sum of days leaves 64 bits") : 0;
}

static int by_day(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static size_t add_day(int32_t *days, size_t count, int32_t day, int32_t from_day, int32_t to_day)
{
    if (day > from_day && day <= to_day)
        days[count++] = day;
    return count;
}

/* First days of the stretches without change: from_day, then each day in the range on which a relation changes. */
static size_t stretches(const struct tree *tree, int32_t from_day, int32_t to_day, struct arena *scratch,
                        int32_t **starts)
{
    size_t relations = 0, count = 0, kept = 1;
    int32_t *days;

    for (uint32_t u = 0; u < tree->unit_limit; u++)
        relations += tree->units[u].parents.count;
    days = arena_array(scratch, int32_t, 2 * relations + 1);
    days[count++] = from_day;
    for (uint32_t u = 0; u < tree->unit_limit; u++) {
        const struct tree_relations *parents = &tree->units[u].parents;

        for (uint32_t i = 0; i < parents->count; i++) {
            count = add_day(days, count, parents->items[i].from_day, from_day, to_day);
            count = add_day(days, count, parents->items[i].until_day, from_day, to_day);
        }
    }
    qsort(days, count, sizeof *days, by_day);
    for (size_t i = 1; i < count; i++)
        if (days[i] != days[kept - 1])
            days[kept++] = days[i];
    *starts = days;
    return kept;
}

static int add_to(int64_t *sum, int64_t more, struct err *err)
{
    return fixed_add(*sum, more, sum, err);
}

/* Whose sums; `going_on`: of the cube as well, where it may keep them. */
struct summing {
    const struct cube *cube;
    struct cube *going_on;
};

/* One stretch: own sums, then each unit's subtree into its parent's, by the tree of one day. */
static int roll_stretch(const struct tree *tree, const struct summing *by, uint32_t measure, int32_t from, int32_t to,
                        int32_t tree_day, struct arena *scratch, int64_t *part, int64_t *sums, uint32_t unit_limit,
                        struct err *err)
{
    struct day_lists lists = lists_of_day(tree, tree_day, scratch);
    uint32_t *order = arena_array(scratch, uint32_t, tree->unit_limit);
    size_t count = order_lists(tree, &lists, order);

    if (by->going_on)
        cube_sums_on(by->going_on, measure, from, to, part, unit_limit);
    else
        cube_sums(by->cube, measure, from, to, part, unit_limit);
    for (size_t i = 0; i < count; i++)
        if (lists.parent[order[i]] != TREE_NONE && add_to(&part[lists.parent[order[i]]], part[order[i]], err) != 0)
            return -1;
    for (uint32_t u = 0; u < unit_limit; u++)
        if (add_to(&sums[u], part[u], err) != 0)
            return -1;
    return 0;
}

static int roll_all(const struct tree *tree, const struct summing *by, uint32_t measure, int32_t from_day,
                    int32_t to_day, struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err)
{
    int64_t *part, *total;
    int32_t *starts = NULL;
    size_t count;

    if (unit_limit < tree->unit_limit)
        return err_fail(err, ERR_INVALID, "tree_unit", "no room for unit %u", tree->unit_limit - 1);
    part = arena_array(scratch, int64_t, unit_limit);
    total = arena_array(scratch, int64_t, unit_limit);
    count = to_day < from_day ? 0 : stretches(tree, from_day, to_day, scratch, &starts);
    for (size_t i = 0; i < count; i++) {
        int32_t end = i + 1 < count ? starts[i + 1] - 1 : to_day;

        if (roll_stretch(tree, by, measure, starts[i], end, starts[i], scratch, part, total, unit_limit, err) != 0)
            return -1;
    }
    memcpy(sums, total, unit_limit * sizeof *sums);
    return 0;
}

int tree_roll_up_all(const struct tree *tree, const struct cube *cube, uint32_t measure, int32_t from_day,
                     int32_t to_day, struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err)
{
    const struct summing by = { cube, NULL };

    return roll_all(tree, &by, measure, from_day, to_day, scratch, sums, unit_limit, err);
}

int tree_roll_up_on(const struct tree *tree, struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day,
                    struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err)
{
    const struct summing by = { cube, cube };

    return roll_all(tree, &by, measure, from_day, to_day, scratch, sums, unit_limit, err);
}

/* --- levels --------------------------------------------------------------------------------------------------------
 */

static __int128 level_below(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure,
                            int32_t to_day, int32_t tree_day)
{
    const struct tree_relations *children = &tree_unit_find(tree, node)->children;
    __int128 sum = cube_sum(cube, node, measure, 0, to_day);

    for (uint32_t i = 0; i < children->count; i++)
        if (children->items[i].from_day <= tree_day && tree_day < children->items[i].until_day)
            sum += level_below(tree, cube, children->items[i].unit, measure, to_day, tree_day);
    return sum;
}

int tree_level(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t to_day,
               int32_t tree_day, int64_t *sum, struct err *err)
{
    return fixed_div_round(level_below(tree, cube, node, measure, to_day, tree_day), 1, ROUND_DOWN, sum, err);
}

int tree_level_all(const struct tree *tree, const struct cube *cube, uint32_t measure, int32_t to_day, int32_t tree_day,
                   struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err)
{
    int64_t *part = arena_array(scratch, int64_t, unit_limit);
    const struct summing by = { cube, NULL };

    if (unit_limit < tree->unit_limit)
        return err_fail(err, ERR_INVALID, "tree_unit", "no room for unit %u", tree->unit_limit - 1);
    memset(sums, 0, unit_limit * sizeof *sums);
    return roll_stretch(tree, &by, measure, 0, to_day, tree_day, scratch, part, sums, unit_limit, err);
}
