/* refit: what lies deeper than a cut reached, or beside what it had of a unit, after the cut. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_REFIT_H
#define BIHUAN_SERVICES_PLANNING_REFIT_H

#include "planning/edits/grid.h"

/* At and below `top`: given[] nodes have their amount; other cells share what the next one above has beside the given
 * ones, in their present proportions (equally where they are all 0): all of it where each child of that one has a cell,
 * else no more than it. Where the given ones alone have more than the one above, the others stay. */
int refit(struct grid *grid, uint32_t top, const bool *given, struct arena *arena, struct err *err);

#endif
