/* dates: the calendar and the zone; see dates.h. Reading by pattern is in dates_parse.c. */
#include "text/dates.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_month_len(int year, int month)
{
    static const int8_t lens[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    assert(month >= 1 && month <= 12);
    return lens[month - 1] + (month == 2 && is_leap(year));
}

bool date_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= date_month_len(year, month);
}

/* Years are counted from March, so that the leap day is the last of the year; an era is 400 years. */
int32_t date_of(int year, int month, int day)
{
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void date_split(int32_t date, int *year, int *month, int *day)
{
    int32_t z = date + 719468;
    int32_t era = (z >= 0 ? z : z - 146096) / 146097;
    int32_t day_of_era = z - era * 146097;
    int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t shifted = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int32_t floor_mod(int32_t value, int32_t by)
{
    int32_t rest = value % by;
    return rest < 0 ? rest + by : rest;
}

int date_weekday(int32_t date)
{
    return floor_mod(date + 3, 7) + 1; /* 1970-01-01 was a Thursday */
}

void date_iso_week(int32_t date, int *year, int *week)
{
    int32_t thursday = date - date_weekday(date) + 4;
    int month, day;

    date_split(thursday, year, &month, &day);
    *week = (thursday - date_of(*year, 1, 1)) / 7 + 1;
}

int32_t date_month_first(int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    return date - day + 1;
}

int32_t date_month_last(int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    return date - day + date_month_len(year, month);
}

int32_t date_quarter_first(int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    return date_of(year, (month - 1) / 3 * 3 + 1, 1);
}

int32_t date_quarter_last(int32_t date)
{
    return date_month_last(date_quarter_first(date) + 62); /* any day of the third month */
}

int32_t date_year_first(int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    return date_of(year, 1, 1);
}

int32_t date_year_last(int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    return date_of(year, 12, 31);
}

int32_t date_add_months(int32_t date, int months)
{
    int year, month, day, count, last;

    date_split(date, &year, &month, &day);
    count = year * 12 + month - 1 + months;
    year = count / 12;
    month = count % 12 + 1;
    last = date_month_len(year, month);
    return date_of(year, month, day < last ? day : last);
}

static void put_two(char *out, int value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

size_t date_print(char out[DATE_TEXT_MAX], int32_t date)
{
    int year, month, day;

    date_split(date, &year, &month, &day);
    if (year < 0 || year > 9999)
        return (size_t)snprintf(out, DATE_TEXT_MAX, "%04d-%02d-%02d", year, month, day);
    put_two(out, year / 100); /* days are printed by the million, and printf takes several times as long */
    put_two(out + 2, year % 100);
    out[4] = out[7] = '-';
    put_two(out + 5, month);
    put_two(out + 8, day);
    out[10] = 0;
    return 10;
}

static const struct zone known_zones[] = {
    { "Asia/Shanghai", 8 * 3600 },
    { "Asia/Chongqing", 8 * 3600 },
    { "Asia/Hong_Kong", 8 * 3600 },
    { "Asia/Macau", 8 * 3600 },
    { "Asia/Taipei", 8 * 3600 },
    { "Asia/Singapore", 8 * 3600 },
    { "Asia/Urumqi", 6 * 3600 },
    { "Asia/Jakarta", 7 * 3600 },
    { "Asia/Bangkok", 7 * 3600 },
    { "Asia/Tokyo", 9 * 3600 },
    { "Asia/Kolkata", 19800 },
    { "Asia/Dubai", 4 * 3600 },
    { "UTC", 0 },
};

static bool offset_parse(const char *text, int32_t *out)
{
    int hours, minutes, used = 0;
    char sign;

    if (strcmp(text, "Z") == 0) {
        *out = 0;
        return true;
    }
    if (strlen(text) != 6 || sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || used != 6)
        return false;
    if ((sign != '+' && sign != '-') || text[1] < '0' || text[1] > '1' || text[4] < '0' || hours > 14 || hours < 0 ||
        minutes < 0 || minutes > 59)
        return false;
    *out = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

int zone_parse(const char *text, struct zone *out, struct err *err)
{
    int32_t offset_s;

    for (size_t i = 0; i < sizeof known_zones / sizeof known_zones[0]; i++)
        if (strcmp(text, known_zones[i].name) == 0) {
            *out = known_zones[i];
            return 0;
        }
    if (!offset_parse(text, &offset_s))
        return err_fail(
            err, ERR_INVALID, "unknown_zone",
            "time zone \"%.40s\" is not known as one without summer time; give a fixed offset like \"+08:00\"", text);
    *out = (struct zone) { .offset_s = offset_s };
    snprintf(out->name, sizeof out->name, "%s", text);
    return 0;
}

int32_t zone_day(const struct zone *zone, int64_t us)
{
    int64_t local = us + zone->offset_s * US_PER_SECOND;
    int64_t day = local / US_PER_DAY;

    return (int32_t)(day - (local % US_PER_DAY < 0));
}

int64_t zone_midnight_us(const struct zone *zone, int32_t day)
{
    return day * US_PER_DAY - zone->offset_s * US_PER_SECOND;
}

static int print_offset(char *out, size_t cap, int32_t offset_s)
{
    int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;

    if (!offset_s)
        return snprintf(out, cap, "Z");
    return snprintf(out, cap, "%c%02d:%02d", offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

size_t time_print(char out[TIME_TEXT_MAX], int64_t us, const struct zone *zone)
{
    int32_t day = zone_day(zone, us);
    int64_t rest = us - zone_midnight_us(zone, day);
    int second = (int)(rest / US_PER_SECOND), fraction = (int)(rest % US_PER_SECOND), n;
    int year, month, day_of_month;

    date_split(day, &year, &month, &day_of_month);
    n = snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day_of_month, second / 3600,
                 second / 60 % 60, second % 60);
    if (fraction % 1000)
        n += snprintf(out + n, TIME_TEXT_MAX - (size_t)n, ".%06d", fraction);
    else if (fraction)
        n += snprintf(out + n, TIME_TEXT_MAX - (size_t)n, ".%03d", fraction / 1000);
    n += print_offset(out + n, TIME_TEXT_MAX - (size_t)n, zone->offset_s);
    return (size_t)n;
}
