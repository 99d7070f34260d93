/* ledger_store: the SQL of the ledger: acts and what they added, which are only ever written. */
#ifndef BIHUAN_SERVICES_PLANNING_LEDGER_STORE_H
#define BIHUAN_SERVICES_PLANNING_LEDGER_STORE_H

#include "planning/targets/cells.h"
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

/* The cells of the last decomposition of the slice that touched the unit, with their details (after: what the act
 * made of them isn't filled; before and after are 0). *spec: its request, packed. count 0: there was none. */
int ledger_store_cut(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice_key *key, uint32_t unit_id,
                     uint64_t *act, struct cell_change **cells, size_t *count, ProtobufCBinaryData *spec,
                     struct err *err);
/* What cells of the slice held once the act was done, for the units of `cells`, which ascend: fills `after`.
 */
int ledger_store_after(struct tx *tx, uint32_t period_id, uint64_t act, const struct slice_key *key,
                       struct cell_change *cells, size_t count, struct err *err);

#endif
