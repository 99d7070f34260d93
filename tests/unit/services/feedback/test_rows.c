/* Files of every format into rows: what a feed declares, the bytes of a file, and the rows that a person reads there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "feedback/mapping/mapping.h"
#include "text/pbjson.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1
#define COLUMNS                                                                                                        \
    "\"code\":\"x\",\"sender\":\"x\",\"fact\":\"order_line\",\"watermark\":\"last_event\",\"columns\":["               \
    "{\"field\":\"time\",\"default\":\"2026-11-01\"},{\"field\":\"unit\",\"default\":\"S1\"}],"

struct source {
    const char *at;
    size_t left, piece; /* bytes a read gives at most */
};

static int give(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct source *source = arg;

    (void)err;
    *got = source->left < source->piece ? source->left : source->piece;
    *got = *got < cap ? *got : cap;
    memcpy(buf, source->at, *got);
    source->at += *got;
    source->left -= *got;
    return 0;
}

static void note_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    buf_printf(arg, "%s %s %s\n", pointer, code, message);
}

static Bihuan__Feed *parse_feed(struct arena *arena, const char *text)
{
    ProtobufCMessage *message;
    struct err err;

    err_clear(&err);
    if (pbjson_parse(&bihuan__feed__descriptor, text, strlen(text), arena, &message, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return (Bihuan__Feed *)message;
}

static void compile(struct mapping *mapping, struct arena *arena, const char *text, struct buf *problems)
{
    struct zone zone;

    zone_parse("+08:00", &zone, NULL);
    mapping_compile(mapping, parse_feed(arena, text), &zone, 4, 16, arena, note_problem, problems);
}

static void watch(void *arg, enum line_kind kind, const struct csv_record *line)
{
    buf_printf(arg, "(%c %.*s)", kind == LINE_HEADER ? 'H' : 'T', (int)line->raw_len, (const char *)line->raw);
}

/* "row@line+offset:field/field", a bad row "row@line+offset!code". */
static void show(struct buf *out, const struct csv_record *record)
{
    buf_printf(out, "%lu@%lu+%lu", record->pos.row, record->pos.line, record->pos.offset);
    if (record->why)
        buf_printf(out, "!%s", record->why->code);
    for (uint32_t i = 0; i < record->field_count; i++)
        buf_printf(out, "%s%.*s", i ? "/" : ":", (int)record->fields[i].len, record->fields[i].text);
    buf_append_text(out, " ");
}

static const char *read_all(struct arena *arena, const struct row_format *format, const char *bytes, size_t len,
                            size_t piece, const struct csv_pos *from)
{
    struct source source = { bytes + (from ? from->offset : 0), len - (from ? from->offset : 0), piece };
    struct csv_record record;
    struct rows *rows;
    struct buf out = { 0 };
    const char *text;
    struct err err;

    assert_int_equal(rows_open(&rows, format, give, &source, &err), 0);
    if (from)
        rows_restart(rows, from);
    rows_watch(rows, watch, &out);
    while (rows_next(rows, &record, &err) == 1)
        if (record.why || record.field_count)
            show(&out, &record);
    rows_close(&rows);
    text = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

struct sample {
    const char *why, *feed, *bytes;
    size_t len;
    const char *want;
};

#define FIXED(more)                                                                                                    \
    "{" COLUMNS "\"key\":[\"id\"],\"format\":\"fixed\"," more                                                          \
    "\"layout\":[{\"name\":\"id\",\"start\":2,\"length\":4,\"trim\":\"zero\"},{\"name\":\"name\",\"start\":6,"         \
    "\"length\":6},{\"name\":\"fen\",\"start\":12,\"length\":8}]}"
#define JSON                                                                                                           \
    "{" COLUMNS "\"key\":[\"id\"],\"format\":\"json_lines\",\"filters\":[{\"column\":\"a.b\",\"values\":[\"1\"]},"     \
    "{\"column\":\"l.1\",\"values\":[\"1\"]}]}"
#define PIPES(more) "{" COLUMNS "\"key\":[\"1\"],\"no_header\":true,\"quote\":\"none\",\"delimiter\":\"|\"," more "}"

static const struct sample samples[] = {
    /* 瑋 AC 7C, 誠 D5 5C, 顯 EF 40: second bytes that are |, \ and @ */
    { "gbk: a pipe inside a character parts nothing", PIPES("\"encoding\":\"GBK\""),
      BYTES("k1|\xAC\x7C\xD5\x5C|7\nk2|\xEF\x40|8"), "1@1+0:k1/瑋誠/7 2@2+10:k2/顯/8 " },
    { "a backslash and an at sign as delimiters",
      "{" COLUMNS
      "\"key\":[\"1\"],\"no_header\":true,\"quote\":\"none\",\"delimiter\":\"\\\\\",\"encoding\":\"GB18030\"}",
      BYTES("\xD5\x5C\\\xAC\x7C\r\n\xEF\x40\\x\r\n"), "1@1+0:誠/瑋 2@2+7:顯/x " },
    { "at sign",
      "{" COLUMNS "\"key\":[\"1\"],\"no_header\":true,\"quote\":\"none\",\"delimiter\":\"@\",\"encoding\":\"GBK\"}",
      BYTES("\xEF\x40@\xEF\x40"), "1@1+0:顯/顯 " },
    { "marks: rows are numbered without other lines",
      PIPES("\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\",\"ignored\":[\"I\"]}"),
      BYTES("H|20261101\nD|a\nI|x\nD|b\nC|on\nDD|c\nT|2\nD|late\n"),
      "(H H|20261101)1@2+11:D/a 2@4+19:D/b 3@5+23!unknown_mark 4@6+28!unknown_mark (T T|2)5@8+37!after_trailer " },
    { "lines skipped unread, quotes and bad bytes among them", "{" COLUMNS "\"key\":[\"id\"],\"skip_lines\":2}",
      BYTES("report \"of\n\xA0\xFF,\nid,x\n1,\"a\nb\"\n"), "0@3+15:id/x 1@4+20:1/a\nb " },
    { "skipped lines behind a mark in utf-16", "{" COLUMNS "\"key\":[\"id\"],\"skip_lines\":1,\"encoding\":\"UTF-16\"}",
      BYTES("\xFF\xFE\x2D\x4E\n\0i\0d\0\n\0\x4B\x6D\n\0"), "0@2+6:id 1@3+12:测 " },
    { "columns named by the feed", PIPES("\"layout\":[{\"name\":\"a\"},{\"name\":\"b\"}]"), BYTES("1|2\n3"),
      "1@1+0:1/2 2@2+4:3 " },
    { "fixed: characters, zeros and blanks off", FIXED("\"encoding\":\"GBK\","),
      BYTES("D0007\xAC\x7C\xD5\x5C    00001250\r\nD0000abcdef       0   \nD0001x\n"),
      "1@1+0:7/瑋誠/00001250 2@2+23:0/abcdef/0 3@3+46!row_length " },
    { "fixed: places in bytes", FIXED("\"encoding\":\"GBK\",\"width_unit\":\"bytes\","),
      BYTES("D0007\xAC\x7C\xD5\x5C  00001250\nD0007abcde\xAC\x7C"
            "0000125\nD0007abcdef00001250x\n"),
      "1@1+0:7/瑋誠/00001250 2@2+20!bad_encoding 3@3+40!row_length " },
    { "fixed: last columns may be missing", FIXED("\"optional_columns\":1,"), BYTES("D0007abcdef\nD0007abcde\n"),
      "1@1+0:7/abcdef/ 2@2+12!row_length " },
    { "fixed: marks and lines of another layout",
      FIXED("\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\"},"),
      BYTES("HX\nD0007abcdef00001250\nT0001\n"), "(H HX)1@2+3:7/abcdef/00001250 (T T0001)" },
    { "json: paths, places in lists, numbers as they stand", JSON,
      BYTES("{\"id\":12345678901234567890.10,\"a\":{\"b\":0.1,\"c\":[1,{\"d\":null}]},\"l\":[0,-1e3]}\n"
            "{\"a\":{},\"id\":\"\\u4f60\\ud83d\\ude00\\\"\\/\",\"l\":[]}\n"),
      "1@1+0:12345678901234567890.10/0.1/-1e3 2@2+77:你😀\"/// " },
    { "json: what is no object, or not valid", JSON,
      BYTES("[1]\n{\"id\":01}\n{\"id\":1}x\n{\"id\":{\"x\":1}}\n{\"id\":1,\"id\":2}\n{\"id\":\"\\u0000\"}\n"
            "{\"id\":\"\\ud800\"}\n{\"id\":tru}\n{\"id\":\"a\tb\"}\n{\"id\":1\n{\"id\":null}\n"),
      "1@1+0!bad_json 2@2+4!bad_json 3@3+14!bad_json 4@4+24!not_scalar 5@5+39!twice 6@6+55!nul_byte "
      "7@7+71!bad_json 8@8+87!bad_json 9@9+98!bad_json 10@10+111!bad_json 11@11+119:// " },
    { "json: deeper than is read", JSON,
      BYTES("{\"z\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"), "1@1+0!bad_json " },
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *s = &samples[i];
        struct buf problems = { 0 };
        struct mapping mapping;
        struct arena arena;

        arena_init(&arena);
        compile(&mapping, &arena, s->feed, &problems);
        if (problems.len)
            fail_msg("%s: %s", s->why, buf_text(&problems));
        for (size_t piece = 1; piece < 200; piece = piece * 3 + 1) {
            const char *got = read_all(&arena, &mapping.rows, s->bytes, s->len, piece, NULL);

            if (strcmp(got, s->want) != 0)
                fail_msg("%s\n got %s\nwant %s", s->why, got, s->want);
        }
        mapping_fini(&mapping);
        buf_fini(&problems);
        arena_fini(&arena);
    }
}

/* Reading on at any row gives the rows that were still to come, with the same numbers. */
static void test_restart(void **state)
{
    static const char BYTES_OF[] = "H|1\nD|a\nI|x\nD|b\nD|c\nT|3\n";
    struct csv_record record;
    struct mapping mapping;
    struct arena arena;
    const char *whole;
    struct buf none = { 0 };

    (void)state;
    arena_init(&arena);
    compile(&mapping, &arena,
            PIPES("\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\",\"ignored\":[\"I\"]}"), &none);
    whole = read_all(&arena, &mapping.rows, BYTES_OF, sizeof BYTES_OF - 1, 7, NULL);
    for (int stop = 0; stop <= 3; stop++) {
        struct source source = { BYTES_OF, sizeof BYTES_OF - 1, 5 };
        struct csv_pos pos;
        struct rows *rows;
        const char *rest;
        struct err err;

        assert_int_equal(rows_open(&rows, &mapping.rows, give, &source, &err), 0);
        for (int i = 0; i < stop; i++)
            assert_int_equal(rows_next(rows, &record, &err), 1);
        pos = rows_tell(rows);
        rows_close(&rows);
        rest = read_all(&arena, &mapping.rows, BYTES_OF, sizeof BYTES_OF - 1, 3, &pos);
        assert_string_equal(rest, whole + strlen(whole) - strlen(rest));
        assert_int_equal(strlen(whole) - strlen(rest), stop ? (size_t)(strstr(whole, stop == 1   ? ":D/a "
                                                                                     : stop == 2 ? ":D/b "
                                                                                                 : ":D/c ") +
                                                                       5 - whole)
                                                            : 0);
    }
    mapping_fini(&mapping);
    arena_fini(&arena);
}

static void test_faults(void **state)
{
    static const struct {
        const char *feed, *pointer, *code;
    } rows[] = {
        { "{" COLUMNS "\"key\":[\"a\"],\"format\":\"xml\"}", "/format", "unknown_format" },
        { "{" COLUMNS "\"key\":[\"a\"],\"format\":\"fixed\"}", "/layout", "missing" },
        { "{" COLUMNS "\"key\":[\"a\"],\"layout\":[{\"name\":\"a\"}]}", "/layout", "has_header" },
        { FIXED("\"width_unit\":\"inches\","), "/width_unit", "unknown_width_unit" },
        { FIXED("\"width_unit\":\"bytes\",\"encoding\":\"UTF-16\","), "/width_unit", "unknown_width_unit" },
        { FIXED("\"delimiter\":\",\","), "/delimiter", "not_csv" },
        { FIXED("\"optional_columns\":3,"), "/optional_columns", "too_many" },
        { FIXED("\"marks\":{},"), "/marks", "missing" },
        { FIXED("\"marks\":{\"data\":\"D\",\"header\":\"D\"},"), "/marks", "twice" },
        { "{" COLUMNS "\"key\":[\"a\"],\"marks\":{\"data\":\"D\"}}", "/marks", "has_header" },
        { "{" COLUMNS "\"key\":[\"a..b\"],\"format\":\"json_lines\"}", "/key/0", "bad_path" },
        { "{" COLUMNS "\"key\":[\"a\"],\"filters\":[{\"column\":\"a\"}]}", "/filters/0", "missing" },
        { PIPES("\"layout\":[{\"name\":\"a\"},{\"name\":\"a\"}]"), "/layout/1/name", "twice" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf problems = { 0 };
        struct mapping mapping;
        struct arena arena;
        char want[80];

        arena_init(&arena);
        compile(&mapping, &arena, rows[i].feed, &problems);
        snprintf(want, sizeof want, "%s %s ", rows[i].pointer, rows[i].code);
        if (strncmp(buf_text(&problems), want, strlen(want)) != 0)
            fail_msg("row %zu: got %s, not %s", i, buf_text(&problems), want);
        mapping_fini(&mapping);
        buf_fini(&problems);
        arena_fini(&arena);
    }
}

/* Amounts by scale and money unit, in ten thousandths; columns and their order by hand. */
static void test_amounts(void **state)
{
    static const struct {
        const char *money, *text;
        int scale;
        int64_t want; /* INT64_MIN: refused */
    } rows[] = {
        { "yuan", "12.5", 0, 125000 },       { "fen", "1250", 0, 125000 },       { "li", "12500", 0, 125000 },
        { "yuan", "0000001250", 2, 125000 }, { "fen", "0000125000", 2, 125000 }, { "yuan", "-00125", 1, -125000 },
        { "yuan", "12.50", 2, INT64_MIN },   { "li", "12500.05", 0, INT64_MIN }, { "yuan", "1e3", 0, INT64_MIN },
        { "yuan", "0.00001", 0, INT64_MIN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf problems = { 0 };
        int64_t got = INT64_MIN;
        struct mapping mapping;
        struct arena arena;

        arena_init(&arena);
        compile(&mapping, &arena,
                arena_printf(&arena,
                             "{\"code\":\"x\",\"sender\":\"x\",\"fact\":\"order_line\",\"watermark\":\"none\",\"key\":["
                             "\"k\"],\"columns\":[{\"field\":\"time\",\"column\":\"t\"},{\"field\":\"unit\",\"column\":"
                             "\"u\"},{\"field\":\"amount\",\"column\":\"a\",\"money\":\"%s\",\"scale\":%d}]}",
                             rows[i].money, rows[i].scale),
                &problems);
        assert_string_equal(buf_text(&problems), "");
        if (mapping_amount(&mapping, rows[i].text, strlen(rows[i].text), &got, NULL) != 0)
            got = INT64_MIN;
        if (got != rows[i].want)
            fail_msg("row %zu: %ld, not %ld", i, (long)got, (long)rows[i].want);
        mapping_fini(&mapping);
        buf_fini(&problems);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples), cmocka_unit_test(test_restart),
                                        cmocka_unit_test(test_faults), cmocka_unit_test(test_amounts) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
