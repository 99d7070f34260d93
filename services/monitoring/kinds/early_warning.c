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

void early_warning_decide(const struct verdict_case *in, struct verdict *out)
{
    double total = (double)phasing_total(in->curve), keep = 1 - CONTROL_EWMA_LAMBDA, sigma;
    struct control chart = { 0 };

    for (int32_t i = 0; i < in->day_count; i++)
        control_add(&chart, z_of(in, i, total));
    if (!chart.n) {
        out->not_judged = in->money ? "the spread of its days isn't known yet" : "no day has weight yet";
        return;
    }
    sigma = sqrt(CONTROL_EWMA_LAMBDA / (2 - CONTROL_EWMA_LAMBDA) * (1 - pow(keep, 2.0 * (double)chart.n)));
    (void)verdict_add(out, "average", llround(chart.ewma * 1000), BELOW, llround(-CONTROL_EWMA_LIMIT * sigma * 1000),
                      IN_MILLI);
    out->breach = chart.ewma_alarm;
    out->clear = chart.ewma > -CONTROL_EWMA_LIMIT / 2 * sigma;
    out->severity = 0;
}
