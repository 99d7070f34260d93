/* calendar_learn: weights of day classes from what was sold on such days, leaning on a prior where little is known.
 *
 * Idea:      a day's ratio is its value over the mean of the working days within CALENDAR_LEARN_REACH days around it,
 * so that growth and seasons fall out. A class's own weight is the mean ratio of its days. It is drawn to the prior
 * (the parent's weight, or the one in force) as empirical Bayes does: w = (1 - B) * own + B * prior with B = V / (V +
 * T): V the variance of the own mean, T how far the classes' own means really lie from their priors (their mean square
 * distance less V, at least 0). Units:     ppm of an ordinary working day, which is 1,000,000 by definition and isn't
 * learned. Pure. IEEE double only for variances; the weights that come out are integers, and a proposal until
 * published.
 */
#ifndef BIHUAN_CALC_CALENDAR_LEARN_H
#define BIHUAN_CALC_CALENDAR_LEARN_H

#include "calc/calendar.h"

#define CALENDAR_LEARN_REACH    21
#define CALENDAR_LEARN_DAYS_MAX 3660

struct calendar_learned {
    int32_t days;       /* that were used */
    int64_t own_ppm;    /* mean ratio; 0 where there was no day */
    int64_t prior_ppm;  /* CALENDAR_WEIGHT_MISSING where there was none: then own is taken as it is */
    int32_t shrink_ppm; /* B: 1,000,000 is all prior */
    int64_t weight_ppm; /* CALENDAR_WEIGHT_MISSING where neither is known */
};

/* `values` and `classes` of `count` days in a row; values below 0 count as 0. `prior`: class weights on any scale,
 * CALENDAR_WEIGHT_MISSING where there is none; that of DAY_WORKING is above 0. Days without a working day within reach,
 * or with nothing sold on those, are left out. Errors: "bad_history". */
int calendar_learn(const int64_t *values, const enum day_class *classes, size_t count,
                   const int64_t prior[DAY_CLASS_COUNT], struct calendar_learned out[DAY_CLASS_COUNT], struct err *err);

#endif
