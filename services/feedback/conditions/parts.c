/* parts: see parts.h. */
#include "feedback/conditions/parts.h"

#include <string.h>

static bool is_begun(const struct part *parts, size_t count, uint32_t feed_id, uint32_t unit)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].feed_id == feed_id && parts[i].unit == unit)
            return true;
    return false;
}

int parts_begin(struct tx *tx, uint32_t feed_id, const Bihuan__FeedCities *cities, const struct part *parts,
                size_t count, const struct reference *reference, struct err *err)
{
    if (!is_begun(parts, count, feed_id, 0) && part_store_begin(tx, feed_id, 0, err) != 0)
        return -1;
    for (size_t i = 0; cities && i < cities->n_units; i++) {
        uint32_t unit = reference_unit_id(reference, cities->units[i], strlen(cities->units[i]));

        if (unit && !is_begun(parts, count, feed_id, unit) && part_store_begin(tx, feed_id, unit, err) != 0)
            return -1;
    }
    return 0;
}

static int say(struct tx *tx, const struct mapping *mapping, struct part *part, int64_t through, struct err *err)
{
    const struct mark_before before = { part->has_mark, part->through, part->spoke_at };

    if (before.has_mark && through <= before.through)
        return 0;
    part->has_mark = true;
    part->through = through;
    part->spoke_at = tx_now(tx);
    return conditions_moved(tx, mapping, part, &before, err);
}

int parts_say(struct tx *tx, const struct mapping *mapping, uint32_t unit, int64_t through, int64_t *now_through,
              struct err *err)
{
    struct part part;
    bool found;

    if (part_store_get(tx, mapping->feed_id, unit, &found, &part, err) != 0)
        return -1;
    if (!found)
        part = (struct part) {
            .feed_id = mapping->feed_id, .unit = unit, .spoke_at = tx_now(tx), .since = tx_now(tx), .day = PART_NO_DAY
        };
    if (say(tx, mapping, &part, through, err) != 0)
        return -1;
    *now_through = part.through;
    return 0;
}

int parts_say_all(struct tx *tx, const struct mapping *mapping, int64_t through, struct err *err)
{
    struct part *parts;
    size_t count;

    if (part_store_list(tx, mapping->feed_id, &parts, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (parts[i].unit && say(tx, mapping, &parts[i], through, err) != 0)
            return -1;
    return 0;
}

int parts_say_events(struct tx *tx, const struct mapping *mapping, struct err *err)
{
    struct part *parts;
    size_t count;

    if (part_store_list(tx, mapping->feed_id, &parts, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int64_t through = parts[i].last_event < tx_now(tx) ? parts[i].last_event + 1 : tx_now(tx);

        if (parts[i].unit && parts[i].has_event && say(tx, mapping, &parts[i], through, err) != 0)
            return -1;
    }
    return 0;
}

int parts_least(struct tx *tx, const struct mapping *mapping, bool *any, bool *has, int64_t *least, struct err *err)
{
    struct part *parts;
    bool all_silent = true;
    size_t count;

    *any = *has = false;
    *least = INT64_MAX;
    if (part_store_list(tx, mapping->feed_id, &parts, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        all_silent = all_silent && (!parts[i].unit || parts[i].condition == CONDITION(SILENT));
    for (size_t i = 0; i < count; i++) {
        const struct part *part = &parts[i];

        if (!part->unit)
            continue;
        *any = true;
        if (part->condition == CONDITION(SILENT) && (!all_silent || !part->has_mark))
            continue;
        if (!part->has_mark) { /* it will speak */
            *has = false;
            return 0;
        }
        *has = true;
        *least = part->through < *least ? part->through : *least;
    }
    return 0;
}
