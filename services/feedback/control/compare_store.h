/* compare_store: the SQL of comparing two senders. */
#ifndef BIHUAN_FEEDBACK_COMPARE_STORE_H
#define BIHUAN_FEEDBACK_COMPARE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

struct compare_range {
    int16_t sender, with;
    int32_t from, until;               /* days; until isn't in it */
    bool sellers, channels, customers; /* both bring them: they are compared */
};

/* Fills in the counts and sums of the reply. */
int compare_store_sums(struct tx *tx, const struct compare_range *range, Bihuan__CompareFeedsReply *reply,
                       struct err *err);
/* At most `limit` differences behind the key `after`, by key; units, products, sellers and channels as ids in decimal.
 * In the call's arena. */
int compare_store_list(struct tx *tx, const struct compare_range *range, const char *after, uint32_t limit,
                       Bihuan__FeedDifference ***out, size_t *count, struct err *err);

#endif
