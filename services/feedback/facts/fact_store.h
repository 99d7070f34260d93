/* fact_store: the SQL of order lines. */
#ifndef BIHUAN_FEEDBACK_FACT_STORE_H
#define BIHUAN_FEEDBACK_FACT_STORE_H

#include "feedback/facts/filter.h"
#include "feedback/facts/order_line.h"
#include "runtime/runtime.h"

/* Rows in: begin, one call a line, then copy_in_end(). The key must be new. */
int fact_store_copy_begin(struct copy_in *copy, struct tx *tx, struct err *err);
int fact_store_copy(struct copy_in *copy, const struct order_line *line, struct err *err);

/* All rows of the given records of a bucket, ordered by key, operation, version, into the call's arena. */
int fact_store_find(struct tx *tx, uint16_t bucket, int16_t sender, const char *const *keys, size_t key_count,
                    struct order_line **out, size_t *count, struct err *err);
/* The same in two steps, so that several buckets are asked in one round trip: rows are in *rows after a db_flush(), and
 * fact_store_take() frees them. */
int fact_store_ask(struct tx *tx, uint16_t bucket, int16_t sender, const char *const *keys, size_t key_count,
                   struct db_rows *rows, struct err *err);
int fact_store_take(struct tx *tx, struct db_rows *rows, struct order_line **out, size_t *count, struct err *err);

/* Rows of a bucket behind (sender, key), in the order of the primary key; fewer than `limit` means the end. */
int fact_store_walk(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key, uint32_t limit,
                    struct arena *arena, struct order_line **out, size_t *count, struct err *err);

/* Takes these rows of one bucket out, to be stored as they are now. */
int fact_store_drop(struct tx *tx, uint16_t bucket, const struct order_line *const *lines, size_t count,
                    struct err *err);
/* Replaces the stored contributions of rows of one bucket, and whom they credit. */
int fact_store_set_contributions(struct tx *tx, uint16_t bucket, const struct order_line *const *lines, size_t count,
                                 struct err *err);

/* Fills the filters of all buckets, in one pass over the table. */
int fact_store_filters(struct tx *tx, struct filter **filters, struct err *err);

int fact_store_any(struct tx *tx, bool *any, struct err *err);

#endif
