/* breach: is a unit behind plan beyond noise, and how bad is it. Pure decisions; dwell and states are the caller's.
 *
 * lag        = G <= gap_enter_bp, significant, and |SV| at least the floor.
 * trajectory = P(hit) < hit_limit and F / BAC < landing_limit.
 * severity   = info: early warning only; warning: lag; major: lag and trajectory; critical: major and (P(hit) <
 *              hit_critical or catch-up > catch_up_critical).
 * clear      = G > gap_clear_bp (the caller wants it held for two feed days).
 */
#ifndef BIHUAN_CALC_BREACH_H
#define BIHUAN_CALC_BREACH_H

#include "calc/landing.h"
#include "calc/pace.h"

enum breach_test {
    BREACH_TEST_NONE = 0,
    BREACH_TEST_POISSON,
    BREACH_TEST_NEGBIN,
    BREACH_TEST_MONEY,
};

/* The evidence, kept with an alert. Statistics. */
struct breach_significance {
    enum breach_test test;
    double p; /* P(a result this low or lower | on plan) */
    double z; /* counts: SV / sqrt(dispersion * PV); money: SV / (sigma * BAC * sqrt(sum of elapsed w_d^2)) */
    bool significant;
};

enum breach_severity {
    BREACH_NONE = 0,
    BREACH_INFO,
    BREACH_WARNING,
    BREACH_MAJOR,
    BREACH_CRITICAL,
};

/* Looked at anew each day, 0.02 a day is one healthy outlet in twelve with an alert in a month; 0.0025 is one in sixty,
 * and names a city that lags on the same day (tests/bench/bench_alerts). */
#define BREACH_P_LIMIT 0.0025

/* Settings, per rule and node. */
struct breach_rule {
    int64_t gap_enter_bp;      /* -500 */
    int64_t gap_clear_bp;      /* -300 */
    int64_t sv_floor;          /* 3 units, in value units */
    double p_limit;            /* BREACH_P_LIMIT */
    double hit_limit;          /* 0.5 */
    int64_t landing_limit_ppm; /* 950,000 */
    double hit_critical;       /* 0.1 */
    double catch_up_critical;  /* 1.5 */
};

struct breach {
    bool lag;
    bool trajectory;
    bool clear;
    enum breach_severity severity;
};

/* The defaults above; `unit` is the value of one unit of the measure (its scale). */
struct breach_rule breach_rule_default(int64_t unit);

/* Counts: PV and EV in value units, `unit` of them a count (> 0). P(X <= EV), Poisson or negative binomial by the
 * historic dispersion (see stats.h). A PV of 0 is never significant. */
struct breach_significance breach_test_count(struct fixed_ratio pv, int64_t ev, int64_t unit, double dispersion,
                                             double p_limit);
/* Money, on the target's own curve (phased_curve) at the watermark: sigma = spread of daily ratios x_d / (BAC w_d), as
 * found in the elapsed days that have weight; p by Student's t with one degree of freedom less than these, as a spread
 * of few days is itself uncertain. Nothing elapsed, or sigma <= 0, is never significant. */
struct breach_significance breach_test_money(const struct phasing_curve *curve, struct phasing_point at, int64_t bac,
                                             const struct pace *pace, double sigma, double p_limit);

/* Whether (EV - PV) / sqrt(PV) < -k: the small-number guard alone. */
bool breach_guard_count(int64_t pv, int64_t ev, double k);

/* landing may be NULL: then no trajectory. early_warning: a control chart's alarm. */
struct breach breach_decide(int64_t bac, const struct pace *pace, const struct breach_significance *significance,
                            const struct landing *landing, bool early_warning, const struct breach_rule *rule);

#endif
