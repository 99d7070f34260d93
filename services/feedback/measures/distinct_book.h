/* distinct_book: keeps the lines of distinct counts as live lines change, and publishes what changes by it, in the
 * caller's transaction. The line that counts may be another than the one that came: each is published in the bucket of
 * its own record. Many at once: a handful of statements, however many records. */
#ifndef BIHUAN_FEEDBACK_DISTINCT_BOOK_H
#define BIHUAN_FEEDBACK_DISTINCT_BOOK_H

#include "feedback/facts/order_line.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* A record and the row of it that holds now. */
struct live_record {
    const struct order_line *row;  /* any row of the record: says which it is */
    const struct order_line *live; /* NULL: none holds */
    bool known;                    /* there may be lines of it */
};

/* Each record at most once. Nothing is done, and nothing read, where no distinct count is defined. `scratch` is for
 * what it needs meanwhile. */
int distinct_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                  struct arena *scratch, struct err *err);

#endif
