/* effect: see effect.h. */
#include "feedback/facts/effect.h"

#include <string.h>

static const struct order_line *highest(const struct order_line *const *rows, size_t count, enum operation operation)
{
    const struct order_line *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (rows[i]->operation == operation && (!best || rows[i]->version > best->version))
            best = rows[i];
    return best;
}

struct effect effect_of(const struct order_line *const *rows, size_t count)
{
    const struct order_line *record = highest(rows, count, OPERATION_RECORD);
    const struct order_line *cancel = highest(rows, count, OPERATION_CANCEL);
    struct effect effect = { .count = 0 };

    if (!record || !record->contributions.count || fact_kind_is_level(fact_kind_of_sender(record->sender)))
        return effect;
    effect.lines[effect.count++] = (struct effect_line) { record, record->day, record->occurred_at, record->version,
                                                          false };
    if (cancel)
        effect.lines[effect.count++] = (struct effect_line) { record, cancel->day, cancel->occurred_at, cancel->version,
                                                              true };
    return effect;
}

const struct order_line *effect_live(const struct order_line *const *rows, size_t count)
{
    return highest(rows, count, OPERATION_CANCEL) ? NULL : highest(rows, count, OPERATION_RECORD);
}

static bool line_equal(const struct effect_line *a, const struct effect_line *b)
{
    const struct order_line *x = a->line, *y = b->line;

    return a->day == b->day && a->occurred_at == b->occurred_at && a->negative == b->negative && x->unit == y->unit &&
           x->site == y->site && x->seller == y->seller && x->channel == y->channel && x->product == y->product &&
           x->contributions.count == y->contributions.count &&
           memcmp(x->contributions.measures, y->contributions.measures, x->contributions.count * sizeof(int16_t)) ==
               0 &&
           memcmp(x->contributions.values, y->contributions.values, x->contributions.count * sizeof(int64_t)) == 0;
}

bool effect_equal(const struct effect *a, const struct effect *b)
{
    if (a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++)
        if (!line_equal(&a->lines[i], &b->lines[i]))
            return false;
    return true;
}

enum arrival effect_arrival(const struct order_line *const *rows, size_t count, const struct order_line *next)
{
    const struct order_line *top = highest(rows, count, next->operation);

    for (size_t i = 0; i < count; i++)
        if (rows[i]->operation == next->operation && rows[i]->version == next->version)
            return rows[i]->content_hash == next->content_hash ? ARRIVAL_DUPLICATE : ARRIVAL_CONFLICT;
    return top && top->version > next->version ? ARRIVAL_SUPERSEDED : ARRIVAL_NEW;
}
