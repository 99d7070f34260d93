/* worktime: see worktime.h. */
#include "monitoring/telling/worktime.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S     86400
#define IDLE_MAX                                                                                                       \
    60 /* days without one that is worked: after so many any day counts, so that nothing waits for ever                \
        */

int64_t worktime_at(const struct worktime *w, int32_t day, int32_t second_of_day)
{
    return ((int64_t)day * DAY_S + second_of_day - w->utc_offset_s) * SECOND_US;
}

static int64_t local_us(const struct worktime *w, int64_t at_us)
{
    return at_us + w->utc_offset_s * SECOND_US;
}

int32_t worktime_day(const struct worktime *w, int64_t at_us)
{
    int64_t local = local_us(w, at_us);
    int64_t day_us = DAY_S * SECOND_US;

    return (int32_t)(local >= 0 ? local / day_us : -((day_us - 1 - local) / day_us));
}

bool worktime_works(const struct worktime *w, int64_t at_us)
{
    return w->works(w->arg, worktime_day(w, at_us));
}

static int32_t next_worked(const struct worktime *w, int32_t day)
{
    for (int32_t d = day + 1; d <= day + IDLE_MAX; d++)
        if (w->works(w->arg, d))
            return d;
    return day + 1;
}

int64_t worktime_add(const struct worktime *w, int64_t from_us, uint32_t days)
{
    int32_t day = worktime_day(w, from_us);
    int64_t into_us = from_us - worktime_at(w, day, 0);

    if (!w->works(w->arg, day)) {
        day = next_worked(w, day);
        into_us = 0;
    }
    for (uint32_t i = 0; i < days; i++)
        day = next_worked(w, day);
    return worktime_at(w, day, 0) + into_us;
}

int quiet_time_parse(const char *text, int32_t *second_of_day, struct err *err)
{
    int hour, minute;

    if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 || strspn(text + 3, "0123456789") != 2)
        return err_fail(err, ERR_INVALID, "bad_time", "\"%s\" is no time of day as HH:mm", text);
    hour = (text[0] - '0') * 10 + text[1] - '0';
    minute = (text[3] - '0') * 10 + text[4] - '0';
    if (hour > 23 || minute > 59)
        return err_fail(err, ERR_INVALID, "bad_time", "\"%s\" is no time of day from 00:00 to 23:59", text);
    *second_of_day = hour * 3600 + minute * 60;
    return 0;
}

static bool in_hours(const struct quiet *q, int32_t second)
{
    if (q->from_s <= q->until_s)
        return second >= q->from_s && second < q->until_s;
    return second >= q->from_s || second < q->until_s;
}

bool quiet_holds(const struct quiet *q, const struct worktime *w, int64_t at_us)
{
    int32_t day = worktime_day(w, at_us);
    int32_t second = (int32_t)((at_us - worktime_at(w, day, 0)) / SECOND_US);

    return (q->days_off && !w->works(w->arg, day)) || in_hours(q, second);
}

int64_t quiet_end(const struct quiet *q, const struct worktime *w, int64_t at_us)
{
    int64_t at = at_us;

    for (int i = 0; i < 2 * IDLE_MAX && quiet_holds(q, w, at); i++) {
        int32_t day = worktime_day(w, at);
        int64_t until = worktime_at(w, day, q->until_s);

        if (q->days_off && !w->works(w->arg, day))
            at = worktime_at(w, day + 1, 0);
        else
            at = until > at ? until : worktime_at(w, day + 1, 0);
    }
    return at;
}
