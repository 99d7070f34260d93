/* table: rows of text aligned in columns for a terminal, wide characters counted as two.
 *
 * Fill it row by row, then print once; widths follow the widest cell. Control characters in cells become spaces.
 */
#ifndef BIHUAN_TEXT_TABLE_H
#define BIHUAN_TEXT_TABLE_H

#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"

struct table_column {
    const char *head;
    enum { TABLE_LEFT, TABLE_RIGHT } align; /* numbers to the right */
    size_t width_max;                       /* longer cells are cut with an ellipsis; 0: never */
};

struct table {
    struct arena *arena; /* holds the cells */
    const struct table_column *columns;
    size_t column_count;
    char **cells; /* row after row */
    size_t cell_count, cell_cap;
};

/* `columns` must outlive the table; the arena frees everything. */
void table_init(struct table *table, struct arena *arena, const struct table_column *columns, size_t column_count);

/* The next cell, from left to right, row after row. NULL is an empty one. */
void table_cell(struct table *table, const char *text);
void table_cellf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends heads, then rows, two spaces between columns, no spaces at line ends. A last row not filled up is padded. */
void table_print(const struct table *table, struct buf *out);

#endif
