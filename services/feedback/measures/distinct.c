/* distinct: see distinct.h. */
#include "feedback/measures/distinct.h"

#include "base/hash.h"
#include "feedback/measures/contribution.h"
#include "text/dates.h"

#include <string.h>

int32_t distinct_window_day(enum distinct_window window, int32_t day)
{
    switch (window) {
    case WINDOW_DAY:
        return day;
    case WINDOW_WEEK:
        return day - (date_weekday(day) - 1);
    case WINDOW_MONTH:
        return date_month_first(day);
    case WINDOW_QUARTER:
        return date_quarter_first(day);
    case WINDOW_YEAR:
        return date_year_first(day);
    case WINDOW_EVER:
    default:
        return 0;
    }
}

static const char *id_text(struct arena *arena, uint32_t id)
{
    return id ? arena_printf(arena, "%u", id) : "";
}

/* "" where the line has none. */
static const char *key_of(const struct ref_measure *measure, const struct order_line *line, uint32_t credited,
                          struct arena *arena)
{
    switch (measure->distinct_key) {
    case DISTINCT_SELLER:
        return id_text(arena, line->seller);
    case DISTINCT_PRODUCT:
        return id_text(arena, line->product);
    case DISTINCT_PLACE:
        return id_text(arena, line->place);
    case DISTINCT_UNIT:
        return id_text(arena, credited);
    case DISTINCT_SUBJECT:
        return arena_strndup(arena, line->subject, line->subject_len);
    case DISTINCT_CUSTOMER:
    default:
        return arena_strndup(arena, line->customer, line->customer_len);
    }
}

static int64_t hash_group(const struct distinct_line *at)
{
    const uint64_t numbers[] = { at->measure, at->within, (uint32_t)at->window_day };

    return (int64_t)hash_bytes(at->key, strlen(at->key), hash_bytes(numbers, sizeof numbers, 0));
}

size_t distinct_groups(const struct reference *reference, const struct order_line *line, struct arena *arena,
                       struct distinct_line **out, uint64_t *without_key)
{
    size_t measure_count, count = 0;
    const struct ref_measure *measures = reference_measures(reference, &measure_count);

    *out = NULL;
    for (size_t i = 0; i < measure_count; i++) {
        const struct ref_measure *measure = &measures[i];
        struct distinct_line at = { .measure = measure->id };

        if (measure->value != VALUE_DISTINCT || !contribution_holds(reference, measure, line))
            continue;
        at.unit = reference_credited(reference, measure->id, line);
        at.key = key_of(measure, line, at.unit, arena);
        if (measure->within[0])
            at.within = reference_above(reference, at.unit, measure->within, line->day);
        if (!at.key[0] || (measure->within[0] && !at.within)) {
            if (without_key)
                ++*without_key;
            continue;
        }
        at.window_day = distinct_window_day(measure->distinct_window, line->day);
        at.key_hash = hash_group(&at);
        at.bucket = line->bucket;
        at.sender = line->sender;
        at.record_key = line->key;
        at.day = line->day;
        at.occurred_at = line->occurred_at;
        at.version = line->version;
        at.seller = line->seller;
        at.channel = line->channel;
        at.product = line->product;
        if (!*out)
            *out = arena_array(arena, struct distinct_line, measure_count - i);
        (*out)[count++] = at;
    }
    return count;
}

/* --- order ---------------------------------------------------------------------------------------------------------
 */

#define BY(field)                                                                                                      \
    if (a->field != b->field)                                                                                          \
    return a->field < b->field ? -1 : 1

int distinct_compare_groups(const struct distinct_line *a, const struct distinct_line *b)
{
    BY(key_hash);
    BY(measure);
    BY(within);
    BY(window_day);
    return strcmp(a->key, b->key);
}

int distinct_compare_lines(const struct distinct_line *a, const struct distinct_line *b)
{
    BY(day);
    BY(occurred_at);
    BY(sender);
    return strcmp(a->record_key, b->record_key);
}

int distinct_compare_places(const struct distinct_line *a, const struct distinct_line *b)
{
    int order;

    BY(bucket);
    BY(sender);
    order = strcmp(a->record_key, b->record_key);
    if (order)
        return order;
    BY(measure);
    return 0;
}

bool distinct_equal(const struct distinct_line *a, const struct distinct_line *b)
{
    return distinct_compare_places(a, b) == 0 && distinct_compare_groups(a, b) == 0 && a->day == b->day &&
           a->occurred_at == b->occurred_at && a->version == b->version && a->unit == b->unit &&
           a->seller == b->seller && a->channel == b->channel && a->product == b->product;
}
