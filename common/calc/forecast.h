/* forecast: which way of looking ahead has been right about a series so far, and what it says now.
 *
 * Idea:      several methods say what the days to come will bring; each is tried on the days that are over: as if it
 * were the end of each week, against what came a week, two, four ... weeks later and at the period's end (rolling
 *            origin). Errors are added up as amounts, so long and large trials weigh most (WAPE). A unit's own errors
 *            are shrunk towards its parent's, n / (n + FORECAST_LEAN) its own, as few trials of small numbers say
 *            little; and a method gives way only to one whose error is a tenth smaller, so that figures don't jump.
 * Methods:   see enum forecast_method. All say: so much for each part of the curve that is left.
 * Order:     trials go by the day on which their outcome was known, and each uses what was known at its origin alone:
 * the choice of a day is the same whenever it is asked for. Numbers:   trials, errors and the choice are integers;
 * bands and chances are landing's (statistics). Pure functions; no memory is kept.
 */
#ifndef BIHUAN_CALC_FORECAST_H
#define BIHUAN_CALC_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "calc/dispersion.h"
#include "calc/landing.h"

enum forecast_method {
    FORECAST_LEANING =
        0,           /* the pace of late, fading by half in ten days, leaning on the plan; the first to be believed */
    FORECAST_PHASED, /* the pace of all days so far, along the plan's curve */
    FORECAST_RECENT, /* the pace of the last FORECAST_WINDOW days alone */
    FORECAST_SHAPE,  /* the pace of all days so far, along the last period's own days */
    FORECAST_METHODS,
};

#define FORECAST_WINDOW     14
#define FORECAST_LEAN       36     /* trials that the parent's errors weigh: four months', as trials overlap */
#define FORECAST_LEAST      3      /* trials before another method is chosen */
#define FORECAST_KEEP_PPM   900000 /* another's error has to be below this part of what it replaces */
#define FORECAST_WEEKS_MAX  54
#define FORECAST_TRIED_FROM 14 /* days of a period before the first trial in it */

/* One period of a series; all borrowed. */
struct forecast_series {
    const struct phasing_curve *curve;
    const struct phasing_curve *shape; /* the last period's days laid over these; NULL: none */
    int64_t bac;                       /* > 0 */
    const int64_t *days;               /* done on each day from the curve's first on */
    int32_t day_count;                 /* complete, 0..curve->day_count */
    int64_t count_unit;                /* value units of one count; 0 for money */
    struct dispersion before;          /* seen in the days before the period */
    double dispersion_most;            /* counts vary by at most so much more than chance; 0: by chance alone */
};

/* What trials have shown. Zero is a record of nothing. */
struct forecast_record {
    enum forecast_method method; /* chosen by the trials so far */
    uint32_t trials;
    int64_t errors[FORECAST_METHODS]; /* sums of |forecast - actual|; where a method couldn't say, the first one's */
    int64_t missed, actual;           /* sums of the chosen method's error, and of what the period then had */
    uint32_t banded, inside;          /* trials with a band; of these with the outcome in it */
};

const char *forecast_word(enum forecast_method method);

/* Expected on the days `origin`..`until` - 1 (counted from 0) by the first `origin` days. False: it can't say. */
bool forecast_rest(const struct forecast_series *series, enum forecast_method method, int32_t origin, int32_t until,
                   int64_t *out);

/* Adds the trials that a period's complete days allow; `parent` (NULL: none) is that of the unit above. Periods are
 * added in their order. `bands`: see also whether what came lay in the 80 % band, which costs a walk through the days
 * each. */
void forecast_review(const struct forecast_series *series, const struct forecast_record *parent, bool bands,
                     struct forecast_record *record);

/* Error of what was chosen in ppm of what came, 0 without trials. */
uint32_t forecast_error_ppm(const struct forecast_record *record);

/* How much more counts vary from day to day than chance has them, by the first `origin` days and those before the
 * period; 1 of money. */
double forecast_dispersion(const struct forecast_series *series, int32_t origin);

/* The landing from `origin` complete days on, with band and chance; by the first method where this one can't say.
 * `used` (may be NULL) is the method that spoke. */
struct landing forecast_land(const struct forecast_series *series, enum forecast_method method, int32_t origin,
                             enum forecast_method *used);

/* The last period's days laid over this one's as a curve: those of its first half by their distance from the beginning,
 * the others from the end; three parts of them to one of `curve`, so that no day of weight is ruled out. `cumulative`
 * is the caller's, curve->day_count + 1 long. False: it sold nothing. */
bool forecast_shape(const struct phasing_curve *curve, const int64_t *last, int32_t last_count, int64_t *cumulative,
                    struct phasing_curve *out);

#endif
