/* control: see control.h. */
#include "feedback/control/control.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const control_words[CONTROL_WHAT_COUNT] = {
    [CONTROL_ROWS] = "rows",         [CONTROL_SUM] = "sum",       [CONTROL_BYTES] = "bytes",
    [CONTROL_SEQUENCE] = "sequence", [CONTROL_DAY] = "day",       [CONTROL_THROUGH] = "through",
    [CONTROL_MD5] = "md5",           [CONTROL_SHA256] = "sha256", [CONTROL_NAME] = "name",
};

static bool is_text(enum control_what what)
{
    return what >= CONTROL_MD5;
}

bool control_asks(const struct control_plan *plan, enum control_what what)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->values[i].what == what)
            return true;
    return false;
}

bool control_needs_pass(const struct control_plan *plan)
{
    return plan->by == CONTROL_LINES || control_asks(plan, CONTROL_ROWS) || control_asks(plan, CONTROL_SUM);
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

/* "sum", of a further money column "sum of tax". */
#define WORD_MAX 80
static const char *word_of(const struct control_value *value, char out[WORD_MAX])
{
    snprintf(out, WORD_MAX, value->sum ? "%s of %.64s" : "%s", control_words[value->what], value->sum_name);
    return out;
}

static int bad(const struct control_value *value, const struct csv_field *field, struct err *err)
{
    char word[WORD_MAX];

    return err_fail(err, ERR_INVALID, "bad_control", "the control value %s can't be read: \"%.*s\"",
                    word_of(value, word), (int)(field->len < 80 ? field->len : 80), field->text);
}

static int read_day(const struct csv_field *field, int64_t *out)
{
    const char *const patterns[] = { "yyyyMMdd", "yyyy-MM-dd" };
    struct zone utc = { .offset_s = 0 };

    for (int i = 0; i < 2; i++) {
        struct time_pattern pattern;
        struct moment moment;

        if (time_pattern_parse(patterns[i], &pattern, NULL) == 0 &&
            time_parse(field->text, field->len, &pattern, &utc, &moment, NULL) == 0) {
            *out = moment.day;
            return 0;
        }
    }
    return -1;
}

/* A date is complete to its end. */
static int read_through(const struct csv_field *field, const struct zone *zone, int64_t *out)
{
    static const char *const patterns[] = { "yyyyMMdd", "yyyyMMddHHmmss", "iso8601" };

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct time_pattern pattern;
        struct moment moment;

        if (time_pattern_parse(patterns[i], &pattern, NULL) != 0 ||
            time_parse(field->text, field->len, &pattern, zone, &moment, NULL) != 0)
            continue;
        *out = moment.has_time ? moment.us : zone_midnight_us(zone, moment.day + 1);
        return 0;
    }
    return -1;
}

static int take(const struct control_value *value, const struct csv_field *field, const struct zone *zone,
                struct control_said *said, struct err *err)
{
    enum control_what what = value->what;
    int rc;

    if (is_text(what)) {
        if (field->len >= CONTROL_TEXT_MAX)
            return bad(value, field, err);
        snprintf(said->text[what], CONTROL_TEXT_MAX, "%.*s", (int)field->len, field->text);
        rc = field->len ? 0 : -1;
    } else if (what == CONTROL_DAY) {
        rc = read_day(field, &said->number[what]);
    } else if (what == CONTROL_THROUGH) {
        rc = read_through(field, zone, &said->number[what]);
    } else {
        rc = decimal_parse(field->text, field->len, what == CONTROL_SUM ? value->digits : 0, 0,
                           value->sum ? &said->sums[value->sum - 1] : &said->number[what], NULL);
    }
    if (rc != 0)
        return bad(value, field, err);
    *(value->sum ? &said->has_sum[value->sum - 1] : &said->has[what]) = true;
    return 0;
}

int control_read(const struct control_plan *plan, enum line_kind kind, const struct row_format *format,
                 const struct csv_record *line, struct control_said *said, struct err *err)
{
    struct buf scratch = { 0 };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < plan->count; i++) {
        const struct control_value *value = &plan->values[i];
        struct csv_field field = { "", 0, false };

        if (value->line != kind)
            continue;
        if (format && format->kind == ROWS_FIXED)
            (void)rows_cut(format, line, &value->place, &scratch, &field);
        else if (value->position < line->field_count)
            field = line->fields[value->position];
        rows_trim(TRIM_BLANK, &field.text, &field.len);
        rc = take(value, &field, &plan->zone, said, err);
    }
    buf_fini(&scratch);
    return rc;
}

/* --- comparing -----------------------------------------------------------------------------------------------------
 */

static bool has(const struct control_value *value, const struct control_said *of)
{
    return value->sum ? of->has_sum[value->sum - 1] : of->has[value->what];
}

static int64_t number_of(const struct control_value *value, const struct control_said *of)
{
    return value->sum ? of->sums[value->sum - 1] : of->number[value->what];
}

static void print_value(const struct control_value *value, const struct control_said *of, int scale,
                        char out[CONTROL_TEXT_MAX])
{
    enum control_what what = value->what;
    char text[DECIMAL_TEXT_MAX];

    if (is_text(what)) {
        snprintf(out, CONTROL_TEXT_MAX, "%s", of->text[what]);
    } else if (what == CONTROL_SUM) {
        decimal_print(text, number_of(value, of), scale, 0);
        snprintf(out, CONTROL_TEXT_MAX, "%s", text);
    } else if (what == CONTROL_DAY) {
        date_print(text, (int32_t)of->number[what]);
        snprintf(out, CONTROL_TEXT_MAX, "%s", text);
    } else {
        snprintf(out, CONTROL_TEXT_MAX, "%" PRId64, of->number[what]);
    }
}

static bool agrees(const struct control_value *value, const struct control_said *said, const struct control_said *found)
{
    enum control_what what = value->what;

    if (what == CONTROL_NAME)
        return strcmp(said->text[what], found->text[what]) == 0;
    if (is_text(what))
        return strcasecmp(said->text[what], found->text[what]) == 0;
    return number_of(value, said) == number_of(value, found);
}

int control_compare(const struct control_plan *plan, const struct control_said *said, const struct control_said *found,
                    int scale, struct err *err)
{
    char want[CONTROL_TEXT_MAX], got[CONTROL_TEXT_MAX], word[WORD_MAX];

    for (size_t i = 0; i < plan->count; i++) {
        const struct control_value *value = &plan->values[i];

        if (!has(value, said))
            return err_fail(err, ERR_INVALID, "no_control",
                            "the %s with the control value %s is missing: was the file cut short?",
                            value->line == LINE_HEADER    ? "header line"
                            : value->line == LINE_TRAILER ? "trailer line"
                                                          : "companion",
                            word_of(value, word));
        if (!has(value, found) || agrees(value, said, found))
            continue;
        print_value(value, said, scale, want);
        print_value(value, found, scale, got);
        return err_fail(err, ERR_INVALID, "control_differs", "%s: the control says %.150s, found %.150s",
                        word_of(value, word), want, got);
    }
    return 0;
}

/* --- companions ------------------------------------------------------------------------------------------------------
 */

void control_companion(const struct control_plan *plan, const char *name, char *out, size_t cap)
{
    size_t len = plan->of_base ? strcspn(name, ".") : strlen(name);

    snprintf(out, cap, "%.*s%s", (int)len, name, plan->suffix);
}

bool control_is_companion(const struct control_plan *plan, const char *name)
{
    size_t len = strlen(name), suffix = plan->by == CONTROL_COMPANION ? strlen(plan->suffix) : 0;

    return suffix && len > suffix && strcmp(name + len - suffix, plan->suffix) == 0;
}
