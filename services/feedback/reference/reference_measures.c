/* reference_measures: definitions made ready to be applied. See reference.h. */
#include "feedback/reference/reference_internal.h"

#include <string.h>

static const Bihuan__Measure *copy_measure(struct reference *reference, const Bihuan__Measure *measure)
{
    size_t len = bihuan__measure__get_packed_size(measure);
    uint8_t *bytes = arena_alloc(&reference->arena, len ? len : 1);

    bihuan__measure__pack(measure, bytes);
    return bihuan__measure__unpack(&reference->arena.allocator, len, bytes);
}

static int parse_value(const char *text)
{
    if (strcmp(text, "amount") == 0)
        return VALUE_AMOUNT;
    if (strcmp(text, "quantity") == 0)
        return VALUE_QUANTITY;
    if (strcmp(text, "distinct") == 0)
        return VALUE_DISTINCT;
    return strcmp(text, "count") == 0 ? VALUE_COUNT : -1;
}

static int index_of(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* In the order of the enumerations. */
static const char *const KEYS[] = { "customer", "seller", "product", "place", "unit", "subject", NULL };
static const char *const WINDOWS[] = { "day", "week", "month", "quarter", "year", "ever", NULL };
static const char *const CANCELLED[] = { "",           "any", "after_day", "after_week", "after_month", "after_quarter",
                                         "after_year", NULL };
/* In the order of the bits. */
static const char *const HAS[] = { "customer", "seller", "channel", "product", "place", "subject", "photo", NULL };

bool reference_counts(const Bihuan__Measure *measure)
{
    int value = parse_value(measure->value);

    if (fact_kind_parse(measure->fact) == FACT_NONE || value < 0)
        return false;
    return value != VALUE_DISTINCT || (measure->distinct && index_of(KEYS, measure->distinct->key) >= 0 &&
                                       index_of(WINDOWS, measure->distinct->window) >= 0);
}

int reference_add_measure(struct reference *reference, const Bihuan__Measure *measure, struct err *err)
{
    struct ref_measure *compiled;
    const Bihuan__Measure *copy;

    if (!reference_counts(measure))
        return 0;
    if (reference->measure_count == REFERENCE_MEASURES || measure->id > INT16_MAX)
        return err_fail(err, ERR_INVALID, "too_many_measures", "more than %d measures", REFERENCE_MEASURES);
    copy = reference->definitions[reference->measure_count] = copy_measure(reference, measure);
    compiled = &reference->measures[reference->measure_count];
    *compiled = (struct ref_measure) { .id = measure->id,
                                       .code = copy->code,
                                       .fact = fact_kind_parse(copy->fact),
                                       .value = parse_value(copy->value),
                                       .running = strcmp(copy->over_time, "last") == 0 };
    compiled->running = compiled->running || fact_kind_is_level(compiled->fact);
    if (compiled->value == VALUE_DISTINCT) {
        compiled->distinct_key = (enum distinct_key)index_of(KEYS, copy->distinct->key);
        compiled->distinct_window = (enum distinct_window)index_of(WINDOWS, copy->distinct->window);
        compiled->within = copy->distinct->within;
        reference->has_distinct = true;
    }
    if (strcmp(measure->credit, "unit") == 0)
        reference->to_site[measure->id / 64] |= UINT64_C(1) << (measure->id % 64);
    reference->measure_count++;
    return 0;
}

/* --- filters -------------------------------------------------------------------------------------------------------
 */

static uint64_t *new_bits(struct reference *reference, uint32_t limit)
{
    return arena_array(&reference->arena, uint64_t, limit / 64 + 1);
}

static uint64_t *product_bits(struct reference *reference, char *const *codes, size_t count)
{
    uint64_t *bits = new_bits(reference, reference->product_limit);

    for (size_t i = 0; i < count; i++) {
        uint32_t family = reference_product_id(reference, codes[i], strlen(codes[i]));

        for (uint32_t p = 1; family && p < reference->product_limit; p++)
            if (reference->products[p].id && reference_product_is_under(reference, p, family))
                bits[p / 64] |= UINT64_C(1) << (p % 64);
    }
    return bits;
}

static uint64_t *channel_bits(struct reference *reference, char *const *codes, size_t count)
{
    uint64_t *bits = new_bits(reference, reference->channel_limit);

    for (size_t i = 0; i < count; i++) {
        uint32_t channel = reference_channel_id(reference, codes[i], strlen(codes[i]));

        if (channel)
            bits[channel / 64] |= UINT64_C(1) << (channel % 64);
    }
    return bits;
}

void reference_compile_measure(struct reference *reference, struct ref_measure *measure,
                               const Bihuan__MeasureFilter *filter)
{
    measure->states = fact_kind_info(measure->fact)->counts;
    if (!filter)
        return;
    if (filter->n_products)
        measure->products = product_bits(reference, filter->products, filter->n_products);
    if (filter->n_channels)
        measure->channels = channel_bits(reference, filter->channels, filter->n_channels);
    if (filter->n_states)
        measure->states = 0;
    for (size_t i = 0; i < filter->n_states; i++)
        measure->states |= 1U << fact_state_parse(measure->fact, filter->states[i], strlen(filter->states[i]));
    measure->states &= ~1U; /* words that aren't states */
    measure->off_list = strcmp(filter->price, "off_list") == 0;
    measure->off_policy = strcmp(filter->price, "off_policy") == 0;
    measure->band_ppm = filter->price_band_ppm;
    measure->cancelled = (enum cancel_window)(
        index_of(CANCELLED, filter->cancelled) > 0 ? index_of(CANCELLED, filter->cancelled) : CANCEL_NONE);
    measure->cancelled_days = (int32_t)filter->cancelled_days;
    reference->has_cancels = reference->has_cancels || measure->cancelled;
    if (measure->cancelled)
        reference->of_cancels[measure->id / 64] |= UINT64_C(1) << (measure->id % 64);
    measure->outside = strcmp(filter->place, "outside") == 0;
    measure->has_age = age_range_parse(filter->age, &measure->age);
    measure->holds_days = (int32_t)filter->holds_days;
    measure->subjects = filter->subjects;
    measure->subject_count = filter->n_subjects;
    for (size_t i = 0; i < filter->n_has; i++) {
        int bit = index_of(HAS, filter->has[i]);

        measure->has |= bit >= 0 ? 1U << bit : 0;
    }
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

const struct ref_measure *reference_measures(const struct reference *reference, size_t *count)
{
    *count = reference->measure_count;
    return reference->measures;
}

const struct ref_measure *reference_measure(const struct reference *reference, uint32_t id)
{
    for (size_t i = 0; i < reference->measure_count; i++)
        if (reference->measures[i].id == id)
            return &reference->measures[i];
    return NULL;
}

bool reference_has_distinct(const struct reference *reference)
{
    return reference->has_distinct;
}

bool reference_has_cancels(const struct reference *reference)
{
    return reference->has_cancels;
}

const char *reference_measure_code(const struct reference *reference, uint32_t id)
{
    for (size_t i = 0; i < reference->measure_count; i++)
        if (reference->measures[i].id == id)
            return reference->measures[i].code;
    return "";
}
