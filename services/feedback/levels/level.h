/* level: readings of levels as changes that add up. Pure.
 *
 * A reading says how much there is: 300 SIM cards at a dealer, 86 yuan still open on a bill. A series is what is read
 * again and again: (sender, subject), or where a row names no subject (sender, unit, product, customer). The readings
 * of a series that hold (the highest version of a record that isn't cancelled) stand in the order of day, time and
 * record; each counts from its day to the day of the next one, the last of a day alone. So what is published for a
 * reading is +value at its day and -value at the day of the next: the sum of all changes up to a day is the level on
 * that day, and a function of the set of readings, not of their order of arrival.
 *
 * A measure may narrow the stretch: `holds_days` ends it, `age` keeps of it the days on which since + from <= day <=
 * since + to, so that a bill passes from 1..30 to 31..60 by changes that are dated in the future. Nobody has to wake up
 * for it, and a bill that is paid takes back what lies ahead.
 */
#ifndef BIHUAN_FEEDBACK_LEVEL_H
#define BIHUAN_FEEDBACK_LEVEL_H

#include "base/arena.h"
#include "feedback/facts/order_line.h"
#include "feedback/reference/reference.h"

#define LEVEL_OPEN INT32_MAX /* there is no next reading */

/* A change of a measure on a day. */
struct level_change {
    int32_t day;
    int16_t measure;
    int64_t value;
};

/* A reading that holds; texts and arrays are borrowed. */
struct level_line {
    /* the series */
    int64_t series_hash;
    const char *series;
    /* the reading */
    uint16_t bucket;
    int16_t sender;
    const char *record_key;
    int32_t day;
    int64_t occurred_at;
    int32_t version; /* as stored */
    uint32_t unit, site, seller, channel, product;
    int32_t since;
    struct contributions holds; /* what it contributes while it holds */
    struct level_change *told;  /* what is published for it, by day and measure */
    size_t told_count;
};

/* The reading that a row is, nothing told yet. False where the row holds nothing: of an emptied record. */
bool level_line_of(const struct order_line *row, struct arena *arena, struct level_line *out);

/* What has to be published for a reading whose next one is of `next_day`, by day and measure. In the arena. */
size_t level_tell(const struct reference *reference, const struct level_line *line, int32_t next_day,
                  struct arena *arena, struct level_change **out);

/* What leads from one list of changes to another, both by day and measure. In the arena. */
size_t level_difference(const struct level_change *old, size_t old_count, const struct level_change *now,
                        size_t now_count, struct arena *arena, struct level_change **out);

/* Order of (bucket, sender, record), which is a reading's identity. */
int level_compare_places(const struct level_line *a, const struct level_line *b);
int level_compare_series(const struct level_line *a, const struct level_line *b);
/* Order of the readings of a series. */
int level_compare_readings(const struct level_line *a, const struct level_line *b);
/* All but what is told is the same. */
bool level_equal(const struct level_line *a, const struct level_line *b);

#endif
