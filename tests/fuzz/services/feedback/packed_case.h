/* packed_case: a compressed file of any bytes. What must hold:
 *
 *   - what comes out is what the library says that unpacks the whole at once, up to the damage, if there is any; a
 *     damaged file is refused with a word as its own fault;
 *   - it's the same whether read by few bytes or by all at once (of damaged zstd as far as it goes), and read on from
 * any place of it;
 *   - what is packed here, in members of any length, comes out as it was.
 *
 * The first byte of a case chooses gzip, or zstd, or gzip packed here (then the third says where members end), the
 * second the sizes of the reads. The file is the rest.
 */
#ifndef BIHUAN_TESTS_FUZZ_PACKED_CASE_H
#define BIHUAN_TESTS_FUZZ_PACKED_CASE_H

#include "base/buf.h"
#include "text/inflate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_HEAD    3
#define PACKED_KINDS   3
#define PACKED_OUT_MAX ((size_t)1 << 20) /* more is refused as too large */

enum packed_kind { PACKED_GZIP, PACKED_ZSTD, PACKED_HERE };

static char packed_fault[1024];

/* What came out of reading, and how it ended. */
struct packed_outcome {
    struct buf bytes;
    struct err err;
    int rc;
};

static inline void packed_say(const char *what, const char *more)
{
    if (!packed_fault[0])
        snprintf(packed_fault, sizeof packed_fault, "%s: %s", what, more);
}

static inline int packed_file(const struct buf *bytes)
{
    int fd = memfd_create("case", MFD_CLOEXEC);

    if (fd < 0 || (bytes->len && write(fd, bytes->data, bytes->len) != (ssize_t)bytes->len) ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

/* --- the other way --- */

/* Members one behind the other; returns whether all of it is whole. */
static inline bool packed_gunzip(const struct buf *from, struct buf *out)
{
    z_stream z = { 0 };
    int rc = Z_STREAM_END;

    if (inflateInit2(&z, 15 + 16) != Z_OK)
        abort();
    z.next_in = from->data;
    z.avail_in = (uInt)from->len;
    while (out->len <= PACKED_OUT_MAX && (rc != Z_STREAM_END || z.avail_in)) {
        if (rc == Z_STREAM_END && inflateReset(&z) != Z_OK)
            abort();
        z.avail_out = (uInt)(PACKED_OUT_MAX + 1 - out->len);
        z.next_out = buf_reserve(out, z.avail_out ? z.avail_out : 1);
        rc = inflate(&z, Z_SYNC_FLUSH);
        out->len = (size_t)(z.next_out - out->data);
        if (rc != Z_OK && rc != Z_STREAM_END)
            break;
    }
    inflateEnd(&z);
    return rc == Z_STREAM_END && !z.avail_in && from->len;
}

/* Frames one behind the other. */
static inline bool packed_unzstd(const struct buf *from, struct buf *out)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = { from->data, from->len, 0 };
    size_t rc = 0;

    if (!stream || ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 25)))
        abort();
    buf_reserve(out, PACKED_OUT_MAX + 1);
    while (out->len <= PACKED_OUT_MAX) {
        ZSTD_outBuffer to = { out->data, PACKED_OUT_MAX + 1, out->len };
        size_t at = in.pos;

        rc = ZSTD_decompressStream(stream, &to, &in);
        if (ZSTD_isError(rc) || (in.pos == at && to.pos == out->len))
            break;
        out->len = to.pos;
        if (rc == 0 && in.pos == in.size)
            break;
    }
    ZSTD_freeDStream(stream);
    return rc == 0 && in.pos == in.size && from->len;
}

/* Members of at most `piece` bytes. */
static inline void packed_pack(const uint8_t *bytes, size_t len, size_t piece, struct buf *out)
{
    for (size_t at = 0; at < len || !out->len; at += piece) {
        z_stream z = { 0 };

        if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            abort();
        z.next_in = (Bytef *)(uintptr_t)(bytes + at);
        z.avail_in = (uInt)(len - at < piece ? len - at : piece);
        z.avail_out = (uInt)deflateBound(&z, z.avail_in);
        z.next_out = buf_reserve(out, z.avail_out);
        if (deflate(&z, Z_FINISH) != Z_STREAM_END)
            abort();
        out->len += z.total_out;
        deflateEnd(&z);
    }
}

/* --- reading --- */

static inline void packed_read(const struct buf *file, enum packed_kind kind, size_t from, size_t piece,
                               struct packed_outcome *out)
{
    struct in *in;
    size_t got = 1;

    buf_reset(&out->bytes);
    err_clear(&out->err);
    if (in_open_fd(&in, packed_file(file), "case", kind == PACKED_ZSTD ? IN_ZSTD : IN_GZIP, PACKED_OUT_MAX,
                   &out->err) != 0)
        abort();
    out->rc = from ? in_skip_to(in, from, &out->err) : 0;
    while (out->rc == 0 && got) {
        out->rc = in_read(in, buf_reserve(&out->bytes, piece), piece, &got, &out->err);
        if (out->rc == 0)
            out->bytes.len += got;
        if (out->rc == 0 && in_offset(in) != from + out->bytes.len)
            packed_say("its place", "isn't what came out");
    }
    if (in_file_offset(in) > file->len)
        packed_say("its place in the file", "is behind the file's end");
    in_close(&in);
    if (out->rc != 0 && ((out->err.cls != ERR_INVALID && out->err.cls != ERR_TOO_LARGE) || !out->err.text[0]))
        packed_say("refused", out->err.text[0] ? out->err.text : "without a word");
}

static inline bool packed_begins(const struct buf *whole, size_t from, const struct buf *part)
{
    return from + part->len <= whole->len && (!part->len || memcmp(whole->data + from, part->data, part->len) == 0);
}

static inline void packed_compare(const struct packed_outcome *out, enum packed_kind kind, const struct buf *truth,
                                  bool fine)
{
    bool all = out->rc == 0 || (kind != PACKED_ZSTD && truth->len <= PACKED_OUT_MAX);

    if (truth->len > PACKED_OUT_MAX ? out->rc == 0 : (out->rc == 0) != fine)
        packed_say("read otherwise than the library does", out->rc ? out->err.text : "to its end");
    if (kind == PACKED_ZSTD && out->rc != 0) /* the library tells nothing of the piece that is damaged */
        return;
    if (!packed_begins(truth, 0, &out->bytes) || (all && out->bytes.len != truth->len))
        packed_say("what came out", "isn't what is in it");
}

/* Runs one case. Returns "" or what was found; the text is static. `made` (may be NULL) counts bytes that came out. */
static inline const char *packed_case_run(const uint8_t *data, size_t size, size_t *made)
{
    static struct buf file, truth;
    static struct packed_outcome all, other;
    enum packed_kind kind;
    size_t piece;
    bool fine;

    packed_fault[0] = '\0';
    if (size < PACKED_HEAD)
        return "";
    kind = (enum packed_kind)(data[0] % PACKED_KINDS);
    piece = 1U + data[1] % 64U;
    buf_reset(&file);
    buf_reset(&truth);
    if (kind == PACKED_HERE)
        packed_pack(data + PACKED_HEAD, size - PACKED_HEAD, 1U + data[2], &file);
    else
        buf_append(&file, data + PACKED_HEAD, size - PACKED_HEAD);
    fine = kind == PACKED_ZSTD ? packed_unzstd(&file, &truth) : packed_gunzip(&file, &truth);
    if (kind == PACKED_HERE && (!fine || truth.len != size - PACKED_HEAD))
        packed_say("the test", "can't unpack what it packed");
    packed_read(&file, kind, 0, PACKED_OUT_MAX, &all);
    packed_compare(&all, kind, &truth, fine);
    if (truth.len < 65536) {
        packed_read(&file, kind, 0, piece, &other);
        packed_compare(&other, kind, &truth, fine);
    }
    for (size_t from = all.bytes.len / 3; all.rc == 0 && from && from <= all.bytes.len; from += 1 + all.bytes.len / 2) {
        packed_read(&file, kind, from, piece * 64, &other);
        if (other.rc != 0 || !packed_begins(&truth, from, &other.bytes) || from + other.bytes.len != truth.len)
            packed_say("read on it is read otherwise", other.err.text);
    }
    if (made)
        *made += all.bytes.len;
    return packed_fault;
}

#endif
