/* tree_internal: the tree's records, for tree.c and tree_roll_up.c alone. */
#ifndef BIHUAN_CALC_TREE_INTERNAL_H
#define BIHUAN_CALC_TREE_INTERNAL_H

#include "calc/tree.h"

/* The other end of a relation, and its days. */
struct tree_relation {
    uint32_t unit;
    int32_t from_day;
    int32_t until_day;
};

struct tree_relations {
    struct tree_relation *items;
    uint32_t count;
    uint32_t cap;
};

struct tree_unit {
    struct tree_relations parents;  /* ascending by day, never overlapping */
    struct tree_relations children; /* ascending by unit, then day */
    bool named;
};

struct tree {
    struct tree_unit *units; /* by id */
    uint32_t unit_limit;
    uint32_t unit_cap;
};

/* Never NULL: an unknown unit has no relations. */
const struct tree_unit *tree_unit_find(const struct tree *tree, uint32_t unit);

#endif
