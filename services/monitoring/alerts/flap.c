/* flap: see flap.h. */
#include "monitoring/alerts/flap.h"

#define CHANGES (FLAP_CHECKS - 1)

/* Weights 0.75 .. 1.25 in equal steps over CHANGES places, times (CHANGES - 1) and a million: they add up to CHANGES.
 */
static uint64_t weight(int age)
{
    return 1250000ULL * (CHANGES - 1) - 500000ULL * (unsigned)age;
}

uint32_t flap_share_ppm(const struct flap *flap)
{
    uint64_t sum = 0;

    for (int age = 0; age < CHANGES; age++)
        if (((flap->bits >> age) ^ (flap->bits >> (age + 1))) & 1)
            sum += weight(age);
    return (uint32_t)(sum / ((uint64_t)CHANGES * (CHANGES - 1)));
}

bool flap_push(struct flap *flap, bool open)
{
    bool before = flap->on;
    uint32_t share;

    flap->bits = ((flap->bits << 1) | (open ? 1U : 0U)) & ((1U << FLAP_CHECKS) - 1);
    share = flap_share_ppm(flap);
    flap->on = before ? share >= FLAP_OFF_PPM : share >= FLAP_ON_PPM;
    return flap->on != before;
}
