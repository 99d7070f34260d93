/* report_rules: see report_rules.h. */
#include "feedback/reports/report_rules.h"

#include "calc/fixed.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define LENGTH_USUAL 1000
#define WEEK         7
#define MONTH_DAYS   30
#define PPM          1000000

/* --- periods -------------------------------------------------------------------------------------------------------
 */
static const char *const recurrences[] = {
    [REPORT_FREE] = "free",
    [REPORT_WEEKLY] = "weekly",
    [REPORT_MONTHLY] = "monthly",
    [REPORT_CYCLE] = "cycle",
};

int report_recurrence_of(const char *word)
{
    for (int i = 0; i <= REPORT_CYCLE; i++)
        if (strcmp(recurrences[i], word) == 0)
            return i;
    return -1;
}

static int32_t monday_of(int32_t day)
{
    return day - (date_weekday(day) - 1);
}

void report_period_of(enum report_recurrence recurrence, int32_t day, struct report_period *out)
{
    int year, month, rest;

    if (recurrence == REPORT_WEEKLY) {
        out->from_day = monday_of(day);
        out->until_day = out->from_day + WEEK;
        date_iso_week(day, &year, &rest);
        snprintf(out->key, sizeof out->key, "%04d-W%02d", year % 10000, rest % 100);
        return;
    }
    out->from_day = date_month_first(day);
    out->until_day = date_month_last(day) + 1;
    date_split(day, &year, &month, &rest);
    snprintf(out->key, sizeof out->key, "%04d-%02d", year % 10000, month % 100);
}

void report_period_from(enum report_recurrence recurrence, int32_t day, struct report_period *out)
{
    report_period_of(recurrence, day, out);
    if (out->from_day < day)
        report_period_of(recurrence, out->until_day, out);
}

int32_t report_due_day(const struct report_period *period, int32_t due_days)
{
    return period->until_day - 1 + due_days;
}

int32_t report_cycle_due(int32_t from_day, int32_t due_days, int32_t opened_day)
{
    return from_day + due_days > opened_day ? from_day + due_days : opened_day;
}

/* --- fields --------------------------------------------------------------------------------------------------------
 */
static bool is(const Bihuan__ReportField *field, const char *kind)
{
    return strcmp(field->kind, kind) == 0;
}

static int parse(const Bihuan__ReportField *field, const char *text, int money_scale, int64_t *out, struct err *err)
{
    int32_t day;

    if (is(field, "number"))
        return decimal_parse(text, strlen(text), 0, 0, out, err);
    if (is(field, "money"))
        return decimal_parse(text, strlen(text), money_scale, 0, out, err);
    if (date_parse(text, strlen(text), &day, err) != 0)
        return -1;
    *out = day;
    return 0;
}

static bool has_order(const Bihuan__ReportField *field)
{
    return is(field, "number") || is(field, "money") || is(field, "date");
}

int report_field_bounds(const Bihuan__ReportField *field, int money_scale, int64_t *min, int64_t *max, struct err *err)
{
    *min = INT64_MIN;
    *max = INT64_MAX;
    if (!has_order(field))
        return 0;
    if (field->min[0] && parse(field, field->min, money_scale, min, err) != 0)
        return -1;
    return field->max[0] ? parse(field, field->max, money_scale, max, err) : 0;
}

static int take_ordered(const Bihuan__ReportField *field, const char *text, int money_scale, int64_t *number,
                        struct err *err)
{
    int64_t value, min, max;

    if (parse(field, text, money_scale, &value, err) != 0 ||
        report_field_bounds(field, money_scale, &min, &max, err) != 0)
        return -1;
    if (value < min)
        return err_fail(err, ERR_INVALID, "too_small", "%.60s is less than %.60s, the least that is taken", text,
                        field->min);
    if (value > max)
        return err_fail(err, ERR_INVALID, "too_large", "%.60s is more than %.60s, the most that is taken", text,
                        field->max);
    *number = value;
    return 0;
}

static int take_choice(const Bihuan__ReportField *field, const char *text, struct err *err)
{
    char words[300] = "";
    size_t len = 0;

    for (size_t i = 0; i < field->n_choices; i++) {
        if (strcmp(field->choices[i]->code, text) == 0)
            return 0;
        if (len < sizeof words)
            len += (size_t)snprintf(words + len, sizeof words - len, "%s%.64s", len ? ", " : "",
                                    field->choices[i]->code);
    }
    return err_fail(err, ERR_INVALID, "unknown_choice", "\"%.64s\" is no choice; there are %s", text, words);
}

/* Characters of UTF-8: bytes that don't go on with one. */
static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0U) != 0x80U;
    return count;
}

int report_field_take(const Bihuan__ReportField *field, const char *text, int money_scale, int64_t *number,
                      struct err *err)
{
    uint32_t most = field->length_max ? field->length_max : LENGTH_USUAL;

    *number = 0;
    if (has_order(field))
        return take_ordered(field, text, money_scale, number, err);
    if (is(field, "choice"))
        return take_choice(field, text, err);
    if (characters(text) > most)
        return err_fail(err, ERR_INVALID, "too_long", "%zu characters are more than %u", characters(text), most);
    return 0;
}

enum report_value_kind report_value_kind_of(const Bihuan__ReportField *field)
{
    if (is(field, "number"))
        return REPORT_VALUE_NUMBER;
    if (is(field, "money"))
        return REPORT_VALUE_MONEY;
    return is(field, "text") ? REPORT_VALUE_TEXT : REPORT_VALUE_CHOICE;
}

const Bihuan__ReportField *report_field_find(const Bihuan__ReportTemplate *template_, const char *name)
{
    for (size_t i = 0; i < template_->n_fields; i++)
        if (strcmp(template_->fields[i]->name, name) == 0)
            return template_->fields[i];
    return NULL;
}

/* --- scores --------------------------------------------------------------------------------------------------------
 */

uint64_t report_values_wanted(uint32_t wanted, uint32_t days, uint32_t fields)
{
    uint64_t reports = ((uint64_t)wanted * days + MONTH_DAYS - 1) / MONTH_DAYS;

    return reports * fields;
}

uint32_t report_weeks(int32_t from_day, int32_t until_day)
{
    if (until_day <= from_day)
        return 0;
    return (uint32_t)((monday_of(until_day - 1) - monday_of(from_day)) / WEEK + 1);
}

/* part / whole in ppm, at most 1; not judged where whole is 0. */
static void judge(struct report_score *score, enum report_part part, uint64_t is_there, uint64_t whole)
{
    int64_t ppm = 0;

    if (!whole)
        return;
    if (is_there > whole)
        is_there = whole;
    score->judged[part] = fixed_div_round((__int128)is_there * PPM, whole, ROUND_HALF_UP, &ppm, NULL) == 0;
    score->ppm[part] = (uint32_t)ppm;
}

struct report_score report_score_of(const struct report_totals *totals, const Bihuan__ReportWeights *weights)
{
    uint32_t weight[REPORT_PARTS] = { 30, 20, 20, 30 };
    struct report_score score = { 0 };
    int64_t sum = 0, of = 0, ppm = 0;

    if (weights && (weights->timeliness || weights->amount || weights->frequency || weights->quality)) {
        weight[REPORT_TIMELINESS] = weights->timeliness;
        weight[REPORT_AMOUNT] = weights->amount;
        weight[REPORT_FREQUENCY] = weights->frequency;
        weight[REPORT_QUALITY] = weights->quality;
    }
    judge(&score, REPORT_TIMELINESS, totals->on_time, totals->due);
    judge(&score, REPORT_AMOUNT, totals->filled, totals->values_wanted);
    judge(&score, REPORT_FREQUENCY, totals->slots_told, totals->slots);
    judge(&score, REPORT_QUALITY, totals->rating_sum, 100 * (uint64_t)totals->rated);
    for (int part = 0; part < REPORT_PARTS; part++) {
        of += score.judged[part] ? weight[part] : 0;
        sum += (int64_t)weight[part] * score.ppm[part];
    }
    if (of && fixed_div_round(sum, of, ROUND_HALF_UP, &ppm, NULL) == 0) {
        score.has_score = true;
        score.score_ppm = (uint32_t)ppm;
    }
    return score;
}
