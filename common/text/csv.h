/* csv: records out of a stream of delimited text, one at a time, with bounded memory and exact positions.
 *
 * Bytes are pulled from a source (in_read of inflate.h, or any byte_source_fn). Records are found in the raw bytes,
 * decoded to UTF-8, then cut into fields, so a byte of a GB18030 character is never taken for a delimiter. How the
 * bytes were cut into reads makes no difference to what comes out.
 *
 * Lines end with LF, CRLF or CR; the last one needs none. A field is quoted when it begins with the quote character; a
 * quote inside it is doubled; it may hold delimiters and line ends. A quote inside an unquoted field is plain text.
 *
 * A bad record doesn't stop the reading: it's delivered with `why` set, its raw bytes and positions, and reading goes
 * on with the next one. Bad are: invalid bytes, a NUL, text behind a closing quote (the record then ends at the next
 * line end), too many fields, more than record_len_max bytes (the rest up to the line end is skipped unread). A quote
 * that isn't closed within record_len_max bytes or before the end spoils its own line only; reading goes on with the
 * next.
 *
 * Memory: about record_len_max plus 64 kB, only as far as records need it. Not thread-safe.
 */
#ifndef BIHUAN_TEXT_CSV_H
#define BIHUAN_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "text/encoding.h"

#define CSV_RECORD_LEN_MAX  ((size_t)1 << 20)
#define CSV_FIELD_COUNT_MAX 1024

struct csv_options {
    enum encoding encoding;
    char delimiter;           /* one ASCII byte; 0 stands for a comma */
    char quote;               /* 0: the feed doesn't quote */
    bool header;              /* the first record is the header: row 0 */
    bool lines;               /* a record is a line and one field: delimiter and quote mean nothing */
    uint32_t skip_lines;      /* lines at the start of the file that are passed over unread */
    size_t record_len_max;    /* bytes (of UTF-8 where the file is UTF-16); 0: CSV_RECORD_LEN_MAX */
    uint32_t field_count_max; /* 0: CSV_FIELD_COUNT_MAX */
};

/* A place between two records. Kept with a committed batch, it lets a restart go on there: see csv_restart(). */
struct csv_pos {
    uint64_t offset; /* bytes of the (decompressed) file before it */
    uint64_t line;   /* number of the next line, from 1 */
    uint64_t row;    /* number of the next data record, from 1 */
};

struct csv_field {
    const char *text; /* UTF-8, not NUL-terminated; no NUL inside */
    uint32_t len;
    bool quoted; /* "" and nothing can be told apart */
};

/* One record. Every pointer is valid until the next call for the same reader. */
struct csv_record {
    struct csv_pos pos; /* where it starts; row 0 is the header */
    struct csv_pos end; /* where the next one starts: commit this */
    const uint8_t *raw; /* as it came, without its line end (UTF-16: as UTF-8, see csv_original) */
    size_t raw_len;
    bool raw_cut; /* too long: raw holds the first record_len_max bytes only, `end` isn't known yet and equals pos */
    const struct csv_field *fields;
    uint32_t field_count;  /* 0 for an empty line, and for a bad record */
    const struct err *why; /* NULL: good. Codes: bad_encoding, nul_byte, bad_quote, open_quote, too_many_fields,
                              record_too_long; the text names line and byte */
    uint64_t why_offset;   /* byte of the file that it's about */
};

struct csv;

/* ERR_INVALID when delimiter or quote can't be used. The source must stay until csv_close(). */
int csv_open(struct csv **out, const struct csv_options *options, byte_source_fn *source, void *arg, struct err *err);
void csv_close(struct csv **csv);

/* The next record: 1 with *record filled (look at record->why), 0 at the end, -1 when the source fails, or the file as
 * a whole can't be read: a UTF-16 mark in a file declared otherwise, no mark in one declared as utf-16. */
int csv_next(struct csv *csv, struct csv_record *record, struct err *err);

/* Forgets what was read ahead and goes on at `pos`, to which the caller has moved the source. The header isn't expected
 * again, and the byte order found at the start of the file still holds. */
void csv_restart(struct csv *csv, const struct csv_pos *pos);

/* Where the next record starts; after the last one the end of the file. */
struct csv_pos csv_tell(const struct csv *csv);

/* Appends the record's bytes as they stand in the file, for quarantine; the same as raw unless the file is UTF-16. */
void csv_original(const struct csv *csv, const struct csv_record *record, struct buf *out);

#endif
