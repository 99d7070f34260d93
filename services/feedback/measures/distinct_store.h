/* distinct_store: the SQL of lines kept for distinct counts. All calls take many at once. */
#ifndef BIHUAN_FEEDBACK_DISTINCT_STORE_H
#define BIHUAN_FEEDBACK_DISTINCT_STORE_H

#include "feedback/measures/distinct.h"
#include "runtime/runtime.h"

/* A record that may have lines. */
struct distinct_record {
    uint16_t bucket;
    int16_t sender;
    const char *key;
};

/* The lines of records, in order of place. In the arena. */
int distinct_store_of(struct tx *tx, const struct distinct_record *records, size_t count, struct arena *arena,
                      struct distinct_line **out, size_t *out_count, struct err *err);
/* The lines of a bucket behind (sender, key) up to another, both of which may be NULL, in order of place. */
int distinct_store_range(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key,
                         int16_t until_sender, const char *until_key, struct arena *arena, struct distinct_line **out,
                         size_t *out_count, struct err *err);
/* The first line of each group: out[i] is that of groups[i], measure 0 where the group is empty. */
int distinct_store_first(struct tx *tx, const struct distinct_line *groups, size_t count, struct arena *arena,
                         struct distinct_line *out, struct err *err);

int distinct_store_add(struct tx *tx, const struct distinct_line *lines, size_t count, struct err *err);
int distinct_store_drop(struct tx *tx, const struct distinct_line *const *lines, size_t count, struct arena *arena,
                        struct err *err);
/* Sets `first` as the lines have it. */
int distinct_store_mark(struct tx *tx, const struct distinct_line *const *lines, size_t count, struct arena *arena,
                        struct err *err);

/* Number of groups that count at a unit by a line of the bucket on the days from..until (exclusive): worked out from
 * the lines, not from `first`. */
typedef int distinct_sum_fn(void *arg, uint32_t unit, uint32_t measure, int64_t count, struct err *err);
int distinct_store_sums(struct tx *tx, uint16_t bucket, int32_t from_day, int32_t until_day, distinct_sum_fn *each,
                        void *arg, struct err *err);

#endif
