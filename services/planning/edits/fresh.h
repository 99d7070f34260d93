/* fresh: new cells among those that are there: the part of the hedge that comes with them. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_FRESH_H
#define BIHUAN_SERVICES_PLANNING_FRESH_H

#include "planning/targets/outline.h"

#include "base/arena.h"

/* By node, strays too; amount -1: no cell. A fresh cell takes of the hedge that the next one above has left what its
 * amount is of the amount that is left there, rounded down; all of it with the last. What stands below it already has
 * a hedge that it has at least. Sets hedge[] of fresh nodes. */
void fresh_hedges(const struct outline *outline, const int64_t *amount, int64_t *hedge, const bool *fresh,
                  struct arena *arena);

#endif
