/* target_sheet: see target_sheet.h. */
#include "cli/target_sheet.h"

#include "cli/output.h"
#include "cli/words.h"
#include "text/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN   "_bihuan"
#define ROWS_MAX 1000000

/* Columns in their order; the key is all but the name, the amount and the revision, which only the hidden sheet has.
 * Heads are known in both languages. */
enum { PERIOD, UNIT, UNIT_NAME, CHANNEL, PRODUCT, MEASURE, AMOUNT, SEEN_COLUMNS, REVISION = SEEN_COLUMNS, COLUMNS };
static const struct {
    const char *field, *zh;
    int width;
} columns[COLUMNS] = {
    { "period", "周期", 10 },   { "unit", "单元", 14 },        { "unit_name", "单元名称", 28 },
    { "channel", "渠道", 12 },  { "product", "产品", 12 },     { "measure", "指标", 14 },
    { "amount", "目标值", 18 }, { "revision", "revision", 0 },
};

const char *target_sheet_key(const json_t *row, struct buf *out)
{
    static const int parts[] = { PERIOD, UNIT, CHANNEL, PRODUCT, MEASURE };

    buf_reset(out);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        buf_printf(out, "%s%s", i ? "|" : "", output_text(row, columns[parts[i]].field));
    return buf_text(out);
}

/* --- amounts --- */

/* Digits that count: without a sign +, leading zeros and zeros behind the last decimal. */
static size_t normal(const char *text, char *out, size_t cap)
{
    size_t len = 0;
    bool negative = *text == '-', fraction = strchr(text, '.') != NULL;

    text += *text == '-' || *text == '+';
    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        text++;
    if (negative)
        out[len++] = '-';
    while (*text && len + 1 < cap)
        out[len++] = *text++;
    while (fraction && len && out[len - 1] == '0')
        len--;
    len -= fraction && len && out[len - 1] == '.';
    out[len] = '\0';
    return len;
}

bool target_sheet_same(const char *a, const char *b)
{
    char x[80], y[80];

    (void)normal(a, x, sizeof x);
    (void)normal(b, y, sizeof y);
    return strcmp(x, y) == 0;
}

static int decimals_of(const char *amount)
{
    const char *dot = strchr(amount, '.');

    return dot ? (int)strlen(dot + 1) : 0;
}

/* --- writing --- */

static int write_rows(struct xlsx_out *out, const json_t *rows, const json_t *names, bool hidden, struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        for (uint32_t c = 0; c < (hidden ? COLUMNS : SEEN_COLUMNS); c++) {
            const char *text = output_text(row, columns[c].field);
            char number[24];
            int rc;

            snprintf(number, sizeof number, "%lld", output_int(row, "revision"));
            if (c == REVISION)
                text = number;
            if (c == UNIT_NAME && !hidden)
                text = output_text(names, output_text(row, "unit"));
            rc = c == AMOUNT && !hidden ? xlsx_out_decimal(out, (uint32_t)i + 1, c, text, decimals_of(text), err)
                                        : xlsx_out_text(out, (uint32_t)i + 1, c, text, err);
            if (rc != 0)
                return -1;
        }
    }
    return 0;
}

static int write_sheet(struct xlsx_out *out, const char *name, bool hidden, const json_t *rows, const json_t *names,
                       struct err *err)
{
    const char *heads[COLUMNS];
    int widths[COLUMNS];

    for (int c = 0; c < COLUMNS; c++) {
        heads[c] = hidden ? columns[c].field : word(columns[c].field, columns[c].zh);
        widths[c] = columns[c].width;
    }
    if (xlsx_out_sheet(out, name, hidden, err) != 0 ||
        xlsx_out_heads(out, heads, widths, hidden ? COLUMNS : SEEN_COLUMNS, err) != 0)
        return -1;
    return write_rows(out, rows, names, hidden, err);
}

int target_sheet_write(const char *path, const json_t *rows, const json_t *names, struct err *err)
{
    struct xlsx_out *out;

    if (json_array_size(rows) >= ROWS_MAX)
        return err_fail(err, ERR_TOO_LARGE, "too_many_rows", "more than %d targets do not fit a sheet; choose a unit",
                        ROWS_MAX);
    out = xlsx_out_new(path);
    if (write_sheet(out, word("Targets", "目标"), false, rows, names, err) != 0 ||
        write_sheet(out, HIDDEN, true, rows, names, err) != 0) {
        xlsx_out_drop(&out);
        return -1;
    }
    return xlsx_out_save(&out, err);
}

/* --- reading --- */

struct reading {
    json_t *rows;
    const char *sheet;
    int at[COLUMNS]; /* place of each column in the sheet, -1 none */
    bool hidden;
    bool has_head;
};

static int read_head(struct reading *r, const char *const *cells, size_t count, struct err *err)
{
    static const int needed[] = { PERIOD, UNIT, MEASURE, AMOUNT };

    r->has_head = true;
    for (int c = 0; c < COLUMNS; c++) {
        r->at[c] = -1;
        for (size_t i = 0; i < count; i++)
            if (strcmp(cells[i], columns[c].field) == 0 || strcmp(cells[i], columns[c].zh) == 0)
                r->at[c] = (int)i;
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (r->at[needed[i]] < 0)
            return err_fail(err, ERR_INVALID, "missing_column", "sheet \"%s\" has no column %s (%s) in its first row",
                            r->sheet, columns[needed[i]].field, columns[needed[i]].zh);
    return 0;
}

static int on_row(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err)
{
    struct reading *r = arg;
    json_t *row;
    bool any = false;

    if (!r->has_head)
        return read_head(r, cells, count, err);
    row = json_object();
    for (int c = 0; c < (r->hidden ? COLUMNS : SEEN_COLUMNS); c++) {
        const char *text = r->at[c] >= 0 && (size_t)r->at[c] < count ? cells[r->at[c]] : "";

        any = any || (*text && c != UNIT_NAME);
        if (c != UNIT_NAME)
            json_object_set_new(row, columns[c].field, json_string(text));
    }
    json_object_set_new(row, "row", json_integer(number));
    if (any)
        json_array_append(r->rows, row);
    json_decref(row);
    return 0;
}

static int read_sheet(struct xlsx *xlsx, size_t index, json_t *rows, struct err *err)
{
    struct reading r = { .rows = rows,
                         .sheet = xlsx_sheet_name(xlsx, index),
                         .hidden = xlsx_sheet_hidden(xlsx, index) };

    return xlsx_read(xlsx, index, ROWS_MAX, on_row, &r, err);
}

static json_t *by_key(const json_t *rows)
{
    json_t *map = json_object(), *row;
    struct buf key = { 0 };
    size_t i;

    json_array_foreach(rows, i, row) json_object_set(map, target_sheet_key(row, &key), row);
    buf_fini(&key);
    return map;
}

/* The same target in two rows: which one is meant? */
static int check_twice(const json_t *rows, struct err *err)
{
    json_t *seen = json_object(), *row;
    struct buf key = { 0 };
    size_t i;
    int rc = 0;

    json_array_foreach(rows, i, row)
    {
        const json_t *before = json_object_get(seen, target_sheet_key(row, &key));

        if (before && rc == 0)
            rc = err_fail(err, ERR_INVALID, "row_twice", "rows %lld and %lld are the same target %s; keep one",
                          output_int(before, "row"), output_int(row, "row"), buf_text(&key));
        json_object_set(seen, buf_text(&key), row);
    }
    json_decref(seen);
    buf_fini(&key);
    return rc;
}

static int read_both(struct xlsx *xlsx, json_t *seen, json_t *hidden, struct err *err)
{
    int marks = xlsx_sheet_find(xlsx, HIDDEN);
    size_t first = 0;

    if (marks < 0)
        return err_fail(err, ERR_INVALID, "not_exported",
                        "the file was not made by \"bihuan target export\"; \"bihuan import targets\" takes any table");
    while (first < xlsx_sheet_count(xlsx) && xlsx_sheet_hidden(xlsx, first))
        first++;
    if (first == xlsx_sheet_count(xlsx))
        return err_fail(err, ERR_INVALID, "no_sheet", "every sheet of the file is hidden");
    if (read_sheet(xlsx, first, seen, err) != 0 || read_sheet(xlsx, (size_t)marks, hidden, err) != 0)
        return -1;
    return check_twice(seen, err);
}

int target_sheet_read(const char *path, json_t **seen, json_t **exported, struct err *err)
{
    json_t *rows, *hidden;
    struct xlsx *xlsx;

    if (xlsx_open(&xlsx, path, err) != 0)
        return -1;
    rows = json_array();
    hidden = json_array();
    if (read_both(xlsx, rows, hidden, err) != 0) {
        xlsx_close(&xlsx);
        json_decref(rows);
        json_decref(hidden);
        return -1;
    }
    xlsx_close(&xlsx);
    *seen = rows;
    *exported = by_key(hidden);
    json_decref(hidden);
    return 0;
}

/* --- comparing --- */

void target_sheet_compare(const json_t *seen, const json_t *exported, const json_t *current, json_t **changed,
                          json_t **conflicts)
{
    struct buf key = { 0 };
    json_t *row;
    size_t i;

    *changed = json_array();
    *conflicts = json_array();
    json_array_foreach(seen, i, row)
    {
        const char *name = target_sheet_key(row, &key);
        const char *was = output_text(json_object_get(exported, name), "amount");
        const char *is = output_text(json_object_get(current, name), "amount");
        long long revision = strtoll(output_text(json_object_get(exported, name), "revision"), NULL, 10);
        json_t *copy;

        if (target_sheet_same(output_text(row, "amount"), was))
            continue; /* untouched here, whatever it is there */
        copy = json_copy(row);
        json_object_set_new(copy, "revision", json_integer(revision));
        if (revision == output_int(json_object_get(current, name), "revision")) {
            json_array_append_new(*changed, copy);
            continue;
        }
        json_object_set_new(copy, "exported", json_string(was));
        json_object_set_new(copy, "current", json_string(is));
        json_array_append_new(*conflicts, copy);
    }
    buf_fini(&key);
}
