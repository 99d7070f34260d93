/* held: whether what changes stays within locks, floors and ceilings, whoever changes it. */
#ifndef BIHUAN_SERVICES_PLANNING_HELD_H
#define BIHUAN_SERVICES_PLANNING_HELD_H

#include "planning/ledger/cells.h"
#include "planning/targets/targets.h"

/* A problem for each changed cell that leaves its bounds, at most 50; a locked one may not change at all. Cells of
 * units that are closed on the period's first day are free. Returns -1 with *err on errors, and where there is a
 * problem. */
int held_check(struct tx *tx, const struct ref_period *period, const struct slice_change *changes, size_t count,
               struct err *err);

/* Calls `found` for each cell of the slices, by key, that lies outside its floor or ceiling. */
typedef void held_found(void *arg, const struct slice_key *key, const struct cell *cell, int64_t lower, int64_t upper);
int held_outside(struct tx *tx, const struct ref_period *period, const struct slice *slices, size_t count,
                 held_found *found, void *arg, struct err *err);

#endif
