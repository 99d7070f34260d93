/* Compressed input: members, frames, cuts, garbage, limits. */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include "base/buf.h"
#include "text/inflate.h"

static void gzip(struct buf *out, const char *text)
{
    z_stream z = { 0 };
    size_t len = strlen(text);

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = buf_reserve(out, len + 100);
    z.avail_out = (uInt)len + 100;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += z.total_out;
    deflateEnd(&z);
}

static void zstd(struct buf *out, const char *text)
{
    size_t len = strlen(text), cap = ZSTD_compressBound(len);

    out->len += ZSTD_compress(buf_reserve(out, cap), cap, text, len, 3);
}

static struct in *open_bytes(const struct buf *bytes, const char *name, uint64_t size_max)
{
    int fd = memfd_create("input", 0);
    struct in *in = NULL;

    assert_int_equal(write(fd, bytes->data, bytes->len), (ssize_t)bytes->len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(in_open_fd(&in, fd, name, IN_BY_NAME, size_max, NULL), 0);
    return in;
}

/* Reads all of it by `step` bytes: 0 and the text, or -1. */
static int read_all(struct in *in, size_t step, struct buf *out, struct err *err)
{
    size_t got = 1;

    buf_reset(out);
    while (got) {
        if (in_read(in, buf_reserve(out, step), step, &got, err) != 0)
            return -1;
        out->len += got;
    }
    return 0;
}

typedef void pack_fn(struct buf *out, const char *text);

static const struct {
    const char *name;
    pack_fn *pack;
} kinds[] = { { "orders.csv.gz", gzip }, { "orders.csv.zst", zstd } };

static void reads_members(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t step = 1; step < 40; step++) {
            struct buf bytes = { 0 }, got = { 0 };
            struct in *in;

            kinds[kind].pack(&bytes, "first,1\n");
            kinds[kind].pack(&bytes, "");
            kinds[kind].pack(&bytes, "second,2\n");
            in = open_bytes(&bytes, kinds[kind].name, 0);
            assert_int_equal(read_all(in, step, &got, NULL), 0);
            assert_string_equal(buf_text(&got), "first,1\nsecond,2\n");
            assert_int_equal(in_offset(in), 17);
            assert_int_equal(in_file_offset(in), bytes.len);
            in_close(&in);
            buf_fini(&bytes);
            buf_fini(&got);
        }
}

static void refuses_every_cut(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        struct buf bytes = { 0 }, got = { 0 };
        size_t whole;

        kinds[kind].pack(&bytes, "some text that is long enough to have a body\n");
        whole = bytes.len;
        for (bytes.len = 0; bytes.len < whole; bytes.len++) {
            struct err err = { 0 };
            struct in *in = open_bytes(&bytes, kinds[kind].name, 0);

            assert_refused(read_all(in, 16, &got, &err), &err, "bad_compression", "a cut file");
            assert_non_null(strstr(err.text, kinds[kind].name));
            in_close(&in);
        }
        buf_fini(&bytes);
        buf_fini(&got);
    }
}

static void refuses_garbage(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        struct buf bytes = { 0 }, got = { 0 };
        struct err err = { 0 };
        struct in *in;
        char at[40];

        kinds[kind].pack(&bytes, "text\n");
        snprintf(at, sizeof at, "byte %zu", bytes.len);
        buf_append_text(&bytes, "garbage");
        in = open_bytes(&bytes, kinds[kind].name, 0);
        assert_refused(read_all(in, 100, &got, &err), &err, "bad_compression", "garbage behind it");
        if (!strstr(err.text, at))
            fail_msg("\"%s\" does not name %s", err.text, at);
        in_close(&in);

        bytes.data[bytes.len - 15] ^= 0x55; /* inside the checksum or body */
        in = open_bytes(&bytes, kinds[kind].name, 0);
        assert_refused(read_all(in, 100, &got, &err), &err, "bad_compression", "a damaged file");
        in_close(&in);
        buf_reset(&bytes);
        buf_append_text(&bytes, "plain text");
        in = open_bytes(&bytes, kinds[kind].name, 0);
        assert_refused(read_all(in, 100, &got, &err), &err, "bad_compression", "not compressed at all");
        in_close(&in);
        buf_fini(&bytes);
        buf_fini(&got);
    }
}

/* Whatever the size of the reads. A frame of zstd is checked before any of its end is told. */
static void delivers_what_came_before_damage(void **state)
{
    static const char text[] = "row 1\nrow 2\nrow 3\n";

    (void)state;
    for (size_t step = 1; step < 40; step++) {
        struct buf bytes = { 0 }, got = { 0 };
        struct err err = { 0 };
        struct in *in;

        gzip(&bytes, text);
        bytes.data[bytes.len - 5] ^= 1; /* the checksum */
        in = open_bytes(&bytes, "a.csv.gz", 0);
        assert_refused(read_all(in, step, &got, &err), &err, "bad_compression", "a wrong checksum");
        assert_string_equal(buf_text(&got), text);
        in_close(&in);
        buf_fini(&bytes);
        buf_fini(&got);
    }
}

static void keeps_limits_and_skips(void **state)
{
    static const char *const names[] = { "a.csv", "a.csv.gz", "a.csv.zst" };

    (void)state;
    for (size_t kind = 0; kind < COUNT(names); kind++) {
        struct buf bytes = { 0 }, got = { 0 };
        struct err err = { 0 };
        struct in *in;

        if (kind)
            kinds[kind - 1].pack(&bytes, "0123456789");
        else
            buf_append_text(&bytes, "0123456789");
        in = open_bytes(&bytes, names[kind], 9);
        assert_refused(read_all(in, 4, &got, &err), &err, "too_large", names[kind]);
        assert_int_equal(err.cls, ERR_TOO_LARGE);
        in_close(&in);
        in = open_bytes(&bytes, names[kind], 10);
        assert_int_equal(in_skip_to(in, 3, &err), 0);
        assert_int_equal(in_skip_to(in, 7, &err), 0);
        assert_int_equal(read_all(in, 4, &got, &err), 0);
        assert_string_equal(buf_text(&got), "789");
        assert_int_equal(in_offset(in), 10);
        assert_refused(in_skip_to(in, 11, &err), &err, "too_short", names[kind]);
        in_close(&in);
        buf_fini(&bytes);
        buf_fini(&got);
    }
}

static void names_missing_files(void **state)
{
    struct in *in = NULL;
    struct err err = { 0 };

    (void)state;
    assert_refused(in_open(&in, "/nowhere/a.csv", IN_BY_NAME, 0, &err), &err, "not_found", "missing");
    assert_null(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_members),          cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_garbage),        cmocka_unit_test(delivers_what_came_before_damage),
        cmocka_unit_test(keeps_limits_and_skips), cmocka_unit_test(names_missing_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
