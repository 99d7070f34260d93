/* order_line: one fact as feedback keeps it, of whatever kind: what a feed row says, resolved to planning's ids.
 *
 * A record is known by (sender, key). Each row of it is one operation at one version. The version that orders rows is
 * the record's own version * 8 + the rank of its state: of two rows of version 1, "completed" goes before "placed"
 * whichever came first. Texts are borrowed from the batch or call that the line belongs to.
 */
#ifndef BIHUAN_FEEDBACK_ORDER_LINE_H
#define BIHUAN_FEEDBACK_ORDER_LINE_H

#include "refdata/fact_kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum operation { OPERATION_RECORD = 0, OPERATION_CANCEL = 1 };

/* Ranks of states that this service sets by itself; all of them are in refdata/fact_kinds.h. */
#define STATE_PLACED    1
#define STATE_COMPLETED 4

#define DAY_NONE 0

#define SUMS_MAX 8 /* further columns of money that a feed may have beside the amount */

/* What a reversal says that it takes back: bits of order_line.gives. Part of the stored data. */
#define GIVES_AMOUNT     1u
#define GIVES_QUANTITY   2u
#define GIVES_SUM(place) (4u << (place))

#define VERSION_MAX (INT32_MAX / FACT_STATE_LIMIT - 1)

/* What a row contributes to measures; parallel arrays as they are stored. */
struct contributions {
    int16_t *measures;
    int64_t *values;
    uint16_t count;
};

struct order_line {
    uint64_t record_hash; /* hash_record(sender, key) */
    const char *key;
    const char *customer;
    const char *subject; /* what it is about: number of the opportunity, the bill, the piece; "" not said */
    const char *photos;  /* references to photos, mapping/photos.h; "" none */
    uint32_t key_len, customer_len, subject_len, photos_len;
    uint16_t bucket;
    int16_t sender;
    enum operation operation;
    uint8_t state;   /* its rank */
    int32_t version; /* see above */
    int32_t day;
    int64_t occurred_at;
    int32_t since;   /* day from which its age counts: due, received; DAY_NONE not said */
    uint32_t unit;   /* credited: the seller where it is a sales person, else the site */
    uint32_t site;   /* the unit that the row names, credited by measures that say so; 0 none */
    uint32_t seller; /* 0 none, as the following */
    uint32_t channel;
    uint32_t product;
    uint32_t place;
    int64_t quantity;
    int64_t amount;
    const int64_t *sums; /* the feed's further columns of money, by their place; NULL where it has none */
    uint8_t sum_count;
    uint16_t gives; /* of a row that names the record which it takes back: it must be so much; 0 all, whatever it is */
    int64_t content_hash; /* of what the row said */
    uint32_t feed_id;     /* who brought it; 0 not known */
    uint64_t file_id;
    uint64_t row;
    int64_t known_at;
    struct contributions contributions;
};

static inline int32_t order_version(int32_t own, uint8_t state)
{
    return own * FACT_STATE_LIMIT + state;
}
static inline int32_t order_version_own(int32_t version)
{
    return version / FACT_STATE_LIMIT;
}

#endif
