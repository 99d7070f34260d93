/* totals: see totals.c. */
#ifndef BIHUAN_FEEDBACK_TOTALS_H
#define BIHUAN_FEEDBACK_TOTALS_H

#include "runtime/runtime.h"

/* Timer: compares finished files with the ledger of facts, each once; TOTALS_DIFFER where they don't agree. */
int totals_compare(struct tx *tx, const void *message, struct err *err);
int on_list_totals(struct tx *tx, const void *message, struct err *err);

#endif
