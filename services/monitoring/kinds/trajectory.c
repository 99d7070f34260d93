/* trajectory: where the period will end if it goes on like this; see verdict.h. Both the chance to hit the target and
 * the landing have to be low; it clears once one of them has come back some way, so that it doesn't flicker at the
 * limit. */
#include "monitoring/kinds/verdict.h"

static const struct words TOO_FEW_DAYS = { "too few days have gone by for a forecast", "时间尚短，无法预测" };

void trajectory_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct landing *landing = &in->node->landing;
    const struct rule *rule = in->rule;
    bool hit, low, back, landed, recoverable;
    int64_t share = 0;
    uint32_t chance;

    if (!in->node->forecast || !landing->band_defined) {
        out->not_judged = &TOO_FEW_DAYS;
        return;
    }
    if (fixed_ratio_ppm(landing->value, in->node->bac, ROUND_FLOOR, &share, NULL) != 0)
        share = landing->value > 0 ? INT32_MAX : 0;
    chance = verdict_ppm(landing->hit_probability);
    hit = verdict_add(out, "hit", chance, BELOW, rule->hit_below_ppm, IN_SHARE);
    low = verdict_add(out, "landing", share, BELOW, rule->landing_below_ppm, IN_SHARE);
    out->breach = hit && low;
    back = verdict_clear(out, "hit", chance, AT_LEAST, (int64_t)rule->hit_below_ppm + rule->hit_back_ppm, IN_SHARE);
    landed = verdict_clear(out, "landing", share, AT_LEAST, (int64_t)rule->landing_below_ppm + rule->landing_back_ppm,
                           IN_SHARE);
    out->clear = back || landed;
    recoverable = landing->hit_probability * 1e6 >= rule->hit_critical_ppm &&
                  !(landing->catch_up_defined && landing->catch_up * 1e3 > rule->catch_up_critical_milli);
    out->severity = out->breach && !recoverable ? 2 : 0; /* major; critical wants a lag beside it */
}
