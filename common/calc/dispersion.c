/* dispersion: see dispersion.h. */
#include "calc/dispersion.h"

#include <math.h>

#define WEEK       7
#define DEVIATIONS 2 /* of an estimate, within which it is taken for chance */

static double weight_of(const struct phasing_curve *curve, int32_t i)
{
    return (double)(curve->cumulative[i + 1] - curve->cumulative[i]);
}

static void add_part(struct dispersion_part *sum, const struct dispersion_part *part)
{
    sum->squares += part->squares;
    sum->variance += part->variance;
    sum->freedom += part->freedom;
}

/* One week. Given its sum n, days are multinomial with probabilities p: chi-square then has the mean k - 1 and the
 * variance 2 (k - 1) + (sum of 1/p - k^2 - 2k + 2) / n. */
static void add_week(struct dispersion *seen, const struct phasing_curve *curve, const int64_t *days, int32_t from,
                     int32_t until, int64_t unit)
{
    struct dispersion_part week = { 0 };
    double n = 0, weight = 0, inverse = 0;
    int64_t k = 0;

    for (int32_t i = from; i < until; i++)
        if (weight_of(curve, i) > 0) {
            n += (double)days[i] / (double)unit;
            weight += weight_of(curve, i);
            k++;
        }
    if (k < 2 || n < 1)
        return;
    for (int32_t i = from; i < until; i++) {
        double p = weight_of(curve, i) / weight, off = (double)days[i] / (double)unit - n * p;

        if (p <= 0)
            continue;
        week.squares += off * off / (n * p);
        inverse += 1 / p;
    }
    week.freedom = k - 1;
    week.variance = 2 * (double)(k - 1) + (inverse - (double)(k * k) - 2 * (double)k + 2) / n;
    add_part(&seen->all, &week);
    if (week.squares > seen->worst.squares)
        seen->worst = week;
}

void dispersion_add(struct dispersion *seen, const struct phasing_curve *curve, const int64_t *days, int32_t day_count,
                    int64_t unit)
{
    for (int32_t from = 0; from < day_count; from += WEEK)
        add_week(seen, curve, days, from, from + WEEK < day_count ? from + WEEK : day_count, unit);
}

double dispersion_of(const struct dispersion *seen, double most)
{
    int64_t freedom = seen->all.freedom - seen->worst.freedom;
    double estimate, variance;

    if (freedom < DISPERSION_FREEDOM_LEAST)
        return 1;
    estimate = (seen->all.squares - seen->worst.squares) / (double)freedom;
    variance = seen->all.variance - seen->worst.variance;
    if (estimate - 1 <= DEVIATIONS * sqrt(fmax(0, variance)) / (double)freedom)
        return 1;
    return fmin(estimate, fmax(1, most));
}
