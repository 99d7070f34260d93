/* scope_cuts: what a token for a subtree may change of its top's own targets: how they are parted over channels and
 * products, as long as what was given stays what it is. */
#ifndef BIHUAN_SERVICES_PLANNING_SCOPE_CUTS_H
#define BIHUAN_SERVICES_PLANNING_SCOPE_CUTS_H

#include "planning/ledger/cells.h"
#include "planning/targets/targets.h"

/* The top's targets of a measure in a period as they are stored, what an act makes of them, and what was cut. */
struct scope_cuts {
    struct tx *tx;
    const struct slice_change *changes;
    size_t change_count;
    uint32_t top;
    struct slice *slices; /* the top's cells only */
    size_t slice_count;
    struct cut_row *rows;
    size_t row_count;
};

int scope_cuts_load(struct tx *tx, const struct ref_period *period, uint32_t top, const struct slice_change *changes,
                    size_t count, struct scope_cuts *out, struct err *err);

/* The slice is a part of one of which the top keeps what it has, and the parts are all of it: it is parted there for
 * the first time, or was by a cut that was said of the top itself. */
bool scope_cuts_own(const struct scope_cuts *cuts, const struct slice_key *part, const struct cell_change *cell);

#endif
