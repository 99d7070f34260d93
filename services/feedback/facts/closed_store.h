/* closed_store: the SQL of what was recorded of a unit on days on which it is closed. */
#ifndef BIHUAN_FEEDBACK_CLOSED_STORE_H
#define BIHUAN_FEEDBACK_CLOSED_STORE_H

#include "runtime/runtime.h"

/* Records that hold whose row names the unit, or else its seller is it, from that day on. Columns: sender, day, whether
 * it is the seller alone, records, amount; by sender and day. */
int closed_store_facts(struct tx *tx, uint32_t unit, int32_t from, struct db_rows *rows, struct err *err);

#endif
