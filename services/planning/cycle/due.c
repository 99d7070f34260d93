/* due: see due.h. */
#include "planning/cycle/due.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define MONTHS_MAX 120
#define DAYS_MAX   3660

static const char *const words[] = { "not_due", "due", "submitted", "returned", "approved", "overdue" };

static int bad(const char *text, struct err *err)
{
    return err_fail(err, ERR_INVALID, "bad_due",
                    "\"%.40s\" is not like start-60d, start+3m+10d or end+10d (at most %d months and %d days)", text,
                    MONTHS_MAX, DAYS_MAX);
}

/* One term "+3m" or "-60d"; NULL where it is none. */
static const char *take_term(const char *at, struct due_offset *out)
{
    int sign = *at == '-' ? -1 : 1;
    char *end;
    long number;

    if ((*at != '+' && *at != '-') || at[1] < '0' || at[1] > '9')
        return NULL;
    number = strtol(at + 1, &end, 10);
    if (*end == 'm' && !out->months && !out->days && number > 0 && number <= MONTHS_MAX)
        out->months = sign * (int)number;
    else if (*end == 'd' && !out->days && number > 0 && number <= DAYS_MAX)
        out->days = sign * (int)number;
    else
        return NULL;
    return end + 1;
}

int due_parse(const char *text, struct due_offset *out, struct err *err)
{
    struct due_offset offset = { 0 };
    const char *at = text;

    if (strncmp(text, "start", 5) == 0) {
        at += 5;
    } else if (strncmp(text, "end", 3) == 0) {
        at += 3;
        offset.from_end = true;
    } else {
        return bad(text, err);
    }
    while (*at) {
        at = take_term(at, &offset);
        if (!at)
            return bad(text, err);
    }
    *out = offset;
    return 0;
}

int32_t due_day(const struct due_offset *offset, int32_t from_day, int32_t until_day)
{
    int32_t day = offset->from_end ? until_day : from_day;

    return date_add_months(day, offset->months) + offset->days;
}

enum shown_state due_shown(enum work_state state, int32_t due, int32_t lead_days, int32_t today)
{
    if (state == WORK_SUBMITTED)
        return SHOWN_SUBMITTED;
    if (state == WORK_APPROVED)
        return SHOWN_APPROVED;
    if (today > due)
        return SHOWN_OVERDUE;
    if (state == WORK_RETURNED)
        return SHOWN_RETURNED;
    return today >= due - lead_days ? SHOWN_DUE : SHOWN_NOT_DUE;
}

int32_t due_next_change(enum work_state state, int32_t due, int32_t lead_days, int32_t today)
{
    switch (due_shown(state, due, lead_days, today)) {
    case SHOWN_NOT_DUE:
        return due - lead_days;
    case SHOWN_DUE:
    case SHOWN_RETURNED:
        return due + 1;
    case SHOWN_SUBMITTED:
    case SHOWN_APPROVED:
    case SHOWN_OVERDUE:
        break;
    }
    return INT32_MAX;
}

const char *due_word(enum shown_state state)
{
    return words[state];
}

int due_state_of(const char *word)
{
    for (int i = SHOWN_NOT_DUE; i <= SHOWN_OVERDUE; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}
