/* flap: see flap.h. */
#include "monitoring/alerts/flap.h"

#include <string.h>

#define DAY_US 86400000000LL

/* Weights 0.75 .. 1.25 in equal steps over `changes` places, times (changes - 1) and a million: they add up to changes.
 */
static uint64_t weight(int age, int changes)
{
    return 1250000ULL * (unsigned)(changes - 1) - 500000ULL * (unsigned)age;
}

static uint32_t share_of(uint32_t bits, int changes)
{
    uint64_t sum = 0;

    for (int age = 0; age < changes; age++)
        if (((bits >> age) ^ (bits >> (age + 1))) & 1)
            sum += weight(age, changes);
    return (uint32_t)(sum / ((uint64_t)changes * (uint64_t)(changes - 1)));
}

bool flap_push(struct flap *flap, bool open, const struct flap_limits *limits)
{
    bool before = flap->on;

    flap->bits = ((flap->bits << 1) | (open ? 1U : 0U)) & ((1U << limits->days) - 1);
    flap->share_ppm = share_of(flap->bits, limits->days - 1);
    flap->on = flap->share_ppm >= (before ? limits->off_ppm : limits->on_ppm);
    return flap->on != before;
}

bool flap_turn(struct flap *flap, struct flap_turns *turns, int64_t now_us, const struct flap_span *span)
{
    int within = 0;

    if (turns->count == FLAP_TURNS_MAX)
        memmove(turns->at_us, turns->at_us + 1, (size_t)--turns->count * sizeof *turns->at_us);
    turns->at_us[turns->count++] = now_us;
    for (int i = 0; i < turns->count; i++)
        within += now_us - turns->at_us[i] < span->days * DAY_US;
    if (flap->on || within < span->turns)
        return false;
    flap->on = true;
    return true;
}

int64_t flap_rests_us(const struct flap *flap, const struct flap_turns *turns, const struct flap_span *span)
{
    int half = (span->turns + 1) / 2;

    if (!flap->on)
        return INT64_MAX;
    return turns->count < half ? 0 : turns->at_us[turns->count - half] + span->days * DAY_US;
}
