/* Records of delimited files: every trap a sender has set so far, cut into reads at every place. */
#include "check.h"
#include <iconv.h>
#include <unistd.h>
#include "text/csv.h"
#include "support/seed.h"

/* A source that gives `bytes` in pieces: `step` at a time, or of random sizes when a seed is set. */
struct pieces {
    const char *bytes;
    size_t len, at, step;
    unsigned *seed;
};

static int give(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct pieces *in = arg;
    size_t n = in->seed ? 1 + (size_t)rand_r(in->seed) % 9 : in->step;

    (void)err;
    n = n < in->len - in->at ? n : in->len - in->at;
    n = n < cap ? n : cap;
    memcpy(buf, in->bytes + in->at, n);
    in->at += n;
    *got = n;
    return 0;
}

/* All records as one text: fields in [], joined; a bad one as its code; then line:row@offset. */
static void tell_record(const struct csv_record *record, struct buf *out)
{
    if (record->why)
        buf_printf(out, "!%s@%llu", record->why->code, (unsigned long long)record->why_offset);
    for (uint32_t i = 0; i < record->field_count; i++)
        buf_printf(out, "[%.*s]", (int)record->fields[i].len, record->fields[i].text);
    buf_printf(out, " %llu:%llu@%llu\n", (unsigned long long)record->pos.line, (unsigned long long)record->pos.row,
               (unsigned long long)record->pos.offset);
}

static void tell_all(const struct csv_options *options, struct pieces in, struct buf *out)
{
    struct csv *csv = NULL;
    struct csv_record record;
    struct err err = { 0 };
    int rc;

    buf_reset(out);
    assert_int_equal(csv_open(&csv, options, give, &in, &err), 0);
    while ((rc = csv_next(csv, &record, &err)) == 1)
        tell_record(&record, out);
    if (rc != 0)
        buf_printf(out, "!!%s\n", err.code);
    csv_close(&csv);
}

#define BYTES(text) text, sizeof text - 1

static const struct row {
    const char *why;
    struct csv_options options;
    const char *bytes;
    size_t len;
    const char *want;
} rows[] = {
    { "an empty file", { 0 }, BYTES(""), "" },
    { "lines", { 0 }, BYTES("a,b\nc,d\n"), "[a][b] 1:1@0\n[c][d] 2:2@4\n" },
    { "no newline at the end", { 0 }, BYTES("a,b\nc,d"), "[a][b] 1:1@0\n[c][d] 2:2@4\n" },
    { "CRLF", { 0 }, BYTES("a,b\r\nc,d\r\n"), "[a][b] 1:1@0\n[c][d] 2:2@5\n" },
    { "bare CR", { 0 }, BYTES("a,b\rc,d\r"), "[a][b] 1:1@0\n[c][d] 2:2@4\n" },
    { "an empty line has no fields", { 0 }, BYTES("a\n\nb\n"), "[a] 1:1@0\n 2:2@2\n[b] 3:3@3\n" },
    { "empty fields", { 0 }, BYTES(",\n,,x\n"), "[][] 1:1@0\n[][][x] 2:2@2\n" },
    { "a header is row 0", { .header = true }, BYTES("h\nx\n"), "[h] 1:0@0\n[x] 2:1@2\n" },
    { "UTF-8 mark", { 0 }, BYTES("\xEF\xBB\xBF\xE4\xB8\xAD\n"), "[\xE4\xB8\xAD] 1:1@3\n" },
    { "tabs", { .delimiter = '\t' }, BYTES("a\t\tb\n"), "[a][][b] 1:1@0\n" },
    { "quoted", { .quote = '"' }, BYTES("\"a,b\",\"\",c\n"), "[a,b][][c] 1:1@0\n" },
    { "doubled quotes", { .quote = '"' }, BYTES("\"a\"\"b\",\"\"\"\"\n"), "[a\"b][\"] 1:1@0\n" },
    { "quoted newlines count as lines",
      { .quote = '"' },
      BYTES("\"a\nb\r\nc\",d\ne\n"),
      "[a\nb\r\nc][d] 1:1@0\n[e] 4:2@11\n" },
    { "a quote inside plain text", { .quote = '"' }, BYTES("5\" pipe,x\ny\n"), "[5\" pipe][x] 1:1@0\n[y] 2:2@10\n" },
    { "quotes not declared", { 0 }, BYTES("\"a,b\n"), "[\"a][b] 1:1@0\n" },
    { "a quoted field at the very end", { .quote = '"' }, BYTES("a,\"b\""), "[a][b] 1:1@0\n" },
    { "text behind a quote", { .quote = '"' }, BYTES("\"a\"b,\"c\nd\n"), "!bad_quote@3 1:1@0\n[d] 2:2@8\n" },
    { "a quote never closed spoils one line",
      { .quote = '"' },
      BYTES("x,\"a\nb,c\nd\n"),
      "!open_quote@2 1:1@0\n[b][c] 2:2@5\n[d] 3:3@9\n" },
    { "the same at the end", { .quote = '"' }, BYTES("b\n\"a"), "[b] 1:1@0\n!open_quote@2 2:2@2\n" },
    { "NUL", { 0 }, BYTES("a\nb\0c\nd\n"), "[a] 1:1@0\n!nul_byte@3 2:2@2\n[d] 3:3@6\n" },
    { "invalid UTF-8", { 0 }, BYTES("a\nb\xC0\xAF\nd\n"), "[a] 1:1@0\n!bad_encoding@3 2:2@2\n[d] 3:3@6\n" },
    { "UTF-8 surrogate", { 0 }, BYTES("\xED\xA0\x80\nd\n"), "!bad_encoding@0 1:1@0\n[d] 2:2@4\n" },
    { "cut character at the end", { 0 }, BYTES("a\n\xE4\xB8"), "[a] 1:1@0\n!bad_encoding@2 2:2@2\n" },
    { "UTF-16 where UTF-8 was declared",
      { 0 },
      BYTES("\xFF\xFE"
            "a\0"),
      "!!wrong_mark\n" },
    { "too many fields",
      { .field_count_max = 2 },
      BYTES("1,2\n1,2,3\n4\n"),
      "[1][2] 1:1@0\n!too_many_fields@4 2:2@4\n[4] 3:3@10\n" },
    { "just as long as allowed", { .record_len_max = 4 }, BYTES("1234\r\n12\n"), "[1234] 1:1@0\n[12] 2:2@6\n" },
    { "one byte too long", { .record_len_max = 4 }, BYTES("12345\n12\n"), "!record_too_long@4 1:1@0\n[12] 2:2@6\n" },
    { "much too long",
      { .record_len_max = 4 },
      BYTES("1234567890\r\n12\n"),
      "!record_too_long@4 1:1@0\n[12] 2:2@12\n" },
    { "too long and last", { .record_len_max = 4 }, BYTES("1\n1234567890"), "[1] 1:1@0\n!record_too_long@6 2:2@2\n" },
    { "a quote not closed within the limit",
      { .quote = '"', .record_len_max = 8 },
      BYTES("\"1\n2\n3\n4\n5\n6\""),
      "!open_quote@0 1:1@0\n[2] 2:2@3\n[3] 3:3@5\n[4] 4:4@7\n[5] 5:5@9\n[6\"] 6:6@11\n" },
    { "a long quoted line",
      { .quote = '"', .record_len_max = 4 },
      BYTES("\"123456789\"\n1\n"),
      "!record_too_long@4 1:1@0\n[1] 2:2@12\n" },
    /* second bytes that look like ASCII: 7C is |, 5C is \, 40 is @ */
    { "GB18030: a trail byte that is the delimiter",
      { .encoding = ENCODING_GB18030, .delimiter = '|' },
      BYTES("\xAC\x7C|\xD6\xD0\n"),
      "[\xE7\x91\x8B][\xE4\xB8\xAD] 1:1@0\n" },
    { "GB18030: backslash as delimiter",
      { .encoding = ENCODING_GB18030, .delimiter = '\\' },
      BYTES("\xD5\x5C\\x\n"),
      "[\xE8\xAA\xA0][x] 1:1@0\n" },
    { "GB18030: at sign as delimiter",
      { .encoding = ENCODING_GB18030, .delimiter = '@' },
      BYTES("\xEF\x40@x\n"),
      "[\xE9\xA1\xAF][x] 1:1@0\n" },
    { "GB18030: a trail byte before a quote opens nothing",
      { .encoding = ENCODING_GB18030, .delimiter = '|', .quote = '"' },
      BYTES("\xAC\x7C\"x|\"y|z\"\n"),
      "[\xE7\x91\x8B\"x][y|z] 1:1@0\n" },
    { "GB18030: inside quotes",
      { .encoding = ENCODING_GB18030, .delimiter = '|', .quote = '"' },
      BYTES("\"\xAC\x7C\n\xD5\x5C\"|\"\xEF\x40\"\n"),
      "[\xE7\x91\x8B\n\xE8\xAA\xA0][\xE9\xA1\xAF] 1:1@0\n" },
    { "GB18030: four bytes",
      { .encoding = ENCODING_GB18030 },
      BYTES("\x95\x34\xB2\x35,\x81\x30\x89\x38,\xA2\xE3\n"),
      "[\xF0\xA0\xAE\xB7][\xC3\x9F][\xE2\x82\xAC] 1:1@0\n" },
    { "GB18030: a lead byte before a newline",
      { .encoding = ENCODING_GB18030 },
      BYTES("a\xD6\nb\n"),
      "!bad_encoding@1 1:1@0\n[b] 2:2@3\n" },
    { "GB18030: a stray A0 and FF",
      { .encoding = ENCODING_GB18030 },
      BYTES("\xA0\nx\xFF\nb\n"),
      "!bad_encoding@0 1:1@0\n!bad_encoding@3 2:2@2\n[b] 3:3@5\n" },
    { "GB18030: its mark",
      { .encoding = ENCODING_GB18030 },
      BYTES("\x84\x31\x95\x33\xD2\xBB\n"),
      "[\xE4\xB8\x80] 1:1@4\n" },
    { "GB18030: UTF-8 without a mark",
      { .encoding = ENCODING_GB18030 },
      BYTES("1,\xE4\xB8\x9C\xE5\x8C\xBA\xE7\x91\x8B\xE5\xBA\x97\n"),
      "!!wrong_encoding\n" },
    { "GB18030: as UTF-8 too short to be sure of",
      { .encoding = ENCODING_GB18030 },
      BYTES("1,\xE4\xB8\x9C\xE5\x8C\xBA\n"),
      "[1][\xE6\xB6\x93\xE6\xBB\x83\xE5\xB0\xAF] 1:1@0\n" },
    { "GB18030: valid UTF-8, and then not",
      { .encoding = ENCODING_GB18030 },
      BYTES("\xE4\xB8\x9C\xE5\x8C\xBA\xE7\x91\x8B\xE5\xBA\x97,\xB5\xEA\n"),
      "[\xE6\xB6\x93\xE6\xBB\x83\xE5\xB0\xAF\xE9\x90\x9F\xE5\xAC\xAA\xE7\xB0\xB5][\xE5\xBA\x97] 1:1@0\n" },
    { "GB18030: UTF-8's mark", { .encoding = ENCODING_GB18030 }, BYTES("\xEF\xBB\xBFx\n"), "!!wrong_mark\n" },
    { "UTF-16LE with mark",
      { .encoding = ENCODING_UTF16 },
      BYTES("\xFF\xFE"
            "a\0,\0\x2D\x4E\r\0\n\0b\0\n\0"),
      "[a][\xE4\xB8\xAD] 1:1@2\n[b] 2:2@12\n" },
    { "UTF-16BE with mark",
      { .encoding = ENCODING_UTF16 },
      BYTES("\xFE\xFF\0a\0,\x4E\x2D\0\n\0b"),
      "[a][\xE4\xB8\xAD] 1:1@2\n[b] 2:2@10\n" },
    { "UTF-16 pairs",
      { .encoding = ENCODING_UTF16LE },
      BYTES("\x42\xD8\xB7\xDF\n\0x\0"),
      "[\xF0\xA0\xAE\xB7] 1:1@0\n[x] 2:2@6\n" },
    { "UTF-16: 0A0A is no newline", { .encoding = ENCODING_UTF16LE }, BYTES("\x0A\x0A\n\0"), "[\xE0\xA8\x8A] 1:1@0\n" },
    { "UTF-16 without mark", { .encoding = ENCODING_UTF16 }, BYTES("a\0"), "!!no_mark\n" },
    { "UTF-16 of the other order", { .encoding = ENCODING_UTF16LE }, BYTES("\xFE\xFF\0a"), "!!wrong_mark\n" },
    { "UTF-16: a lone half",
      { .encoding = ENCODING_UTF16LE },
      BYTES("a\0\x42\xD8\n\0b\0\n\0"),
      "!bad_encoding@2 1:1@0\n[b] 2:2@6\n" },
    { "UTF-16: a lone second half",
      { .encoding = ENCODING_UTF16LE },
      BYTES("\xB7\xDF\n\0b\0\n\0"),
      "!bad_encoding@0 1:1@0\n[b] 2:2@4\n" },
    { "UTF-16: an odd byte",
      { .encoding = ENCODING_UTF16LE },
      BYTES("a\0\n\0b\0c"),
      "[a] 1:1@0\n!bad_encoding@6 2:2@4\n" },
    { "UTF-16: NUL", { .encoding = ENCODING_UTF16LE }, BYTES("a\0\0\0\n\0b\0"), "!nul_byte@2 1:1@0\n[b] 2:2@6\n" },
};

/* Each row whole, then byte by byte, then by every other step, which puts a cut into every place. */
static void reads_rows(void **state)
{
    struct buf got = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = rows[i].len + 1; step > 0; step--) {
            tell_all(&rows[i].options, (struct pieces) { rows[i].bytes, rows[i].len, 0, step, NULL }, &got);
            if (strcmp(buf_text(&got), rows[i].want) != 0)
                fail_msg("%s, %zu bytes a read:\n%swanted\n%s", rows[i].why, step, buf_text(&got), rows[i].want);
        }
    buf_fini(&got);
}

/* Text out of the characters that matter, so that every odd sequence comes up. */
static size_t random_text(unsigned *seed, char *out, size_t cap)
{
    static const char *const parts[] = { "a",
                                         ",",
                                         "\"",
                                         "\"\"",
                                         "\n",
                                         "\r",
                                         "\r\n",
                                         "\xAC\x7C",
                                         "\xD5\x5C",
                                         "|",
                                         "xyz",
                                         "\x95\x34\xB2\x35",
                                         "\xE4\xB8\xAD",
                                         "\xFF",
                                         ",\"",
                                         "\",",
                                         "0123456789" };
    size_t n = 0;

    for (int count = 1 + rand_r(seed) % 60; count; count--) {
        const char *part = parts[(size_t)rand_r(seed) % COUNT(parts)];
        if (n + strlen(part) < cap) {
            memcpy(out + n, part, strlen(part));
            n += strlen(part);
        }
    }
    return n;
}

static void cuts_make_no_difference(void **state)
{
    unsigned seed = (unsigned)test_seed();
    struct buf whole = { 0 }, cut = { 0 };

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char text[512];
        size_t len = random_text(&seed, text, sizeof text);
        struct csv_options options = { .encoding = rand_r(&seed) % 2 ? ENCODING_GB18030 : ENCODING_UTF8,
                                       .delimiter = rand_r(&seed) % 2 ? '|' : ',',
                                       .quote = rand_r(&seed) % 4 ? '"' : 0,
                                       .record_len_max = rand_r(&seed) % 2 ? 0 : 20 };

        tell_all(&options, (struct pieces) { text, len, 0, len + 1, NULL }, &whole);
        tell_all(&options, (struct pieces) { text, len, 0, 0, &seed }, &cut);
        if (strcmp(buf_text(&whole), buf_text(&cut)) != 0)
            fail_msg("round %d:\n%.*s\nwhole:\n%scut:\n%s", round, (int)len, text, buf_text(&whole), buf_text(&cut));
    }
    buf_fini(&whole);
    buf_fini(&cut);
}

/* A restart at the place behind any record gives just the records that follow. */
static void restarts_anywhere(void **state)
{
    static const char text[] = "h,i\r\n1,\"a\nb\"\r\n\xFF\r\n2,x\r\n3,y";
    struct csv_options options = { .quote = '"', .header = true };

    (void)state;
    for (int stop = 1; stop <= 4; stop++) {
        struct pieces in = { text, sizeof text - 1, 0, 3, NULL };
        struct buf rest = { 0 }, again = { 0 };
        struct csv *csv = NULL;
        struct csv_record record;
        struct csv_pos pos = { 0 };

        assert_int_equal(csv_open(&csv, &options, give, &in, NULL), 0);
        for (int i = 0; csv_next(csv, &record, NULL) == 1; i++) {
            if (i < stop)
                pos = record.end;
            else
                tell_record(&record, &rest);
        }
        in.at = pos.offset;
        csv_restart(csv, &pos);
        while (csv_next(csv, &record, NULL) == 1)
            tell_record(&record, &again);
        assert_string_equal(buf_text(&again), buf_text(&rest));
        csv_close(&csv);
        buf_fini(&rest);
        buf_fini(&again);
    }
}

/* 10 MB without a newline against a limit of 1 kB: one bad record, and no more memory asked for than two buffers. */
struct endless {
    size_t left;
    size_t cap_max;
};

static int give_endless(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct endless *in = arg;

    (void)err;
    *got = cap < in->left ? cap : in->left;
    memset(buf, 'x', *got);
    in->cap_max = cap > in->cap_max ? cap : in->cap_max;
    in->left -= *got;
    if (!in->left && *got)
        memcpy((char *)buf + *got - 4, "\nok\n", 4);
    return 0;
}

static void survives_a_huge_line(void **state)
{
    struct endless in = { .left = 10 << 20 };
    struct csv_options options = { .record_len_max = 1024 };
    struct csv *csv = NULL;
    struct csv_record record;

    (void)state;
    assert_int_equal(csv_open(&csv, &options, give_endless, &in, NULL), 0);
    assert_int_equal(csv_next(csv, &record, NULL), 1);
    assert_string_equal(record.why->code, "record_too_long");
    assert_true(record.raw_cut && record.raw_len == 1024 && record.raw[1023] == 'x');
    assert_int_equal(csv_next(csv, &record, NULL), 1);
    assert_null(record.why);
    assert_memory_equal(record.fields[0].text, "ok", 2);
    assert_int_equal(record.pos.line, 2);
    assert_int_equal(record.pos.offset, (10 << 20) - 3);
    assert_true(in.cap_max <= 64 << 10);
    csv_close(&csv);
}

static void gives_back_the_original(void **state)
{
    static const char text[] = "\xFE\xFF\0a\xD8\x42\xDF\xB7\xDF\xB7\0\n\0b\0c\0"; /* the literal's own NUL goes */
    struct pieces in = { text, sizeof text - 1, 0, 1, NULL };
    struct csv_options options = { .encoding = ENCODING_UTF16 };
    struct csv *csv = NULL;
    struct csv_record record;
    struct buf original = { 0 };

    (void)state;
    assert_int_equal(csv_open(&csv, &options, give, &in, NULL), 0);
    assert_int_equal(csv_next(csv, &record, NULL), 1);
    assert_non_null(record.why);
    csv_original(csv, &record, &original);
    assert_int_equal(original.len, 8);
    assert_memory_equal(original.data, text + 2, 8);
    assert_int_equal(csv_next(csv, &record, NULL), 1);
    buf_reset(&original);
    csv_original(csv, &record, &original);
    assert_int_equal(original.len, 5);
    assert_memory_equal(original.data, text + 12, 5);
    assert_int_equal(csv_next(csv, &record, NULL), 0);
    assert_int_equal(csv_tell(csv).offset, sizeof text - 1);
    csv_close(&csv);
    buf_fini(&original);
}

static int give_failure(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    (void)arg, (void)buf, (void)cap, (void)got;
    return err_set(err, "the disk is gone");
}

static void refuses(void **state)
{
    static const struct csv_options wrong[] = {
        { .delimiter = '\n' },
        { .delimiter = '"', .quote = '"' },
        { .delimiter = (char)0xA0 },
        { .quote = '|', .encoding = ENCODING_GB18030 },
    };
    struct csv_options plain = { 0 };
    struct csv *csv = NULL;
    struct csv_record record;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_refused(csv_open(&csv, &wrong[i], give, NULL, &err), &err, "bad_dialect", "dialect");
    assert_int_equal(csv_open(&csv, &plain, give_failure, NULL, &err), 0);
    assert_int_equal(csv_next(csv, &record, &err), -1);
    assert_string_equal(err.text, "the disk is gone");
    csv_close(&csv);
}

/* The character in UTF-8 as the C library has it; false where GBK has none. */
static bool by_iconv(const char gbk[2], char out[8])
{
    iconv_t to_utf8 = iconv_open("UTF-8", "GBK");
    char bytes[2] = { gbk[0], gbk[1] }, *from = bytes, *to = out;
    size_t left = 2, room = 7;
    bool fine = iconv(to_utf8, &from, &left, &to, &room) != (size_t)-1;

    iconv_close(to_utf8);
    *to = '\0';
    return fine;
}

/* Each GBK character whose second byte is the delimiter, between two delimiters, alone and in quotes. */
static void no_character_is_cut(void **state)
{
    static const char delimiters[] = { '|', '\\', '@', '^', '~' };
    struct buf got = { 0 };

    (void)state;
    for (size_t d = 0; d < COUNT(delimiters); d++) {
        struct csv_options options = { .encoding = ENCODING_GB18030, .delimiter = delimiters[d], .quote = '"' };
        int count = 0;

        for (int lead = 0x81; lead <= 0xFE; lead++) {
            char gbk[2] = { (char)lead, delimiters[d] }, utf8[8], line[64], want[128];
            int len;

            if (!by_iconv(gbk, utf8))
                continue;
            count++;
            len = snprintf(line, sizeof line, "a%c%.2s%c\"%.2s\"%cb\n", delimiters[d], gbk, delimiters[d], gbk,
                           delimiters[d]);
            snprintf(want, sizeof want, "[a][%s][%s][b] 1:1@0\n", utf8, utf8);
            tell_all(&options, (struct pieces) { line, (size_t)len, 0, 1, NULL }, &got);
            if (strcmp(buf_text(&got), want) != 0)
                fail_msg("%02X%02X: %s, not %s", lead, (unsigned char)delimiters[d], buf_text(&got), want);
        }
        printf("%d characters end in %c\n", count, delimiters[d]);
        assert_true(count >= 100);
    }
    buf_fini(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(no_character_is_cut),
        cmocka_unit_test(cuts_make_no_difference),
        cmocka_unit_test(restarts_anywhere),
        cmocka_unit_test(survives_a_huge_line),
        cmocka_unit_test(gives_back_the_original),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
