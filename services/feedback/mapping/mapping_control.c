/* mapping: compiling how a feed's files are controlled and numbered. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE         (INT64_C(60) * 1000000)
#define GAP_MINUTES    60
#define NUMBER_MAX     (INT64_C(1) << 40)
#define DEFAULT_SUFFIX ".ctl"

static void compile_companion(struct compile *c, const Bihuan__FileControl *control, struct control_plan *plan)
{
    const char *name = control->companion[0] ? control->companion : "{base}" DEFAULT_SUFFIX;

    plan->of_base = strncmp(name, "{base}", 6) == 0;
    plan->suffix = name + 6;
    if ((!plan->of_base && strncmp(name, "{name}", 6) != 0) || !*plan->suffix || strpbrk(plan->suffix, "{}/"))
        fault(c, "/control/companion", "bad_companion",
              "companion \"%.60s\" is not {base} or {name} with something behind it, such as {base}.ctl", name);
    plan->delimiter = '\t';
    if (strlen(control->delimiter) == 1 && (unsigned char)control->delimiter[0] < 0x80 &&
        !strpbrk(control->delimiter, "\r\n"))
        plan->delimiter = control->delimiter[0];
    else if (control->delimiter[0] && strcmp(control->delimiter, "\\t") != 0)
        fault(c, "/control/delimiter", "bad_delimiter", "delimiter \"%.20s\" is not one ASCII character",
              control->delimiter);
}

static void compile_line(struct compile *c, const Bihuan__ControlValue *source, struct control_value *out,
                         const char *at)
{
    const struct row_format *rows = &c->mapping->rows;

    if (strcmp(source->line, "header") == 0)
        out->line = LINE_HEADER;
    else if (strcmp(source->line, "trailer") == 0)
        out->line = LINE_TRAILER;
    else
        fault(c, arena_printf(c->arena, "%s/line", at), "unknown_line", "line \"%.20s\" is neither header nor trailer",
              source->line);
    if ((out->line == LINE_HEADER && !rows->marks.header[0]) || (out->line == LINE_TRAILER && !rows->marks.trailer[0]))
        fault(c, arena_printf(c->arena, "%s/line", at), "no_mark", "marks does not say how a %s begins", source->line);
}

/* Of which of the feed's columns of money a sum is. */
static void compile_of_column(struct compile *c, const Bihuan__ControlValue *source, struct control_value *out,
                              const char *at)
{
    int place;

    if (!source->column[0])
        return;
    if (out->what != CONTROL_SUM)
        fault(c, arena_printf(c->arena, "%s/column", at), "no_sum", "only a sum is of a column");
    place = mapping_find_sum(c->mapping, source->column);
    if (place < 0)
        fault(c, arena_printf(c->arena, "%s/column", at), "unknown_column",
              "the feed's sums have no column \"%.64s\"; leave it out for the amount", source->column);
    out->sum = place + 1;
    out->sum_name = source->column;
}

static void compile_value(struct compile *c, const Bihuan__ControlValue *source, struct control_plan *plan,
                          const char *at)
{
    struct control_value *out = &plan->values[plan->count++];
    enum money_unit money = MONEY_YUAN;
    bool fixed = plan->by == CONTROL_LINES && c->mapping->rows.kind == ROWS_FIXED;
    struct err err;
    int what = 0;

    while (what < CONTROL_WHAT_COUNT && strcmp(control_words[what], source->what) != 0)
        what++;
    if (what == CONTROL_WHAT_COUNT) {
        fault(c, arena_printf(c->arena, "%s/what", at), "unknown_value",
              "\"%.20s\" is none of rows, sum, bytes, md5, sha256, name, sequence, day, through", source->what);
        what = CONTROL_ROWS;
    }
    *out = (struct control_value) { .what = (enum control_what)what, .line = LINE_DATA };
    if (plan->by == CONTROL_LINES)
        compile_line(c, source, out, at);
    if (source->money[0] && money_unit_parse(source->money, &money, &err) != 0)
        fault_err(c, arena_printf(c->arena, "%s/money", at), &err);
    if (source->scale > SCALE_MAX)
        fault(c, arena_printf(c->arena, "%s/scale", at), "bad_scale", "scale is more than %d", SCALE_MAX);
    out->digits = c->mapping->money_scale - (int)money - (int)source->scale;
    if (fixed ? !source->start || !source->length : !source->position)
        fault(c, at, "missing",
              fixed ? "a value of a line of fixed width needs start and length" : "a value needs its position, from 1");
    out->position = source->position ? source->position - 1 : 0;
    out->place = (struct row_column) { source->start ? source->start - 1 : 0, source->length, TRIM_BLANK };
    compile_of_column(c, source, out, at);
    if (what == CONTROL_SUM && !out->sum && !c->mapping->fields[FIELD_AMOUNT].mapped)
        fault(c, arena_printf(c->arena, "%s/what", at), "no_amount", "the feed has no amount whose sum it could be");
}

/* Lines stand inside the file: they can't tell its size or digest. */
static void check_lines(struct compile *c, const struct control_plan *plan)
{
    static const enum control_what outside[] = { CONTROL_BYTES, CONTROL_MD5, CONTROL_SHA256 };

    for (size_t i = 0; plan->by == CONTROL_LINES && i < sizeof outside / sizeof outside[0]; i++)
        if (control_asks(plan, outside[i]))
            fault(c, "/control/values", "unknown_value", "%s can't stand inside the file", control_words[outside[i]]);
    if (plan->by == CONTROL_LINES && !c->mapping->rows.has_marks)
        fault(c, "/control/by", "no_mark", "control by lines needs marks");
}

static void compile_values(struct compile *c)
{
    const Bihuan__FileControl *control = c->feed->control;
    struct control_plan *plan = &c->mapping->control;

    if (!control || !control->by[0] || strcmp(control->by, "none") == 0)
        return;
    if (strcmp(control->by, "companion") == 0) {
        plan->by = CONTROL_COMPANION;
        compile_companion(c, control, plan);
    } else if (strcmp(control->by, "lines") == 0) {
        plan->by = CONTROL_LINES;
    } else {
        fault(c, "/control/by", "unknown_control", "by \"%.20s\" is none of none, companion, lines", control->by);
    }
    if (control->n_values > CONTROL_VALUES_MAX || (!control->n_values && plan->by == CONTROL_LINES)) {
        fault(c, "/control/values", control->n_values ? "too_many" : "missing", "1 to %d control values",
              CONTROL_VALUES_MAX);
        return;
    }
    for (size_t i = 0; i < control->n_values; i++)
        compile_value(c, control->values[i], plan, arena_printf(c->arena, "/control/values/%zu", i));
    check_lines(c, plan);
}

static void compile_sequence(struct compile *c)
{
    const Bihuan__FileSequence *source = c->feed->sequence;
    struct sequence_plan *plan = &c->mapping->sequence;

    if (!source)
        return;
    *plan = (struct sequence_plan) { .declared = true,
                                     .daily = source->daily,
                                     .first = source->first ? (int64_t)source->first : 1,
                                     .last = (int64_t)source->last,
                                     .gap_us = (source->gap_minutes ? source->gap_minutes : GAP_MINUTES) * MINUTE };
    if (!c->mapping->pattern.has_sequence)
        fault(c, "/files", "no_sequence", "sequence needs a number in the file names, such as {nnn}");
    if (source->daily && !c->mapping->pattern.has_date)
        fault(c, "/files", "no_file_date", "a daily sequence needs a date in the file names");
    if (source->first > (uint64_t)NUMBER_MAX || source->last > (uint64_t)NUMBER_MAX ||
        (source->last && plan->last <= plan->first))
        fault(c, "/sequence/last", "out_of_range", "last is not above first");
}

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

static void compile_without(struct compile *c, const Bihuan__DeliveryCalendar *source, struct calendar_plan *plan)
{
    int32_t *days = arena_array(c->arena, int32_t, source->n_without + 1);
    struct err err;

    for (size_t i = 0; i < source->n_without; i++) {
        const char *text = source->without[i];

        if (date_parse(text, strlen(text), &days[plan->without_count], &err) != 0)
            fault_err(c, arena_printf(c->arena, "/expected/without/%zu", i), &err);
        else
            plan->without_count++;
    }
    qsort(days, plan->without_count, sizeof days[0], compare_days);
    plan->without = days;
}

/* "08:30": hours and minutes of the day. */
static bool parse_by(const char *text, int64_t *out)
{
    int hour = 0, minute = 0, used = 0;

    if (!*text)
        return true;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &used) != 2 || text[used] || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59)
        return false;
    *out = (hour * 60 + minute) * MINUTE;
    return true;
}

static void compile_calendar(struct compile *c)
{
    static const char *const words[] = {
        [DAYS_DAILY] = "daily", [DAYS_WEEKDAYS] = "weekdays", [DAYS_MONTHLY] = "monthly"
    };
    const Bihuan__DeliveryCalendar *source = c->feed->expected;
    struct calendar_plan *plan = &c->mapping->calendar;
    int days = 0;

    if (!source)
        return;
    while (days < 3 && strcmp(words[days], source->days) != 0)
        days++;
    if (days == 3)
        fault(c, "/expected/days", "unknown_days", "days \"%.20s\" is none of daily, weekdays, monthly", source->days);
    plan->declared = true;
    plan->days = days < 3 ? days : DAYS_DAILY;
    plan->month_day = source->month_day;
    if (plan->days == DAYS_MONTHLY && (source->month_day < 1 || source->month_day > 31))
        fault(c, "/expected/month_day", "out_of_range", "month_day is 1 to 31");
    if (!parse_by(source->by, &plan->by_us))
        fault(c, "/expected/by", "bad_time", "by \"%.20s\" is not a time of day such as 08:30", source->by);
    if (source->lag_days > 31 || source->delay_minutes > 44640)
        fault(c, "/expected/lag_days", "out_of_range", "a file comes within 31 days");
    plan->lag_days = (int32_t)source->lag_days;
    plan->delay_us = source->delay_minutes * MINUTE;
    if (!c->mapping->pattern.has_date)
        fault(c, "/files", "no_file_date", "expected needs a date in the file names");
    compile_without(c, source, plan);
}

static void compile_corrections(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct mapping *m = c->mapping;
    struct err err;

    if (feed->n_original && feed->n_original != feed->n_key)
        fault(c, "/original", "wrong_count", "original names %zu columns and key %zu", feed->n_original, feed->n_key);
    m->returns_own = strcmp(feed->returns, "own") == 0;
    if (feed->returns[0] && !m->returns_own)
        fault(c, "/returns", "unknown_returns", "returns \"%.20s\" is not own", feed->returns);
    if (m->returns_own && !feed->n_original)
        fault(c, "/returns", "no_original",
              "returns says what rows are that fill the columns of `original`: name them");
    m->has_deletes = feed->deletes[0] != 0;
    if (m->has_deletes && pattern_parse(feed->deletes, &m->deletes, &err) != 0)
        fault_err(c, "/deletes", &err);
    if (m->has_deletes && !m->has_pattern)
        fault(c, "/files", "missing", "a feed with delete files needs a name pattern for the others");
    m->responds = feed->responses;
    m->replaces_day = strcmp(feed->replaces, "day") == 0;
    if (feed->replaces[0] && !m->replaces_day)
        fault(c, "/replaces", "unknown_replaces", "replaces \"%.20s\" is not day", feed->replaces);
    if (m->replaces_day && (!m->sequence.declared || !m->pattern.has_date))
        fault(c, "/replaces", "no_sequence", "replaces needs a sequence and a date in the file names");
    if (m->replaces_day && m->fields[FIELD_VERSION].mapped)
        fault(c, "/replaces", "has_version", "the number of a file is the version of its rows: map no version");
}

static void check_watermark(struct compile *c)
{
    const struct mapping *m = c->mapping;

    if (m->watermark == WATERMARK_CALENDAR && !m->calendar.declared)
        fault(c, "/expected", "missing", "watermark calendar needs the days on which files are expected");
    if (m->watermark == WATERMARK_CONTROL && !control_asks(&m->control, CONTROL_THROUGH))
        fault(c, "/control/values", "missing", "watermark control needs the control value through");
}

void compile_control(struct compile *c)
{
    c->mapping->control.zone = c->mapping->zone;
    compile_values(c);
    compile_sequence(c);
    compile_calendar(c);
    check_watermark(c);
    compile_corrections(c);
}
