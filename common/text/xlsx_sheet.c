/* xlsx_sheet: the rows of one sheet, and what its numbers look like. See xlsx.h. */
#include "text/xlsx_internal.h"

#include "text/dates.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_1900 (-25569) /* serial 0 is 1899-12-30: right from 1900-03-01 on */
#define DAY_1904 (-24107)

/* --- numbers --- */

static void print_day(const struct xlsx *xlsx, double serial, struct buf *out)
{
    char date[DATE_TEXT_MAX];
    int64_t seconds = llround(serial * 86400);
    int64_t days = seconds / 86400;
    int32_t rest = (int32_t)(seconds % 86400);

    date_print(date, (int32_t)days + (xlsx->since_1904 ? DAY_1904 : DAY_1900));
    buf_append_text(out, date);
    if (rest)
        buf_printf(out, " %02d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60);
}

/* 15 digits are what a sheet's number holds for certain: 0.1 + 0.2 is 0.3. */
static void print_plain(double number, struct buf *out)
{
    char text[400];
    int decimals = 0;
    char *end;

    snprintf(text, sizeof text, "%.15g", number);
    if (!strpbrk(text, "eE")) {
        buf_append_text(out, strcmp(text, "-0") == 0 ? "0" : text);
        return;
    }
    if (fabs(number) < 1)
        decimals = 15 - (int)floor(log10(fabs(number))) - 1;
    snprintf(text, sizeof text, "%.*f", decimals < 30 ? decimals : 30, number);
    for (end = text + strlen(text); decimals && end[-1] == '0'; end--)
        end[-1] = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    buf_append_text(out, text);
}

void xlsx_print_number(const struct xlsx *xlsx, const char *value, unsigned style, struct buf *out)
{
    char *end;
    double number = strtod(value, &end);
    bool day = style < xlsx->style_count && xlsx->styles[style] == XLSX_DATE;

    if (end == value || *end || !isfinite(number))
        buf_append_text(out, value);
    else if (day && number >= 1 && number < 2958466) /* to 9999-12-31 */
        print_day(xlsx, number, out);
    else
        print_plain(number, out);
}

/* --- cells --- */

enum cell_kind { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOL };

struct sheet {
    xlsx_row_fn *fn;
    void *arg;
    uint32_t row_max, rows;
    uint32_t number;             /* of the row */
    uint32_t column;             /* of the cell, from 0 */
    size_t count;                /* cells of the row */
    struct buf texts;            /* of the row, each ended by NUL */
    size_t at[XLSX_COLUMNS_MAX]; /* where in texts, + 1; 0 none */
    struct buf value;
    enum cell_kind kind;
    unsigned style;
    bool in_row, in_cell, in_value, in_phonetic;
};

/* "BC12": 54. -1: not such a reference. */
static int64_t column_of(const char *reference)
{
    int64_t column = 0;

    for (; *reference >= 'A' && *reference <= 'Z' && column < 100000; reference++)
        column = column * 26 + (*reference - 'A' + 1);
    return column - 1;
}

static void begin_row(struct xlsx_walk *walk, const char **attributes)
{
    struct sheet *sheet = walk->arg;
    const char *number = xlsx_attribute(attributes, "r");
    unsigned long given = number ? strtoul(number, NULL, 10) : sheet->number + 1UL;

    if (given <= sheet->number || given > XLSX_ROWS_MAX) {
        xlsx_stop(walk, false, "row %lu stands behind row %u", given, sheet->number);
        return;
    }
    sheet->number = (uint32_t)given;
    sheet->in_row = true;
    sheet->column = 0;
    sheet->count = 0;
    buf_reset(&sheet->texts);
    memset(sheet->at, 0, sizeof sheet->at);
}

static void begin_cell(struct xlsx_walk *walk, const char **attributes)
{
    struct sheet *sheet = walk->arg;
    const char *reference = xlsx_attribute(attributes, "r");
    const char *type = xlsx_attribute(attributes, "t");
    const char *style = xlsx_attribute(attributes, "s");
    int64_t column = reference ? column_of(reference) : (int64_t)sheet->column;

    if (column < 0 || column >= XLSX_COLUMNS_MAX) {
        xlsx_stop(walk, true, "row %u has a cell beyond column %d", sheet->number, XLSX_COLUMNS_MAX);
        return;
    }
    sheet->in_cell = true;
    sheet->column = (uint32_t)column;
    sheet->style = style ? (unsigned)strtoul(style, NULL, 10) : 0;
    sheet->kind = !type || strcmp(type, "n") == 0 ? CELL_NUMBER
                  : strcmp(type, "s") == 0        ? CELL_SHARED
                  : strcmp(type, "b") == 0        ? CELL_BOOL
                                                  : CELL_TEXT;
    buf_reset(&sheet->value);
}

static void keep_cell(struct xlsx_walk *walk)
{
    struct sheet *sheet = walk->arg;
    size_t begin = sheet->texts.len;
    const char *value = buf_text(&sheet->value);

    if (sheet->kind == CELL_SHARED) {
        size_t index = strtoul(value, NULL, 10);

        if (index >= walk->xlsx->text_count) {
            xlsx_stop(walk, false, "row %u names text %zu of %zu", sheet->number, index, walk->xlsx->text_count);
            return;
        }
        buf_append_text(&sheet->texts, walk->xlsx->texts[index]);
    } else if (sheet->kind == CELL_BOOL) {
        buf_append_text(&sheet->texts, strcmp(value, "1") == 0 ? "true" : "false");
    } else if (sheet->kind == CELL_NUMBER && *value) {
        xlsx_print_number(walk->xlsx, value, sheet->style, &sheet->texts);
    } else {
        buf_append_text(&sheet->texts, value);
    }
    if (sheet->texts.len > begin && !sheet->at[sheet->column]) {
        sheet->at[sheet->column] = begin + 1;
        if (sheet->count <= sheet->column)
            sheet->count = sheet->column + 1;
    }
    buf_append(&sheet->texts, "", 1);
    sheet->column++;
}

static void end_row(struct xlsx_walk *walk)
{
    struct sheet *sheet = walk->arg;
    const char *cells[XLSX_COLUMNS_MAX];

    sheet->in_row = false;
    if (!sheet->count)
        return;
    if (sheet->rows++ == sheet->row_max) {
        xlsx_stop(walk, true, "the sheet has more than %u rows", sheet->row_max);
        return;
    }
    for (size_t i = 0; i < sheet->count; i++)
        cells[i] = sheet->at[i] ? (const char *)sheet->texts.data + sheet->at[i] - 1 : "";
    if (sheet->fn(sheet->arg, sheet->number, cells, sheet->count, walk->err) != 0) {
        walk->failed = true;
        XML_StopParser(walk->parser, XML_FALSE);
    }
}

/* --- elements --- */

static void on_start(struct xlsx_walk *walk, const char *name, const char **attributes)
{
    struct sheet *sheet = walk->arg;

    if (strcmp(name, "row") == 0)
        begin_row(walk, attributes);
    else if (strcmp(name, "c") == 0 && sheet->in_row)
        begin_cell(walk, attributes);
    else if (strcmp(name, "rPh") == 0)
        sheet->in_phonetic = true;
    else if (sheet->in_cell && !sheet->in_phonetic && (strcmp(name, "v") == 0 || strcmp(name, "t") == 0))
        sheet->in_value = true;
}

static void on_end(struct xlsx_walk *walk, const char *name)
{
    struct sheet *sheet = walk->arg;

    sheet->in_value = false;
    if (strcmp(name, "rPh") == 0)
        sheet->in_phonetic = false;
    if (strcmp(name, "c") == 0 && sheet->in_cell) {
        sheet->in_cell = false;
        keep_cell(walk);
    }
    if (strcmp(name, "row") == 0 && sheet->in_row)
        end_row(walk);
}

static void on_text(struct xlsx_walk *walk, const char *text, int len)
{
    struct sheet *sheet = walk->arg;

    if (!sheet->in_value)
        return;
    if (sheet->value.len + (size_t)len > XLSX_CELL_MAX)
        xlsx_stop(walk, true, "a cell of row %u has more than %zu bytes", sheet->number, XLSX_CELL_MAX);
    else
        buf_append(&sheet->value, text, (size_t)len);
}

int xlsx_read(struct xlsx *xlsx, size_t index, uint32_t row_max, xlsx_row_fn *fn, void *arg, struct err *err)
{
    static const struct xlsx_handlers handlers = { .start = on_start, .end = on_end, .text = on_text };
    struct sheet *sheet = calloc(1, sizeof *sheet);
    bool found;
    int rc;

    if (!sheet)
        abort();
    sheet->fn = fn;
    sheet->arg = arg;
    sheet->row_max = row_max;
    rc = xlsx_walk_part(xlsx, xlsx->sheets[index].part, &handlers, sheet, &found, err);
    if (rc == 0 && !found)
        rc = err_fail(err, ERR_INVALID, "bad_xlsx", "sheet \"%s\" is not in the file", xlsx->sheets[index].name);
    buf_fini(&sheet->texts);
    buf_fini(&sheet->value);
    free(sheet);
    return rc;
}
