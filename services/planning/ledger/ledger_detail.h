/* ledger_detail: what the ledger keeps of how a decomposition came to its cells, as bytes: LedgerDetail, compressed,
 * behind the length that it had. Written a block of cells at a time, read back slice by slice. */
#ifndef BIHUAN_SERVICES_PLANNING_LEDGER_DETAIL_H
#define BIHUAN_SERVICES_PLANNING_LEDGER_DETAIL_H

#include "planning/ledger/ledger_store.h"

#define LEDGER_BLOCK_CELLS 20000 /* keeps a block's detail far below a message's limit */

/* The cells of one block, a column each. */
struct ledger_columns {
    uint32_t *parents, *hows;
    int64_t *weights, *lowers, *uppers, *ideals, *figures;
    size_t count, figure_room;
    struct arena *arena;
    bool first; /* the block carries what the slice has once */
    bool plain; /* all cells are shared ones */
    bool ideal; /* set by who adds them: ideals are known */
};

struct ledger_columns ledger_columns_new(struct arena *arena);
/* Empties them for the next block. `first`: of the slice. */
void ledger_columns_begin(struct ledger_columns *columns, bool first);
/* Adds a cell; `each` figures of the mix. */
void ledger_columns_add(struct ledger_columns *columns, const struct cell_cut *cell, int64_t ideal,
                        const int64_t *figures, size_t each);

/* Of the trace what the slice has once, of the columns what the cells have. */
int ledger_detail_pack(const struct slice_trace *trace, const struct ledger_columns *columns, struct arena *scratch,
                       struct buf *out, struct err *err);
/* Adds a block's cells (without their units) to `kept`. */
int ledger_detail_take(struct arena *arena, const uint8_t *bytes, size_t len, struct cut_kept *kept, struct err *err);

#endif
