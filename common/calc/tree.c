/* tree: see tree.h. Relations are kept twice: with the child (ordered by day) and with the parent (ordered by child).
 */
#include "calc/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calc/tree_internal.h"

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct tree *tree_new(void)
{
    return must(calloc(1, sizeof(struct tree)));
}

void tree_destroy(struct tree **tree)
{
    if (!tree || !*tree)
        return;
    for (uint32_t u = 0; u < (*tree)->unit_limit; u++) {
        free((*tree)->units[u].parents.items);
        free((*tree)->units[u].children.items);
    }
    free((*tree)->units);
    free(*tree);
    *tree = NULL;
}

uint32_t tree_unit_limit(const struct tree *tree)
{
    return tree->unit_limit;
}

const struct tree_unit *tree_unit_find(const struct tree *tree, uint32_t unit)
{
    static const struct tree_unit none;

    return unit < tree->unit_limit ? &tree->units[unit] : &none;
}

static struct tree_unit *name_unit(struct tree *tree, uint32_t unit)
{
    if (unit >= tree->unit_cap) {
        uint32_t cap = unit + unit / 2 + 16;

        tree->units = must(realloc(tree->units, cap * sizeof *tree->units));
        memset(tree->units + tree->unit_cap, 0, (cap - tree->unit_cap) * sizeof *tree->units);
        tree->unit_cap = cap;
    }
    if (unit >= tree->unit_limit)
        tree->unit_limit = unit + 1;
    tree->units[unit].named = true;
    return &tree->units[unit];
}

static void insert_at(struct tree_relations *list, uint32_t at, struct tree_relation relation)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 2;
        list->items = must(realloc(list->items, list->cap * sizeof *list->items));
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof *list->items);
    list->items[at] = relation;
    list->count += 1;
}

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t sooner(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Longest way up from `unit` on days of [from, until); looks for `sought` on it. */
struct climb {
    const struct tree *tree;
    uint32_t sought;
    bool found;
};

static uint32_t climb(struct climb *c, uint32_t unit, int32_t from, int32_t until, uint32_t depth)
{
    const struct tree_relations *parents = &tree_unit_find(c->tree, unit)->parents;
    uint32_t height = 0;

    if (unit == c->sought)
        c->found = true;
    for (uint32_t i = 0; i < parents->count && !c->found && depth < TREE_DEPTH_MAX; i++) {
        const struct tree_relation *r = &parents->items[i];
        int32_t lo = later(from, r->from_day), hi = sooner(until, r->until_day);

        if (lo < hi) {
            uint32_t h = 1 + climb(c, r->unit, lo, hi, depth + 1);

            height = h > height ? h : height;
        }
    }
    return height;
}

/* Longest way down from `unit` on days of [from, until), cut at TREE_DEPTH_MAX. */
static uint32_t depth_below(const struct tree *tree, uint32_t unit, int32_t from, int32_t until, uint32_t depth)
{
    const struct tree_relations *children = &tree_unit_find(tree, unit)->children;
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < children->count && depth < TREE_DEPTH_MAX; i++) {
        const struct tree_relation *r = &children->items[i];
        int32_t lo = later(from, r->from_day), hi = sooner(until, r->until_day);

        if (lo < hi) {
            uint32_t d = 1 + depth_below(tree, r->unit, lo, hi, depth + 1);

            deepest = d > deepest ? d : deepest;
        }
    }
    return deepest;
}

static int check_relation(const struct tree *tree, uint32_t unit, uint32_t parent, int32_t from_day, int32_t until_day,
                          struct err *err)
{
    const struct tree_relations *parents = &tree_unit_find(tree, unit)->parents;
    struct climb c = { .tree = tree, .sought = unit };
    uint32_t above;

    if (unit >= CUBE_UNIT_MAX || parent >= CUBE_UNIT_MAX)
        return err_fail(err, ERR_INVALID, "tree_unit", "unit %u or parent %u is out of range", unit, parent);
    if (from_day >= until_day)
        return err_fail(err, ERR_INVALID, "tree_days", "the relation of unit %u holds on no day: [%d, %d)", unit,
                        from_day, until_day);
    for (uint32_t i = 0; i < parents->count; i++)
        if (from_day < parents->items[i].until_day && parents->items[i].from_day < until_day)
            return err_fail(err, ERR_CONFLICT, "tree_overlap", "unit %u already has parent %u from day %d", unit,
                            parents->items[i].unit, later(from_day, parents->items[i].from_day));
    above = climb(&c, parent, from_day, until_day, 0);
    if (c.found)
        return err_fail(err, ERR_CONFLICT, "tree_cycle", "unit %u can't be under unit %u: that is under it", unit,
                        parent);
    if (above + 1 + depth_below(tree, unit, from_day, until_day, 0) >= TREE_DEPTH_MAX)
        return err_fail(err, ERR_INVALID, "tree_depth", "unit %u under unit %u makes the tree deeper than %d", unit,
                        parent, TREE_DEPTH_MAX);
    return 0;
}

int tree_add(struct tree *tree, uint32_t unit, uint32_t parent, int32_t from_day, int32_t until_day, struct err *err)
{
    struct tree_relations *parents, *children;
    uint32_t at = 0;

    if (check_relation(tree, unit, parent, from_day, until_day, err) != 0)
        return -1;
    name_unit(tree, unit > parent ? unit : parent); /* the array moves here, not between the two below */
    parents = &name_unit(tree, unit)->parents;
    while (at < parents->count && parents->items[at].from_day < from_day)
        at++;
    insert_at(parents, at, (struct tree_relation) { parent, from_day, until_day });
    children = &name_unit(tree, parent)->children;
    at = children->count; /* from the end: units mostly come in order of id */
    while (at > 0 && (children->items[at - 1].unit > unit ||
                      (children->items[at - 1].unit == unit && children->items[at - 1].from_day > from_day)))
        at--;
    insert_at(children, at, (struct tree_relation) { unit, from_day, until_day });
    return 0;
}

static struct tree_relation *find_relation(struct tree_relations *list, uint32_t unit, int32_t from_day)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].unit == unit && list->items[i].from_day == from_day)
            return &list->items[i];
    return NULL;
}

int tree_end(struct tree *tree, uint32_t unit, int32_t until_day, struct err *err)
{
    struct tree_relations *parents = unit < tree->unit_limit ? &tree->units[unit].parents : NULL;

    for (uint32_t i = 0; parents && i < parents->count; i++) {
        struct tree_relation *r = &parents->items[i];

        if (r->from_day < until_day && until_day < r->until_day) {
            find_relation(&tree->units[r->unit].children, unit, r->from_day)->until_day = until_day;
            r->until_day = until_day;
            return 0;
        }
    }
    return err_fail(err, ERR_CONFLICT, "tree_relation", "unit %u has no relation to end on day %d", unit, until_day);
}

uint32_t tree_parent(const struct tree *tree, uint32_t unit, int32_t day)
{
    const struct tree_relations *parents = &tree_unit_find(tree, unit)->parents;
    uint32_t lo = 0, hi = parents->count; /* relations before lo begin at or before the day */

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (parents->items[mid].from_day <= day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 && day < parents->items[lo - 1].until_day ? parents->items[lo - 1].unit : TREE_NONE;
}

int32_t tree_since(const struct tree *tree, uint32_t unit)
{
    const struct tree_relations *parents = &tree_unit_find(tree, unit)->parents;

    return parents->count ? parents->items[0].from_day : TREE_OPEN;
}

size_t tree_children(const struct tree *tree, uint32_t unit, int32_t day, uint32_t *children, size_t max)
{
    const struct tree_relations *list = &tree_unit_find(tree, unit)->children;
    size_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct tree_relation *r = &list->items[i];

        if (day < r->from_day || day >= r->until_day)
            continue;
        if (count < max)
            children[count] = r->unit;
        count++;
    }
    return count;
}

bool tree_is_under(const struct tree *tree, uint32_t unit, uint32_t ancestor, int32_t day)
{
    while (unit != TREE_NONE && unit != ancestor)
        unit = tree_parent(tree, unit, day);
    return unit != TREE_NONE;
}
