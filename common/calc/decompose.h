/* decompose: a total cut over the nodes of a tree level by level, with weights, locks, floors and ceilings.
 *
 * Method:    among siblings the share of a part is its total times its weight over the weight of all, held within
 *            [lower, upper]. Parts that would leave their bounds are put on them, those of the heavier side first, and
 *            what is left is cut again among the rest until nothing leaves (a water level; the result is unique).
 *            The rest is rounded by largest remainder, equal remainders by the smaller id. So children = parent to the
 *            last unit, and nobody without bounds is off its exact share of what was left by one unit or more.
 * No weight: siblings whose free weights are all zero are cut equally; this is told (DECOMPOSE_EQUAL).
 * Bounds:    a node's own bounds and those beneath it hold both: what its children must have at least is its floor too.
 * Conflicts: bounds that nothing can satisfy are refused ("bounds_conflict"), and decompose_conflict() names a set of
 *            them that is irreducible: without any one of them the others (and the total, if it is part of it) wouldn't
 *            contradict each other.
 * Memory:    nodes are the caller's; `scratch` gives some tens of bytes a node.
 * Errors:    -1 with *err: "bounds_conflict", "negative_weight", "negative_total", "overflow".
 */
#ifndef BIHUAN_CALC_DECOMPOSE_H
#define BIHUAN_CALC_DECOMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define DECOMPOSE_NONE       UINT32_MAX
#define DECOMPOSE_FREE       INT64_MAX              /* upper: no ceiling */
#define DECOMPOSE_WEIGHT_MAX (INT64_C(1) << 62)     /* sum of the weights of siblings */
#define DECOMPOSE_UNIT       INT64_C(1000000000000) /* normalised weights of siblings sum to about this */

/* How a part came by its share; flags. */
enum decompose_how {
    DECOMPOSE_EXTRA = 1,    /* got one more unit than its quotient */
    DECOMPOSE_AT_LOWER = 2, /* stands on its floor, or on that of those beneath it */
    DECOMPOSE_AT_UPPER = 4,
    DECOMPOSE_EQUAL = 8, /* cut equally, for want of weights */
};

struct decompose_part {
    uint64_t id;    /* decides ties; unique among siblings */
    int64_t weight; /* >= 0 */
    int64_t lower;  /* 0 <= lower <= upper; a lock is lower = upper */
    int64_t upper;
    int64_t share;         /* out */
    int32_t remainder_ppm; /* out: of one unit, rounded down; 0 where it stands on a bound */
    uint32_t how;          /* out: enum decompose_how */
};

/* One level: total >= 0 among the parts. */
int decompose_split(int64_t total, struct decompose_part *parts, size_t count, struct arena *scratch, struct err *err);

/* Nodes in breadth-first order: the root first, the children of a node together and behind it. */
struct decompose_node {
    struct decompose_part part;
    uint32_t parent; /* index; DECOMPOSE_NONE for the root */
    uint32_t first_child, child_count;
};

/* All levels: the root's share becomes `total`. Bounds become those that held: with what those beneath ask for. */
int decompose_tree(int64_t total, struct decompose_node *nodes, size_t count, struct arena *scratch, struct err *err);
/* Straight to the leaves, all of them siblings; what is above a leaf is the sum of its children. Bounds above leaves
 * are not looked at. */
int decompose_leaves(int64_t total, struct decompose_node *nodes, size_t count, struct arena *scratch, struct err *err);

/* One of several weights that are mixed. */
struct decompose_mix {
    const int64_t *weights; /* by node; < 0: the sum of its children's (0 for a leaf) */
    uint32_t share;         /* of this one in the mix, e.g. percent; 1..1000 */
};

/* Fills the nodes' weights: each mix is normalised among siblings to DECOMPOSE_UNIT (rounded down), then they are added
 * by their shares. A mix without any weight among siblings drops out among them. `straight`: normalised among all
 * leaves, for decompose_leaves(). At most 16 mixes. */
#define DECOMPOSE_MIXES_MAX 16
int decompose_weigh(struct decompose_node *nodes, size_t count, const struct decompose_mix *mixes, size_t mix_count,
                    bool straight, struct arena *scratch, struct err *err);

/* One bound of a conflict. */
struct decompose_bound {
    uint32_t node; /* index */
    bool is_upper;
    int64_t value;
};

/* After a "bounds_conflict" of decompose_tree(): the irreducible set, in the order of nodes; *total_counts: the total
 * is part of it. `straight` as with decompose_leaves(). Returns how many; 0: there is no conflict. */
size_t decompose_conflict(int64_t total, const struct decompose_node *nodes, size_t count, bool straight,
                          struct arena *scratch, struct decompose_bound **bounds, bool *total_counts);

#endif
