/* report_rules: periods of reports, what a field takes, and what reports score. Pure: no I/O, no clock. */
#ifndef BIHUAN_FEEDBACK_REPORT_RULES_H
#define BIHUAN_FEEDBACK_REPORT_RULES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#include "bihuan/feedback_reports.pb-c.h"

/* --- periods --- */
enum report_recurrence { REPORT_FREE = 0, REPORT_WEEKLY, REPORT_MONTHLY, REPORT_CYCLE };
#define REPORT_KEY_MAX 16

struct report_period {
    int32_t from_day, until_day; /* [from, until) */
    char key[REPORT_KEY_MAX];    /* "2026-W48", "2026-11" */
};

/* "weekly" ...; -1 for any other word. */
int report_recurrence_of(const char *word);
/* The period in which a day lies; weekly and monthly only. */
void report_period_of(enum report_recurrence recurrence, int32_t day, struct report_period *out);
/* The first period that begins on the day or later. */
void report_period_from(enum report_recurrence recurrence, int32_t day, struct report_period *out);
/* Last day on which a report for the period is in time. */
int32_t report_due_day(const struct report_period *period, int32_t due_days);
/* The same of a report for a cycle whose period begins on from_day: never before the cycle was opened. */
int32_t report_cycle_due(int32_t from_day, int32_t due_days, int32_t opened_day);

/* --- fields --- */
enum report_value_kind { REPORT_VALUE_TEXT = 0, REPORT_VALUE_NUMBER, REPORT_VALUE_CHOICE, REPORT_VALUE_MONEY };

/* Whether the field takes the text, but for codes of units and products, which the caller looks up. *number: of numbers
 * and dates (days since 1970-01-01); money in units of 10^-scale; else 0. ERR_INVALID with code bad_number,
 * too_precise, out_of_range, bad_date, too_small, too_large, unknown_choice or too_long. */
int report_field_take(const Bihuan__ReportField *field, const char *text, int money_scale, int64_t *number,
                      struct err *err);
/* The limits `min` and `max` as numbers; INT64_MIN and INT64_MAX where they are "". ERR_INVALID as above. */
int report_field_bounds(const Bihuan__ReportField *field, int money_scale, int64_t *min, int64_t *max, struct err *err);
enum report_value_kind report_value_kind_of(const Bihuan__ReportField *field);
/* NULL where the template has none. */
const Bihuan__ReportField *report_field_find(const Bihuan__ReportTemplate *template_, const char *name);

/* --- scores --- */

/* What is counted of a unit's reports of one template; see ReportScore in the contract. */
struct report_totals {
    uint32_t due;           /* duties whose due day has passed or that are submitted */
    uint32_t on_time;       /* of these */
    uint32_t submitted;     /* all */
    uint64_t filled;        /* values of submitted ones */
    uint64_t values_wanted; /* 0: amount can't be judged */
    uint32_t slots, slots_told;
    uint32_t rated;
    uint64_t rating_sum;
};

enum report_part { REPORT_TIMELINESS = 0, REPORT_AMOUNT, REPORT_FREQUENCY, REPORT_QUALITY, REPORT_PARTS };

struct report_score {
    bool judged[REPORT_PARTS];
    uint32_t ppm[REPORT_PARTS]; /* 0 where it isn't judged */
    bool has_score;
    uint32_t score_ppm;
};

struct report_score report_score_of(const struct report_totals *totals, const Bihuan__ReportWeights *weights);
/* Values wanted of a free template over so many days. */
uint64_t report_values_wanted(uint32_t wanted, uint32_t days, uint32_t fields);
/* Weeks from Monday that [from, until) touches. */
uint32_t report_weeks(int32_t from_day, int32_t until_day);

#endif
