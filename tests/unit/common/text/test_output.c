/* JSON, CSV and tables out; UTF-8 checked and measured; base64; file name patterns. */
#include "check.h"
#include "text/base64.h"
#include "text/csv_out.h"
#include "text/encoding.h"
#include "text/json_out.h"
#include "text/pattern.h"
#include "text/table.h"
#include "text/utf8.h"

static void checks_utf8(void **state)
{
    static const struct {
        const char *why, *text;
        size_t valid_len;
    } rows[] = {
        { "ASCII", "a long enough text of ASCII", 27 },
        { "two, three, four bytes", "\xC3\xA9\xE4\xB8\xAD\xF0\xA0\xAE\xB7", 9 },
        { "overlong slash", "ab\xC0\xAF", 2 },
        { "overlong of three", "\xE0\x80\xAF", 0 },
        { "overlong of four", "\xF0\x80\x80\xAF", 0 },
        { "surrogate", "x\xED\xBF\xBF", 1 },
        { "above the last", "x\xF4\x90\x80\x80", 1 },
        { "the last", "\xF4\x8F\xBF\xBF", 4 },
        { "FF", "0123456789abcdef0123\xFF", 20 },
        { "a lone trail byte", "\x80", 0 },
        { "cut off", "\xE4\xB8", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (utf8_valid_len(rows[i].text, strlen(rows[i].text)) != rows[i].valid_len)
            fail_msg("%s", rows[i].why);
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        uint8_t bytes[4];
        uint32_t back = 0;
        size_t n = utf8_encode(cp, bytes);
        if ((cp < 0xD800 || cp > 0xDFFF) && (utf8_decode(bytes, n, &back) != n || back != cp))
            fail_msg("U+%X", cp);
    }
}

static void mends_what_was_cut(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },
        { "whole \xE4\xB8\xAD", "whole \xE4\xB8\xAD" },
        { "at the end \xE4\xB8", "at the end " },
        { "\xE4\xB8 in between \xFF\xE6\x96\x87", " in between \xE6\x96\x87" },
        { "\x80\x80", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];

        snprintf(text, sizeof text, "%s", rows[i][0]);
        assert_string_equal(utf8_mend(text), rows[i][1]);
    }
}

static void measures_width(void **state)
{
    struct buf out = { 0 };

    (void)state;
    assert_int_equal(utf8_width("abc", 3), 3);
    assert_int_equal(utf8_width("\xE4\xB8\xAD\xE6\x96\x87", 6), 4);
    assert_int_equal(utf8_width("e\xCC\x81", 3), 1);
    assert_int_equal(utf8_width("\xEF\xBC\x81\xEF\xBD\xB1", 6), 3); /* fullwidth !, halfwidth A of katakana */
    assert_int_equal(utf8_width("\xFF", 1), 1);
    assert_int_equal(utf8_append_fit(&out, "\xE4\xB8\xAD\xE6\x96\x87x", 7, 4), 3);
    assert_string_equal(buf_text(&out), "\xE4\xB8\xAD\xE2\x80\xA6");
    buf_fini(&out);
}

static void writes_json(void **state)
{
    struct buf buf = { 0 };
    struct json_out out;

    (void)state;
    json_out_init(&out, &buf);
    json_out_object(&out);
    json_out_field_text(&out, "t", "a\"\\\n\x01\x7F\xE4\xB8\xAD\xFF");
    json_out_field_int(&out, "i", INT64_MIN);
    json_out_field_bool(&out, "b", true);
    json_out_field_decimal(&out, "d", -12350, 4, 2);
    json_out_field_text(&out, "n", NULL);
    json_out_key(&out, "a");
    json_out_array(&out);
    json_out_uint(&out, UINT64_MAX);
    json_out_object(&out);
    json_out_object_end(&out);
    json_out_double(&out, 0.1);
    json_out_double(&out, 1.0 / 0.0);
    json_out_array(&out);
    json_out_array_end(&out);
    json_out_array_end(&out);
    json_out_key(&out, "r");
    json_out_raw(&out, "{}", 2);
    json_out_object_end(&out);
    assert_string_equal(buf_text(&buf),
                        "{\"t\":\"a\\\"\\\\\\n\\u0001\\u007f\xE4\xB8\xAD\xEF\xBF\xBD\",\"i\":-9223372036854775808,"
                        "\"b\":true,\"d\":-1.24,\"n\":null,\"a\":[18446744073709551615,{},0.1,null,[]],\"r\":{}}");
    buf_fini(&buf);
}

static void writes_whole_numbers(void **state)
{
    static const int64_t numbers[] = { 0, 1, -1, 9, 10, -10, 99, 100, 1000000007, INT64_MAX, INT64_MIN };

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct buf buf = { 0 };
        struct json_out out;
        char want[32];

        json_out_init(&out, &buf);
        json_out_int(&out, numbers[i]);
        snprintf(want, sizeof want, "%lld", (long long)numbers[i]);
        assert_string_equal(buf_text(&buf), want);
        buf_fini(&buf);
    }
}

static void writes_csv(void **state)
{
    struct buf buf = { 0 };
    struct csv_out out;

    (void)state;
    csv_out_init(&out, &buf, ',', true);
    csv_out_mark(&out);
    csv_out_text(&out, "a,b");
    csv_out_text(&out, "say \"x\"");
    csv_out_text(&out, "two\nlines");
    csv_out_end(&out);
    csv_out_text(&out, "=1+1");
    csv_out_text(&out, "-12.5");
    csv_out_text(&out, "@x,y");
    csv_out_int(&out, -3);
    csv_out_decimal(&out, 12345, 4, 2);
    csv_out_end(&out);
    csv_out_text(&out, ""); /* an empty line would be no record */
    csv_out_end(&out);
    assert_string_equal(buf_text(&buf), "\xEF\xBB\xBF\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n"
                                        "'=1+1,-12.5,\"'@x,y\",-3,1.23\n\"\"\n");
    buf_fini(&buf);
}

static void prints_tables(void **state)
{
    static const struct table_column columns[] = { { "unit", TABLE_LEFT, 0 },
                                                   { "amount", TABLE_RIGHT, 0 },
                                                   { "note", TABLE_LEFT, 5 } };
    struct arena arena;
    struct table table;
    struct buf out = { 0 };

    (void)state;
    arena_init(&arena);
    table_init(&table, &arena, columns, COUNT(columns));
    table_cell(&table, "\xE5\x8C\x97\xE4\xBA\xAC\xE5\xB8\x82");
    table_cellf(&table, "%d", 5);
    table_cell(&table, "much too long");
    table_cell(&table, "hq");
    table_cell(&table, "1234567");
    table_print(&table, &out);
    assert_string_equal(buf_text(&out), "unit     amount  note\n"
                                        "\xE5\x8C\x97\xE4\xBA\xAC\xE5\xB8\x82        5  much\xE2\x80\xA6\n"
                                        "hq      1234567\n");
    buf_fini(&out);
    arena_fini(&arena);
}

static void codes_base64(void **state)
{
    static const char *const rows[][2] = { { "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
                                           { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "\xFB\xFF", "+/8=" } };
    static const char *const wrong[] = { "Z", "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z===", "Zg= ", "Zm 9", "-_8=" };
    struct buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_reset(&out);
        base64_encode((const uint8_t *)rows[i][0], strlen(rows[i][0]), &out);
        assert_string_equal(buf_text(&out), rows[i][1]);
        buf_reset(&out);
        assert_int_equal(base64_decode(rows[i][1], strlen(rows[i][1]), &out), 0);
        assert_string_equal(buf_text(&out), rows[i][0]);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (base64_decode(wrong[i], strlen(wrong[i]), &out) == 0)
            fail_msg("\"%s\" was taken", wrong[i]);
    buf_fini(&out);
}

static void matches_names(void **state)
{
    static const struct zone zone = { "Asia/Shanghai", 8 * 3600 };
    static const struct {
        const char *pattern, *name, *code; /* code NULL: it matches */
        int32_t day;
        uint64_t sequence;
    } rows[] = {
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "orders_20240229_007.csv.gz", NULL, 19782, 7 },
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "orders_20240229_0007.csv.gz", "no_match", 0, 0 },
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "orders_20240229_007.csv", "no_match", 0, 0 },
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "orders_20230229_007.csv.gz", "bad_date", 0, 0 },
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "Orders_20240229_007.csv.gz", "no_match", 0, 0 },
        { "orders_{yyyyMMdd}_{nnn}.csv.gz", "orders_2024022x_007.csv.gz", "no_match", 0, 0 },
        { "{*}{yyyyMMddHHmm}{nnnn}", "SubscribeInfo0000123420240229080010001", "bad_date", 0, 0 },
        { "{*}{yyyyMMddHHmm}{*}", "x", "bad_pattern", 0, 0 },
        { "{*}{yyyyMMddHHmm}010{nnnn}", "SubscribeInfo123456782024022908000100001", NULL, 19782, 1 },
        { "r{n+}.DAT", "r123456.DAT", NULL, 0, 123456 },
        { "r{n+}.DAT", "r.DAT", "no_match", 0, 0 },
        { "{*}.csv", ".csv", NULL, 0, 0 },
        { "a-{yyyy-MM-dd}", "a-2024-02-29", NULL, 19782, 0 },
        { "a-{yyyy-MM-dd}", "d/a-2024-02-29", "no_match", 0, 0 },
        { "a{", "a", "bad_pattern", 0, 0 },
        { "a}", "a", "bad_pattern", 0, 0 },
        { "a{}", "a", "bad_pattern", 0, 0 },
        { "a{yyyy}", "a", "bad_pattern", 0, 0 },
        { "a{yyyyMd}", "a", "bad_pattern", 0, 0 },
        { "a{nn}{nn}", "a", "bad_pattern", 0, 0 },
        { "d/{nn}", "a", "bad_pattern", 0, 0 },
        { "", "a", "bad_pattern", 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern pattern;
        struct pattern_match match;
        struct err err = { 0 };
        int rc = pattern_parse(rows[i].pattern, &pattern, &err);

        if (rc == 0)
            rc = pattern_match(&pattern, rows[i].name, &zone, &match, &err);
        if (rows[i].code) {
            assert_refused(rc, &err, rows[i].code, rows[i].name);
            continue;
        }
        if (rc != 0)
            fail_msg("%s: %s", rows[i].name, err.text);
        if (match.has_date)
            assert_int_equal(match.moment.day, rows[i].day);
        if (match.has_sequence)
            assert_int_equal(match.sequence, rows[i].sequence);
    }
}

static void knows_encodings(void **state)
{
    enum encoding encoding;
    struct err err;

    (void)state;
    assert_int_equal(encoding_parse("GBK", &encoding, &err), 0);
    assert_int_equal(encoding, ENCODING_GB18030);
    assert_string_equal(encoding_name(encoding), "gb18030");
    assert_refused(encoding_parse("big5", &encoding, &err), &err, "unknown_encoding", "big5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_utf8),     cmocka_unit_test(mends_what_was_cut),   cmocka_unit_test(measures_width),
        cmocka_unit_test(writes_json),     cmocka_unit_test(writes_whole_numbers), cmocka_unit_test(writes_csv),
        cmocka_unit_test(prints_tables),   cmocka_unit_test(codes_base64),         cmocka_unit_test(matches_names),
        cmocka_unit_test(knows_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
