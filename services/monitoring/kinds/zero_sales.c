/* zero_sales: nothing for so long that it isn't chance; see verdict.h. What was expected of the days in a row without
 * anything, at the unit's own pace up to then (at most its plan's), has to make a zero less likely than the rule's
 * limit: with 0.1 % about seven. The first sale ends it. Whether the feed is live is looked at before. */
#include "monitoring/kinds/verdict.h"

#include <math.h>

#define PRIOR_SHARE                                                                                                    \
    0.05 /* how much plan stands for what isn't known of the unit's pace yet, in shares of the period                  \
          */

/* What the unit does of what is planned, before day `from` of the period; 0..1. */
static double pace_before(const struct verdict_case *in, int32_t from)
{
    double planned = (double)in->curve->cumulative[from] / (double)phasing_total(in->curve), done = 0;

    for (int32_t i = 0; i < from; i++)
        done += (double)in->days[i];
    return fmin(1, fmax(0, (done / (double)in->node->bac + PRIOR_SHARE) / (planned + PRIOR_SHARE)));
}

void zero_sales_decide(const struct verdict_case *in, struct verdict *out)
{
    int32_t from = in->day_count;
    double share, expected;

    while (from > 0 && in->days[from - 1] <= 0)
        from--;
    share = (double)(in->curve->cumulative[in->day_count] - in->curve->cumulative[from]) /
            (double)phasing_total(in->curve);
    expected = (double)in->node->bac * share * pace_before(in, from);
    out->chance = exp(-expected);
    (void)verdict_add(out, "silent_days", in->day_count - from, AT_LEAST, 1, IN_DAYS);
    (void)verdict_add(out, "expected", llround(expected * 1000), ABOVE,
                      llround(-log(in->rule->significance_ppm / 1e6) * 1000), IN_MILLI);
    out->breach = from < in->day_count && out->chance < in->rule->significance_ppm / 1e6;
    out->clear = verdict_clear(out, "silent_days", in->day_count - from, AT_MOST, 0, IN_DAYS);
    out->critical = true; /* the days in a row are its dwell */
    out->severity = 0;
}
