/* dates: civil dates, moments and their text.
 *
 * A day is an int32 count of days since 1970-01-01, a moment an int64 count of microseconds since
 * 1970-01-01T00:00:00Z. Years run from 1 to 9999. The calendar is the proleptic Gregorian one; leap seconds don't
 * exist.
 */
#ifndef BIHUAN_TEXT_DATES_H
#define BIHUAN_TEXT_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (86400 * US_PER_SECOND)

#define DATE_TEXT_MAX 16
#define TIME_TEXT_MAX 40

/* --- days --- */
bool date_valid(int year, int month, int day);
int32_t date_of(int year, int month, int day); /* the parts must be valid */
void date_split(int32_t date, int *year, int *month, int *day);
int date_month_len(int year, int month);
int date_weekday(int32_t date); /* 1 Monday to 7 Sunday */
/* ISO 8601 week 1 to 53 and the year it belongs to, which isn't always the date's own. */
void date_iso_week(int32_t date, int *year, int *week);
int32_t date_month_first(int32_t date);
int32_t date_month_last(int32_t date);
int32_t date_quarter_first(int32_t date);
int32_t date_quarter_last(int32_t date);
int32_t date_year_first(int32_t date);
int32_t date_year_last(int32_t date);
/* The same day of the month `months` later, or that month's last day where it has none (31 January + 1). */
int32_t date_add_months(int32_t date, int months);
/* "2024-02-29"; returns the length. */
size_t date_print(char out[DATE_TEXT_MAX], int32_t date);

/* --- the installation's time zone: one fixed offset --- */
struct zone {
    char name[32];    /* "Asia/Shanghai" or "+08:00" */
    int32_t offset_s; /* seconds east of UTC */
};
/* A name of the short list of zones without summer time (Asia/Shanghai, UTC, ...) or an offset "+08:00", "Z". */
int zone_parse(const char *text, struct zone *out, struct err *err);
int32_t zone_day(const struct zone *zone, int64_t us);          /* business day of a moment */
int64_t zone_midnight_us(const struct zone *zone, int32_t day); /* where that day begins */

/* RFC 3339, "2024-02-29T08:00:00+08:00"; a fraction of 3 or 6 digits only where it isn't zero. Returns the length. */
size_t time_print(char out[TIME_TEXT_MAX], int64_t us, const struct zone *zone);

/* --- reading by a declared pattern ---
 * yyyy MM dd HH mm ss stand for digits of just that width; M d H for one or two; S for 1 to 9 digits of a second's
 * fraction, of which those behind the sixth must be zero; X for an offset (Z, +08, +0800 or +08:00); every other
 * character but a letter for itself, T included. The whole pattern may be "iso8601": a date, then optionally T or a
 * space and HH:mm, :ss, .S and X.
 * An empty pattern, a letter it doesn't know, or one without year, month and day is ERR_INVALID, code bad_pattern. */
#define TIME_PATTERN_MAX 48
struct time_pattern {
    char text[TIME_PATTERN_MAX];
    bool iso;
    bool has_time;
    bool has_offset;
};
int time_pattern_parse(const char *text, struct time_pattern *out, struct err *err);

struct moment {
    int64_t us;    /* midnight of the day where no time was given */
    int32_t day;   /* business day in the installation's zone */
    bool has_time; /* false: only a date was given */
};
/* All of the text must match. Without an offset in it, it's the zone's wall time; with one, the day may differ from the
 * date written. 24:00 and second 60 are refused. ERR_INVALID, code bad_date. */
int time_parse(const char *text, size_t len, const struct time_pattern *pattern, const struct zone *zone,
               struct moment *out, struct err *err);
/* "2024-02-29" alone. */
int date_parse(const char *text, size_t len, int32_t *out, struct err *err);

#endif
