/* table: see table.h. */
#include "text/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text/utf8.h"

void table_init(struct table *table, struct arena *arena, const struct table_column *columns, size_t column_count)
{
    *table = (struct table) { .arena = arena, .columns = columns, .column_count = column_count };
}

static void take_cell(struct table *table, char *text)
{
    if (table->cell_count == table->cell_cap) {
        size_t cap = table->cell_cap ? table->cell_cap * 2 : 64;
        char **cells = arena_array(table->arena, char *, cap);

        if (table->cell_count)
            memcpy(cells, table->cells, table->cell_count * sizeof cells[0]);
        table->cells = cells;
        table->cell_cap = cap;
    }
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            *at = ' ';
    table->cells[table->cell_count++] = text;
}

void table_cell(struct table *table, const char *text)
{
    take_cell(table, arena_strdup(table->arena, text ? text : ""));
}

void table_cellf(struct table *table, const char *fmt, ...)
{
    va_list ap;
    char *text;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    text = arena_alloc(table->arena, (size_t)len + 1);
    va_start(ap, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    take_cell(table, text);
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t widest = utf8_width(table->columns[column].head, strlen(table->columns[column].head));
    size_t most = table->columns[column].width_max;

    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        size_t width = utf8_width(table->cells[i], strlen(table->cells[i]));
        widest = width > widest ? width : widest;
    }
    return most && widest > most ? most : widest;
}

static void put_spaces(struct buf *out, size_t count)
{
    if (!count) /* an empty buffer has nowhere to put nothing */
        return;
    memset(buf_reserve(out, count), ' ', count);
    out->len += count;
}

static void put_cell(struct buf *out, const char *text, const struct table_column *column, size_t width)
{
    struct buf cut = { 0 };
    size_t used = utf8_append_fit(&cut, text, strlen(text), width);

    if (column->align == TABLE_RIGHT)
        put_spaces(out, width - used);
    buf_append(out, cut.data, cut.len);
    if (column->align == TABLE_LEFT)
        put_spaces(out, width - used);
    buf_fini(&cut);
}

static void end_line(struct buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    buf_put_u8(out, '\n');
}

void table_print(const struct table *table, struct buf *out)
{
    size_t n = table->column_count;
    size_t *widths = arena_array(table->arena, size_t, n);

    for (size_t c = 0; c < n; c++)
        widths[c] = column_width(table, c);
    for (size_t row = 0; row * n < table->cell_count + n; row++) {
        for (size_t c = 0; c < n; c++) {
            size_t cell = (row - 1) * n + c;
            const char *text = !row ? table->columns[c].head : cell < table->cell_count ? table->cells[cell] : "";

            if (c)
                put_spaces(out, 2);
            put_cell(out, text, &table->columns[c], widths[c]);
        }
        end_line(out);
    }
}
