/* sum_store: the SQL of what files bring of a feed's further columns of money (Feed.sums): what became of each, beside
 * what their control said and what the ledger of facts has. Feeds without such columns cost nothing here.
 *
 * All functions: 0, or -1 with *err filled and the transaction lost. Amounts in stored units.
 */
#ifndef BIHUAN_FEEDBACK_SUM_STORE_H
#define BIHUAN_FEEDBACK_SUM_STORE_H

#include "feedback/control/control.h"
#include "feedback/control/totals_store.h"
#include "feedback/files/file_store.h"
#include "feedback/mapping/mapping.h"

/* Adds what became of rows of the file. mapping: of its feed; NULL nothing. */
int sum_store_add(struct tx *tx, const struct mapping *mapping, uint64_t file_id, const struct record_counts *counts,
                  struct err *err);
/* What the file's control said of them. */
int sum_store_control(struct tx *tx, const struct mapping *mapping, uint64_t file_id, const struct control_said *said,
                      struct err *err);
/* These rows leave quarantine, before they are noted as released; counts: what they are now. */
int sum_store_release(struct tx *tx, const struct mapping *mapping, uint64_t file_id,
                      const struct record_counts *counts, const int64_t *rows, size_t count, struct err *err);
/* The filter's waiting rows are about to be given up. */
int sum_store_write_off(struct tx *tx, const struct reject_filter *filter, struct err *err);
/* The file is read again: counts begin anew with the rows that go on waiting, what was stored is kept apart. */
int sum_store_retry(struct tx *tx, uint64_t file_id, struct err *err);

/* A file's column whose sums don't agree. */
struct sum_difference {
    uint64_t file_id;
    const char *feed, *file, *name; /* in the call's arena */
    int64_t stored, ledger, read, control;
    bool has_control;
};
/* Behind totals_store_settle(): of the files found, compares those that it settled. */
int sum_store_settle(struct tx *tx, const struct totals_found *found, struct sum_difference **out, size_t *count,
                     struct err *err);
/* By sender, feed, day and name for the same files as totals_store_report(); joined to its rows, whose `agrees` holds
 * for all columns afterwards. */
int sum_store_report(struct tx *tx, const char *feed, int32_t from, int32_t until, Bihuan__FeedTotals *const *totals,
                     size_t count, struct err *err);
/* Names of the further money columns of a file, by their place; NULL where there is none. In the call's arena. */
int sum_store_names(struct tx *tx, uint64_t file_id, const char *names[SUMS_MAX], struct err *err);

#endif
