/* output: see output.h. */
#include "cli/output.h"

#include "cli/words.h"
#include "cli/zone.h"
#include "text/csv_out.h"
#include "text/decimal.h"
#include "text/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool output_format_parse(const char *name, enum output_format *out)
{
    static const char *const names[] = { "table", "json", "csv" };

    for (int i = OUTPUT_TABLE; i <= OUTPUT_CSV; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum output_format)i;
            return true;
        }
    return false;
}

/* --- values --------------------------------------------------------------------------------------------------------
 */
const json_t *output_find(const json_t *row, const char *path)
{
    char step[64];

    while (row && *path) {
        size_t len = strcspn(path, "/");
        snprintf(step, sizeof step, "%.*s", (int)len, path);
        row = json_is_array(row) ? json_array_get(row, (size_t)strtoul(step, NULL, 10)) : json_object_get(row, step);
        path += len + (path[len] == '/');
    }
    return row;
}

const char *output_text(const json_t *row, const char *path)
{
    const char *text = json_string_value(output_find(row, path));

    return text ? text : "";
}

long long output_int(const json_t *row, const char *path)
{
    return json_integer_value(output_find(row, path));
}

static void print_decimal(int64_t value, int scale, int digits, bool csv, const char *unit, struct buf *out)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print_rounded(text, value, scale, digits, csv ? 0 : ',');
    buf_printf(out, "%s%s", text, csv ? "" : unit);
}

/* In the installation's zone for people, in UTC for programs. 0 is "not yet". */
static void print_time(int64_t us, bool csv, struct buf *out)
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char text[ZONE_TEXT_MAX];

    if (us == 0)
        return;
    if (csv) {
        gmtime_r(&seconds, &tm);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    } else {
        zone_print_minute(text, us);
    }
    buf_append_text(out, text);
}

static void print_list(const json_t *list, struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (i)
            buf_append_text(out, ";");
        if (json_is_string(item))
            buf_append_text(out, json_string_value(item));
        else if (json_is_integer(item))
            buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
    }
}

static int scale_of(const json_t *row, const struct column *column)
{
    int64_t scale = column->scale ? output_int(row, column->scale) : 0;

    return scale >= 0 && scale <= DECIMAL_SCALE_MAX ? (int)scale : 0;
}

static void print_any(const json_t *value, struct buf *out)
{
    if (json_is_string(value))
        buf_append_text(out, json_string_value(value));
    else if (json_is_integer(value))
        buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        buf_append_text(out, json_is_true(value) ? "true" : "false");
    else if (json_is_array(value))
        print_list(value, out);
}

/* `only` is "path=text": the row has that text, or true, under that path. */
static bool has_meaning(const json_t *row, const struct column *column)
{
    char path[64];
    const char *only = column->only;
    size_t len;

    if (!only)
        return true;
    only += *only == '-';
    len = strcspn(only, "=");
    snprintf(path, sizeof path, "%.*s", (int)len, only);
    if (json_is_boolean(output_find(row, path)))
        return json_is_true(output_find(row, path)) == (strcmp(only + len + 1, "true") == 0);
    return strcmp(output_text(row, path), only + len + 1) == 0;
}

void output_cell(const json_t *row, const struct column *column, bool csv, struct buf *out)
{
    size_t len = strlen(column->key);
    const json_t *value;
    int64_t number;

    if (len > 2 && strcmp(column->key + len - 2, "/#") == 0) {
        char path[64];
        snprintf(path, sizeof path, "%.*s", (int)(len - 2), column->key);
        buf_printf(out, "%zu", json_array_size(output_find(row, path)));
        return;
    }
    value = output_find(row, column->key);
    number = json_integer_value(value);
    if (!value || json_is_null(value))
        return;
    if (!has_meaning(row, column)) {
        if (column->only[0] == '-' && !csv)
            buf_append_text(out, "–");
        return;
    }
    switch (column->kind) {
    case COLUMN_AMOUNT:
        print_decimal(number, scale_of(row, column), scale_of(row, column), csv, "", out);
        break;
    case COLUMN_PPM:
        print_decimal(number, 4, csv ? 4 : 2, csv, "%", out);
        break;
    case COLUMN_BP:
        print_decimal(number, 2, 2, csv, "", out);
        break;
    case COLUMN_MILLI:
        print_decimal(number, 3, csv ? 3 : 2, csv, "", out);
        break;
    case COLUMN_INT:
        print_decimal(number, 0, 0, csv, "", out);
        break;
    case COLUMN_TIME:
        print_time(number, csv, out);
        break;
    case COLUMN_BOOL:
        buf_append_text(out, csv ? (json_is_true(value) ? "true" : "false")
                                 : (json_is_true(value) ? word("yes", "是") : ""));
        break;
    case COLUMN_WORD:
        buf_append_text(out, csv ? json_string_value(value) : output_word(json_string_value(value)));
        break;
    case COLUMN_ID:
    case COLUMN_TEXT:
    case COLUMN_LIST:
        print_any(value, out);
        break;
    }
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */
static size_t count_columns(const struct column *columns)
{
    size_t count = 0;

    while (columns[count].key)
        count++;
    return count;
}

static bool is_number(enum column_kind kind)
{
    return kind == COLUMN_INT || kind == COLUMN_ID || kind == COLUMN_AMOUNT || kind == COLUMN_PPM ||
           kind == COLUMN_BP || kind == COLUMN_MILLI;
}

static void add_cell(struct table *table, const json_t *row, const struct column *column)
{
    struct buf cell = { 0 };
    long long depth = column->indent ? output_int(row, column->indent) : 0;

    for (long long i = 0; i < depth && i < 20; i++)
        buf_append_text(&cell, "  ");
    output_cell(row, column, false, &cell);
    table_cell(table, buf_text(&cell));
    buf_fini(&cell);
}

static void print_table(const json_t *rows, const struct column *columns, struct buf *out)
{
    size_t count = count_columns(columns), i;
    struct table_column *heads;
    struct table table;
    struct arena arena;
    const json_t *row;

    arena_init(&arena);
    heads = arena_array(&arena, struct table_column, count);
    for (i = 0; i < count; i++) {
        heads[i].head = word(columns[i].en, columns[i].zh);
        heads[i].align = is_number(columns[i].kind) ? TABLE_RIGHT : TABLE_LEFT;
        heads[i].width_max = columns[i].width_max;
    }
    table_init(&table, &arena, heads, count);
    json_array_foreach(rows, i, row) for (size_t c = 0; c < count; c++) add_cell(&table, row, &columns[c]);
    table_print(&table, out);
    arena_fini(&arena);
}

static void print_csv(const json_t *rows, const struct column *columns, struct buf *out)
{
    struct csv_out csv;
    struct buf cell = { 0 };
    const json_t *row;
    size_t i;

    csv_out_init(&csv, out, ',', true);
    for (const struct column *column = columns; column->key; column++)
        csv_out_text(&csv, column->key);
    csv_out_end(&csv);
    json_array_foreach(rows, i, row)
    {
        for (const struct column *column = columns; column->key; column++) {
            buf_reset(&cell);
            output_cell(row, column, true, &cell);
            csv_out_text(&csv, buf_text(&cell));
        }
        csv_out_end(&csv);
    }
    buf_fini(&cell);
}

void output_rows(const json_t *rows, const struct column *columns, enum output_format format, struct buf *out)
{
    char *text;

    switch (format) {
    case OUTPUT_JSON:
        text = json_dumps(rows, JSON_INDENT(2));
        buf_printf(out, "%s\n", text);
        free(text);
        break;
    case OUTPUT_CSV:
        print_csv(rows, columns, out);
        break;
    case OUTPUT_TABLE:
        if (json_array_size(rows))
            print_table(rows, columns, out);
        else
            buf_printf(out, "%s\n", word("nothing", "无记录"));
        break;
    }
}

void output_fields(const json_t *row, const struct column *columns, struct buf *out)
{
    struct buf cell = { 0 };

    for (const struct column *column = columns; column->key; column++) {
        buf_reset(&cell);
        output_cell(row, column, false, &cell);
        if (cell.len)
            buf_printf(out, "%s%s%s\n", word(column->en, column->zh), word(": ", "："), buf_text(&cell));
    }
    buf_fini(&cell);
}
