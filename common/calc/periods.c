/* periods: see periods.h. */
#include "calc/periods.h"

#include "calc/calendar.h"

#include <string.h>

#define MONTHS 12

static const char *const words[PERIOD_KINDS] = { "year", "half", "quarter", "month", "week", "other" };

/* First day of the month `months` behind the one that begins on `day`. */
static int32_t months_later(int32_t day, int32_t months)
{
    int32_t year, month, of_month;

    calendar_date_from_day(day, &year, &month, &of_month);
    month += months - 1;
    return calendar_day_from_date(year + month / MONTHS, month % MONTHS + 1, 1);
}

static int32_t monday_behind(int32_t day)
{
    return day + 7 - (calendar_weekday(day) + 6) % 7;
}

enum period_kind period_kind_of(int32_t from, int32_t until)
{
    static const struct {
        enum period_kind kind;
        int32_t months;
    } kinds[] = { { PERIOD_YEAR, 12 }, { PERIOD_HALF, 6 }, { PERIOD_QUARTER, 3 }, { PERIOD_MONTH, 1 } };
    int32_t year, month, of_month;

    calendar_date_from_day(from, &year, &month, &of_month);
    for (size_t i = 0; of_month == 1 && i < sizeof kinds / sizeof kinds[0]; i++)
        if ((month - 1) % kinds[i].months == 0 && until == months_later(from, kinds[i].months))
            return kinds[i].kind;
    return until <= monday_behind(from) ? PERIOD_WEEK : PERIOD_OTHER;
}

const char *period_kind_word(enum period_kind kind)
{
    return words[kind];
}

enum period_kind period_kind_parse(const char *word)
{
    int kind = 0;

    while (kind < PERIOD_KINDS && strcmp(words[kind], word) != 0)
        kind++;
    return (enum period_kind)kind;
}

bool period_goes_before(int32_t from, int32_t until, int32_t other_from, int32_t other_until)
{
    enum period_kind kind = period_kind_of(from, until), other = period_kind_of(other_from, other_until);

    if (kind != other)
        return kind < other;
    if (until - from != other_until - other_from)
        return until - from > other_until - other_from;
    return from < other_from;
}

bool period_lies_within(int32_t from, int32_t until, int32_t longer_from, int32_t longer_until)
{
    return from >= longer_from && until <= longer_until && until - from < longer_until - longer_from;
}

int32_t period_step_end(int32_t day, enum period_step step)
{
    if (step == PERIOD_STEP_WEEK)
        return monday_behind(day);
    return step == PERIOD_STEP_MONTH ? calendar_month_last_day(day) + 1 : day + 1;
}
