/* node: see node.h. */
#include "monitoring/node.h"

#include <math.h>

int node_pace(const struct ref_period *period, int32_t day, int64_t bac, int64_t ev, bool money, struct node *out,
              struct err *err)
{
    struct pace_input input = { .curve = &period->curve,
                                .at = phasing_at_day_end(&period->curve, day),
                                .bac = bac,
                                .ev = ev,
                                .spi_pv_min = money ? 0 : PACE_SPI_UNITS_MIN,
                                .spi_curve_min_ppm = PACE_SPI_CURVE_MIN_PPM };

    *out = (struct node) { .bac = bac, .ev = ev };
    return pace_compute(&input, &out->pace, err);
}

/* Sample deviation of x_d / (BAC w_d) over the elapsed days that have weight. Statistics. */
static double spread(const struct phasing_curve *curve, int64_t bac, const int64_t *days, int32_t count)
{
    double total = (double)phasing_total(curve);
    double sum = 0;
    double squares = 0;
    int n = 0;

    for (int32_t i = 0; i < count; i++) {
        double w = (double)phasing_day_weight(curve, curve->first_day + i) / total;
        double r;

        if (w <= 0)
            continue;
        r = (double)days[i] / ((double)bac * w);
        sum += r;
        squares += r * r;
        n++;
    }
    if (n < 2)
        return 0;
    return sqrt(fmax(0, (squares - sum * sum / n) / (n - 1)));
}

int node_forecast(const struct monitoring *m, const struct ref_period *period, uint32_t measure_id, bool money,
                  int32_t day, struct arena *scratch, struct node *node, double *sigma, struct err *err)
{
    struct landing_rule rule = landing_rule_default();
    int32_t count = day - period->from_day + 1;
    struct landing_input input = { .curve = &period->curve,
                                   .at = phasing_at_day_end(&period->curve, day),
                                   .bac = node->bac,
                                   .ev = node->ev,
                                   .count_unit = money ? 0 : 1,
                                   .dispersion = 1 };
    int64_t *days;

    if (count < 0)
        count = 0;
    if (count > period->curve.day_count)
        count = period->curve.day_count;
    days = arena_array(scratch, int64_t, count + 1);
    for (int32_t i = 0; i < count; i++)
        if (tree_roll_up(refdata_tree(m->refdata), m->cube, node->unit_id, measure_id, period->from_day + i,
                         period->from_day + i, &days[i], err) != 0)
            return -1;
    input.actual_by_day = days;
    input.complete_days = count;
    node->landing = landing_forecast(&input, &rule);
    node->forecast = true;
    *sigma = spread(&period->curve, node->bac, days, count);
    return 0;
}
