/* level_store: the SQL of readings kept for levels. All calls take many at once. */
#ifndef BIHUAN_FEEDBACK_LEVEL_STORE_H
#define BIHUAN_FEEDBACK_LEVEL_STORE_H

#include "feedback/levels/level.h"
#include "runtime/runtime.h"

/* The readings of records, named by bucket, sender and record_key of `records`, in order of place. In the arena. */
int level_store_of(struct tx *tx, const struct level_line *records, size_t count, struct arena *arena,
                   struct level_line **out, size_t *out_count, struct err *err);

/* A series, and the first and last of its days on which something changes. */
struct level_span {
    const struct level_line *of; /* any of its readings */
    int32_t low, high;
};

/* Of each span its readings from the last day with one before `low` to the first day with one behind `high`, by span
 * and order of readings; *spans[i] is the index of the span of out[i]. In the arena. */
int level_store_near(struct tx *tx, const struct level_span *list, size_t count, struct arena *arena,
                     struct level_line **out, uint32_t **spans, size_t *out_count, struct err *err);

/* The readings of a bucket behind (sender, key) up to another, of which until_key may be NULL, in order of place, and
 * the day of the next of each one's series, LEVEL_OPEN none. In the arena. */
int level_store_range(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key, int16_t until_sender,
                      const char *until_key, struct arena *arena, struct level_line **out, int32_t **next_days,
                      size_t *out_count, struct err *err);

int level_store_add(struct tx *tx, const struct level_line *const *lines, size_t count, struct err *err);
int level_store_drop(struct tx *tx, const struct level_line *const *lines, size_t count, struct arena *arena,
                     struct err *err);

#endif
