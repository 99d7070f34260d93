/* phasing: a target spread over the days of a period along a curve, exact on the time axis.
 *
 * Idea:      a curve is one integer weight a day; C_t = (weight of the days up to t) / (weight of the period) is kept
 *            as a fraction. The plan to date is T * C_t, unrounded; pace is judged on it at every level. What is shown
 *            is cumulative rounding: plan(t) = round(T * C_t) - round(T * C_{t-1}), so days, weeks, months and quarters
 *            agree with no stored tables, no day of a positive target is negative, and the whole period is T.
 * Days:      int32 day numbers since 1970-01-01, local business days. Positions are milli-days (1/1000 day) since the
 *            start of the period's first day, inside a day measured on that day's own share of sales.
 * Rounding:  PHASING_ROUNDING everywhere, so that two readers cannot disagree.
 * Memory:    a curve borrows the caller's array for as long as it is used. Pure functions otherwise.
 */
#ifndef BIHUAN_CALC_PHASING_H
#define BIHUAN_CALC_PHASING_H

#include <stddef.h>
#include <stdint.h>

#include "calc/fixed.h"

#define PHASING_ROUNDING         ROUND_HALF_UP
#define PHASING_WEIGHT_TOTAL_MAX (INT64_MAX / FIXED_PPM)
#define PHASING_DAYS_MAX         100000
#define PHASING_HOURS            24
#define PHASING_DAY_SECONDS      86400

struct phasing_curve {
    int32_t first_day;
    int32_t day_count;
    const int64_t *cumulative; /* borrowed; day_count + 1 sums: [0] is 0, [k] the weight of the first k days */
};

/* A point of the curve: C_t = num / den, 0 <= num <= den. */
struct phasing_point {
    int64_t num;
    int64_t den;
    int32_t position_millidays;
};

/* Which day answers where the curve is level (days of no weight). */
enum phasing_edge {
    PHASING_EARLIEST = 1,
    PHASING_LATEST,
};

/* Makes the curve from day_count weights >= 0 whose sum is above 0 and at most PHASING_WEIGHT_TOTAL_MAX.
 * `cumulative` is the caller's, day_count + 1 long. Errors: "bad_period", "negative_weight", "no_weight", "overflow".
 */
int phasing_curve_init(struct phasing_curve *curve, int32_t first_day, const int64_t *weights, size_t day_count,
                       int64_t *cumulative, struct err *err);

static inline int64_t phasing_total(const struct phasing_curve *curve)
{
    return curve->cumulative[curve->day_count];
}
/* Weight of one day; 0 outside the period. */
int64_t phasing_day_weight(const struct phasing_curve *curve, int32_t day);

/* C at the end of `day`: 0 before the period, 1 from its last day on. */
struct phasing_point phasing_at_day_end(const struct phasing_curve *curve, int32_t day);

/* C at a second of a day. `hour_share` holds 24 shares >= 0 in ppm that sum to 1,000,000 (error "bad_hours"); an hour
 * is linear, and the day's share is rounded down to 1 ppm. 0 <= second_of_day <= 86,400. */
int phasing_at_time(const struct phasing_curve *curve, int32_t day, int32_t second_of_day,
                    const int32_t hour_share[PHASING_HOURS], struct phasing_point *out, struct err *err);

/* Plan to date, unrounded: target * C. */
struct fixed_ratio phasing_plan(int64_t target, struct phasing_point at);
/* The same as a figure to show. */
int64_t phasing_plan_shown(int64_t target, struct phasing_point at);

/* Planned for the days from_day..to_day, both counted: round(T * C_to) - round(T * C_{from-1}). Adjacent ranges add up
 * without loss. to_day < from_day is empty: 0. */
int64_t phasing_plan_range(const struct phasing_curve *curve, int64_t target, int32_t from_day, int32_t to_day);
static inline int64_t phasing_plan_day(const struct phasing_curve *curve, int64_t target, int32_t day)
{
    return phasing_plan_range(curve, target, day, day);
}

/* C^-1(num / den): where the curve reaches the share, in milli-days, rounded down; a share below 0 counts as 0, above
 * 1 as 1. den > 0. The earned schedule ES = N + (EV - PV_N) / (PV_{N+1} - PV_N) is this with EV / BAC. */
int32_t phasing_inverse(const struct phasing_curve *curve, int64_t num, int64_t den, enum phasing_edge edge);

#endif
