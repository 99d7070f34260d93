/* breach: see breach.h. */
#include "calc/breach.h"

#include <math.h>

#include "calc/stats.h"

struct breach_rule breach_rule_default(int64_t unit)
{
    return (struct breach_rule) { .gap_enter_bp = -500,
                                  .gap_clear_bp = -300,
                                  .sv_floor = 3 * unit,
                                  .p_limit = BREACH_P_LIMIT,
                                  .hit_limit = 0.5,
                                  .landing_limit_ppm = 950000,
                                  .hit_critical = 0.1,
                                  .catch_up_critical = 1.5 };
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct breach_significance breach_test_count(struct fixed_ratio pv, int64_t ev, int64_t unit, double dispersion,
                                             double p_limit)
{
    struct breach_significance out = { .test = BREACH_TEST_POISSON, .p = 1 };
    double mean = (double)pv.num / (double)pv.den / (double)unit;
    bool spread = dispersion > STATS_DISPERSION_LIMIT;

    if (spread)
        out.test = BREACH_TEST_NEGBIN;
    if (mean <= 0)
        return out;
    out.p = stats_count_lower(mean, dispersion, floor_div(ev, unit));
    out.z = ((double)ev / (double)unit - mean) / sqrt(mean * (spread ? dispersion : 1));
    out.significant = out.p < p_limit;
    return out;
}

/* sum of w_d^2 over the elapsed part of the period, in shares; and how many days that is. */
static double elapsed_squares(const struct phasing_curve *curve, struct phasing_point at, int64_t *days)
{
    double sum = 0, total = (double)phasing_total(curve), elapsed = (double)at.num / (double)at.den;

    for (int32_t i = 0; i < curve->day_count; i++) {
        double before = (double)curve->cumulative[i] / total;
        double w = fmin((double)curve->cumulative[i + 1] / total, elapsed) - before;

        if (w > 0) {
            sum += w * w;
            *days += 1;
        }
    }
    return sum;
}

struct breach_significance breach_test_money(const struct phasing_curve *curve, struct phasing_point at, int64_t bac,
                                             const struct pace *pace, double sigma, double p_limit)
{
    struct breach_significance out = { .test = BREACH_TEST_MONEY, .p = 1 };
    int64_t days = 0;
    double deviation = sigma * (double)bac * sqrt(elapsed_squares(curve, at, &days));

    if (!(deviation > 0) || days < 2)
        return out;
    out.z = (double)pace->sv.num / (double)pace->sv.den / deviation;
    out.p = stats_student_lower(out.z, days - 1);
    out.significant = out.p < p_limit;
    return out;
}

bool breach_guard_count(int64_t pv, int64_t ev, double k)
{
    return pv > 0 && ((double)ev - (double)pv) / sqrt((double)pv) < -k;
}

static bool above_floor(const struct pace *pace, int64_t floor)
{
    __int128 size = pace->sv.num < 0 ? -pace->sv.num : pace->sv.num;

    return size >= (__int128)floor * pace->sv.den;
}

static enum breach_severity severity_of(const struct breach *b, const struct landing *landing, bool early_warning,
                                        const struct breach_rule *rule)
{
    if (!b->lag)
        return early_warning ? BREACH_INFO : BREACH_NONE;
    if (!b->trajectory)
        return BREACH_WARNING;
    if (landing->hit_probability < rule->hit_critical ||
        (landing->catch_up_defined && landing->catch_up > rule->catch_up_critical))
        return BREACH_CRITICAL;
    return BREACH_MAJOR;
}

struct breach breach_decide(int64_t bac, const struct pace *pace, const struct breach_significance *significance,
                            const struct landing *landing, bool early_warning, const struct breach_rule *rule)
{
    struct breach b = { 0 };

    b.lag = pace->gap_bp <= rule->gap_enter_bp && significance->significant && above_floor(pace, rule->sv_floor);
    b.clear = pace->gap_bp > rule->gap_clear_bp;
    b.trajectory = landing && landing->band_defined && landing->hit_probability < rule->hit_limit &&
                   (__int128)landing->value * FIXED_PPM < (__int128)bac * rule->landing_limit_ppm;
    b.severity = severity_of(&b, landing, early_warning, rule);
    return b;
}
