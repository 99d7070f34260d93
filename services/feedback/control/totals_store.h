/* totals_store: the SQL of control totals. */
#ifndef BIHUAN_FEEDBACK_TOTALS_STORE_H
#define BIHUAN_FEEDBACK_TOTALS_STORE_H

#include "db/db.h"
#include "feedback/facts/order_line.h"
#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

/* The day under which a file x stands: of its name, else that of its arrival in the installation's zone. $4: the zone,
 * in seconds east of UTC, as business days are told; a session's own is UTC, whose midnight is 08:00 in Beijing. */
#define TOTALS_DAY "coalesce(x.file_day, (x.seen_at AT TIME ZONE make_interval(secs => $4::int))::date)"

struct totals_row {
    uint64_t file_id;
    const char *feed, *file; /* in the call's arena */
    int64_t stored_rows, ledger_rows, stored_amount, ledger_amount;
};

/* Finished files that weren't compared yet, in the order of their numbers, by column: number, rows and amount as
 * counted while it was read, rows and amount in the ledger (nought until ledger_add_up). In the arena. */
enum totals_column {
    TOTALS_FILE,
    TOTALS_STORED_ROWS,
    TOTALS_STORED_AMOUNT,
    TOTALS_LEDGER_ROWS,
    TOTALS_LEDGER_AMOUNT,
    TOTALS_COLUMNS
};
struct totals_found {
    size_t count;
    int64_t *columns[TOTALS_COLUMNS];
    int64_t *rows_read;
    int64_t (*ledger_sums)[SUMS_MAX]; /* by file: of the feed's further money columns in the ledger */
};

/* At most `limit` files, oldest first. */
int totals_store_find(struct db *db, struct arena *arena, uint32_t limit, struct totals_found *out, struct err *err);
/* Notes that they were compared, but for files that were moved on meanwhile; *out: those that differ. */
int totals_store_settle(struct tx *tx, const struct totals_found *found, struct totals_row **out, size_t *count,
                        struct err *err);
/* By sender, feed and day (of the name, else the business day of arrival), newest first, in the call's arena. */
int totals_store_report(struct tx *tx, const char *feed, int32_t from, int32_t until, uint32_t limit,
                        Bihuan__FeedTotals ***out, size_t *count, struct err *err);

#endif
