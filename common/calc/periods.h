/* periods: what kind of stretch a period's days are, by its dates alone, and which shorter ones speak for a longer one.
 *
 * Kinds follow the calendar: a year, half or quarter of it, a month. A week is a Monday to Sunday, or what is left of
 * one at the beginning or end of a longer period: any days of one Monday to Sunday. All else is OTHER. Months and weeks
 * may both be there; since weeks cross the ends of months, a longer period is made up of one kind only on each of its
 * days, the earlier in this list where there are several. Days are day numbers since 1970-01-01; `until` is exclusive.
 * Pure functions.
 */
#ifndef BIHUAN_CALC_PERIODS_H
#define BIHUAN_CALC_PERIODS_H

#include <stdbool.h>
#include <stdint.h>

enum period_kind {
    PERIOD_YEAR = 0,
    PERIOD_HALF,
    PERIOD_QUARTER,
    PERIOD_MONTH,
    PERIOD_WEEK,
    PERIOD_OTHER,
    PERIOD_KINDS
};

/* from < until. */
enum period_kind period_kind_of(int32_t from, int32_t until);

/* "year", "half", "quarter", "month", "week", "other". */
const char *period_kind_word(enum period_kind kind);
/* PERIOD_KINDS where the word isn't one. */
enum period_kind period_kind_parse(const char *word);

/* Whether the first goes before the second where both would speak for the same days: by kind, the longer, the earlier.
 */
bool period_goes_before(int32_t from, int32_t until, int32_t other_from, int32_t other_until);

/* The shorter lies within the longer and isn't the same days. */
bool period_lies_within(int32_t from, int32_t until, int32_t longer_from, int32_t longer_until);

/* First day behind the calendar day, week or month that holds `day`. */
enum period_step { PERIOD_STEP_DAY, PERIOD_STEP_WEEK, PERIOD_STEP_MONTH };
int32_t period_step_end(int32_t day, enum period_step step);

#endif
