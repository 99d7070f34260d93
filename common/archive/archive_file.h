/* archive_file: one file of old rows of a stream, as bytes. Pure: no file is touched here.
 *
 * A header of lines of text, an empty line, then the records as one zstd frame:
 *
 *   bihuan archived stream 1
 *   stream feedback
 *   bucket 3
 *   incarnation 4711
 *   from 1
 *   to 4096
 *   count 4096
 *   first_at 1793462400000000       microseconds UTC at which its first and its last row were published
 *   last_at 1793466000000000
 *   raw 3905536                     bytes of the records, and of the frame
 *   packed 1702911
 *   contents 64 hex digits          SHA-256 of the frame
 *   previous 64 hex digits          `chain` of the bucket's file before, zeros for the first
 *   chain 64 hex digits             SHA-256 of the lines above
 *
 * A record is sequence (8 bytes), type, length of the envelope, length of the payload (4 each), envelope, payload;
 * integers big-endian; envelope and payload byte for byte as they were published. So each byte of a file is checked by
 * its chain, and a file that was changed can't be followed by the one that was written behind it.
 */
#ifndef BIHUAN_ARCHIVE_ARCHIVE_FILE_H
#define BIHUAN_ARCHIVE_ARCHIVE_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "bus/stream_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_HASH_LEN 32
#define ARCHIVE_HEX_LEN  (2 * ARCHIVE_HASH_LEN + 1)
#define ARCHIVE_NAME_MAX 32
/* A file is full with so many rows, or when its records reach so many bytes; the last row may pass that. */
#define ARCHIVE_ROWS_MAX 4096
#define ARCHIVE_RAW_FULL ((size_t)4 << 20)

struct archive_header {
    char stream[ARCHIVE_NAME_MAX]; /* the service that wrote it */
    uint32_t bucket;
    uint64_t incarnation;
    uint64_t from, to;
    int64_t first_us, last_us;
    uint64_t raw_len, packed_len;
    uint8_t contents[ARCHIVE_HASH_LEN];
    uint8_t previous[ARCHIVE_HASH_LEN];
    uint8_t chain[ARCHIVE_HASH_LEN];
};

/* Appends one record. */
void archive_record_put(struct buf *records, const struct stream_row *row);

/* The record at *at, which moves behind it; bytes are borrowed from `records`. 1; 0 at the end; -1 where they aren't
 * records. `bucket` of the row isn't set. */
int archive_record_next(const struct buf *records, size_t *at, struct stream_row *row);

/* Makes the file of `records` behind what `out` holds. *header has all but raw_len, packed_len, contents and chain,
 * which are filled in. */
int archive_file_pack(struct archive_header *header, const struct buf *records, struct buf *out, struct err *err);

/* Reads a whole file strictly: nothing missing, nothing behind, each byte as its hashes say, records from `from` to
 * `to`. 0 with *header and the records behind what `records` holds (nothing is left there on failure), or -1 and
 * ERR_INVALID, "archive_damaged". */
int archive_file_open(const uint8_t *bytes, size_t len, struct archive_header *header, struct buf *records,
                      struct err *err);

void archive_hex(const uint8_t hash[ARCHIVE_HASH_LEN], char out[ARCHIVE_HEX_LEN]);

#endif
