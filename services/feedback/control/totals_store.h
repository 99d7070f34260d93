/* totals_store: the SQL of control totals. */
#ifndef BIHUAN_FEEDBACK_TOTALS_STORE_H
#define BIHUAN_FEEDBACK_TOTALS_STORE_H

#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

struct totals_row {
    uint64_t file_id;
    const char *feed, *file; /* in the call's arena */
    int64_t stored_rows, ledger_rows, stored_amount, ledger_amount;
};

/* Compares at most `limit` finished files that weren't compared yet; *out: those that differ. */
int totals_store_compare(struct tx *tx, uint32_t limit, struct totals_row **out, size_t *count, struct err *err);
/* By sender, feed and day (of the name, else of arrival), newest day first, in the call's arena. */
int totals_store_report(struct tx *tx, const char *feed, int32_t from, int32_t until, uint32_t limit,
                        Bihuan__FeedTotals ***out, size_t *count, struct err *err);

#endif
