/* recording: order lines become facts: what is new is stored, what changes is announced, all in the caller's
 * transaction.
 *
 * Records that the filter has certainly not seen go straight to COPY; the others are looked up and judged by the rule
 * of effect.h. Rows and messages go out bucket by bucket, so that packing messages overlaps with the server's work.
 */
#ifndef BIHUAN_FEEDBACK_RECORDING_H
#define BIHUAN_FEEDBACK_RECORDING_H

#include "feedback/facts/order_line.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* What became of one further column of money, in stored units; read is the sum of all. */
struct sum_counts {
    int64_t stored, duplicate, suspended, filtered;
};

struct record_counts {
    uint64_t read, accepted, duplicate, superseded, suspended, filtered;
    /* Of the money column, in stored units: read = stored (accepted or superseded) + duplicate + suspended + filtered.
     */
    int64_t read_amount, stored_amount, duplicate_amount, suspended_amount, filtered_amount;
    struct sum_counts sums[SUMS_MAX]; /* by the place in the feed's `sums` */
    const struct order_line **fresh;  /* of the last call: the first line of each record never seen before */
    size_t fresh_count;
};

/* Lines in the order in which recording wants them, and where each record's begin and end in it: what can be worked out
 * before it's the writer's turn. Pure. */
struct record_span {
    uint64_t hash; /* record_hash */
    uint32_t from, to;
    uint16_t bucket;
};
struct record_order {
    struct order_line **lines; /* by bucket, key, arrival */
    size_t count;
    struct record_span *records;
    size_t record_count;
};
struct record_order recording_order(struct order_line *lines, size_t count, struct arena *arena);

/* A row that can't be recorded; the caller puts it in quarantine. differs NULL: it contradicts a version already
 * recorded; else what a reversal takes back, "amount", isn't what its original has. */
typedef int record_conflict_fn(void *arg, const struct order_line *line, const char *differs, struct err *err);

/* All lines are of one sender and resolved against `snapshot`; they become known now. Adds to *counts what becomes of
 * them (not to read, suspended and filtered). */
int recording_apply(struct tx *tx, const struct snapshot *snapshot, const struct record_order *order,
                    struct record_counts *counts, record_conflict_fn *conflict, void *arg, struct err *err);

#endif
