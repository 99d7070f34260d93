/* crossing: where weeks cross the beginning of months, for refdata alone. See struct ref_crossing in refdata.h. */
#ifndef BIHUAN_REFDATA_CROSSING_H
#define BIHUAN_REFDATA_CROSSING_H

#include "refdata/refdata.h"

/* Finds the period's crossing anew; by_id: struct ref_period *, NULL where there is none, each with what lies within
 * it. */
void ref_crossing_find(struct ref_period *period, void *const *by_id, uint32_t limit);
void ref_crossing_fini(struct ref_crossing *crossing);

/* Whether weeks and months come to the same: then none that has nothing is one that isn't planned. *behind: what the
 * week that crosses has behind the month's first day, where one does; < 0, or more than it: they contradict each other.
 */
bool ref_crossing_agrees(const struct ref_crossing *crossing, ref_amount_fn *amount, const void *arg, int64_t *behind);

#endif
