/* worktime: working days and quiet hours as times. Pure: which days are worked is the caller's to say.
 *
 * Working time runs through the whole of a working day and stands still on all others: one working day after Friday
 * 15:00 is Monday 15:00, after Saturday noon it is the end of Monday (Tuesday 0:00). Times are microseconds UTC, days
 * those of the installation's zone.
 */
#ifndef BIHUAN_SERVICES_MONITORING_WORKTIME_H
#define BIHUAN_SERVICES_MONITORING_WORKTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef bool worktime_works_fn(const void *arg, int32_t day);

struct worktime {
    int32_t utc_offset_s;
    worktime_works_fn *works;
    const void *arg;
};

bool worktime_works(const struct worktime *worktime, int64_t at_us);
/* `days` working days later. 0: from_us itself, or the begin of the next working day where it lies on none. */
int64_t worktime_add(const struct worktime *worktime, int64_t from_us, uint32_t days);

/* Hours in which only what is critical is said. */
struct quiet {
    int32_t from_s, until_s; /* seconds of the day; the same: no such hours; from > until runs over midnight */
    bool days_off;           /* and all of the days that aren't worked */
};

/* "21:00"; *second_of_day 0..86340. ERR_INVALID, code bad_time. */
int quiet_time_parse(const char *text, int32_t *second_of_day, struct err *err);
bool quiet_holds(const struct quiet *quiet, const struct worktime *worktime, int64_t at_us);
/* The first moment from at_us on that isn't quiet. */
int64_t quiet_end(const struct quiet *quiet, const struct worktime *worktime, int64_t at_us);

/* The moment of a day. */
int64_t worktime_at(const struct worktime *worktime, int32_t day, int32_t second_of_day);
int32_t worktime_day(const struct worktime *worktime, int64_t at_us);

#endif
