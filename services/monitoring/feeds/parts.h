/* parts: how each feed stands, as a whole and by part, as feedback said last. In memory and in its table. */
#ifndef BIHUAN_SERVICES_MONITORING_PARTS_H
#define BIHUAN_SERVICES_MONITORING_PARTS_H

#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_conditions.pb-c.h"

struct feed_part {
    uint32_t feed_id, unit_id; /* unit 0: the whole feed */
    char feed[65], sender[65], fact[33];
    Bihuan__FeedConditionKind condition;
    int64_t since_us, through_us; /* complete to here, exclusive; 0 unknown */
    int64_t volume, expected;
    bool told; /* by FEED_CONDITION: its words go before WATERMARK_MOVED's */
};

struct parts {
    struct feed_part *items; /* by feed, then unit */
    size_t count, cap;
};

struct monitoring;

void parts_fini(struct parts *parts);
int parts_load(struct monitoring *monitoring, struct tx *tx, struct err *err);
/* As they stood at a business time, by what is recorded; the fact, the sender and since when aren't known. *out is
 * taken over; parts_fini() frees it. */
int parts_at(struct tx *tx, int64_t at_us, struct parts *out, struct err *err);
/* Events. */
int on_feed_condition(struct tx *tx, const void *message, struct err *err);
int parts_on_watermark(struct tx *tx, const Bihuan__WatermarkMoved *event, struct err *err);
/* Whether a feed has parts beside its whole. */
bool parts_has_parts(const struct parts *parts, uint32_t feed_id);
const char *parts_condition_word(Bihuan__FeedConditionKind condition);

#endif
