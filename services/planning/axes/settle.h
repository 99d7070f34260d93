/* settle: after an edit of one slice, or several, everything that the edit reaches is brought to agree again.
 *
 * Wholes follow their parts; where a whole is fixed by the edit (or follows parts of another axis) its other parts
 * share what is to be shared, in their present proportions and within locks, floors and ceilings, from the top of the
 * tree down. The deepest law first: what is part over most axes.
 */
#ifndef BIHUAN_SERVICES_PLANNING_SETTLE_H
#define BIHUAN_SERVICES_PLANNING_SETTLE_H

#include "planning/axes/space.h"

/* Refuses with ERR_CONFLICT "below_zero", "axes_conflict" or "bounds_conflict", naming the cell and what helps. All
 * slices are free again afterwards, for the next step. */
int space_settle(struct space *space, struct err *err);

/* The parts that are free share what the whole has beside the others; `again`: all that the edit isn't about. */
int law_share(struct space *space, struct law *law, bool again, struct err *err);

/* Slices that only followed still are, at each unit, what those below it have: where they were before. Refuses with
 * ERR_CONFLICT "units_conflict" where a whole is cut to units that a part of it isn't, and the part changed. */
int space_check_units(struct space *space, struct err *err);

/* "measure ..., channel ..., product ... in period ...", for refusals. */
const char *sheet_words(struct tx *tx, const struct sheet *sheet);

#endif
