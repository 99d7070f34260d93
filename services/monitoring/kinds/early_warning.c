/* early_warning: an EWMA chart over standardised daily results, lower side; see verdict.h and calc/control.h. A day is
 * expected at BAC * w_d, with the deviation of a count, or of the daily ratios where it is money. Days without weight
 * are passed over. It sees a change of pace long before the sums do, and errs: never more than information. */
#include "monitoring/kinds/verdict.h"

#include "calc/control.h"

#include <math.h>

static double z_of(const struct verdict_case *in, int32_t i, double total)
{
    double share = (double)(in->curve->cumulative[i + 1] - in->curve->cumulative[i]) / total;
    double expected = (double)in->node->bac * share;
    double deviation = in->money ? in->sigma * expected : sqrt(expected);

    return deviation > 0 ? ((double)in->days[i] - expected) / deviation : NAN;
}

static const struct words NO_SPREAD = { "the spread of its days isn't known yet", "日间波动尚不可知" };
static const struct words NO_WEIGHT = { "no day has weight yet", "尚无有权重的日子" };

void early_warning_decide(const struct verdict_case *in, struct verdict *out)
{
    struct control_rule rule = control_rule_default();
    double total = (double)phasing_total(in->curve), limit;
    struct control chart = { 0 };

    rule.ewma_weight = in->rule->ewma_weight_ppm / 1e6;
    rule.ewma_limit = in->rule->ewma_limit_milli / 1e3;
    for (int32_t i = 0; i < in->day_count; i++)
        control_add(&chart, z_of(in, i, total), &rule);
    if (!chart.n) {
        out->not_judged = in->money ? &NO_SPREAD : &NO_WEIGHT;
        return;
    }
    limit = -rule.ewma_limit * control_ewma_deviation(chart.n, &rule);
    (void)verdict_add(out, "average", llround(chart.ewma * 1000), BELOW, llround(limit * 1000), IN_MILLI);
    (void)verdict_clear(out, "average", llround(chart.ewma * 1000), ABOVE, llround(limit * 500), IN_MILLI);
    out->breach = chart.ewma_alarm;
    out->clear = chart.ewma > limit / 2;
    out->severity = 0;
}
