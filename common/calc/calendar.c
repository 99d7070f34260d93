/* calendar: see calendar.h. Civil dates by era arithmetic: 400 years are 146,097 days. */
#include "calc/calendar.h"

#include "calc/phasing.h"

int32_t calendar_day_from_date(int32_t year, int32_t month, int32_t day_of_month)
{
    int32_t y = month <= 2 ? year - 1 : year;
    int32_t era = (y >= 0 ? y : y - 399) / 400;
    int32_t year_of_era = y - era * 400;
    int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1; /* from 1 March */
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void calendar_date_from_day(int32_t day, int32_t *year, int32_t *month, int32_t *day_of_month)
{
    int32_t z = day + 719468;
    int32_t era = (z >= 0 ? z : z - 146096) / 146097;
    int32_t day_of_era = z - era * 146097;
    int32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t m = (5 * day_of_year + 2) / 153;

    *day_of_month = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

int32_t calendar_weekday(int32_t day)
{
    int32_t w = (int32_t)(((int64_t)day + 4) % 7); /* 1970-01-01 was a Thursday */

    return w < 0 ? w + 7 : w;
}

/* Last day of the month that lies `more` months after that of `day`. */
static int32_t month_last(int32_t day, int32_t more)
{
    int32_t y, m, d;

    calendar_date_from_day(day, &y, &m, &d);
    m += more + 1;
    if (m > 12) {
        m -= 12;
        y += 1;
    }
    return calendar_day_from_date(y, m, 1) - 1;
}

int32_t calendar_month_last_day(int32_t day)
{
    return month_last(day, 0);
}

int32_t calendar_quarter_last_day(int32_t day)
{
    int32_t y, m, d;

    calendar_date_from_day(day, &y, &m, &d);
    return month_last(day, 2 - (m - 1) % 3);
}

static bool known_class(enum day_class day_class)
{
    return day_class > DAY_UNSET && day_class < DAY_CLASS_COUNT;
}

static int apply_override(const struct calendar_override *o, int32_t first_day, size_t count, enum day_class *classes,
                          struct err *err)
{
    int64_t i = (int64_t)o->day - first_day;

    if (!known_class(o->day_class))
        return err_fail(err, ERR_INVALID, "bad_class", "day %d has an unknown class %d", o->day, (int)o->day_class);
    if (i < 0 || (uint64_t)i >= count)
        return 0;
    if (classes[i] != DAY_UNSET && classes[i] != o->day_class)
        return err_fail(err, ERR_INVALID, "override_twice", "day %d is given two classes", o->day);
    classes[i] = o->day_class;
    return 0;
}

int calendar_classify(int32_t first_day, size_t count, const struct calendar_override *overrides, size_t override_count,
                      enum day_class *classes, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        classes[i] = DAY_UNSET;
    for (size_t i = 0; i < override_count; i++)
        if (apply_override(&overrides[i], first_day, count, classes, err) != 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        int32_t weekday = calendar_weekday(first_day + (int32_t)i);

        if (classes[i] == DAY_UNSET)
            classes[i] = weekday == 0 || weekday == 6 ? DAY_WEEKEND : DAY_WORKING;
    }
    return 0;
}

static int64_t tail_factor(const struct calendar_profile *profile, int32_t day)
{
    int32_t to_quarter_end = calendar_quarter_last_day(day) - day, to_month_end = calendar_month_last_day(day) - day;

    if (to_quarter_end < profile->quarter_tail_count)
        return profile->quarter_tail_ppm[to_quarter_end];
    if (to_month_end < profile->month_tail_count)
        return profile->month_tail_ppm[to_month_end];
    return FIXED_PPM;
}

int calendar_weights(const struct calendar_profile *profile, int32_t first_day, const enum day_class *classes,
                     size_t count, int64_t *weights, struct err *err)
{
    if (profile->month_tail_count > CALENDAR_TAIL_MAX || profile->quarter_tail_count > CALENDAR_TAIL_MAX)
        return err_fail(err, ERR_INVALID, "bad_tail", "a month or quarter end has more than %d days",
                        CALENDAR_TAIL_MAX);
    for (size_t i = 0; i < count; i++) {
        int32_t day = first_day + (int32_t)i;

        if (!known_class(classes[i]))
            return err_fail(err, ERR_INVALID, "bad_class", "day %d has no class", day);
        if (profile->class_weight[classes[i]] < 0)
            return err_fail(err, ERR_INVALID, "missing_weight", "day %d is of class %d, which has no weight", day,
                            (int)classes[i]);
        if (fixed_mul_ppm(profile->class_weight[classes[i]], tail_factor(profile, day), ROUND_HALF_UP, &weights[i],
                          err) != 0)
            return err_prefix(err, "weight of day %d", day);
    }
    return 0;
}

static bool is_worked(enum day_class day_class)
{
    return day_class == DAY_WORKING || day_class == DAY_MAKEUP || day_class == DAY_EVE || day_class == DAY_CAMPAIGN;
}

int32_t calendar_working_millidays(const enum day_class *classes, size_t count, int32_t from_millidays,
                                   int32_t to_millidays)
{
    bool back = to_millidays < from_millidays;
    int64_t lo = back ? to_millidays : from_millidays, hi = back ? from_millidays : to_millidays, worked = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t start = (int64_t)i * 1000, end = start + 1000;
        int64_t from = lo > start ? lo : start, to = hi < end ? hi : end;

        if (to > from && is_worked(classes[i]))
            worked += to - from;
    }
    return (int32_t)(back ? -worked : worked);
}
