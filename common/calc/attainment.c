/* attainment: see attainment.h. */
#include "calc/attainment.h"

#include "calc/fixed.h"

static struct attainment undefined(enum attainment_reason reason)
{
    return (struct attainment) { false, reason, 0 };
}

static struct attainment saturated(bool high)
{
    return (struct attainment) { true, ATTAINMENT_SATURATED, high ? ATTAINMENT_PPM_MAX : -ATTAINMENT_PPM_MAX };
}

/* num / den in ppm, den > 0. |num| < 2^65 and 1,000,000 < 2^20, so the product fits. */
static struct attainment ratio(__int128 num, int64_t den)
{
    int64_t ppm;

    if (fixed_div_round(num * FIXED_PPM, den, ROUND_FLOOR, &ppm, NULL) != 0 || ppm > ATTAINMENT_PPM_MAX ||
        ppm < -ATTAINMENT_PPM_MAX)
        return saturated(num > 0);
    return (struct attainment) { true, ATTAINMENT_OK, ppm };
}

struct attainment attainment_of(enum attainment_kind kind, int64_t actual, int64_t target)
{
    if (target <= 0)
        return undefined(ATTAINMENT_NO_TARGET);
    switch (kind) {
    case ATTAINMENT_HIGHER:
        return ratio(actual, target);
    case ATTAINMENT_LOWER_RATIO:
        return actual <= 0 ? saturated(true) : ratio(target, actual);
    case ATTAINMENT_LOWER_LINEAR:
        return ratio((__int128)2 * target - actual, target);
    case ATTAINMENT_UNSET:
        break;
    }
    return undefined(ATTAINMENT_BAD_KIND);
}

const char *attainment_reason_name(enum attainment_reason reason)
{
    switch (reason) {
    case ATTAINMENT_OK:
        return "ok";
    case ATTAINMENT_NO_TARGET:
        return "no_target";
    case ATTAINMENT_NO_DATA:
        return "no_data";
    case ATTAINMENT_BAD_KIND:
        return "bad_kind";
    case ATTAINMENT_SATURATED:
        return "saturated";
    }
    return "unknown";
}
