/* grid: the cells of one slice over the tree, and edits that keep sums: where children had added up to their parent
 * they do so afterwards, to the last unit. Pure.
 *
 * Amounts >= 0; GRID_NONE: the unit has no cell. What lies below a changed cell is cut anew in the present proportions
 * (equally where they are all 0), within the bounds. Where the children of a node didn't add up to it before (some have
 * no cell, say), what is below it stays, and it isn't lowered below that ("below_children"). Closed units that still
 * have a cell (the outline's strays) count among the children of where they stand; they give, and are never given more.
 * Errors: ERR_CONFLICT "no_cell", "below_zero", "out_of_bounds", "below_children", "above_parent", "below_parent", or
 * ERR_INVALID "bounds_conflict"; the grid is then to be thrown away. grid->culprit is the node it was about.
 */
#ifndef BIHUAN_SERVICES_PLANNING_GRID_H
#define BIHUAN_SERVICES_PLANNING_GRID_H

#include "planning/targets/outline.h"

#include "base/err.h"

#define GRID_NONE INT64_C(-1)

struct grid {
    const struct outline *outline;
    int64_t *amount;        /* by node, strays too */
    int64_t *lower, *upper; /* so too; a lock is both */
    bool *meant;            /* so too: the edit was about it; others follow */
    uint32_t culprit;
};

/* The node becomes `amount`. keep_parent: its siblings give or take the difference in proportion, so that nothing above
 * changes; else everything above changes by it. */
int grid_set(struct grid *grid, uint32_t node, int64_t amount, bool keep_parent, struct arena *arena, struct err *err);

/* What a node without a cell finds around it. Topmost cells below a node: those with no other cell between. */
struct grid_room {
    uint32_t above;  /* the next node above with a cell; OUTLINE_NONE: none */
    int64_t amount;  /* of that one */
    int64_t held;    /* by its topmost cells that aren't below the node */
    int64_t beneath; /* by the node's own topmost cells */
    bool full;       /* all its children have cells: it is what they are */
    bool last;       /* it is a child of the one above, and all others of those have cells */
};
struct grid_room grid_room(const struct grid *grid, uint32_t node);

/* A new cell. keep_parent: it takes what nobody holds of the next one above ("above_parent": that has less; the last
 * child takes it all, "below_parent"); else everything above follows. What stands below it
 * has no more, and, where each child has some, no less ("below_children"). */
int grid_add(struct grid *grid, uint32_t node, int64_t amount, bool keep_parent, struct err *err);

/* The node and all above it change by `delta`; what is below it is cut anew. */
int grid_shift(struct grid *grid, uint32_t node, int64_t delta, struct arena *arena, struct err *err);

/* `amount` goes from one node to another, up to the node that is above both; in another grid up to the roots. Neither
 * may be above the other. */
int grid_move(struct grid *from, uint32_t from_node, struct grid *to, uint32_t to_node, int64_t amount,
              struct arena *arena, struct err *err);

#endif
