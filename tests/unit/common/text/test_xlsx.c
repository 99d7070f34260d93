/* Spreadsheets: what cells are read as, what is written comes back, and what foreign files may not do. */
#include "text/xlsx.h"

#include "base/buf.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

static char path[64];

/* --- files made by hand
 * ------------------------------------------------------------------------------------------------
 */

static void add_part(zipFile zip, const char *name, const char *text, size_t len)
{
    zip_fileinfo info = { .dosDate = 0 };

    assert_int_equal(zipOpenNewFileInZip(zip, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 9), ZIP_OK);
    assert_int_equal(zipWriteInFileInZip(zip, text, (unsigned)len), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(zip), ZIP_OK);
}

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

/* A workbook of one sheet; NULL leaves a part out. */
static void make(const char *sheet, const char *texts, const char *styles)
{
    static const char workbook[] = "<?xml version=\"1.0\"?><workbook xmlns=\"" MAIN
                                   "\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
                                   "<sheets><sheet name=\"目标\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    static const char relations[] =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        "<Relationship Id=\"rId1\" Type=\"x\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);

    assert_non_null(zip);
    add_part(zip, "xl/workbook.xml", workbook, strlen(workbook));
    add_part(zip, "xl/_rels/workbook.xml.rels", relations, strlen(relations));
    if (sheet)
        add_part(zip, "xl/worksheets/sheet1.xml", sheet, strlen(sheet));
    if (texts)
        add_part(zip, "xl/sharedStrings.xml", texts, strlen(texts));
    if (styles)
        add_part(zip, "xl/styles.xml", styles, strlen(styles));
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
}

static int note_row(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err)
{
    struct buf *out = arg;

    (void)err;
    buf_printf(out, "%u:", number);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%s", i ? "|" : "", cells[i]);
    buf_append_text(out, "\n");
    return 0;
}

static int read_all(struct buf *out, uint32_t row_max, struct err *err)
{
    struct xlsx *xlsx;
    int rc;

    buf_reset(out);
    if (xlsx_open(&xlsx, path, err) != 0)
        return -1;
    rc = xlsx_read(xlsx, 0, row_max, note_row, out, err);
    xlsx_close(&xlsx);
    return rc;
}

#define SHEET(rows) "<worksheet xmlns=\"" MAIN "\"><sheetData>" rows "</sheetData></worksheet>"

static void cells_are_what_people_see(void **state)
{
    static const char texts[] = "<sst xmlns=\"" MAIN "\"><si><t>渠道</t></si>"
                                "<si><r><t>rich </t></r><r><t>text</t></r><rPh><t>ignored</t></rPh></si></sst>";
    /* 0 general, 1 day by a built-in format, 2 by an own one, 3 "d" quoted: a number */
    static const char styles[] =
        "<styleSheet xmlns=\"" MAIN "\"><numFmts>"
        "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>"
        "<numFmt numFmtId=\"165\" formatCode=\"0.00&quot;d&quot;\"/></numFmts>"
        "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>"
        "<xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>";
    static const struct {
        const char *why, *cell, *want;
    } rows[] = {
        { "a shared text", "<c r=\"A1\" t=\"s\"><v>0</v></c>", "渠道" },
        { "a rich text", "<c r=\"A1\" t=\"s\"><v>1</v></c>", "rich text" },
        { "an inline text", "<c r=\"A1\" t=\"inlineStr\"><is><t>a &amp; b</t></is></c>", "a & b" },
        { "a whole number", "<c r=\"A1\"><v>1257</v></c>", "1257" },
        { "what 0.1 + 0.2 leaves", "<c r=\"A1\"><v>0.30000000000000004</v></c>", "0.3" },
        { "fifteen digits", "<c r=\"A1\"><v>12345678901.2345</v></c>", "12345678901.2345" },
        { "an exponent", "<c r=\"A1\"><v>1.5E+16</v></c>", "15000000000000000" },
        { "a small one", "<c r=\"A1\"><v>2.5E-5</v></c>", "0.000025" },
        { "a day, 2026-10-01 is 46296", "<c r=\"A1\" s=\"1\"><v>46296</v></c>", "2026-10-01" },
        { "a day by an own format", "<c r=\"A1\" s=\"2\"><v>46296</v></c>", "2026-10-01" },
        { "a moment", "<c r=\"A1\" s=\"1\"><v>46296.75</v></c>", "2026-10-01 18:00:00" },
        { "a number with a letter in quotes", "<c r=\"A1\" s=\"3\"><v>46296</v></c>", "46296" },
        { "true", "<c r=\"A1\" t=\"b\"><v>1</v></c>", "true" },
        { "a formula's value", "<c r=\"A1\"><f>1+1</f><v>2</v></c>", "2" },
        { "a formula's text", "<c r=\"A1\" t=\"str\"><f>A2</f><v>x</v></c>", "x" },
        { "an error", "<c r=\"A1\" t=\"e\"><v>#REF!</v></c>", "#REF!" },
    };
    struct buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char sheet[600], want[100];
        struct err err;

        snprintf(sheet, sizeof sheet, SHEET("<row r=\"1\">%s</row>"), rows[i].cell);
        snprintf(want, sizeof want, "1:%s\n", rows[i].want);
        make(sheet, texts, styles);
        if (read_all(&out, 10, &err) != 0)
            fail_msg("%s: %s", rows[i].why, err.text);
        if (strcmp(buf_text(&out), want) != 0)
            fail_msg("%s: %s", rows[i].why, buf_text(&out));
    }
    buf_fini(&out);
}

static void gaps_are_empty(void **state)
{
    struct buf out = { 0 };
    struct err err;

    (void)state;
    make(SHEET("<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"D2\"><v>2</v></c></row><row r=\"3\"/>"
               "<row><c><v>3</v></c><c><v>4</v></c></row><row r=\"9\"><c r=\"AA9\"><v>5</v></c></row>"),
         NULL, NULL);
    if (read_all(&out, 10, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(buf_text(&out), "2:|1||2\n4:3|4\n9:||||||||||||||||||||||||||5\n");
    buf_fini(&out);
}

static void foreign_files_are_bounded(void **state)
{
    static const struct {
        const char *why, *sheet, *code, *says;
    } rows[] = {
        { "no sheet there", NULL, "bad_xlsx", "is not in the file" },
        { "a document type", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">]>" SHEET(""), "bad_xlsx", "document type" },
        { "broken XML", "<worksheet><sheetData><row>", "bad_xlsx", "sheet1.xml, line 1" },
        { "not UTF-8", SHEET("<row><c t=\"str\"><v>\xff\xfe</v></c></row>"), "bad_xlsx", "sheet1.xml" },
        { "a column far out", SHEET("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>"), "xlsx_too_large", "column" },
        { "no reference at all", SHEET("<row r=\"1\"><c r=\"1\"><v>1</v></c></row>"), "xlsx_too_large", "column" },
        { "rows backward", SHEET("<row r=\"5\"/><row r=\"4\"/>"), "bad_xlsx", "row 4 stands behind row 5" },
        { "a row beyond all", SHEET("<row r=\"9999999\"/>"), "bad_xlsx", "row 9999999" },
        { "a text that isn't there", SHEET("<row><c t=\"s\"><v>7</v></c></row>"), "bad_xlsx", "names text 7 of 0" },
        { "too many rows", SHEET("<row><c><v>1</v></c></row><row><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
          "xlsx_too_large", "more than 2 rows" },
    };
    struct buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        make(rows[i].sheet, NULL, NULL);
        if (read_all(&out, 2, &err) == 0)
            fail_msg("%s was read", rows[i].why);
        if (strcmp(err.code, rows[i].code) != 0 || !strstr(err.text, rows[i].says))
            fail_msg("%s: %s: %s", rows[i].why, err.code, err.text);
    }
    buf_fini(&out);
}

/* 600 MB of nothing in a few hundred kilobytes; and a cell of a megabyte. */
static void bombs_are_put_out(void **state)
{
    static const char head[] = "<worksheet xmlns=\"" MAIN "\"><sheetData>", row[] = "<row><c t=\"str\"><v>";
    static const size_t blanks_len = (size_t)1 << 20;
    char *blanks = malloc(blanks_len);
    zip_fileinfo info = { .dosDate = 0 };
    struct buf out = { 0 };
    struct err err;

    (void)state;
    assert_non_null(blanks);
    memset(blanks, ' ', blanks_len);
    for (int cell = 0; cell < 2; cell++) {
        zipFile zip;

        make(NULL, NULL, NULL);
        zip = zipOpen64(path, APPEND_STATUS_ADDINZIP);
        zipOpenNewFileInZip(zip, "xl/worksheets/sheet1.xml", &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1);
        zipWriteInFileInZip(zip, head, (unsigned)strlen(head));
        if (cell)
            zipWriteInFileInZip(zip, row, (unsigned)strlen(row));
        for (int i = 0; i < (cell ? 1 : 600); i++)
            zipWriteInFileInZip(zip, blanks, (unsigned)blanks_len);
        zipCloseFileInZip(zip);
        zipClose(zip, NULL);
        assert_int_equal(read_all(&out, 10, &err), -1);
        assert_string_equal(err.code, "xlsx_too_large");
        assert_non_null(strstr(err.text, cell ? "a cell of row 1" : "unpacks to more than 512 MB"));
    }
    free(blanks);
    buf_fini(&out);
}

static void what_is_no_spreadsheet(void **state)
{
    struct xlsx *xlsx;
    struct err err;
    FILE *file;

    (void)state;
    assert_int_equal(xlsx_open(&xlsx, "/nonexistent.xlsx", &err), -1);
    assert_int_equal(err.cls, ERR_NOT_FOUND);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("code,name\n1,x\n", file);
    fclose(file);
    assert_int_equal(xlsx_open(&xlsx, path, &err), -1);
    assert_non_null(strstr(err.text, "no .xlsx file"));
    assert_int_equal(xlsx_open(&xlsx, "/tmp", &err), -1);
}

/* A byte turned anywhere in the sheet's data: refused or unread, never a wrong number in silence. */
static void damage_is_seen(void **state)
{
    static char sheet[20000];
    struct buf good = { 0 }, out = { 0 };
    struct err err;
    FILE *file;
    long len;
    int refused = 0;

    (void)state;
    snprintf(sheet, sizeof sheet, "%s", "<worksheet xmlns=\"" MAIN "\"><sheetData>");
    for (int i = 1; i <= 200; i++)
        snprintf(sheet + strlen(sheet), sizeof sheet - strlen(sheet), "<row r=\"%d\"><c><v>%d</v></c></row>", i,
                 i * 7919 % 1000);
    snprintf(sheet + strlen(sheet), sizeof sheet - strlen(sheet), "</sheetData></worksheet>");
    make(sheet, NULL, NULL);
    assert_int_equal(read_all(&good, 1000, &err), 0);
    file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    len = ftell(file);
    for (long at = 0; at < len; at += 3) {
        int byte;

        fseek(file, at, SEEK_SET);
        byte = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(byte ^ 0x10, file);
        fflush(file);
        if (read_all(&out, 1000, &err) != 0)
            refused++;
        else if (strcmp(buf_text(&out), buf_text(&good)) != 0)
            fail_msg("byte %ld turned, and the sheet says something else", at);
        fseek(file, at, SEEK_SET);
        fputc(byte, file);
        fflush(file);
    }
    fclose(file);
    assert_true(refused > 50);
    buf_fini(&good);
    buf_fini(&out);
}

static void what_is_written_comes_back(void **state)
{
    static const char *const heads[] = { "单元", "amount" };
    static const int widths[] = { 20, 0 };
    static const struct {
        const char *decimal;
        int decimals;
        const char *want;
    } amounts[] = {
        { "1257", 0, "1257" },
        { "-3.5", 4, "-3.5" },
        { "12345678901.2345", 4, "12345678901.2345" },
        { "922337203685477.5807", 4, "922337203685477.5807" }, /* more than a double holds: as text */
        { "0.0001", 4, "0.0001" },
        { "9007199254740993", 0, "9007199254740993" },
    };
    struct xlsx_out *out = xlsx_out_new(path);
    struct buf text = { 0 }, want = { 0 };
    struct xlsx *xlsx;
    struct err err;

    (void)state;
    assert_int_equal(xlsx_out_sheet(out, "目标", false, &err), 0);
    assert_int_equal(xlsx_out_heads(out, heads, widths, 2, &err), 0);
    buf_append_text(&want, "1:单元|amount\n");
    for (uint32_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        assert_int_equal(xlsx_out_text(out, i + 1, 0, "C07 <&>\"", &err), 0);
        assert_int_equal(xlsx_out_decimal(out, i + 1, 1, amounts[i].decimal, amounts[i].decimals, &err), 0);
        buf_printf(&want, "%u:C07 <&>\"|%s\n", i + 2, amounts[i].want);
    }
    assert_int_equal(xlsx_out_sheet(out, "_bihuan", true, &err), 0);
    assert_int_equal(xlsx_out_text(out, 0, 0, "hidden", &err), 0);
    assert_int_equal(xlsx_out_sheet(out, "a/b", false, &err), -1);
    if (xlsx_out_save(&out, &err) != 0)
        fail_msg("%s", err.text);
    assert_null(out);
    assert_int_equal(read_all(&text, 100, &err), 0);
    assert_string_equal(buf_text(&text), buf_text(&want));
    assert_int_equal(xlsx_open(&xlsx, path, &err), 0);
    assert_int_equal(xlsx_sheet_count(xlsx), 2);
    assert_int_equal(xlsx_sheet_find(xlsx, "_bihuan"), 1);
    assert_true(xlsx_sheet_hidden(xlsx, 1));
    assert_int_equal(xlsx_sheet_find(xlsx, "nothing"), -1);
    xlsx_close(&xlsx);
    buf_fini(&text);
    buf_fini(&want);
}

static void a_dropped_one_leaves_nothing(void **state)
{
    struct xlsx_out *out;

    (void)state;
    unlink(path);
    out = xlsx_out_new(path);
    xlsx_out_drop(&out);
    assert_null(out);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_what_people_see),  cmocka_unit_test(gaps_are_empty),
        cmocka_unit_test(foreign_files_are_bounded),  cmocka_unit_test(bombs_are_put_out),
        cmocka_unit_test(what_is_no_spreadsheet),     cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(what_is_written_comes_back), cmocka_unit_test(a_dropped_one_leaves_nothing),
    };
    int failed;

    snprintf(path, sizeof path, "/tmp/bihuan-xlsx-%d.xlsx", (int)getpid());
    failed = cmocka_run_group_tests_name("xlsx", tests, NULL, NULL);
    unlink(path);
    return failed;
}
