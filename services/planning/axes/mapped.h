/* mapped: what a part has at each unit, counted up the tree of its whole. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_MAPPED_H
#define BIHUAN_SERVICES_PLANNING_MAPPED_H

#include "calc/tree.h"

#include <stdint.h>

#define MAPPED_NONE INT64_C(-1) /* no target */

/* A tree and what its units have, by unit id. */
struct mapped_side {
    const uint32_t *parent; /* TREE_NONE: it stands at the top, or isn't there */
    const int64_t *amount;  /* MAPPED_NONE: none */
};

/* Adds what units have in the part, beside those below them there, to `sums`, up the tree of the whole: where one has
 * no target those below it count; over periods whoever stands below it by then; who isn't there in the whole counts for
 * who stands above it. `own`: scratch, `limit` long as `sums` is, all 0 before and after. */
void mapped_add(struct mapped_side part, struct mapped_side whole, uint32_t limit, int64_t *own, int64_t *sums);

#endif
