/* contribution: see contribution.h. */
#include "feedback/measures/contribution.h"

#include "refdata/subject_match.h"

#include <string.h>

static bool has_bit(const uint64_t *bits, uint32_t id)
{
    return bits[id / 64] >> (id % 64) & 1;
}

static bool is_off(const struct ref_measure *measure, const struct order_line *line, int64_t price)
{
    __int128 listed = (__int128)price * line->quantity, gap = (__int128)line->amount - listed;

    gap = gap < 0 ? -gap : gap;
    listed = listed < 0 ? -listed : listed;
    return gap * 1000000 > listed * measure->band_ppm;
}

static bool is_off_list(const struct reference *reference, const struct ref_measure *measure,
                        const struct order_line *line)
{
    const struct ref_product *product = reference_product(reference, line->product);

    return product && product->has_price && is_off(measure, line, product->price);
}

static bool is_off_policy(const struct reference *reference, const struct ref_measure *measure,
                          const struct order_line *line)
{
    int64_t price;

    return reference_price(reference, line->product, line->channel, line->day, &price) && is_off(measure, line, price);
}

static bool is_outside(const struct reference *reference, const struct order_line *line)
{
    uint32_t place = line->place ? reference_city(reference, line->place, line->day) : 0;
    uint32_t home = place ? reference_city(reference, line->unit, line->day) : 0;

    return place && home && place != home;
}

/* A level's age grows while it holds: measures/level.h. */
static bool is_of_age(const struct ref_measure *measure, const struct order_line *line)
{
    int32_t age = line->day - line->since;

    if (fact_kind_is_level(measure->fact))
        return true;
    return line->since != DAY_NONE && age >= measure->age.from && age <= measure->age.to;
}

static uint32_t what_it_has(const struct order_line *line)
{
    return (line->customer_len ? HAS_CUSTOMER : 0U) | (line->seller ? HAS_SELLER : 0U) |
           (line->channel ? HAS_CHANNEL : 0U) | (line->product ? HAS_PRODUCT : 0U) | (line->place ? HAS_PLACE : 0U) |
           (line->subject_len ? HAS_SUBJECT : 0U) | (line->photos_len ? HAS_PHOTO : 0U);
}

static bool is_about(const struct ref_measure *measure, const struct order_line *line)
{
    for (size_t i = 0; i < measure->subject_count; i++)
        if (subject_matches(measure->subjects[i], line->subject, line->subject_len))
            return true;
    return !measure->subject_count;
}

bool contribution_holds(const struct reference *reference, const struct ref_measure *measure,
                        const struct order_line *line)
{
    if (measure->fact != fact_kind_of_sender(line->sender) || !(measure->states >> line->state & 1) ||
        reference_is_witness(reference, line->sender))
        return false;
    if (measure->products &&
        (!reference_product(reference, line->product) || !has_bit(measure->products, line->product)))
        return false;
    if (measure->channels &&
        (!reference_channel(reference, line->channel) || !has_bit(measure->channels, line->channel)))
        return false;
    if ((measure->off_list && !is_off_list(reference, measure, line)) ||
        (measure->off_policy && !is_off_policy(reference, measure, line)))
        return false;
    if ((measure->has_age && !is_of_age(measure, line)) || (measure->has && (measure->has & ~what_it_has(line))))
        return false;
    return is_about(measure, line) && (!measure->outside || is_outside(reference, line));
}

static int64_t value_of(const struct ref_measure *measure, const struct order_line *line)
{
    switch (measure->value) {
    case VALUE_AMOUNT:
        return line->amount;
    case VALUE_QUANTITY:
        return line->quantity;
    case VALUE_DISTINCT:
        return 0;
    case VALUE_COUNT:
    default:
        return 1;
    }
}

/* What names somebody who had left by then counts for who took over. */
static void take_over(const struct reference *reference, struct order_line *line)
{
    uint32_t holder = reference_holder(reference, line->seller, line->day);

    if (holder == line->seller)
        return;
    if (line->unit == line->seller)
        line->unit = holder;
    line->seller = holder;
}

void contribution_compute(const struct reference *reference, struct order_line *line, struct arena *arena)
{
    int16_t ids[REFERENCE_MEASURES];
    int64_t values[REFERENCE_MEASURES];
    size_t measure_count;
    const struct ref_measure *measures = reference_measures(reference, &measure_count);
    uint16_t count = 0;

    take_over(reference, line);
    line->contributions = (struct contributions) { 0 };
    for (size_t i = 0; line->operation == OPERATION_RECORD && i < measure_count; i++) {
        int64_t value = contribution_holds(reference, &measures[i], line) ? value_of(&measures[i], line) : 0;

        if (value) {
            ids[count] = (int16_t)measures[i].id;
            values[count++] = value;
        }
    }
    if (!count)
        return;
    line->contributions.count = count;
    line->contributions.values = arena_memdup(arena, values, count * sizeof values[0]);
    line->contributions.measures = arena_memdup(arena, ids, count * sizeof ids[0]);
}
