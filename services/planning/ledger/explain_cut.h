/* explain_cut: how a cut came to a cell, worked out once more from what the ledger keeps of it: one link of a chain. */
#ifndef BIHUAN_SERVICES_PLANNING_EXPLAIN_CUT_H
#define BIHUAN_SERVICES_PLANNING_EXPLAIN_CUT_H

#include "planning/ledger/ledger_store.h"
#include "planning/targets/targets.h"

#include "calc/decompose.h"

/* A cell as it was once an act was done. */
struct cell_at {
    uint32_t period_id, version;
    uint64_t act;
    struct slice_key key;
    uint32_t unit_id;
};

/* What took part in the split of a cell; in the call's arena. */
struct split {
    struct decompose_part *parts;
    size_t count, own; /* own: the cell's place */
    int64_t total;
    int64_t kept; /* of it, by no cell: a parent's own rest, units that are gone */
};

/* The exact share of a part that stands on no bound: whole / of, and its place by remainder. */
struct exact_share {
    __int128 whole, of;
    uint32_t rank, dealt; /* from 1; rank 0: it stands on a bound */
};
struct exact_share exact_share(const struct split *split);

/* The cut that the cell came from. *out NULL: it wasn't cut. Else *above is the cell that was cut. */
int explain_link(struct tx *tx, const struct cell_at *cell, Bihuan__CellCut **out, struct cell_at *above,
                 struct err *err);
/* What the cell held then. */
int explain_amount(struct tx *tx, const struct cell_at *cell, int64_t *amount, struct err *err);

#endif
