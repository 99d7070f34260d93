/* trajectory: where the period will end if it goes on like this; see verdict.h. Both the chance to hit the target and
 * the landing have to be low; it clears once one of them has come back some way, so that it doesn't flicker at the
 * limit. */
#include "monitoring/kinds/verdict.h"

#define HIT_BACK_PPM      100000 /* clear: the chance is this much above its limit */
#define LANDING_BACK_PPM  20000  /* or the landing is */
#define HIT_CRITICAL      0.1
#define CATCH_UP_CRITICAL 1.5

void trajectory_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct landing *landing = &in->node->landing;
    bool hit, low, recoverable;
    int64_t share = 0;
    uint32_t chance;

    if (!in->node->forecast || !landing->band_defined) {
        out->not_judged = "too few days have gone by for a forecast";
        return;
    }
    if (fixed_ratio_ppm(landing->value, in->node->bac, ROUND_FLOOR, &share, NULL) != 0)
        share = landing->value > 0 ? INT32_MAX : 0;
    chance = verdict_ppm(landing->hit_probability);
    hit = verdict_add(out, "hit", chance, BELOW, in->rule->hit_below_ppm, IN_SHARE);
    low = verdict_add(out, "landing", share, BELOW, in->rule->landing_below_ppm, IN_SHARE);
    out->breach = hit && low;
    out->clear = chance >= in->rule->hit_below_ppm + HIT_BACK_PPM ||
                 share >= in->rule->landing_below_ppm + LANDING_BACK_PPM;
    recoverable = landing->hit_probability >= HIT_CRITICAL &&
                  !(landing->catch_up_defined && landing->catch_up > CATCH_UP_CRITICAL);
    out->severity = out->breach && !recoverable ? 2 : 0; /* major; critical wants a lag beside it */
}
