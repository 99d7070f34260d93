/* cut_targets: one slice cut over channels or products: what it is cut into, and each leaf over these. For cut_across.
 * Everything lives in the cut's scratch.
 */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_TARGETS_H
#define BIHUAN_SERVICES_PLANNING_CUT_TARGETS_H

#include "planning/cuts/cut.h"

#include "planning/cuts/spread.h"

#define TARGETS_MAX 64

/* One channel or product that is cut into. */
struct target {
    struct slice_key key;
    const struct slice *present;
    int64_t weight_ppm;
    int64_t capacity;  /* -1: none */
    int64_t *ceilings; /* by node, where there is a capacity */
    int64_t *drafts;   /* by node, where the mix asks */
    int64_t *amounts;  /* by node; -1: no cell */
    /* By node, for who asks later: what each weight of the mix says of a leaf, then its fit; and what it was cut by. */
    int64_t *figures[DECOMPOSE_MIXES_MAX + 1];
    int64_t *weight;
};

struct across {
    struct cut *cut;
    const struct slice *source;
    struct target targets[TARGETS_MAX];
    size_t count;
    int64_t *lower, *upper; /* by node * targets */
    int64_t *amount, *own;  /* by node: what it has (-1: no cell), and what of it those below don't have */
    int64_t parts;          /* of a unit, in which ideals are counted */
    struct spread spread;
};

/* The channels or products of the request, or all that may be: those that are barred aren't. Refuses unknown ones, ones
 * named twice, and where nothing is left ("nothing_fits"). */
int across_targets(struct across *a, const struct fits *fits, struct err *err);

/* What units have of their own, and room for what each target comes to; capacities by leaf. */
int across_prepare(struct across *a, struct err *err);

/* Weighs and bounds what the node has of its own, cuts it in whole units, and in parts of them as the spread's ideals.
 * nodes: scratch, TARGETS_MAX + 1. Refuses with the smallest set of bounds that contradict its total. */
int across_cut_leaf(struct across *a, uint32_t node, struct decompose_node *nodes, struct err *err);

#endif
