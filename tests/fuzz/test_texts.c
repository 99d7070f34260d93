/* Files of delimited text, YAML and spreadsheets, broken in every way: nothing read twice, nothing behind the end,
 * always an end. */
#include "support/check.h"

#include "fuzz/fuzz.h"

#include "text/csv.h"
#include "text/xlsx.h"
#include "text/yaml_in.h"

#include <zip.h>

#define SEED(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }
static const struct {
    const char *text;
    size_t len;
} csv_seeds[] = {
    SEED("order,amount,day\n1,\"a,b\",2026-01-01\n2,\"x\"\"y\",\n3,,\r\n"),
    SEED("\xEF\xBB\xBFx;b\n\"multi\nline\";2\n;\n\n\"open"),
    SEED("\xD6\xD0\xCE\xC4,1\n\x81\x30\x81\x30,|\n"),
    SEED("\xFF\xFEx\0,\0y\0\n\0\x2d\x4e,\0\"\0x\0\"\0\n\0"),
    SEED(""),
};

struct source {
    struct fuzz *fuzz;
    const uint8_t *bytes;
    size_t len, at;
};

static int give(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct source *source = arg;
    size_t n = 1 + fuzz_below(source->fuzz, 20);

    (void)err;
    if (n > cap)
        n = cap;
    if (n > source->len - source->at)
        n = source->len - source->at;
    memcpy(buf, source->bytes + source->at, n);
    source->at += n;
    *got = n;
    return 0;
}

static void read_all(struct fuzz *fuzz, const struct buf *bytes)
{
    uint8_t *copy = malloc(bytes->len ? bytes->len : 1);
    struct source source = { fuzz, copy, bytes->len, 0 };
    struct csv_options options = { .encoding = (enum encoding)fuzz_below(fuzz, 5),
                                   .delimiter = ",;\t|"[fuzz_below(fuzz, 4)],
                                   .quote = fuzz_below(fuzz, 4) ? '"' : 0,
                                   .header = fuzz_below(fuzz, 2) != 0,
                                   .record_len_max = fuzz_below(fuzz, 2) ? 0 : 64,
                                   .field_count_max = fuzz_below(fuzz, 2) ? 0 : 3 };
    struct csv_record record;
    struct csv *csv;
    struct err err = { 0 };
    uint64_t last = 0;
    size_t records = 0;
    int rc;

    assert_non_null(copy);
    memcpy(copy, bytes->data, bytes->len);
    if (csv_open(&csv, &options, give, &source, &err) != 0)
        fail_msg("csv_open: %s", err.text);
    while ((rc = csv_next(csv, &record, &err)) == 1) {
        struct buf original = { 0 };
        volatile uint8_t seen = 0;

        for (uint32_t i = 0; i < record.field_count; i++)
            for (uint32_t k = 0; k < record.fields[i].len; k++)
                seen ^= (uint8_t)record.fields[i].text[k];
        (void)seen;
        csv_original(csv, &record, &original);
        buf_fini(&original);
        if (record.pos.offset < last || (records && record.pos.offset == last && !record.raw_cut))
            fail_msg("a record at byte %llu after one at %llu", (unsigned long long)record.pos.offset,
                     (unsigned long long)last);
        last = record.pos.offset;
        if (++records > bytes->len + 2)
            fail_msg("%zu records out of %zu bytes", records, bytes->len);
    }
    if (rc < 0 && !err.text[0])
        fail_msg("a file was refused without a word");
    if (rc == 0 && csv_tell(csv).offset != bytes->len)
        fail_msg("ended at byte %llu of %zu", (unsigned long long)csv_tell(csv).offset, bytes->len);
    csv_close(&csv);
    free(copy);
}

static void reads_any_file(void **state)
{
    static const char *const words[] = { "\"", "\"\"", "\r\n", "\n\n", ",,,", "\xFF\xFE", "\x81\x30", "\"\n", NULL };
    struct fuzz fuzz;

    (void)state;
    fuzz_begin(&fuzz);
    while (fuzz_more(&fuzz)) {
        struct buf bytes = { 0 };
        size_t seed = fuzz_below(&fuzz, 5);

        buf_reserve(&bytes, 1);
        for (size_t i = fuzz_below(&fuzz, 4); i < 5; i++)
            buf_append(&bytes, csv_seeds[seed].text, csv_seeds[seed].len);
        for (size_t i = 1 + fuzz_below(&fuzz, 5); i > 0; i--)
            fuzz_break(&fuzz, &bytes, words);
        read_all(&fuzz, &bytes);
        buf_fini(&bytes);
    }
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

static void reads_any_yaml(void **state)
{
    static const char *const seeds[] = {
        "kind: unit\nitems:\n- code: a\n  parent: b\n  from: 2026-01-01\n- {code: b, tags: [x, 'y', \"z\\n\"]}\n",
        "---\na: 1\n---\n# x\n- |\n  folded\n  text\n- >-\n  more\n...\n",
        "? x\n: - y\n  - ~\n",
    };
    static const char *const words[] = { "&a ", "*a", "!!str ", "- ",        ": ",   "? ",          "---\n",    "{",
                                         "[",   "\t", "'",      "\"\\x00\"", "<<: ", "%YAML 1.1\n", "\xC2\x85", NULL };
    struct fuzz fuzz;

    (void)state;
    fuzz_begin(&fuzz);
    while (fuzz_more(&fuzz)) {
        struct buf text = { 0 };
        struct yaml_file file;
        struct err err = { 0 };
        char *copy;

        buf_append_text(&text, seeds[fuzz_below(&fuzz, 3)]);
        for (size_t i = fuzz_below(&fuzz, 4); i > 0; i--)
            fuzz_break(&fuzz, &text, words);
        copy = malloc(text.len ? text.len : 1);
        assert_non_null(copy);
        memcpy(copy, text.data, text.len);
        if (yaml_in_parse(copy, text.len, "f.yaml", 100000, &file, &err) == 0) {
            for (size_t i = 0; i < file.doc_count; i++) {
                int line = 0;
                int column = 0;

                yaml_locate(&file.docs[i], "/items/0/code", &line, &column);
                assert_true(line >= 1 && column >= 1);
            }
            yaml_in_fini(&file);
        } else if (!err.text[0]) {
            fail_msg("a text was refused without a word");
        }
        free(copy);
        buf_fini(&text);
    }
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

/* --- spreadsheets: parts that are broken inside a zip that isn't; and whole files cut and turned
 * ----------------------
 */

static int see_row(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err)
{
    (void)arg;
    (void)err;
    assert_true(number >= 1 && number <= XLSX_ROWS_MAX && count >= 1 && count <= XLSX_COLUMNS_MAX);
    for (size_t i = 0; i < count; i++)
        assert_true(strlen(cells[i]) <= XLSX_CELL_MAX);
    return 0;
}

static void add_part(zipFile zip, const char *name, struct buf *text)
{
    zip_fileinfo info = { .dosDate = 0 };

    assert_int_equal(zipOpenNewFileInZip(zip, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1), ZIP_OK);
    assert_int_equal(zipWriteInFileInZip(zip, buf_text(text), (unsigned)text->len), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(zip), ZIP_OK);
}

static void make_book(struct fuzz *fuzz, const char *path)
{
    static const struct {
        const char *name, *text;
    } parts[] = {
        { "xl/workbook.xml", "<workbook><workbookPr date1904=\"1\"/><sheets><sheet name=\"s\" r:id=\"rId1\""
                             " xmlns:r=\"r\"/><sheet name=\"t\" id=\"rId2\" state=\"hidden\"/></sheets></workbook>" },
        { "xl/_rels/workbook.xml.rels", "<R><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></R>" },
        { "xl/styles.xml", "<s><numFmts><numFmt numFmtId=\"170\" formatCode=\"[$-804]yyyy&quot;y&quot;\\m\"/></numFmts>"
                           "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/></cellXfs></s>" },
        { "xl/sharedStrings.xml", "<sst><si><t>a</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si></sst>" },
        { "xl/worksheets/sheet1.xml",
          "<w><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"C1\" s=\"1\"><v>46296.5</v></c></row>"
          "<row><c t=\"inlineStr\"><is><t>x</t></is></c><c t=\"b\"><v>1</v></c><c><f>1</f><v>1e300</v></c>"
          "<c s=\"1\"><v>-1e-7</v></c></row></sheetData></w>" },
    };
    static const char *const words[] = { "<row r=\"2\">", "</row>",       "<c r=\"ZZZ9\">", "</c>",
                                         "<v>",           "</v>",         "4294967296",     "-1",
                                         "nan",           "<!DOCTYPE x>", "&lt;",           NULL };
    size_t broken = fuzz_below(fuzz, 6);
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);

    assert_non_null(zip);
    for (size_t i = 0; i < 5; i++) {
        struct buf text = { 0 };

        buf_append_text(&text, parts[i].text);
        for (size_t n = broken == i ? 1 + fuzz_below(fuzz, 4) : 0; n > 0; n--)
            fuzz_break(fuzz, &text, words);
        add_part(zip, parts[i].name, &text);
        buf_fini(&text);
    }
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
}

/* A byte of the file turned, or its end cut off. */
static void break_file(struct fuzz *fuzz, const char *path)
{
    FILE *file = fopen(path, "r+b");
    long len;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    len = ftell(file);
    if (fuzz_below(fuzz, 4) == 0) {
        assert_int_equal(ftruncate(fileno(file), (long)fuzz_below(fuzz, (size_t)len)), 0);
    } else {
        fseek(file, (long)fuzz_below(fuzz, (size_t)len), SEEK_SET);
        fputc((int)fuzz_below(fuzz, 256), file);
    }
    fclose(file);
}

static void reads_any_spreadsheet(void **state)
{
    struct fuzz fuzz;
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "/tmp/bihuan-fuzz-%d.xlsx", (int)getpid());
    fuzz_begin(&fuzz);
    while (fuzz_more(&fuzz)) {
        struct err err = { 0 };
        struct xlsx *xlsx;
        int rc;

        make_book(&fuzz, path);
        if (fuzz_below(&fuzz, 3) == 0)
            break_file(&fuzz, path);
        rc = xlsx_open(&xlsx, path, &err);
        if (rc == 0) {
            for (size_t i = 0; rc == 0 && i < xlsx_sheet_count(xlsx); i++)
                rc = xlsx_read(xlsx, i, 100, see_row, NULL, &err);
            xlsx_close(&xlsx);
        }
        if (rc != 0 && !err.text[0])
            fail_msg("a spreadsheet was refused without a word");
    }
    unlink(path);
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads_any_file), cmocka_unit_test(reads_any_yaml),
                                        cmocka_unit_test(reads_any_spreadsheet) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
