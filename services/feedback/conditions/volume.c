/* volume: see volume.h. */
#include "feedback/conditions/volume.h"

#include "feedback/conditions/part_store.h"

#include <stdlib.h>

/* Sums by (unit, day), or the latest event by unit, as parallel arrays that SQL reads. */
struct tally {
    int32_t *units, *days;
    int64_t *values;
    size_t count;
};

struct item {
    uint32_t unit;
    int32_t day;
    int64_t event;
    int64_t records;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->day < y->day ? -1 : x->day > y->day;
}

static void tally_init(struct tally *tally, struct arena *arena, size_t cap)
{
    *tally = (struct tally) { .units = arena_array(arena, int32_t, cap),
                              .days = arena_array(arena, int32_t, cap),
                              .values = arena_array(arena, int64_t, cap) };
}

static int64_t *tally_at(struct tally *tally, uint32_t unit, int32_t day, int64_t begins)
{
    size_t last = tally->count - 1;

    if (tally->count && (uint32_t)tally->units[last] == unit && tally->days[last] == day)
        return &tally->values[last];
    last = tally->count++;
    tally->units[last] = (int32_t)unit;
    tally->days[last] = day;
    tally->values[last] = begins;
    return &tally->values[last];
}

/* More of (unit, day), which come in order. */
static void tally_add(struct tally *tally, const struct item *item)
{
    *tally_at(tally, item->unit, item->day, 0) += item->records;
}

static void tally_latest(struct tally *tally, uint32_t unit, int64_t event)
{
    int64_t *latest = tally_at(tally, unit, 0, event);

    *latest = *latest > event ? *latest : event;
}

static uint32_t part_of(const struct mapping *mapping, const struct snapshot *snapshot, const struct row_batch *batch,
                        const struct order_line *line)
{
    return mapping_part_of(mapping, snapshot->reference, batch->city, line->site ? line->site : line->unit, line->day);
}

/* One more record. Neighbours are mostly of one day, so there are far fewer items than records to sort. */
static void add_record(struct item *items, size_t *count, struct item **last, uint32_t unit, int32_t day)
{
    if (!*last || (*last)->unit != unit || (*last)->day != day) {
        *last = &items[(*count)++];
        **last = (struct item) { .unit = unit, .day = day };
    }
    (*last)->records++;
}

static int add_volumes(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping,
                       const struct row_batch *batch, const struct record_counts *counts, struct err *err)
{
    struct item *items = arena_array(tx_arena(tx), struct item, 2 * counts->fresh_count);
    struct item *whole = NULL, *of_part = NULL;
    struct tally tally;
    size_t count = 0;

    for (size_t i = 0; i < counts->fresh_count; i++) {
        const struct order_line *line = counts->fresh[i];
        uint32_t part = part_of(mapping, snapshot, batch, line);

        add_record(items, &count, &whole, 0, line->day);
        if (part)
            add_record(items, &count, &of_part, part, line->day);
    }
    qsort(items, count, sizeof items[0], compare);
    tally_init(&tally, tx_arena(tx), count);
    for (size_t i = 0; i < count; i++)
        tally_add(&tally, &items[i]);
    return part_store_add_volumes(tx, mapping->feed_id, tally.units, tally.days, tally.values, tally.count,
                                  zone_day(&mapping->zone, tx_now(tx)), err);
}

/* Each line tells how far its city has come, known before or not. */
static int add_events(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping,
                      const struct row_batch *batch, struct err *err)
{
    struct item *items = arena_array(tx_arena(tx), struct item, batch->line_count);
    struct tally tally;
    size_t count = 0;

    for (size_t i = 0; i < batch->line_count; i++) {
        uint32_t part = part_of(mapping, snapshot, batch, &batch->lines[i]);

        if (part)
            items[count++] = (struct item) { .unit = part, .event = batch->lines[i].occurred_at };
    }
    if (!count)
        return 0;
    qsort(items, count, sizeof items[0], compare);
    tally_init(&tally, tx_arena(tx), count);
    for (size_t i = 0; i < count; i++)
        tally_latest(&tally, items[i].unit, items[i].event);
    return part_store_events(tx, mapping->feed_id, tally.units, tally.values, tally.count, err);
}

int volume_note(struct tx *tx, const struct snapshot *snapshot, const struct row_batch *batch,
                const struct record_counts *counts, struct err *err)
{
    const struct mapping *mapping = snapshot_feed_by_id(snapshot, batch->feed_id);

    if (!mapping)
        return 0;
    if (counts->fresh_count && add_volumes(tx, snapshot, mapping, batch, counts, err) != 0)
        return -1;
    if (mapping->cities.by != CITIES_BY_UNIT || !batch->line_count)
        return 0;
    return add_events(tx, snapshot, mapping, batch, err);
}
