/* distinct: which groups of distinct counts a live line lies in, and which line of a group counts. Pure.
 *
 * A group is (measure, unit of the measure's type above, window that holds the day, key). A line is live where it is
 * the highest version of a record that isn't cancelled. Of a group's live lines the first counts, by day, time, sender
 * and record key: an order that doesn't depend on arrival, so what is counted is a function of the set of live lines.
 */
#ifndef BIHUAN_FEEDBACK_DISTINCT_H
#define BIHUAN_FEEDBACK_DISTINCT_H

#include "base/arena.h"
#include "feedback/facts/order_line.h"
#include "feedback/reference/reference.h"

/* A live line in one of its groups; texts are borrowed. */
struct distinct_line {
    /* the group */
    uint32_t measure, within;
    int32_t window_day;
    const char *key;
    int64_t key_hash; /* of all four */
    /* the line */
    uint16_t bucket;
    int16_t sender;
    const char *record_key;
    int32_t day;
    int64_t occurred_at;
    int32_t version; /* as stored */
    uint32_t unit;   /* credited */
    uint32_t seller, channel, product;
    bool first; /* it counts */
};

/* First day of the window that holds the day; 0 for ever. */
int32_t distinct_window_day(enum distinct_window window, int32_t day);

/* The groups of a line that is live, by measure; at most REFERENCE_MEASURES. Nothing for a line without the key, or
 * without a unit of the measure's type: *without_key (may be NULL) counts those that hold otherwise. In the arena. */
size_t distinct_groups(const struct reference *reference, const struct order_line *line, struct arena *arena,
                       struct distinct_line **out, uint64_t *without_key);

/* Order of groups. */
int distinct_compare_groups(const struct distinct_line *a, const struct distinct_line *b);
/* Order of the lines of a group: the least counts. */
int distinct_compare_lines(const struct distinct_line *a, const struct distinct_line *b);
/* Order of (bucket, sender, record, measure), which is a line's identity. */
int distinct_compare_places(const struct distinct_line *a, const struct distinct_line *b);
/* All but `first` is the same. */
bool distinct_equal(const struct distinct_line *a, const struct distinct_line *b);

#endif
