/* spread: what the units of an outline have, over several columns (shorter periods, channels, products), so that at
 * every unit the columns add up to what it has, and in every column children add up to their parent as they did before.
 * From the top down: a unit's columns first, then its children's under them, each as near to its ideal as whole units
 * allow (what a column left of it is made up in the next). Pure.
 *
 * A unit with less in its children than it has keeps a rest of its own, which is spread beside them. Where children
 * have more than their parent each is spread for itself.
 */
#ifndef BIHUAN_SERVICES_PLANNING_SPREAD_H
#define BIHUAN_SERVICES_PLANNING_SPREAD_H

#include "planning/targets/outline.h"

#include "base/err.h"

/* How each came about, for who asks later; by node * columns. */
enum spread_by {
    SPREAD_BELOW,  /* among those below its parent */
    SPREAD_ACROSS, /* over its columns */
    SPREAD_PRESET, /* given */
    SPREAD_SUMMED, /* the sum of those below, where each was cut for itself */
};
struct spread_trace {
    uint8_t *by;                     /* enum spread_by */
    int64_t *weight, *lower, *upper; /* as they were split by */
    /* of parents that kept something: what, by which weight (-1: nothing), and of how much at most */
    int64_t *rest, *rest_weight, *rest_room;
    int64_t *rest_least; /* and of how much at least */
};

#define SPREAD_ANY_LEAST INT64_MIN
#define SPREAD_ANY_MOST  INT64_MAX

struct spread {
    const struct outline *outline;
    size_t columns;
    const int64_t *amount; /* by node; -1: no cell */
    /* by node * columns: */
    int64_t *ideal;               /* in: of the node's own rest, in parts of a unit; out: with all below it */
    const int64_t *lower, *upper; /* of the node with all below it */
    const int64_t *least, *most;  /* what its columns up to each have together; NULL: whatever it is */
    int64_t *out;                 /* in, where `preset`: of tops; out: of all nodes that have a cell */
    bool preset;                  /* tops have their columns */
    struct spread_trace *trace;   /* out; NULL: not asked for */
};

/* A node's own rest: all of a leaf's amount; of others what their children don't have, 0 where these have more. */
void spread_own(const struct outline *outline, const int64_t *amount, int64_t *own);

/* Amounts are at most 2^62, and so is the sum of a node's ideals. Fails with ERR_INVALID "bounds_conflict" where its
 * steps find no way within the bounds. */
int spread_down(struct spread *spread, struct arena *arena, struct err *err);

#endif
