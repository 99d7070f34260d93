/* landing: the expected period-end value, its 80 % band and the chance to hit the target. Statistics.
 *
 * R = (sum q_d x_d/BAC + kappa R0) / (sum w_d q_d + kappa) over complete days, q_d = 0.5^(age / half life), and
 * F = EV + BAC (1 - C_t) R. Band: a day's variance grows with its weight, as that of counts and of sums over them does:
 * s^2 = sum (x_d - BAC w_d R)^2 / w_d / (n - 1) over elapsed days, so that days that sell little don't make those that
 * sell much look wild. Var = s^2 (1 - C_t) + (1 - C_t)^2 [s^2 sum q^2 w / Q^2 + (BAC tau kappa / Q)^2], Q = sum w q +
 * kappa: what is left to chance, what R is off by chance, and what it is off because it leans on the prior, around
 * which units lie by tau. The band uses Student's t under 20 elapsed days. Fewer than LANDING_COUNT_MAX expected
 * remaining units of a counted measure take count quantiles instead, with R's own uncertainty as dispersion, by the
 * mid-probability: whole numbers can't be cut at a tenth, and a bound that always keeps the number it would cut covers
 * 84 % in place of 80; with half of that number on either side the two ends are right on average. IEEE
 * double throughout: these figures inform and raise alerts, and enter no sum. Pure functions.
 */
#ifndef BIHUAN_CALC_LANDING_H
#define BIHUAN_CALC_LANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "calc/phasing.h"

#define LANDING_COUNT_MAX 30

struct landing_rule {
    double half_life_days; /* 10; 0: days don't fade */
    int32_t window_days;   /* 0: all days so far, else the last so many alone */
    double kappa;          /* 0.15: weight of the prior ratio, in shares of a period */
    double prior_ratio;    /* R0: the last comparable period's ratio, else 1 */
    double widen;          /* 1: what the band is stretched by */
    double prior_spread;   /* tau, 0.08: how far units' own ratios lie around the prior */
};

struct landing_input {
    const struct phasing_curve *curve;
    struct phasing_point at;
    int64_t bac; /* > 0 */
    int64_t ev;
    const int64_t *actual_by_day; /* complete_days values from the curve's first day on */
    int32_t complete_days;        /* 0..day_count; a day that goes on is only in ev and at */
    int64_t count_unit;           /* value units of one count; 0 for money */
    double dispersion;            /* historic variance / mean of counts; 1 when unknown */
};

struct landing {
    double ratio;           /* R; 1 is on plan */
    int64_t value;          /* F, rounded, held inside int64 */
    bool band_defined;      /* needs two elapsed days with weight, or a counted measure */
    bool by_count;          /* band and chance come from count quantiles */
    int64_t low, high;      /* 80 % band */
    double hit_probability; /* P(value >= BAC); with band_defined only */
    bool catch_up_defined;  /* false when R <= 0 or nothing is left to plan */
    double catch_up;        /* TSPI / R; above 1.5: not recoverable by pace alone */
};

struct landing_rule landing_rule_default(void);
struct landing landing_forecast(const struct landing_input *input, const struct landing_rule *rule);

#endif
