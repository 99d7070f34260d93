/* pace: where a unit stands in a period against its plan to date, in exact integers.
 *
 * Terms:     BAC = target of the period (> 0); C_t = point of the target's own curve (phased.h) at the feed's
 * watermark; PV = BAC
 * * C_t, plan to date, unrounded; EV = credited or contributed to date. All values in the measure's own smallest unit.
 * Formulae: SV = EV - PV; SPI = EV / PV; gap G = EV/BAC - C_t; ES = C^-1(EV/BAC) on the same curve; TSPI = (BAC - EV) /
 * (BAC - PV); landing at the same rate EV / C_t; landing with the shortfall not repeated EV + (BAC - PV). Undefined: an
 * index that has no meaning yet is marked so, never given as 0 or 100 %. Errors:    -1 with *err: "no_target" for BAC
 * <= 0, "overflow". Pure functions.
 */
#ifndef BIHUAN_CALC_PACE_H
#define BIHUAN_CALC_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "calc/phased.h"

#define PACE_SPI_CURVE_MIN_PPM 50000 /* default: no SPI before 5 % of the curve */
#define PACE_SPI_UNITS_MIN     5     /* default: no SPI for fewer planned units */

struct pace_input {
    const struct phased *plan; /* borrowed; BAC is its target */
    struct phased_point at;    /* of that plan, at the watermark */
    int64_t ev;
    int64_t spi_pv_min;        /* SPI is undefined while PV is below, in value units */
    int64_t spi_curve_min_ppm; /* ... or C_t is below */
};

struct pace_index {
    bool defined;
    int64_t ppm; /* 0 when undefined */
};

struct pace {
    struct fixed_ratio pv; /* plan to date, exact */
    struct fixed_ratio sv; /* EV - PV, exact */
    int64_t pv_shown;      /* rounded for display (PHASING_ROUNDING) */
    int64_t sv_shown;      /* EV - pv_shown, so that a reader's own subtraction agrees */
    int64_t curve_ppm;     /* C_t, rounded down */
    int64_t gap_bp;        /* G in 1/100 percentage point, cut toward zero: exact against whole thresholds */
    struct pace_index spi;
    struct pace_index tspi;   /* undefined when nothing is left to plan; 0 when the target is reached */
    int32_t es_millidays;     /* earned schedule, milli-days since the period's start */
    int32_t behind_millidays; /* position - ES in calendar milli-days; negative: ahead. See
                                 calendar_working_millidays() for working days */
    bool run_rate_defined;    /* false while C_t is 0 */
    int64_t landing_run_rate; /* EV / C_t, half up */
    int64_t landing_kept;     /* EV + (BAC - pv_shown): the shortfall isn't repeated */
};

int pace_compute(const struct pace_input *input, struct pace *out, struct err *err);
/* The gap alone: pv, sv, both as shown, curve and gap; the rest is 0. What most units need, at a fifth of the cost. */
int pace_glance(const struct pace_input *input, struct pace *out, struct err *err);

/* Cost side: AC = incentive cost to date. CPI = EV / AC in ppm, EAC = BAC / CPI = BAC * AC / EV; undefined without EV
 * or AC above 0. */
struct pace_cost {
    struct pace_index cpi;
    int64_t eac; /* 0 when undefined */
};
int pace_cost_compute(int64_t bac, int64_t ev, int64_t ac, struct pace_cost *out, struct err *err);

#endif
