/* due: when something is due, and what its state looks like on a day. Pure.
 *
 * Days are days since 1970-01-01; a thing is in time up to and on its due day.
 */
#ifndef BIHUAN_SERVICES_PLANNING_DUE_H
#define BIHUAN_SERVICES_PLANNING_DUE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* A distance from a period: "start-60d", "end", "start+3m+10d". start is the period's first day, end the day behind its
 * last. Months are gone first, then days. */
struct due_offset {
    bool from_end;
    int months; /* -120..120 */
    int days;   /* -3660..3660 */
};

/* ERR_INVALID, code bad_due, for any other text. */
int due_parse(const char *text, struct due_offset *out, struct err *err);
int32_t due_day(const struct due_offset *offset, int32_t from_day, int32_t until_day);

/* As stored: moved by people only. */
enum work_state { WORK_OPEN = 0, WORK_SUBMITTED, WORK_RETURNED, WORK_APPROVED };
/* As shown: moved by people and by time. */
enum shown_state {
    SHOWN_NOT_DUE = 0,
    SHOWN_DUE, /* within lead_days of the due day */
    SHOWN_SUBMITTED,
    SHOWN_RETURNED,
    SHOWN_APPROVED,
    SHOWN_OVERDUE, /* open or returned behind its due day */
};

enum shown_state due_shown(enum work_state state, int32_t due, int32_t lead_days, int32_t today);
/* First day behind `today` on which due_shown() answers otherwise by itself; INT32_MAX: never. */
int32_t due_next_change(enum work_state state, int32_t due, int32_t lead_days, int32_t today);

/* "not_due" ...; -1 for an unknown word. */
const char *due_word(enum shown_state state);
int due_state_of(const char *word);

#endif
