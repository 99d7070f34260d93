/* ledger: adds up what the ledger of facts has of finished files, a part after the other, each in a transaction of its
 * own: while one snapshot is held over ten million rows, what every batch updates (streams, files) can't be pruned.
 * A sum over several moments holds all the same, since a file that was moved on meanwhile isn't settled by it.
 */
#ifndef BIHUAN_FEEDBACK_LEDGER_H
#define BIHUAN_FEEDBACK_LEDGER_H

#include "feedback/control/page_ranges.h"
#include "feedback/control/totals_store.h"

struct ledger {
    struct db *db; /* never the writer's: all rows of the files are read */
    struct rest rest;
    struct page_ranges ranges;
};

/* Parallel workers would take both processors, and starting them takes longer than a part. */
#define LEDGER_SETTINGS "SET max_parallel_workers_per_gather TO 0"

/* Fills in the ledger's columns of `found`. ERR_UNAVAILABLE where the daemon stops. */
int ledger_add_up(struct ledger *ledger, struct totals_found *found, struct err *err);

#endif
