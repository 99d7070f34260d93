/* level_book: keeps the readings of levels as they come, are corrected and are taken back, and publishes what changes
 * by it, in the caller's transaction. A reading changes what is published for the one before it as well: each is
 * published in the bucket of its own record. Many at once: a handful of statements, however many records. */
#ifndef BIHUAN_FEEDBACK_LEVEL_BOOK_H
#define BIHUAN_FEEDBACK_LEVEL_BOOK_H

#include "feedback/measures/distinct_book.h"

/* Each record at most once; those that are no readings are left alone, and nothing is read where there are none.
 * `again`: definitions may have changed, so readings that stay are told anew. `scratch` is for what it needs meanwhile.
 */
int level_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
               bool again, struct arena *scratch, struct err *err);

#endif
