/* calendars: a published calendar as its readers use it: made into the curve of a period's days. */
#ifndef BIHUAN_REFDATA_CALENDARS_H
#define BIHUAN_REFDATA_CALENDARS_H

#include "calc/calendar.h"
#include "calc/phasing.h"

#include "bihuan/planning.pb-c.h"

struct ref_calendar {
    uint32_t id;
    char *code;
    uint32_t version;
    bool estimated;
    struct calendar_profile profile;
    bool has_hours;
    int32_t hours[PHASING_HOURS];
    struct calendar_override *overrides;
    size_t override_count;
};

/* A period's days by one calendar; owns its arrays. Zero-initialised is none. */
struct ref_curve {
    struct phasing_curve phasing;
    enum day_class *classes; /* one a day */
};

/* Everything but id and code. */
void ref_calendar_take(struct ref_calendar *calendar, const Bihuan__Calendar *item);
/* What it owns, the code too. */
void ref_calendar_fini(struct ref_calendar *calendar);

/* Curve of the days from_day..until_day-1; out is empty where it fails. */
int ref_curve_make(struct ref_curve *out, const struct ref_calendar *calendar, int32_t from_day, int32_t until_day,
                   struct err *err);
void ref_curve_fini(struct ref_curve *curve);

#endif
