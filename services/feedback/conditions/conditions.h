/* conditions: how feeds and their parts stand, worked out from their tables and told when it changes. On the writer.
 *
 * Calls that change a part write its row (part_store_put) and publish FEED_CONDITION where readers have to know.
 */
#ifndef BIHUAN_FEEDBACK_CONDITIONS_CONDITIONS_H
#define BIHUAN_FEEDBACK_CONDITIONS_CONDITIONS_H

#include "feedback/conditions/part_store.h"
#include "feedback/snapshot.h"

/* The mark of a feed (unit 0) or a part has moved, which is noted already; `part` says the rest as it was before the
 * move, but for when it spoke. Published before the watermark itself, so that a reader who judges a day knows whether
 * to believe it. */
struct mark_before {
    bool has_mark;
    int64_t through, spoke_at;
};
int conditions_moved(struct tx *tx, const struct mapping *mapping, struct part *part, const struct mark_before *before,
                     struct err *err);
/* Judges it as it is now. */
int conditions_judge(struct tx *tx, const struct mapping *mapping, struct part *part, bool silent, struct err *err);
/* It isn't judged any more. */
int conditions_drop(struct tx *tx, const struct mapping *mapping, const struct part *part, struct err *err);

/* How long a mark may rest before its feed is silent, microseconds; 0 for ever. */
int64_t conditions_allowed(const struct mapping *mapping);
/* The head of each of our streams, as events that name positions carry them; in the call's arena. */
uint64_t *conditions_heads(struct tx *tx, size_t *count);

int on_list_feed_conditions(struct tx *tx, const void *message, struct err *err);
/* Planning's calendar: which days are no ordinary working day or weekend. */
int on_calendar(struct tx *tx, const void *message, struct err *err);

#endif
