/* calendar_days: a calendar's JSON as the arithmetic wants it. No network. */
#ifndef BIHUAN_CLI_CALENDAR_DAYS_H
#define BIHUAN_CLI_CALENDAR_DAYS_H

#include "calc/calendar.h"

#include <jansson.h>

/* Name of a class as the contract has it; "" for DAY_UNSET. */
const char *calendar_class_name(enum day_class day_class);
enum day_class calendar_class_of(const char *name); /* DAY_UNSET where it isn't one */

void calendar_profile_of(const json_t *calendar, struct calendar_profile *out);

/* Classes of `count` days from first_day by the special days of several calendars (an array of them); of two that name
 * a day the first counts. */
int calendar_classes_of(const json_t *calendars, int32_t first_day, size_t count, enum day_class *classes,
                        struct err *err);

/* "yyyy-MM-dd". False where it isn't. */
bool calendar_read_day(const char *text, int32_t *day);

#endif
