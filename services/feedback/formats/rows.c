/* rows: see rows.h. */
#include "feedback/formats/rows.h"

#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
    const struct row_format *format;
    struct csv *csv;
    uint64_t passed; /* lines so far that were no rows */
    bool ended;      /* the trailer was seen */
    rows_line_fn *watch;
    void *watch_arg;
    struct csv_field *fields;
    struct buf scratch; /* texts of fields that aren't as they stand in the line */
    struct err why;
};

int rows_open(struct rows **out, const struct row_format *format, byte_source_fn *source, void *arg, struct err *err)
{
    struct rows *rows = calloc(1, sizeof *rows);

    if (!rows || !(rows->fields = calloc((size_t)format->names.field_count + 1, sizeof rows->fields[0])))
        abort();
    rows->format = format;
    if (csv_open(&rows->csv, &format->csv, source, arg, err) != 0) {
        rows_close(&rows);
        return -1;
    }
    *out = rows;
    return 0;
}

void rows_close(struct rows **rows)
{
    if (!rows || !*rows)
        return;
    csv_close(&(*rows)->csv);
    free((*rows)->fields);
    buf_fini(&(*rows)->scratch);
    free(*rows);
    *rows = NULL;
}

void rows_watch(struct rows *rows, rows_line_fn *fn, void *arg)
{
    rows->watch = fn;
    rows->watch_arg = arg;
}

void rows_restart(struct rows *rows, const struct csv_pos *pos)
{
    rows->passed = 0;
    rows->ended = false;
    csv_restart(rows->csv, pos);
}

static struct csv_pos without_passed(const struct rows *rows, struct csv_pos pos)
{
    pos.row -= rows->passed;
    return pos;
}

struct csv_pos rows_tell(const struct rows *rows)
{
    return without_passed(rows, csv_tell(rows->csv));
}

static void spoil(struct rows *rows, struct csv_record *record, const char *code, size_t at, const char *what)
{
    record->field_count = 0;
    record->why = &rows->why;
    record->why_offset = record->pos.offset + at;
    err_fail(&rows->why, ERR_INVALID, code, "line %llu: %s", (unsigned long long)record->pos.line, what);
}

/* --- fields --------------------------------------------------------------------------------------------------------
 */

void rows_trim(enum row_trim trim, const char **text, uint32_t *len)
{
    if (trim == TRIM_NONE)
        return;
    while (*len && (*text)[*len - 1] == ' ')
        --*len;
    while (*len && **text == ' ') {
        ++*text;
        --*len;
    }
    while (trim == TRIM_ZERO && *len > 1 && **text == '0') {
        ++*text;
        --*len;
    }
}

/* Bytes of `text` that `count` characters take up. */
static size_t characters(const char *text, size_t len, uint32_t count)
{
    size_t at = 0;
    uint32_t cp;

    for (size_t step; count && at < len && (step = utf8_decode(text + at, len - at, &cp)) > 0; count--)
        at += step;
    return at;
}

static bool cut_bytes(const struct row_format *format, const struct csv_record *line, const struct row_column *column,
                      struct buf *out, struct csv_field *field)
{
    size_t from = column->start < line->raw_len ? column->start : line->raw_len, kept = out->len, bad_at;
    size_t len = column->length < line->raw_len - from ? column->length : line->raw_len - from;
    const uint8_t *bytes = line->raw + from;

    if (format->csv.encoding != ENCODING_GB18030) {
        *field = (struct csv_field) { (const char *)bytes, (uint32_t)len, false };
        return utf8_valid(bytes, len);
    }
    buf_reserve(out, 1); /* a piece behind the line's end is a text all the same */
    if (gb18030_decode(bytes, len, out, &bad_at) != 0)
        return false;
    *field = (struct csv_field) { (const char *)out->data + kept, (uint32_t)(out->len - kept), false };
    return true;
}

bool rows_cut(const struct row_format *format, const struct csv_record *line, const struct row_column *column,
              struct buf *out, struct csv_field *field)
{
    const struct csv_field *whole = &line->fields[0];

    if (format->in_bytes) {
        if (!cut_bytes(format, line, column, out, field))
            return false;
    } else {
        size_t from = characters(whole->text, whole->len, column->start);

        *field = (struct csv_field) { whole->text + from,
                                      (uint32_t)characters(whole->text + from, whole->len - from, column->length),
                                      false };
    }
    rows_trim(column->trim, &field->text, &field->len);
    return true;
}

/* How long the line is, in what the feed counts in. */
static uint32_t width_of(const struct row_format *format, const struct csv_record *line)
{
    const char *text = line->fields[0].text;
    uint32_t count = 0, cp;

    if (format->in_bytes)
        return (uint32_t)line->raw_len;
    for (size_t at = 0, step;
         at < line->fields[0].len && (step = utf8_decode(text + at, line->fields[0].len - at, &cp)); at += step)
        count++;
    return count;
}

static bool blank_behind(const struct csv_record *line, uint32_t beyond)
{
    const struct csv_field *whole = &line->fields[0];

    for (uint32_t i = 0; i < beyond && i < whole->len; i++)
        if (whole->text[whole->len - 1 - i] != ' ')
            return false;
    return true;
}

/* A line that ends too early lacks columns; one that goes on behind the last is of another layout. */
static bool check_width(struct rows *rows, struct csv_record *record)
{
    const struct row_format *format = rows->format;
    uint32_t count = format->names.field_count, width = width_of(format, record), least = 0, most = 0;
    char what[160];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t end = format->columns[i].start + format->columns[i].length;

        if (i + format->optional < count && end > least)
            least = end;
        if (end > most)
            most = end;
    }
    if (width >= least && (width <= most || blank_behind(record, width - most)))
        return true;
    snprintf(what, sizeof what, "the row is %u %s long, the layout %u%s", width,
             format->in_bytes ? "bytes" : "characters", most,
             width < least ? "; rows that go on in the next line are not read" : "");
    spoil(rows, record, "row_length", 0, what);
    return false;
}

static void cut_fixed(struct rows *rows, struct csv_record *record)
{
    const struct row_format *format = rows->format;

    if (!check_width(rows, record))
        return;
    buf_reset(&rows->scratch);
    buf_reserve(&rows->scratch, record->raw_len * 2 + 1); /* fields point into it: it mustn't move */
    for (uint32_t i = 0; i < format->names.field_count; i++) {
        if (!rows_cut(format, record, &format->columns[i], &rows->scratch, &rows->fields[i])) {
            char what[160];

            snprintf(what, sizeof what, "column \"%.60s\" cuts a character in two; is the width counted in bytes?",
                     format->names.fields[i].text);
            spoil(rows, record, "bad_encoding", format->columns[i].start, what);
            return;
        }
    }
    record->fields = rows->fields;
    record->field_count = format->names.field_count;
}

static void cut_json(struct rows *rows, struct csv_record *record)
{
    const struct row_format *format = rows->format;
    const struct csv_field *line = &record->fields[0];
    struct err err;
    size_t at;

    if (json_fields_read(line->text, line->len, format->paths, format->names.field_count, rows->fields, &rows->scratch,
                         &at, &err) != 0) {
        spoil(rows, record, err.code, at, err.text);
        return;
    }
    record->fields = rows->fields;
    record->field_count = format->names.field_count;
}

/* --- kinds of lines --------------------------------------------------------------------------------------------------
 */

static bool marked(const struct row_format *format, const struct csv_record *record, const char *mark)
{
    const struct csv_field *first = &record->fields[0];
    size_t len = strlen(mark);

    if (!len || first->len < len || memcmp(first->text, mark, len) != 0)
        return false;
    return format->kind == ROWS_FIXED || first->len == len;
}

static enum line_kind kind_of(const struct row_format *format, const struct csv_record *record)
{
    const struct row_marks *marks = &format->marks;

    if (marked(format, record, marks->data))
        return LINE_DATA;
    if (marked(format, record, marks->header))
        return LINE_HEADER;
    if (marked(format, record, marks->trailer))
        return LINE_TRAILER;
    for (size_t i = 0; i < marks->ignored_count; i++)
        if (marked(format, record, marks->ignored[i]))
            return LINE_IGNORED;
    return *marks->data ? LINE_UNKNOWN : LINE_DATA;
}

/* True: the line is no row. */
static bool pass(struct rows *rows, struct csv_record *record)
{
    enum line_kind kind = kind_of(rows->format, record);
    char what[160];

    if (kind == LINE_DATA && rows->ended) {
        spoil(rows, record, "after_trailer", 0, "a row stands behind the trailer");
        return false;
    }
    if (kind == LINE_UNKNOWN) {
        snprintf(what, sizeof what,
                 "the line begins with \"%.*s\", which is no declared mark; rows that go on in the next line are not"
                 " read",
                 (int)(record->fields[0].len < 20 ? record->fields[0].len : 20), record->fields[0].text);
        spoil(rows, record, "unknown_mark", 0, what);
        return false;
    }
    if (kind == LINE_DATA)
        return false;
    rows->ended = rows->ended || kind == LINE_TRAILER;
    rows->passed++;
    if (rows->watch && kind != LINE_IGNORED)
        rows->watch(rows->watch_arg, kind, record);
    return true;
}

int rows_next(struct rows *rows, struct csv_record *record, struct err *err)
{
    const struct row_format *format = rows->format;
    int rc;

    do {
        rc = csv_next(rows->csv, record, err);
        if (rc <= 0)
            return rc;
    } while (!record->why && record->field_count && format->has_marks && pass(rows, record));
    record->pos = without_passed(rows, record->pos);
    record->end = without_passed(rows, record->end);
    if (record->why || !record->field_count)
        return 1;
    if (format->kind == ROWS_FIXED)
        cut_fixed(rows, record);
    else if (format->kind == ROWS_JSON)
        cut_json(rows, record);
    return 1;
}
