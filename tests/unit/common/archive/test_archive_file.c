/* A file of old rows: what goes in comes out; cut at any byte, changed in any byte, continued or swapped it is refused.
 * Its hashes are recomputed here by hand. */
#include "support/check.h"
#include "support/seed.h"

#include "archive/archive_file.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed;

/* Rows from..to with drawn bytes of drawn lengths, also none. */
static void draw_records(struct buf *records, uint64_t from, uint64_t to)
{
    uint8_t bytes[600];

    for (uint64_t seq = from; seq <= to; seq++) {
        struct stream_row row = { .seq = seq,
                                  .type = (uint32_t)random_below(&seed, 5000),
                                  .envelope = bytes,
                                  .envelope_len = (size_t)random_below(&seed, 90),
                                  .payload = bytes + 90,
                                  .payload_len = (size_t)random_below(&seed, 510) };

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)random_next(&seed);
        if (seq == from)
            row.payload_len = 0;
        archive_record_put(records, &row);
    }
}

static struct archive_header header_of(uint64_t from, uint64_t to)
{
    struct archive_header header = { .stream = "feedback",
                                     .bucket = 3,
                                     .incarnation = UINT64_C(9000000000000001),
                                     .from = from,
                                     .to = to,
                                     .first_us = 1000,
                                     .last_us = 2000 };

    memset(header.previous, 0xab, sizeof header.previous);
    return header;
}

static struct buf make_file(uint64_t from, uint64_t to, struct buf *records)
{
    struct archive_header header = header_of(from, to);
    struct buf file = { 0 };
    struct err err;

    draw_records(records, from, to);
    if (archive_file_pack(&header, records, &file, &err) != 0)
        fail_msg("%s", err.text);
    return file;
}

static void expect_refused(const uint8_t *bytes, size_t len, const char *why, size_t at)
{
    struct archive_header header;
    struct buf records = { 0 };
    /* a copy of its own length, so that a read beyond is found */
    uint8_t *copy = malloc(len ? len : 1);
    struct err err;
    int rc;

    memcpy(copy, bytes, len);
    err_clear(&err);
    rc = archive_file_open(copy, len, &header, &records, &err);
    free(copy);
    if (rc != -1 || records.len || strcmp(err.code, "archive_damaged") != 0) {
        buf_fini(&records);
        fail_msg("%s %zu: %d, code %s", why, at, rc, err.code);
    }
    buf_fini(&records);
}

static void test_comes_out_as_it_went_in(void **state)
{
    struct buf records = { 0 }, out = { 0 };
    struct buf file = make_file(41, 90, &records);
    struct archive_header header;
    struct stream_row row;
    size_t at = 0, count = 0;
    struct err err;

    (void)state;
    assert_int_equal(archive_file_open(file.data, file.len, &header, &out, &err), 0);
    assert_int_equal(out.len, records.len);
    assert_memory_equal(out.data, records.data, out.len);
    assert_string_equal(header.stream, "feedback");
    CHECK_INT(header.bucket, 3);
    CHECK_INT(header.from, 41);
    CHECK_INT(header.to, 90);
    CHECK_INT(header.first_us, 1000);
    CHECK_INT(header.last_us, 2000);
    CHECK_INT(header.raw_len, records.len);
    while (archive_record_next(&out, &at, &row) == 1)
        CHECK_INT(row.seq, 41 + count++);
    CHECK_INT(count, 50);
    buf_fini(&records);
    buf_fini(&out);
    buf_fini(&file);
}

/* Text up to the line that begins with `name`, and that line's value. */
static size_t find_line(const struct buf *file, const char *name, char value[80])
{
    const char *text = (const char *)file->data;
    const char *line = strstr(text, name);

    assert_non_null(line);
    snprintf(value, 80, "%.*s", (int)strcspn(line + strlen(name), "\n"), line + strlen(name));
    return (size_t)(line + 1 - text);
}

/* What the header says, by hand: sha256 of what stands behind the empty line, and of the lines above "chain". */
static void test_hashes_by_hand(void **state)
{
    struct buf records = { 0 };
    struct buf file = make_file(1, 20, &records);
    char said[80], hex[65];
    uint8_t hash[32];
    const uint8_t *body;
    size_t lines;

    (void)state;
    (void)buf_text(&file);
    body = (const uint8_t *)strstr((const char *)file.data, "\n\n") + 2;
    crypto_hash_sha256(hash, body, file.len - (size_t)(body - file.data));
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    (void)find_line(&file, "\ncontents ", said);
    assert_string_equal(said, hex);
    lines = find_line(&file, "\nchain ", said);
    crypto_hash_sha256(hash, file.data, lines);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    assert_string_equal(said, hex);
    (void)find_line(&file, "\nprevious ", said);
    for (size_t i = 0; i < 64; i++)
        CHECK_INT(said[i], i % 2 ? 'b' : 'a');
    (void)find_line(&file, "\ncount ", said);
    assert_string_equal(said, "20");
    buf_fini(&records);
    buf_fini(&file);
}

static void test_cut_anywhere(void **state)
{
    struct buf records = { 0 };
    struct buf file = make_file(1, 12, &records);

    (void)state;
    for (size_t len = 0; len < file.len; len++)
        expect_refused(file.data, len, "cut at", len);
    buf_fini(&records);
    buf_fini(&file);
}

static void test_changed_anywhere(void **state)
{
    struct buf records = { 0 };
    struct buf file = make_file(1, 12, &records);

    (void)state;
    for (size_t at = 0; at < file.len; at++) {
        uint8_t was = file.data[at];

        for (int bit = 0; bit < 8; bit++) {
            file.data[at] = (uint8_t)(was ^ (1 << bit));
            expect_refused(file.data, file.len, "changed at", at);
        }
        file.data[at] = was;
    }
    buf_fini(&records);
    buf_fini(&file);
}

static void test_continued(void **state)
{
    struct buf records = { 0 };
    struct buf file = make_file(1, 12, &records);
    struct buf other = make_file(13, 20, &records);

    (void)state;
    buf_append_text(&file, "x");
    expect_refused(file.data, file.len, "a byte behind", 0);
    file.len--;
    buf_append(&file, other.data, other.len);
    expect_refused(file.data, file.len, "a file behind", 0);
    buf_fini(&records);
    buf_fini(&file);
    buf_fini(&other);
}

/* A header that fits in itself, but not its rows: as if someone had written it anew with hashes of its own. */
static void test_other_rows(void **state)
{
    static const struct {
        const char *why;
        uint64_t from, to;
    } rows[] = { { "one row less", 1, 11 }, { "one row more", 1, 13 }, { "others", 2, 13 }, { "none", 13, 12 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct archive_header header = header_of(1, 12);
        struct buf records = { 0 }, file = { 0 };
        struct err err;

        draw_records(&records, rows[i].from, rows[i].to);
        assert_int_equal(archive_file_pack(&header, &records, &file, &err), 0);
        expect_refused(file.data, file.len, rows[i].why, i);
        buf_fini(&records);
        buf_fini(&file);
    }
}

static int set_up(void **state)
{
    (void)state;
    seed = test_seed();
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_out_as_it_went_in),
        cmocka_unit_test(test_hashes_by_hand),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_changed_anywhere),
        cmocka_unit_test(test_continued),
        cmocka_unit_test(test_other_rows),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
