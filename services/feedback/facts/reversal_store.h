/* reversal_store: the SQL of rows that say how much of another record they take back (order_line.gives): kept as they
 * came while they are recorded, put back into quarantine when their original becomes another, and read again when a
 * version of it came. All functions: 0, or -1 with *err filled and the transaction lost.
 */
#ifndef BIHUAN_FEEDBACK_REVERSAL_STORE_H
#define BIHUAN_FEEDBACK_REVERSAL_STORE_H

#include "feedback/facts/order_line.h"
#include "feedback/files/row_batch.h"
#include "runtime/runtime.h"

/* As the row came; one that is kept already stays. */
int reversal_store_keep(struct tx *tx, uint64_t file_id, uint32_t feed_id, const struct row_place *place,
                        struct err *err);
/* The row is recorded no more: it waits, and its file's counts say so; where its file is read again and comes to it
 * yet, that reading says what becomes of it. The fact itself is the caller's to drop. */
int reversal_store_withdraw(struct tx *tx, const struct order_line *line, const char *reason, const char *message,
                            struct err *err);
/* The same of a row that is being read this moment: its reader puts it into quarantine. It may be older than
 * `reversal`, and wait already. */
int reversal_store_reread(struct tx *tx, const struct order_line *line, struct err *err);
/* Rows that wait to take back one of these records are read again soon. */
int reversal_store_wake(struct tx *tx, const int64_t *hashes, size_t count, struct err *err);

#endif
