/* effect: see effect.h. */
#include "monitoring/practice/effect.h"

#define PPM 1000000

static int64_t half_up(__int128 num, __int128 den)
{
    __int128 twice = 2 * num + den;

    return (int64_t)(twice >= 0 ? twice / (2 * den) : -((-twice + 2 * den - 1) / (2 * den)));
}

bool effect_add(struct effect_sum *sum, const struct effect_side *before, const struct effect_side *after,
                enum effect_basis basis)
{
    if (before->against <= 0 || after->against <= 0)
        return false;
    sum->units++;
    sum->before.actual += before->actual;
    sum->after.actual += after->actual;
    sum->before.against = basis == EFFECT_DAILY ? before->against : sum->before.against + before->against;
    sum->after.against = basis == EFFECT_DAILY ? after->against : sum->after.against + after->against;
    return true;
}

int64_t effect_ppm(const struct effect_side *side)
{
    return side->against > 0 ? half_up((__int128)side->actual * PPM, side->against) : 0;
}

/* Products of two sides and a million must fit: a plan beyond 2^50 is taken in coarser units. */
static struct effect_side coarse(struct effect_side side)
{
    for (; side.against > INT64_C(1) << 50; side.against /= 2)
        side.actual /= 2;
    return side;
}

bool effect_change(const struct effect_sum *sum, enum effect_basis basis, int64_t *ppm)
{
    const struct effect_side before = coarse(sum->before), after = coarse(sum->after);
    /* after.actual / after.against - before.actual / before.against, over one denominator */
    __int128 done_after = (__int128)after.actual * before.against;
    __int128 done_before = (__int128)before.actual * after.against;
    __int128 under = basis == EFFECT_ATTAINMENT ? (__int128)before.against * after.against : done_before, num;

    if (before.against <= 0 || after.against <= 0 || under <= 0 ||
        __builtin_mul_overflow(done_after - done_before, (__int128)(2 * PPM), &num))
        return false;
    *ppm = half_up(num / 2, under);
    return true;
}
