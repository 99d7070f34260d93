/* quotes: what holds of quotes, announced whenever it changes: who offered what to whom at which price, and where that
 * stands. Nothing is kept here beside the facts; readers keep what their rules need. */
#ifndef BIHUAN_FEEDBACK_QUOTES_H
#define BIHUAN_FEEDBACK_QUOTES_H

#include "feedback/measures/distinct_book.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* Whether records of the sender are quotes. */
bool quotes_follow(int16_t sender);
/* Announces, in the bucket of each record, those that are quotes; passes over others. Records come by bucket. */
int quotes_announce(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                    struct err *err);

#endif
