/* ledger_store: the SQL of the ledger: acts and what they added, which are only ever written. */
#ifndef BIHUAN_SERVICES_PLANNING_LEDGER_STORE_H
#define BIHUAN_SERVICES_PLANNING_LEDGER_STORE_H

#include "planning/ledger/cells.h"
#include "runtime/runtime.h"

#include "bihuan/planning_targets.pb-c.h"

struct ledger_act {
    uint32_t period_id, version;
    uint32_t revision; /* of the version, that the act makes */
    uint64_t act;      /* filled by ledger_store_add */
    const char *kind, *person, *reason;
    int64_t at;
    const ProtobufCMessage *spec; /* the request; NULL none */
};

/* Allots the act's number and writes it. */
int ledger_store_add(struct tx *tx, struct ledger_act *act, struct err *err);
/* What the act added to the slices; cells that didn't change are left out. */
int ledger_store_add_blocks(struct tx *tx, const struct ledger_act *act, const struct slice_change *changes,
                            size_t count, struct err *err);

/* Acts that touched the cell, up to the version, oldest first; amounts aren't texts yet: `deltas`. */
int ledger_store_entries(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice_key *key,
                         uint32_t unit_id, Bihuan__LedgerEntry ***entries, int64_t **deltas, size_t *count,
                         struct err *err);

/* Acts of a period have numbers from 1; 0: there is none yet. */
int ledger_store_last(struct tx *tx, uint32_t period_id, uint64_t *act, struct err *err);

/* One slice of a decomposition, as the ledger keeps it. */
struct cut_kept {
    struct ledger_act act;    /* 0: there is none; its spec is: */
    ProtobufCBinaryData spec; /* the request, packed */
    struct cell_cut *cells;
    size_t count;
    struct slice_trace trace;
};

/* The last decomposition of the slice that touched the unit, up to the version and act. */
int ledger_store_cut(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t until, const struct slice_key *key,
                     uint32_t unit_id, struct cut_kept *kept, struct err *err);
/* The slices of the measure that a decomposition wrote. */
int ledger_store_slices(struct tx *tx, uint32_t period_id, uint64_t act, uint32_t measure_id, struct slice_key **keys,
                        size_t *count, struct err *err);
/* What cells of the slice held once the act was done, of units that ascend. */
int ledger_store_after(struct tx *tx, uint32_t period_id, uint64_t act, const struct slice_key *key,
                       const uint32_t *units, int64_t *amounts, size_t count, struct err *err);

#endif
