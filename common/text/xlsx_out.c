/* xlsx_out: spreadsheets written by libxlsxwriter. See xlsx.h. */
#include "text/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define DECIMALS_MAX   6
#define DIGITS_CERTAIN 15 /* of a double */

struct xlsx_out {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head;
    lxw_format *decimals[DECIMALS_MAX + 1];
};

struct xlsx_out *xlsx_out_new(const char *path)
{
    struct xlsx_out *out = calloc(1, sizeof *out);

    if (!out)
        abort();
    out->book = workbook_new(path);
    if (!out->book)
        abort();
    out->head = workbook_add_format(out->book);
    format_set_bold(out->head);
    return out;
}

static int check(lxw_error error, struct err *err)
{
    return error == LXW_NO_ERROR
               ? 0
               : err_fail(err, ERR_INVALID, "xlsx_write", "could not write the spreadsheet: %s", lxw_strerror(error));
}

int xlsx_out_sheet(struct xlsx_out *out, const char *name, bool hidden, struct err *err)
{
    if (check(workbook_validate_sheet_name(out->book, name), err) != 0)
        return -1;
    out->sheet = workbook_add_worksheet(out->book, name);
    if (!out->sheet)
        return err_fail(err, ERR_INVALID, "xlsx_write", "could not add the sheet \"%s\"", name);
    if (hidden)
        worksheet_hide(out->sheet);
    return 0;
}

int xlsx_out_heads(struct xlsx_out *out, const char *const *heads, const int *widths, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        lxw_col_t column = (lxw_col_t)i;

        if (widths[i] && check(worksheet_set_column(out->sheet, column, column, widths[i], NULL), err) != 0)
            return -1;
        if (check(worksheet_write_string(out->sheet, 0, column, heads[i], out->head), err) != 0)
            return -1;
    }
    worksheet_freeze_panes(out->sheet, 1, 0);
    return 0;
}

int xlsx_out_text(struct xlsx_out *out, uint32_t row, uint32_t column, const char *text, struct err *err)
{
    if (!*text)
        return 0;
    return check(worksheet_write_string(out->sheet, row, (lxw_col_t)column, text, NULL), err);
}

static lxw_format *decimals_of(struct xlsx_out *out, int decimals)
{
    char code[24] = "#,##0";

    decimals = decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
    if (!out->decimals[decimals]) {
        if (decimals)
            snprintf(code, sizeof code, "#,##0.%.*s", decimals, "000000");
        out->decimals[decimals] = workbook_add_format(out->book);
        format_set_num_format(out->decimals[decimals], code);
    }
    return out->decimals[decimals];
}

static int digits_of(const char *decimal)
{
    int digits = 0;

    for (; *decimal; decimal++)
        if (*decimal >= '0' && *decimal <= '9' && (digits || *decimal != '0'))
            digits++;
    return digits;
}

int xlsx_out_decimal(struct xlsx_out *out, uint32_t row, uint32_t column, const char *decimal, int decimals,
                     struct err *err)
{
    char *end;
    double number = strtod(decimal, &end);

    if (!*decimal || *end || digits_of(decimal) > DIGITS_CERTAIN)
        return xlsx_out_text(out, row, column, decimal, err);
    return check(worksheet_write_number(out->sheet, row, (lxw_col_t)column, number, decimals_of(out, decimals)), err);
}

int xlsx_out_save(struct xlsx_out **at, struct err *err)
{
    struct xlsx_out *out = *at;
    int rc = check(workbook_close(out->book), err); /* frees the book, also where it fails */

    *at = NULL;
    free(out);
    return rc;
}

void xlsx_out_drop(struct xlsx_out **at)
{
    struct xlsx_out *out = at ? *at : NULL;

    if (!out)
        return;
    *at = NULL;
    lxw_workbook_free(out->book);
    free(out);
}
