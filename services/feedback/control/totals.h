/* totals: see totals.c. */
#ifndef BIHUAN_FEEDBACK_TOTALS_H
#define BIHUAN_FEEDBACK_TOTALS_H

#include "runtime/runtime.h"

/* Local: what the loader found out by comparing finished files with the ledger of facts (struct totals_found), each
 * once; TOTALS_DIFFER where they don't agree. */
int totals_settle(struct tx *tx, const void *message, struct err *err);
int on_list_totals(struct tx *tx, const void *message, struct err *err);

#endif
