/* level: see level.h. */
#include "feedback/levels/level.h"

#include "base/hash.h"
#include "feedback/mapping/mapping.h"

#include <stdlib.h>
#include <string.h>

bool level_line_of(const struct order_line *row, struct arena *arena, struct level_line *out)
{
    if (!row->state) /* of a day that was replaced without it */
        return false;
    *out = (struct level_line) { .bucket = row->bucket,
                                 .sender = row->sender,
                                 .record_key = row->key,
                                 .day = row->day,
                                 .occurred_at = row->occurred_at,
                                 .version = row->version,
                                 .unit = row->unit,
                                 .site = row->site,
                                 .seller = row->seller,
                                 .channel = row->channel,
                                 .product = row->product,
                                 .since = row->since,
                                 .holds = row->contributions };
    out->series = row->subject_len ? arena_printf(arena, "%d/%.*s", row->sender, (int)row->subject_len, row->subject)
                                   : arena_printf(arena, "%d//%u/%u/%.*s", row->sender, row->site, row->product,
                                                  (int)row->customer_len, row->customer);
    out->series_hash = (int64_t)hash_bytes(out->series, strlen(out->series), 0);
    return true;
}

/* --- what is told --------------------------------------------------------------------------------------------------
 */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The days [*from, *until) on which a reading counts for a measure; false where there are none. */
static bool stretch(const struct ref_measure *measure, const struct level_line *line, int32_t next_day, int64_t *from,
                    int64_t *until)
{
    *from = line->day;
    *until = next_day;
    if (measure->holds_days)
        *until = earlier(*until, *from + measure->holds_days);
    if (measure->has_age) {
        if (line->since == DAY_NONE)
            return false;
        if (measure->age.from != INT32_MIN)
            *from = later(*from, (int64_t)line->since + measure->age.from);
        if (measure->age.to != INT32_MAX)
            *until = earlier(*until, (int64_t)line->since + measure->age.to + 1);
    }
    return *from < *until && *from <= FACT_DAY_LAST;
}

static int by_day(const void *a, const void *b)
{
    const struct level_change *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->measure > y->measure) - (x->measure < y->measure);
}

size_t level_tell(const struct reference *reference, const struct level_line *line, int32_t next_day,
                  struct arena *arena, struct level_change **out)
{
    struct level_change *changes = arena_array(arena, struct level_change, line->holds.count * (size_t)2 + 1);
    size_t count = 0;

    for (uint16_t i = 0; i < line->holds.count; i++) {
        const struct ref_measure *measure = reference_measure(reference, (uint32_t)line->holds.measures[i]);
        int64_t from, until, value = line->holds.values[i];

        if (!measure || !stretch(measure, line, next_day, &from, &until))
            continue;
        changes[count++] = (struct level_change) { (int32_t)from, line->holds.measures[i], value };
        if (until <= FACT_DAY_LAST)
            changes[count++] = (struct level_change) { (int32_t)until, line->holds.measures[i], -value };
    }
    if (count)
        qsort(changes, count, sizeof *changes, by_day);
    *out = changes;
    return count;
}

size_t level_difference(const struct level_change *old, size_t old_count, const struct level_change *now,
                        size_t now_count, struct arena *arena, struct level_change **out)
{
    struct level_change *changes = arena_array(arena, struct level_change, old_count + now_count + 1);
    size_t o = 0, n = 0, count = 0;

    while (o < old_count || n < now_count) {
        int order = o == old_count ? 1 : n == now_count ? -1 : by_day(&old[o], &now[n]);
        struct level_change *at = &changes[count];

        *at = order <= 0 ? old[o] : now[n];
        at->value = (order >= 0 ? now[n].value : 0) - (order <= 0 ? old[o].value : 0);
        o += order <= 0;
        n += order >= 0;
        count += at->value != 0;
    }
    *out = changes;
    return count;
}

/* --- order ---------------------------------------------------------------------------------------------------------
 */

#define BY(field)                                                                                                      \
    if (a->field != b->field)                                                                                          \
    return a->field < b->field ? -1 : 1

int level_compare_places(const struct level_line *a, const struct level_line *b)
{
    BY(bucket);
    BY(sender);
    return strcmp(a->record_key, b->record_key);
}

int level_compare_series(const struct level_line *a, const struct level_line *b)
{
    BY(series_hash);
    return strcmp(a->series, b->series);
}

int level_compare_readings(const struct level_line *a, const struct level_line *b)
{
    BY(day);
    BY(occurred_at);
    return strcmp(a->record_key, b->record_key);
}

bool level_equal(const struct level_line *a, const struct level_line *b)
{
    return level_compare_places(a, b) == 0 && level_compare_series(a, b) == 0 && level_compare_readings(a, b) == 0 &&
           a->version == b->version && a->unit == b->unit && a->site == b->site && a->seller == b->seller &&
           a->channel == b->channel && a->product == b->product && a->since == b->since &&
           a->holds.count == b->holds.count &&
           (!a->holds.count || (memcmp(a->holds.measures, b->holds.measures, a->holds.count * sizeof(int16_t)) == 0 &&
                                memcmp(a->holds.values, b->holds.values, a->holds.count * sizeof(int64_t)) == 0));
}
