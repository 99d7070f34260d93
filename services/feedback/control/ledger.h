/* ledger: adds up what the ledger of facts has of finished files, a part after the other, each in a transaction of its
 * own: while one snapshot is held over ten million rows, what every batch updates (streams, files) can't be pruned.
 * A sum over several moments holds all the same, since a file that was moved on meanwhile isn't settled by it.
 */
#ifndef BIHUAN_FEEDBACK_LEDGER_H
#define BIHUAN_FEEDBACK_LEDGER_H

#include "feedback/control/totals_store.h"

/* Fills in the ledger's columns of `found`, which isn't empty. Reads all rows of its files, so never on the writer's
 * connection; after each few hundred it rests for `pause_us`, to leave the processor to those who are waited for.
 * ERR_UNAVAILABLE where the daemon stops. */
int ledger_add_up(struct db *db, struct runtime *rt, struct totals_found *found, int64_t pause_us, struct err *err);

#endif
