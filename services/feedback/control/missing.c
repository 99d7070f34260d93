/* missing: see missing.h. */
#include "feedback/control/missing.h"

#include <string.h>

#define WINDOW_DAYS 31 /* older days open no gap any more */

static size_t add_range(struct held_number *out, size_t found, int32_t day, int64_t from, int64_t until)
{
    for (; from < until && found < MISSING_MAX; from++)
        out[found++] = (struct held_number) { day, from };
    return found;
}

size_t missing_numbers(const struct sequence_plan *plan, const struct held_number *held, size_t count,
                       struct arena *arena, struct held_number **out)
{
    size_t found = 0;

    *out = arena_array(arena, struct held_number, MISSING_MAX);
    for (size_t i = 0; i < count; i++) {
        bool begins = i == 0 || held[i].day != held[i - 1].day;

        if (!begins)
            found = add_range(*out, found, held[i].day, held[i - 1].number + 1, held[i].number);
        else if (plan->daily)
            found = add_range(*out, found, held[i].day, plan->first, held[i].number);
    }
    return found;
}

bool calendar_expects(const struct calendar_plan *plan, int32_t day)
{
    int year, month, of_month;

    for (size_t i = 0; i < plan->without_count; i++)
        if (plan->without[i] == day)
            return false;
    if (plan->days == DAYS_WEEKDAYS)
        return date_weekday(day) <= 5;
    if (plan->days == DAYS_DAILY)
        return true;
    date_split(day, &year, &month, &of_month);
    return of_month == (int)plan->month_day || (day == date_month_last(day) && of_month < (int)plan->month_day);
}

int32_t calendar_complete(const struct calendar_plan *plan, int32_t day, int32_t until, const int32_t *held,
                          size_t count)
{
    size_t at = 0;

    for (; day < until; day++) {
        while (at < count && held[at] < day)
            at++;
        if (calendar_expects(plan, day) && !(at < count && held[at] == day))
            break;
    }
    return day;
}

size_t missing_days(const struct calendar_plan *plan, const struct zone *zone, int32_t first, int64_t now,
                    const int32_t *held, size_t count, struct arena *arena, struct held_number **out)
{
    int32_t today = zone_day(zone, now), day = first > today - WINDOW_DAYS ? first : today - WINDOW_DAYS;
    size_t found = 0, at = 0;

    *out = arena_array(arena, struct held_number, WINDOW_DAYS + 1);
    for (; day <= today; day++) {
        int64_t late = zone_midnight_us(zone, day + plan->lag_days) + plan->by_us + plan->delay_us;

        while (at < count && held[at] < day)
            at++;
        if (late <= now && calendar_expects(plan, day) && !(at < count && held[at] == day))
            (*out)[found++] = (struct held_number) { day, 0 };
    }
    return found;
}

bool missing_has(const struct held_number *gaps, size_t count, const struct held_number *gap)
{
    for (size_t i = 0; i < count; i++)
        if (gaps[i].day == gap->day && gaps[i].number == gap->number)
            return true;
    return false;
}

static bool is_expected(const struct sequence_plan *numbers, const struct calendar_plan *days, const char *what,
                        const struct held_number *gap)
{
    if (strcmp(what, "day") == 0)
        return calendar_expects(days, gap->day);
    return numbers->daily ? gap->day != NO_DAY && gap->number >= numbers->first : gap->day == NO_DAY;
}

size_t missing_out_of_sight(const struct sequence_plan *numbers, const struct calendar_plan *days, const char *what,
                            const struct held_number *open, size_t open_count, const struct held_number *now,
                            size_t count, struct arena *arena, struct held_number **out)
{
    size_t found = 0;

    *out = arena_array(arena, struct held_number, open_count + 1);
    for (size_t i = 0; i < open_count; i++)
        if (is_expected(numbers, days, what, &open[i]) && !missing_has(now, count, &open[i]))
            (*out)[found++] = open[i];
    return found;
}

size_t missing_keep(const struct held_number *gaps, size_t gap_count, const struct held_number *closing,
                    size_t closing_count, struct arena *arena, struct held_number **now, size_t count)
{
    struct held_number *all = arena_array(arena, struct held_number, count + gap_count + 1);

    if (count)
        memcpy(all, *now, count * sizeof all[0]);
    for (size_t i = 0; i < gap_count; i++)
        if (!missing_has(closing, closing_count, &gaps[i]))
            all[count++] = gaps[i];
    *now = all;
    return count;
}
