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

static enum fact_telling telling_of(const struct order_line *line)
{
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_of_sender(line->sender));

    return kind ? kind->telling : TELL_COUNTED;
}

bool effect_is_told(const struct order_line *line)
{
    enum fact_telling telling = telling_of(line);

    return telling == TELL_ALL || (telling == TELL_REFERRING && line->subject_len);
}

struct effect effect_of(const struct order_line *const *rows, size_t count)
{
    const struct order_line *record = highest(rows, count, OPERATION_RECORD);
    const struct order_line *cancel = highest(rows, count, OPERATION_CANCEL);
    struct effect effect = { .count = 0 };

    if (!record || fact_kind_is_level(fact_kind_of_sender(record->sender)))
        return effect;
    if (!record->contributions.count && !effect_is_told(record))
        return effect;
    effect.lines[effect.count++] = (struct effect_line) { record, record->day, record->occurred_at, record->version,
                                                          false };
    if (cancel)
        effect.lines[effect.count++] = (struct effect_line) { record, cancel->day, cancel->occurred_at, cancel->version,
                                                              true };
    return effect;
}

const struct order_line *effect_record(const struct order_line *const *rows, size_t count)
{
    return highest(rows, count, OPERATION_RECORD);
}

/* Some senders write what is taken back with its sign, some without. */
static bool same_size(int64_t a, int64_t b)
{
    return a == b || a == -b;
}

const char *effect_differs(const struct order_line *reversal, const struct order_line *record)
{
    if (reversal->gives & GIVES_AMOUNT && !same_size(reversal->amount, record->amount))
        return "amount";
    if (reversal->gives & GIVES_QUANTITY && !same_size(reversal->quantity, record->quantity))
        return "quantity";
    for (uint8_t i = 0; i < reversal->sum_count; i++)
        if (reversal->gives & GIVES_SUM(i) &&
            !same_size(reversal->sums[i], i < record->sum_count ? record->sums[i] : 0))
            return "further sum";
    return NULL;
}

const struct order_line *effect_live(const struct order_line *const *rows, size_t count)
{
    return highest(rows, count, OPERATION_CANCEL) ? NULL : highest(rows, count, OPERATION_RECORD);
}

static bool text_equal(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
    return a_len == b_len && (!a_len || memcmp(a, b, a_len) == 0);
}

/* Of states only those matter that somebody follows: an order line that moves on counts for the same. */
static bool record_equal(const struct order_line *x, const struct order_line *y)
{
    return text_equal(x->customer, x->customer_len, y->customer, y->customer_len) &&
           text_equal(x->subject, x->subject_len, y->subject, y->subject_len) && x->quantity == y->quantity &&
           x->amount == y->amount && (x->state == y->state || telling_of(y) == TELL_COUNTED);
}

static bool contributions_equal(const struct contributions *x, const struct contributions *y)
{
    return x->count == y->count && (!x->count || (memcmp(x->measures, y->measures, x->count * sizeof(int16_t)) == 0 &&
                                                  memcmp(x->values, y->values, x->count * sizeof(int64_t)) == 0));
}

static bool line_equal(const struct effect_line *a, const struct effect_line *b)
{
    const struct order_line *x = a->line, *y = b->line;

    return a->day == b->day && a->occurred_at == b->occurred_at && a->negative == b->negative && x->unit == y->unit &&
           x->site == y->site && x->seller == y->seller && x->channel == y->channel && x->product == y->product &&
           contributions_equal(&x->contributions, &y->contributions) && record_equal(x, y);
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

static bool sums_equal(const struct order_line *x, const struct order_line *y)
{
    return x->sum_count == y->sum_count &&
           (!x->sum_count || memcmp(x->sums, y->sums, x->sum_count * sizeof x->sums[0]) == 0);
}

bool effect_is_reread(const struct order_line *was, const struct order_line *next)
{
    return was->file_id && was->file_id == next->file_id && was->row == next->row &&
           was->operation == next->operation && was->version == next->version &&
           was->occurred_at == next->occurred_at && was->state == next->state && was->quantity == next->quantity &&
           was->amount == next->amount && sums_equal(was, next) &&
           text_equal(was->photos, was->photos_len, next->photos, next->photos_len);
}

enum arrival effect_arrival(const struct order_line *const *rows, size_t count, const struct order_line *next)
{
    const struct order_line *top = highest(rows, count, next->operation);

    for (size_t i = 0; i < count; i++)
        if (rows[i]->operation == next->operation && rows[i]->version == next->version)
            return rows[i]->content_hash == next->content_hash ? ARRIVAL_DUPLICATE : ARRIVAL_CONFLICT;
    return top && top->version > next->version ? ARRIVAL_SUPERSEDED : ARRIVAL_NEW;
}
