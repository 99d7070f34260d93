/* booking: entries of a fact as it comes, and what entries of a recorded row should be. */
#ifndef BIHUAN_INCENTIVE_BOOKING_H
#define BIHUAN_INCENTIVE_BOOKING_H

#include "incentive/state.h"

/* Makes the entries of one recorded fact: rows for the table, values into the sums. Nothing where no rule is over its
 * measures. The caller holds the lock for writing. */
int booking_add(struct incentive *state, struct tx *tx, const struct recorded_row *row, const uint32_t *measures,
                const int64_t *values, size_t count, struct err *err);

/* Adds an entry of the row to the sums. */
int booking_sum(struct incentive *state, const struct recorded_row *row, const struct credit_entry *entry,
                struct err *err);

/* What is wanted of a row beside what it has: appends to `out` an entry for each difference; nothing when it is as it
 * should be. A row that came late keeps what it was credited; only its eliminations follow the tree. */
int booking_compare(const struct credit_world *world, const struct recorded_row *row, const uint8_t *pairs,
                    size_t pairs_len, const struct stored_entry *entries, size_t count, struct credit_entries *out,
                    struct err *err);

#endif
