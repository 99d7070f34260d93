/* output: rows of JSON objects as a table for people, as CSV, or as they are. Columns are data.
 *
 * A key is a path in the row: "feed/code", "lines/#" (how many). Amounts are integers of 10^-scale; the scale stands in
 * the row under `scale` ("measure_scale"), 0 where it doesn't.
 */
#ifndef BIHUAN_CLI_OUTPUT_H
#define BIHUAN_CLI_OUTPUT_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

enum column_kind {
    COLUMN_TEXT,
    COLUMN_INT,
    COLUMN_ID, /* a number that names something: never grouped, it is typed and pasted */
    COLUMN_AMOUNT,
    COLUMN_PPM,   /* of one: shown in percent */
    COLUMN_BP,    /* of one hundred percent: shown in points */
    COLUMN_MILLI, /* thousandths */
    COLUMN_TIME,  /* microseconds UTC; shown in the installation's zone */
    COLUMN_BOOL,
    COLUMN_LIST, /* of texts */
    COLUMN_WORD, /* one of our own words: shown in the language */
};

struct column {
    const char *key;
    const char *en, *zh; /* head */
    enum column_kind kind;
    const char *scale;  /* of an amount: key of its scale */
    size_t width_max;   /* in a table; 0: any */
    const char *indent; /* key of a depth by which the text is moved to the right in a table */
    const char *only;   /* "kind=lag": empty in rows that have something else there; NULL: shown in all; with a - before
                         * it a dash for people */
};

/* False for an unknown name. */
bool output_format_parse(const char *name, enum output_format *out);

/* Rows as a table or CSV; columns end with a NULL key. CSV heads are the keys. Without rows a table is one line that
 * says so. */
void output_rows(const json_t *rows, const struct column *columns, enum output_format format, struct buf *out);

/* A row as lines "head: value" for people; empty values are left out. */
void output_fields(const json_t *row, const struct column *columns, struct buf *out);

/* The value under a path, NULL where there is none. */
const json_t *output_find(const json_t *row, const char *path);
const char *output_text(const json_t *row, const char *path); /* "" where there is none */
long long output_int(const json_t *row, const char *path);    /* 0 where there is none */

/* The text of one cell. csv: without grouping and units. */
void output_cell(const json_t *row, const struct column *column, bool csv, struct buf *out);

/* One of the product's words ("firing") in the language; itself where it isn't known. */
const char *output_word(const char *text);

#endif
