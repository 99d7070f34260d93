/* landing: see landing.h. */
#include "calc/landing.h"

#include <math.h>

#include "calc/stats.h"

/* What is known of the days that are over. */
struct shape {
    double elapsed;   /* C_t */
    double ratio;     /* R */
    double leaning;   /* Q: sum of w_d q_d, and kappa */
    double squares;   /* sum of q_d^2 w_d */
    double per_share; /* s^2: variance of a day over its share of the period; NaN under two days with weight */
    int64_t days;     /* with weight */
};

struct landing_rule landing_rule_default(void)
{
    return (struct landing_rule) {
        .half_life_days = 10, .kappa = 0.15, .prior_ratio = 1, .widen = 1, .prior_spread = 0.08
    };
}

static double day_share(const struct landing_input *in, int32_t i)
{
    return (double)(in->curve->cumulative[i + 1] - in->curve->cumulative[i]) / (double)phasing_total(in->curve);
}

/* R with what it rests on. */
static void find_ratio(const struct landing_input *in, const struct landing_rule *rule, struct shape *shape)
{
    double earned = 0, planned = 0;
    int32_t first = rule->window_days > 0 && in->complete_days > rule->window_days
                        ? in->complete_days - rule->window_days
                        : 0;

    for (int32_t i = first; i < in->complete_days; i++) {
        double age = in->complete_days - 1 - i, w = day_share(in, i);
        double q = rule->half_life_days > 0 ? exp2(-age / rule->half_life_days) : 1;

        earned += q * (double)in->actual_by_day[i] / (double)in->bac;
        planned += q * w;
        shape->squares += q * q * w;
    }
    shape->leaning = planned + rule->kappa;
    shape->ratio = shape->leaning > 0 ? (earned + rule->kappa * rule->prior_ratio) / shape->leaning : rule->prior_ratio;
}

static void find_spread(const struct landing_input *in, struct shape *shape)
{
    double sum = 0;

    for (int32_t i = 0; i < in->complete_days; i++) {
        double w = day_share(in, i), off;

        if (w <= 0)
            continue;
        off = (double)in->actual_by_day[i] - (double)in->bac * w * shape->ratio;
        sum += off * off / w;
        shape->days += 1;
    }
    shape->per_share = shape->days < 2 ? NAN : sum / (double)(shape->days - 1);
}

static struct shape read_shape(const struct landing_input *in, const struct landing_rule *rule)
{
    struct shape shape = { .elapsed = (double)in->at.num / (double)in->at.den };

    find_ratio(in, rule, &shape);
    find_spread(in, &shape);
    return shape;
}

/* Variance of R that comes of leaning on the prior. */
static double leaning_variance(const struct landing_rule *rule, const struct shape *shape)
{
    double off = shape->leaning > 0 ? rule->prior_spread * rule->kappa / shape->leaning : 0;

    return off * off;
}

static int64_t held(double v)
{
    if (v >= 9.2e18)
        return INT64_MAX;
    return v <= -9.2e18 ? INT64_MIN : (int64_t)llround(v);
}

static void band_by_spread(const struct landing_input *in, const struct landing_rule *rule, const struct shape *shape,
                           double value, struct landing *out)
{
    double left = 1 - shape->elapsed, bac = (double)in->bac, past, deviation, half;

    if (isnan(shape->per_share) || shape->elapsed <= 0 || shape->leaning <= 0)
        return;
    past = shape->per_share * shape->squares / (shape->leaning * shape->leaning) +
           bac * bac * leaning_variance(rule, shape);
    deviation = sqrt(fmax(0, left * left * past + left * shape->per_share));
    half = (shape->days < 20 ? stats_band80(shape->days - 1) : stats_band80(INT64_MAX)) * deviation * rule->widen;
    out->band_defined = true;
    out->low = held(value - half);
    out->high = held(value + half);
    if (deviation > 0)
        out->hit_probability = 1 - stats_normal_lower((bac - value) / deviation);
    else
        out->hit_probability = value >= bac;
}

/* The mean itself isn't known: its variance makes that of the count larger. */
static double count_dispersion(const struct landing_input *in, const struct landing_rule *rule,
                               const struct shape *shape, double expected)
{
    double counts = (double)in->bac / (double)in->count_unit, of_ratio;

    if (shape->leaning <= 0 || shape->ratio <= 0)
        return in->dispersion;
    of_ratio = in->dispersion * shape->ratio * shape->squares / counts / (shape->leaning * shape->leaning) +
               leaning_variance(rule, shape);
    return in->dispersion + expected * of_ratio / (shape->ratio * shape->ratio);
}

static void band_by_count(const struct landing_input *in, double expected, double dispersion, struct landing *out)
{
    double unit = (double)in->count_unit;
    double need = ceil(((double)in->bac - (double)in->ev) / unit);

    out->band_defined = true;
    out->by_count = true;
    out->low = held((double)in->ev + unit * (double)stats_count_mid_quantile(expected, dispersion, 0.1));
    out->high = held((double)in->ev + unit * (double)(stats_count_mid_quantile(expected, dispersion, 0.9) - 1));
    out->hit_probability = need <= 0 ? 1 : 1 - stats_count_lower(expected, dispersion, held(need) - 1);
}

struct landing landing_forecast(const struct landing_input *input, const struct landing_rule *rule)
{
    struct shape shape = read_shape(input, rule);
    struct landing out = { .ratio = shape.ratio };
    double left = (double)input->bac * (1 - shape.elapsed), rest = left * out.ratio;
    double value = (double)input->ev + rest;

    out.value = held(value);
    if (input->count_unit > 0 && rest / (double)input->count_unit < LANDING_COUNT_MAX)
        band_by_count(input, fmax(0, rest) / (double)input->count_unit,
                      count_dispersion(input, rule, &shape, fmax(0, rest) / (double)input->count_unit), &out);
    else
        band_by_spread(input, rule, &shape, value, &out);
    if (left > 0 && out.ratio > 0) {
        out.catch_up_defined = true;
        out.catch_up = fmax(0, (double)input->bac - (double)input->ev) / left / out.ratio;
    }
    return out;
}
