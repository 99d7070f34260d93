/* outlier: a unit that does unusually well beside others of its type; see verdict.h. By median and median absolute
 * deviation, so that the good ones don't hide each other; and its result has to be more than chance over its plan. */
#include "monitoring/kinds/verdict.h"

#include "calc/stats.h"

#include <math.h>
#include <stdlib.h>

#define CHANCE_PPM 20000 /* of so high a result by accident */
#define CLEAR      0.67  /* of the rule's deviations */

static const struct words TOO_EARLY = { "too little was planned up to now to compare it", "至今计划过少，无从比较" };
static const struct words TOO_FEW = { "too few units of its type to compare it with", "同类单元过少，无从比较" };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, uint32_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

struct verdict_peers outlier_peers(double *values, uint32_t count)
{
    struct verdict_peers peers = { .count = count };

    if (!count)
        return peers;
    peers.median = median(values, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - peers.median);
    peers.deviation = fmax(VERDICT_DEVIATION_LEAST, 1.4826 * median(values, count));
    return peers;
}

/* P(at least this | on plan). */
static double chance_of_more(const struct verdict_case *in)
{
    const struct node *node = in->node;
    double planned = (double)node->pace.pv.num / (double)node->pace.pv.den;
    struct breach_significance money;

    if (!in->money)
        return planned > 0 ? 1 - stats_count_lower(planned, fmax(1, node->dispersion), node->ev - 1) : 1;
    money = breach_test_money(in->curve, phasing_at_day_end(in->curve, in->curve->first_day + in->day_count - 1),
                              node->bac, &node->pace, in->sigma, CHANCE_PPM / 1e6);
    return money.test == BREACH_TEST_MONEY ? 1 - money.p : 1;
}

void outlier_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct pace_index *spi = &in->node->pace.spi;
    double deviations;
    bool far, high, real;

    if (!spi->defined) {
        out->not_judged = &TOO_EARLY;
        return;
    }
    if (!in->peers || in->peers->count < in->rule->peers_least) {
        out->not_judged = &TOO_FEW;
        return;
    }
    deviations = ((double)spi->ppm / 1e6 - in->peers->median) / in->peers->deviation;
    out->chance = chance_of_more(in);
    far = verdict_add(out, "deviation", llround(deviations * 1000), AT_LEAST, in->rule->deviations_milli, IN_MILLI);
    high = verdict_add(out, "attainment", spi->ppm, AT_LEAST, in->rule->attainment_least_ppm, IN_SHARE);
    real = verdict_add(out, "chance", verdict_ppm(out->chance), BELOW, CHANCE_PPM, IN_SHARE);
    out->breach = far && high && real;
    out->clear = verdict_clear(out, "deviation", llround(deviations * 1000), BELOW,
                               llround(in->rule->deviations_milli * CLEAR), IN_MILLI);
    out->severity = 0;
}
