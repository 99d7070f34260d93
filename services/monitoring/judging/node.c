/* node: see node.h. */
#include "monitoring/judging/node.h"

#include "refdata/sums.h"

#include <math.h>

bool node_plan(const struct monitoring *m, const struct ref_period *period, uint32_t unit_id, uint32_t measure_id,
               struct arena *scratch, struct phased *out)
{
    const struct ref_key key = { unit_id, measure_id, 0, 0 };

    return node_plan_of(m, period, &key, scratch, out);
}

bool node_plan_of(const struct monitoring *m, const struct ref_period *period, const struct ref_key *key,
                  struct arena *scratch, struct phased *out)
{
    return refdata_phase(m->refdata, period, key, REF_IN_FORCE, scratch, out);
}

int node_pace(const struct phased *plan, int32_t day, int64_t ev, bool money, struct node *out, struct err *err)
{
    return node_pace_at(plan, phased_at_day_end(plan, day), ev, money, out, err);
}

int node_glance(const struct phased *plan, int32_t day, int64_t ev, struct node *out, struct err *err)
{
    struct pace_input input = { .plan = plan, .at = phased_at_day_end(plan, day), .ev = ev };

    *out = (struct node) { .bac = plan->target, .ev = ev };
    return pace_glance(&input, &out->pace, err);
}

int node_pace_at(const struct phased *plan, struct phased_point at, int64_t ev, bool money, struct node *out,
                 struct err *err)
{
    struct pace_input input = { .plan = plan,
                                .at = at,
                                .ev = ev,
                                .spi_pv_min = money ? 0 : PACE_SPI_UNITS_MIN,
                                .spi_curve_min_ppm = PACE_SPI_CURVE_MIN_PPM };

    *out = (struct node) { .bac = plan->target, .ev = ev };
    return pace_compute(&input, &out->pace, err);
}

static int64_t part_of(int64_t part, int64_t whole, int64_t one)
{
    int64_t out;

    if (fixed_mul_div(part, one, whole, ROUND_DOWN, &out, NULL) != 0)
        out = part < 0 ? INT32_MIN : INT32_MAX;
    return fixed_clamp(out, INT32_MIN, INT32_MAX);
}

void node_ratio(const struct ref_ratio *ratio, bool lower_is_better, int64_t level, const int64_t sums[2],
                struct node *out)
{
    struct ratio_value value = ratio_of(&ratio->unit, sums[0], sums[1]);
    int64_t over = value.value - level; /* both within 64 bits by far: a level is a target */

    *out = (struct node) { .bac = level,
                           .ev = value.value,
                           .ratio = true,
                           .level = !ratio->over,
                           .no_value = !value.defined,
                           .of = sums[0],
                           .over = sums[1] };
    out->pace.pv_shown = level;
    if (!value.defined)
        return;
    out->missing = ratio_missing(&ratio->unit, sums[0], sums[1], level, lower_is_better);
    out->pace.sv_shown = over;
    out->pace.gap_bp = lower_is_better ? -part_of(over, level, 10000) : part_of(over, level, 10000);
    out->pace.spi = (struct pace_index) { true, FIXED_PPM + (lower_is_better ? -part_of(over, level, FIXED_PPM)
                                                                             : part_of(over, level, FIXED_PPM)) };
    if (out->pace.spi.ppm < 0)
        out->pace.spi.ppm = 0;
    out->pace.landing_run_rate = out->pace.landing_kept = value.value;
}

uint32_t node_attainment_ppm(const struct node *node)
{
    if (node->ratio)
        return node->no_value ? 0 : (uint32_t)fixed_clamp(node->pace.spi.ppm, 0, UINT32_MAX);
    return node->ev > 0 ? (uint32_t)((__int128)node->ev * FIXED_PPM / node->bac) : 0;
}

int node_ratio_sums(const struct monitoring *m, const struct ref_ratio *ratio, uint32_t unit_id,
                    const struct ref_period *period, int32_t day, int64_t sums[2], struct err *err)
{
    const struct ref_measure *parts[2] = { ratio->of, ratio->over };

    for (int i = 0; i < 2; i++)
        if (measure_sum(m->refdata, m->cube, parts[i], unit_id, period->from_day, day, &sums[i], err) != 0)
            return -1;
    return 0;
}

int64_t node_deficit(const struct node *node)
{
    int64_t deficit = node->ratio ? node->missing : node->pace.pv_shown - node->ev;

    return deficit > 0 ? deficit : 0;
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

int node_days(const struct monitoring *m, const struct phased *plan, struct node_series series, int32_t day,
              struct arena *scratch, const struct node *node, struct node_spread *out, struct err *err)
{
    int32_t first = plan->curve->first_day, count = day - first + 1;
    struct phasing_curve curve = phased_curve(
        plan, plan->part_count ? arena_array(scratch, int64_t, plan->curve->day_count + 1) : NULL);
    int64_t *days;

    if (count < 0)
        count = 0;
    if (count > curve.day_count)
        count = curve.day_count;
    days = arena_array(scratch, int64_t, count + 1);
    if (tree_roll_up_days(refdata_tree(m->refdata), series.cube, node->unit_id, series.number, first, first + count - 1,
                          days, err) != 0)
        return -1;
    *out = (struct node_spread) { curve, spread(&curve, node->bac, days, count), days, count };
    return 0;
}
