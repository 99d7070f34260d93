/* dispersion: how much more counts vary from day to day than chance alone would have them: variance over mean, 1 being
 * that of Poisson.
 *
 * Pearson's chi-square of daily counts over its degrees of freedom, within weeks: each day is expected at its weight's
 * part of what its own week did, and the worst week is left out. So neither a pace off the plan nor one that changes or
 * breaks (the lag itself) counts as dispersion, only good and bad days do. Few days of small numbers say little: what
 * is within two deviations of what Poisson counts would show by accident is taken as 1, and no estimate is above what
 * the caller allows. Statistics, in double; they enter no sum. Pure functions.
 */
#ifndef BIHUAN_CALC_DISPERSION_H
#define BIHUAN_CALC_DISPERSION_H

#include "calc/phasing.h"

#define DISPERSION_FREEDOM_LEAST 10 /* degrees of freedom beside the worst week: below it nothing is known */

/* Zero-initialised: nothing seen. */
struct dispersion_part {
    double squares;  /* chi-square */
    double variance; /* that it would have if counts were Poisson */
    int64_t freedom;
};
struct dispersion {
    struct dispersion_part all, worst; /* the week whose chi-square is largest */
};

/* Adds the first `day_count` days of a period, in value units of which `unit` are one count (> 0). */
void dispersion_add(struct dispersion *seen, const struct phasing_curve *curve, const int64_t *days, int32_t day_count,
                    int64_t unit);
/* 1..most; 1 where nothing speaks against chance. */
double dispersion_of(const struct dispersion *seen, double most);

#endif
