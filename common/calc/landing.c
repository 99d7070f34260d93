/* landing: see landing.h. */
#include "calc/landing.h"

#include <math.h>

#include "calc/stats.h"

/* What the curve says of elapsed and remaining days, in shares of the period. */
struct shape {
    double elapsed;           /* C_t */
    double elapsed_squares;   /* sum of w_d^2 over complete days */
    double remaining_squares; /* the same over the rest, today's rest included */
};

struct landing_rule landing_rule_default(void)
{
    return (struct landing_rule) { .half_life_days = 10, .kappa = 0.15, .prior_ratio = 1, .widen = 1.1 };
}

static double day_share(const struct landing_input *in, int32_t i)
{
    return (double)(in->curve->cumulative[i + 1] - in->curve->cumulative[i]) / (double)phasing_total(in->curve);
}

static struct shape read_shape(const struct landing_input *in)
{
    struct shape shape = { .elapsed = (double)in->at.num / (double)in->at.den };
    double complete = (double)in->curve->cumulative[in->complete_days] / (double)phasing_total(in->curve);

    for (int32_t i = 0; i < in->curve->day_count; i++) {
        double w = day_share(in, i);

        if (i == in->complete_days)
            w = fmax(0, w - fmax(0, shape.elapsed - complete)); /* what is left of today */
        if (i < in->complete_days)
            shape.elapsed_squares += w * w;
        else
            shape.remaining_squares += w * w;
    }
    return shape;
}

static double weighted_ratio(const struct landing_input *in, const struct landing_rule *rule)
{
    double earned = 0, planned = 0;

    for (int32_t i = 0; i < in->complete_days; i++) {
        double q = exp2(-(double)(in->complete_days - 1 - i) / rule->half_life_days);

        earned += q * (double)in->actual_by_day[i] / (double)in->bac;
        planned += q * day_share(in, i);
    }
    return planned + rule->kappa > 0 ? (earned + rule->kappa * rule->prior_ratio) / (planned + rule->kappa)
                                     : rule->prior_ratio;
}

/* Spread of the daily ratios; *days is how many have a weight. NaN under two. */
static double ratio_spread(const struct landing_input *in, int64_t *days)
{
    double mean = 0, squares = 0; /* Welford */
    int64_t n = 0;

    for (int32_t i = 0; i < in->complete_days; i++) {
        double w = day_share(in, i), r, delta;

        if (w <= 0)
            continue;
        r = (double)in->actual_by_day[i] / ((double)in->bac * w);
        n += 1;
        delta = r - mean;
        mean += delta / (double)n;
        squares += delta * (r - mean);
    }
    *days = n;
    return n < 2 ? NAN : sqrt(squares / (double)(n - 1));
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
    int64_t days;
    double s = ratio_spread(in, &days), left = 1 - shape->elapsed, past, deviation, half;

    if (isnan(s) || shape->elapsed <= 0)
        return;
    past = left * left * shape->elapsed_squares / (shape->elapsed * shape->elapsed);
    deviation = (double)in->bac * s * sqrt(past + shape->remaining_squares);
    half = (days < 20 ? stats_band80(days - 1) : stats_band80(INT64_MAX)) * deviation * rule->widen;
    out->band_defined = true;
    out->low = held(value - half);
    out->high = held(value + half);
    if (deviation > 0)
        out->hit_probability = 1 - stats_normal_lower(((double)in->bac - value) / deviation);
    else
        out->hit_probability = value >= (double)in->bac;
}

static void band_by_count(const struct landing_input *in, double expected, struct landing *out)
{
    double unit = (double)in->count_unit;
    double need = ceil(((double)in->bac - (double)in->ev) / unit);

    out->band_defined = true;
    out->by_count = true;
    out->low = held((double)in->ev + unit * (double)stats_count_quantile(expected, in->dispersion, 0.1));
    out->high = held((double)in->ev + unit * (double)stats_count_quantile(expected, in->dispersion, 0.9));
    out->hit_probability = need <= 0 ? 1 : 1 - stats_count_lower(expected, in->dispersion, held(need) - 1);
}

struct landing landing_forecast(const struct landing_input *input, const struct landing_rule *rule)
{
    struct shape shape = read_shape(input);
    struct landing out = { .ratio = weighted_ratio(input, rule) };
    double left = (double)input->bac * (1 - shape.elapsed), rest = left * out.ratio;
    double value = (double)input->ev + rest;

    out.value = held(value);
    if (input->count_unit > 0 && rest / (double)input->count_unit < LANDING_COUNT_MAX)
        band_by_count(input, fmax(0, rest) / (double)input->count_unit, &out);
    else
        band_by_spread(input, rule, &shape, value, &out);
    if (left > 0 && out.ratio > 0) {
        out.catch_up_defined = true;
        out.catch_up = fmax(0, (double)input->bac - (double)input->ev) / left / out.ratio;
    }
    return out;
}
