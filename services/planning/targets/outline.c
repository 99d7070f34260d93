/* outline: see outline.h. */
#include "planning/targets/outline.h"

#include <string.h>

static void reserve(struct outline *out, uint32_t unit_limit, struct arena *arena)
{
    *out = (struct outline) { .unit_limit = unit_limit };
    out->unit = arena_array(arena, uint32_t, unit_limit);
    out->parent = arena_array(arena, uint32_t, unit_limit);
    out->first_child = arena_array(arena, uint32_t, unit_limit);
    out->child_count = arena_array(arena, uint32_t, unit_limit);
    out->level = arena_array(arena, uint32_t, unit_limit);
    out->node_of = arena_array(arena, uint32_t, unit_limit);
    memset(out->node_of, 0xff, unit_limit * sizeof *out->node_of);
}

void outline_like(struct outline *out, const struct outline *other, struct arena *arena)
{
    reserve(out, other->unit_limit, arena);
}

uint32_t outline_add(struct outline *out, uint32_t unit, uint32_t parent)
{
    uint32_t node = out->count++;

    out->unit[node] = unit;
    out->parent[node] = parent;
    out->level[node] = parent == OUTLINE_NONE ? 0 : out->level[parent] + 1;
    out->node_of[unit] = node;
    return node;
}

static void grow(struct outline *out, const struct tree *tree, int32_t day, uint32_t levels, const bool *closed,
                 struct arena *arena)
{
    uint32_t *children = arena_array(arena, uint32_t, out->unit_limit);

    for (uint32_t node = 0; node < out->count; node++) {
        size_t count = levels && out->level[node] >= levels
                           ? 0
                           : tree_children(tree, out->unit[node], day, children, out->unit_limit);

        out->first_child[node] = out->count;
        for (size_t c = 0; c < count; c++)
            if (!closed || !closed[children[c]])
                (void)outline_add(out, children[c], node);
        out->child_count[node] = out->count - out->first_child[node];
    }
}

void outline_below(struct outline *out, const struct tree *tree, int32_t day, uint32_t root, uint32_t levels,
                   const bool *closed, struct arena *arena)
{
    uint32_t limit = tree_unit_limit(tree);

    reserve(out, root >= limit ? root + 1 : limit, arena);
    (void)outline_add(out, root, OUTLINE_NONE);
    grow(out, tree, day, levels, closed, arena);
}

void outline_all(struct outline *out, const struct tree *tree, int32_t day, const uint32_t *ids, size_t id_count,
                 const bool *closed, struct arena *arena)
{
    uint32_t limit = tree_unit_limit(tree);

    for (size_t i = 0; i < id_count; i++)
        limit = ids[i] >= limit ? ids[i] + 1 : limit;
    reserve(out, limit, arena);
    out->whole = true;
    for (size_t i = 0; i < id_count; i++)
        if (tree_parent(tree, ids[i], day) == TREE_NONE && (!closed || !closed[ids[i]]))
            (void)outline_add(out, ids[i], OUTLINE_NONE);
    grow(out, tree, day, 0, closed, arena);
}

uint32_t outline_stray(const struct outline *outline, uint32_t unit)
{
    for (uint32_t node = outline->count; node < outline->count + outline->strays; node++)
        if (outline->unit[node] == unit)
            return node;
    return OUTLINE_NONE;
}

uint32_t outline_keep(struct outline *outline, const struct tree *tree, int32_t day, uint32_t unit)
{
    uint32_t node = outline_node(outline, unit), above, parent = OUTLINE_NONE;

    if (node == OUTLINE_NONE)
        node = outline_stray(outline, unit);
    if (node != OUTLINE_NONE || unit >= outline->unit_limit)
        return node;
    above = tree_parent(tree, unit, day);
    if (above != TREE_NONE)
        parent = outline_keep(outline, tree, day, above);
    if (parent == OUTLINE_NONE && !(outline->whole && above == TREE_NONE))
        return OUTLINE_NONE;
    node = outline->count + outline->strays++;
    outline->unit[node] = unit;
    outline->parent[node] = parent;
    outline->level[node] = parent == OUTLINE_NONE ? 0 : outline->level[parent] + 1;
    outline->first_child[node] = outline->child_count[node] = 0;
    return node;
}
