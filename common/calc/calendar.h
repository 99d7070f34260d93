/* calendar: from days to weights: what kind of day each is, how much of a period's sales such a day carries.
 *
 * w_d = f(class_d) * s(pos_d): the class weight times a factor for the last days of a month or quarter. The calendar is
 * data: public holidays and make-up working days are given as overrides of the ordinary week.
 * Days are day numbers since 1970-01-01. Arrays are the caller's. Errors: -1 with *err ("bad_class", "missing_weight",
 * "override_twice"). Pure functions.
 */
#ifndef BIHUAN_CALC_CALENDAR_H
#define BIHUAN_CALC_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "calc/fixed.h"

enum day_class {
    DAY_UNSET = 0,
    DAY_WORKING,
    DAY_WEEKEND,
    DAY_HOLIDAY, /* statutory holiday */
    DAY_MAKEUP,  /* a weekend day worked in exchange for a holiday */
    DAY_EVE,     /* the day before a holiday */
    DAY_CAMPAIGN,
    DAY_CLASS_COUNT,
};

#define CALENDAR_TAIL_MAX       10
#define CALENDAR_WEIGHT_MISSING (-1)

/* One unit's (or level's) shape. A class that occurs and has CALENDAR_WEIGHT_MISSING is an error, never a zero. */
struct calendar_profile {
    int64_t class_weight[DAY_CLASS_COUNT]; /* >= 0, relative; 1,000,000 for an ordinary day is usual; [0] unused */
    int32_t month_tail_count;              /* 0..CALENDAR_TAIL_MAX days at a month's end that have a factor */
    int32_t quarter_tail_count;            /* the same at a quarter's end; these days use the quarter's factors only */
    int64_t month_tail_ppm[CALENDAR_TAIL_MAX];   /* [0] is the last day, [1] the one before */
    int64_t quarter_tail_ppm[CALENDAR_TAIL_MAX]; /* 1,000,000 leaves the weight as it is */
};

struct calendar_override {
    int32_t day;
    enum day_class day_class;
};

int32_t calendar_day_from_date(int32_t year, int32_t month, int32_t day_of_month); /* proleptic Gregorian */
void calendar_date_from_day(int32_t day, int32_t *year, int32_t *month, int32_t *day_of_month);
int32_t calendar_weekday(int32_t day); /* 0 Sunday .. 6 Saturday */
int32_t calendar_month_last_day(int32_t day);
int32_t calendar_quarter_last_day(int32_t day);

/* Classes of count days from first_day: working and weekend by the week, then the overrides, in any order; one outside
 * the range is passed over, two different ones for one day are an error. */
int calendar_classify(int32_t first_day, size_t count, const struct calendar_override *overrides, size_t override_count,
                      enum day_class *classes, struct err *err);

/* Weights of count days from first_day by class and position, rounded half up to whole units. */
int calendar_weights(const struct calendar_profile *profile, int32_t first_day, const enum day_class *classes,
                     size_t count, int64_t *weights, struct err *err);

/* Working time between two positions of a period (milli-days since its start): only working, make-up, eve and campaign
 * days count. Negative when `to` lies before `from`. */
int32_t calendar_working_millidays(const enum day_class *classes, size_t count, int32_t from_millidays,
                                   int32_t to_millidays);

#endif
