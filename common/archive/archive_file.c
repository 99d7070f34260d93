/* archive_file: see archive_file.h. */
#include "archive/archive_file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define MAGIC      "bihuan archived stream 1\n"
#define RECORD_LEN 20
/* Of records: a file that says more isn't ours, and isn't given memory. */
#define RAW_LEN_MAX ((size_t)32 << 20)
#define ZSTD_LEVEL  3

static int damaged(struct err *err, const char *what)
{
    return err_fail(err, ERR_INVALID, "archive_damaged", "%s", what);
}

void archive_hex(const uint8_t hash[ARCHIVE_HASH_LEN], char out[ARCHIVE_HEX_LEN])
{
    sodium_bin2hex(out, ARCHIVE_HEX_LEN, hash, ARCHIVE_HASH_LEN);
}

/* --- records ---------------------------------------------------------------------------------------------------------
 */

void archive_record_put(struct buf *records, const struct stream_row *row)
{
    buf_put_be64(records, row->seq);
    buf_put_be32(records, row->type);
    buf_put_be32(records, (uint32_t)row->envelope_len);
    buf_put_be32(records, (uint32_t)row->payload_len);
    buf_append(records, row->envelope, row->envelope_len);
    buf_append(records, row->payload, row->payload_len);
}

static uint64_t read_be(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

int archive_record_next(const struct buf *records, size_t *at, struct stream_row *row)
{
    const uint8_t *from = records->data + *at;
    size_t left = records->len - *at;

    if (left == 0)
        return 0;
    if (left < RECORD_LEN)
        return -1;
    *row = (struct stream_row) { .seq = read_be(from, 8),
                                 .type = (uint32_t)read_be(from + 8, 4),
                                 .envelope_len = (size_t)read_be(from + 12, 4),
                                 .payload_len = (size_t)read_be(from + 16, 4) };
    if (row->envelope_len > left - RECORD_LEN || row->payload_len > left - RECORD_LEN - row->envelope_len)
        return -1;
    row->envelope = from + RECORD_LEN;
    row->payload = row->envelope + row->envelope_len;
    *at += RECORD_LEN + row->envelope_len + row->payload_len;
    return 1;
}

static int check_records(const struct archive_header *header, const struct buf *records, struct err *err)
{
    uint64_t want = header->from;
    struct stream_row row;
    size_t at = 0;
    int rc;

    while ((rc = archive_record_next(records, &at, &row)) == 1)
        if (row.seq != want++)
            return damaged(err, "its rows aren't those that its header names");
    return rc == 0 && want == header->to + 1 ? 0 : damaged(err, "its rows aren't those that its header names");
}

/* --- header ----------------------------------------------------------------------------------------------------------
 */

static void put_hash(struct buf *out, const char *name, const uint8_t *hash)
{
    char hex[ARCHIVE_HEX_LEN];

    archive_hex(hash, hex);
    buf_printf(out, "%s %s\n", name, hex);
}

/* The lines that `chain` is over. */
static void put_lines(const struct archive_header *header, struct buf *out)
{
    buf_append_text(out, MAGIC);
    buf_printf(out, "stream %s\nbucket %" PRIu32 "\nincarnation %" PRIu64 "\n", header->stream, header->bucket,
               header->incarnation);
    buf_printf(out, "from %" PRIu64 "\nto %" PRIu64 "\ncount %" PRIu64 "\n", header->from, header->to,
               header->to - header->from + 1);
    buf_printf(out, "first_at %" PRId64 "\nlast_at %" PRId64 "\n", header->first_us, header->last_us);
    buf_printf(out, "raw %" PRIu64 "\npacked %" PRIu64 "\n", header->raw_len, header->packed_len);
    put_hash(out, "contents", header->contents);
    put_hash(out, "previous", header->previous);
}

static void put_header(const struct archive_header *header, struct buf *out)
{
    put_lines(header, out);
    put_hash(out, "chain", header->chain);
    buf_append_text(out, "\n");
}

static void compute_chain(struct archive_header *header)
{
    struct buf lines = { 0 };

    put_lines(header, &lines);
    crypto_hash_sha256(header->chain, lines.data, lines.len);
    buf_fini(&lines);
}

/* Copies a line's value to out[cap]; false where the line isn't `name` and a value that fits. */
static bool take_line(const char **at, const char *end, const char *name, char *out, size_t cap)
{
    size_t name_len = strlen(name);
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t len;

    if (!stop || (size_t)(stop - *at) <= name_len + 1 || memcmp(*at, name, name_len) != 0 || (*at)[name_len] != ' ')
        return false;
    len = (size_t)(stop - *at) - name_len - 1;
    if (len >= cap)
        return false;
    memcpy(out, *at + name_len + 1, len);
    out[len] = 0;
    *at = stop + 1;
    return true;
}

static bool take_number(const char **at, const char *end, const char *name, uint64_t *out)
{
    char text[24];
    char *stop;

    if (!take_line(at, end, name, text, sizeof text))
        return false;
    *out = strtoull(text, &stop, 10);
    return *stop == 0;
}

static bool take_hash(const char **at, const char *end, const char *name, uint8_t *out)
{
    char hex[ARCHIVE_HEX_LEN];
    size_t len;

    return take_line(at, end, name, hex, sizeof hex) &&
           sodium_hex2bin(out, ARCHIVE_HASH_LEN, hex, strlen(hex), NULL, &len, NULL) == 0 && len == ARCHIVE_HASH_LEN;
}

static bool take_all(const char **at, const char *end, struct archive_header *header)
{
    uint64_t bucket, count, first, last;

    if ((size_t)(end - *at) < strlen(MAGIC) || memcmp(*at, MAGIC, strlen(MAGIC)) != 0)
        return false;
    *at += strlen(MAGIC);
    if (!take_line(at, end, "stream", header->stream, sizeof header->stream) ||
        !take_number(at, end, "bucket", &bucket) || !take_number(at, end, "incarnation", &header->incarnation) ||
        !take_number(at, end, "from", &header->from) || !take_number(at, end, "to", &header->to) ||
        !take_number(at, end, "count", &count) || !take_number(at, end, "first_at", &first) ||
        !take_number(at, end, "last_at", &last) || !take_number(at, end, "raw", &header->raw_len) ||
        !take_number(at, end, "packed", &header->packed_len) || !take_hash(at, end, "contents", header->contents) ||
        !take_hash(at, end, "previous", header->previous) || !take_hash(at, end, "chain", header->chain))
        return false;
    header->bucket = (uint32_t)bucket;
    header->first_us = (int64_t)first;
    header->last_us = (int64_t)last;
    return true;
}

/* Strict: the header printed again must be the same bytes, so no spelling of it is left open. */
static int read_header(const uint8_t *bytes, size_t len, struct archive_header *header, size_t *header_len,
                       struct err *err)
{
    const char *at = (const char *)bytes;
    struct archive_header computed;
    struct buf again = { 0 };
    bool same;

    memset(header, 0, sizeof *header);
    if (!take_all(&at, at + len, header))
        return damaged(err, "it doesn't begin with the header of an archived stream");
    put_header(header, &again);
    same = again.len <= len && memcmp(again.data, bytes, again.len) == 0;
    *header_len = again.len;
    buf_fini(&again);
    computed = *header;
    compute_chain(&computed);
    if (!same || memcmp(computed.chain, header->chain, ARCHIVE_HASH_LEN) != 0)
        return damaged(err, "its header was changed");
    return 0;
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

int archive_file_pack(struct archive_header *header, const struct buf *records, struct buf *out, struct err *err)
{
    size_t bound = ZSTD_compressBound(records->len);
    struct buf packed = { 0 };
    size_t len = ZSTD_compress(buf_reserve(&packed, bound), bound, records->data, records->len, ZSTD_LEVEL);

    if (ZSTD_isError(len)) {
        buf_fini(&packed);
        return err_set(err, "could not compress %zu bytes: %s", records->len, ZSTD_getErrorName(len));
    }
    header->raw_len = records->len;
    header->packed_len = len;
    crypto_hash_sha256(header->contents, packed.data, len);
    compute_chain(header);
    put_header(header, out);
    buf_append(out, packed.data, len);
    buf_fini(&packed);
    return 0;
}

static int unpack(const struct archive_header *header, const uint8_t *packed, struct buf *records, struct err *err)
{
    size_t got;

    if (header->raw_len == 0 || header->raw_len > RAW_LEN_MAX)
        return damaged(err, "its header names a size that no such file has");
    got = ZSTD_decompress(buf_reserve(records, header->raw_len), header->raw_len, packed, header->packed_len);
    if (ZSTD_isError(got) || got != header->raw_len)
        return damaged(err, "its contents can't be decompressed");
    records->len += got;
    return 0;
}

int archive_file_open(const uint8_t *bytes, size_t len, struct archive_header *header, struct buf *records,
                      struct err *err)
{
    uint8_t hash[ARCHIVE_HASH_LEN];
    struct buf raw = { 0 };
    size_t header_len = 0;
    int rc;

    if (read_header(bytes, len, header, &header_len, err) != 0)
        return -1;
    if (header->packed_len > len - header_len)
        return damaged(err, "it ends too early");
    if (header->packed_len != len - header_len)
        return damaged(err, "there is something behind its end");
    crypto_hash_sha256(hash, bytes + header_len, header->packed_len);
    if (memcmp(hash, header->contents, sizeof hash) != 0)
        return damaged(err, "its contents were changed");
    rc = unpack(header, bytes + header_len, &raw, err);
    if (rc == 0)
        rc = check_records(header, &raw, err);
    if (rc == 0)
        buf_append(records, raw.data, raw.len);
    buf_fini(&raw);
    return rc;
}
