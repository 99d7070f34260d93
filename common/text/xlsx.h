/* xlsx: spreadsheets as rows of texts, read and written. The file format is libxlsxwriter's, minizip's and expat's;
 * here is what a sheet's cells mean.
 *
 * Reading:   a cell is its text as a person sees it: numbers without exponent to 15 significant digits (what a sheet
 * can hold), days as yyyy-MM-dd, moments as yyyy-MM-dd HH:mm:ss, booleans as true and false, formulas as the value last
 * worked out. Rows come in order; cells that aren't there are "". Safety:    a file is foreign: limits below; no
 * document type, no external parts, nothing is ever written or resolved outside the file. Text is UTF-8 (expat refuses
 * what isn't). Errors:    ERR_INVALID with code "bad_xlsx", ERR_TOO_LARGE with "xlsx_too_large", ERR_NOT_FOUND where
 * the file isn't there. One thread at a time for each object.
 */
#ifndef BIHUAN_TEXT_XLSX_H
#define BIHUAN_TEXT_XLSX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define XLSX_FILE_MAX    ((size_t)64 << 20)  /* bytes of the file */
#define XLSX_UNPACK_MAX  ((size_t)512 << 20) /* bytes of all parts that are read */
#define XLSX_TEXTS_MAX   ((size_t)128 << 20) /* bytes of shared texts in memory */
#define XLSX_ROWS_MAX    1048576
#define XLSX_COLUMNS_MAX 256
#define XLSX_CELL_MAX    ((size_t)128 << 10) /* bytes of one cell's text */
#define XLSX_SHEETS_MAX  64

/* --- reading --- */
struct xlsx;

int xlsx_open(struct xlsx **out, const char *path, struct err *err);
void xlsx_close(struct xlsx **xlsx);

size_t xlsx_sheet_count(const struct xlsx *xlsx);
const char *xlsx_sheet_name(const struct xlsx *xlsx, size_t sheet); /* borrowed until xlsx_close */
bool xlsx_sheet_hidden(const struct xlsx *xlsx, size_t sheet);
/* The sheet of that name, or -1. */
int xlsx_sheet_find(const struct xlsx *xlsx, const char *name);

/* One row that holds something: `number` as the spreadsheet shows it, from 1. `cells` are `count` texts, borrowed until
 * the callback returns; an error value (#REF!) is its text. -1 stops with *err. */
typedef int xlsx_row_fn(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err);
/* Calls fn for each row of a sheet, at most row_max of them (XLSX_ROWS_MAX at most), else ERR_TOO_LARGE. */
int xlsx_read(struct xlsx *xlsx, size_t sheet, uint32_t row_max, xlsx_row_fn *fn, void *arg, struct err *err);

/* --- writing --- */
struct xlsx_out;

/* Nothing is at `path` before xlsx_out_save(). */
struct xlsx_out *xlsx_out_new(const char *path);
/* A further sheet, 1 to 31 characters without []:*?/\; the following calls write to it. */
int xlsx_out_sheet(struct xlsx_out *out, const char *name, bool hidden, struct err *err);
/* The first row: bold, and stays in sight; widths in characters (0 usual) are set with it. */
int xlsx_out_heads(struct xlsx_out *out, const char *const *heads, const int *widths, size_t count, struct err *err);
/* row and column from 0. */
int xlsx_out_text(struct xlsx_out *out, uint32_t row, uint32_t column, const char *text, struct err *err);
/* A decimal number with `decimals` shown; where a spreadsheet's number couldn't hold all of its digits, it is written
 * as text. */
int xlsx_out_decimal(struct xlsx_out *out, uint32_t row, uint32_t column, const char *decimal, int decimals,
                     struct err *err);
/* Writes the file and ends `*out`, also where it fails. */
int xlsx_out_save(struct xlsx_out **out, struct err *err);
/* Gives up; leaves no file. NULL or *NULL: nothing to do. */
void xlsx_out_drop(struct xlsx_out **out);

#endif
