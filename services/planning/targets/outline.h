/* outline: the tree of one day as arrays in breadth-first order, for cutting and summing. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_OUTLINE_H
#define BIHUAN_SERVICES_PLANNING_OUTLINE_H

#include "calc/tree.h"

#define OUTLINE_NONE UINT32_MAX

/* Nodes: the roots first; the children of a node together, ascending by id, behind it. In the arena it was made in. */
struct outline {
    uint32_t count;
    uint32_t *unit;   /* by node */
    uint32_t *parent; /* OUTLINE_NONE for roots */
    uint32_t *first_child, *child_count;
    uint32_t *level;   /* 0 roots */
    uint32_t *node_of; /* by unit id; OUTLINE_NONE: isn't there */
    uint32_t unit_limit;
    uint32_t strays; /* nodes [count, count + strays): see outline_keep() */
    bool whole;      /* of all units */
};

/* Below `root` (itself included), at most `levels` below it (0: all). `closed` by unit id (NULL: none): units that are
 * left out, with all below them. */
void outline_below(struct outline *out, const struct tree *tree, int32_t day, uint32_t root, uint32_t levels,
                   const bool *closed, struct arena *arena);
/* Of all units of `ids`, those without a parent that day being roots. */
void outline_all(struct outline *out, const struct tree *tree, int32_t day, const uint32_t *ids, size_t id_count,
                 const bool *closed, struct arena *arena);

/* An empty one with the other's room, and a node behind its last. The caller keeps the order and counts children. */
void outline_like(struct outline *out, const struct outline *other, struct arena *arena);
uint32_t outline_add(struct outline *out, uint32_t unit, uint32_t parent);

/* Keeps a unit that was left out because it is closed, where it still has something that can be taken from it: a node
 * behind all others, below the parent under which it stands, and not among that one's children. A unit that isn't below
 * the root is not kept. Returns its node, OUTLINE_NONE: not kept. */
uint32_t outline_keep(struct outline *outline, const struct tree *tree, int32_t day, uint32_t unit);
/* The node of a unit that was kept so; OUTLINE_NONE: none. */
uint32_t outline_stray(const struct outline *outline, uint32_t unit);

static inline uint32_t outline_node(const struct outline *outline, uint32_t unit)
{
    return unit < outline->unit_limit ? outline->node_of[unit] : OUTLINE_NONE;
}

#endif
