/* csv: see csv.h. */
#include "text/csv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text/csv_scan.h"
#include "text/utf8.h"

#define READ_LEN  ((size_t)64 << 10)
#define SAMPLE    ((size_t)4 << 10) /* of a file declared as GB18030, looked at before anything is read from it */
#define FIRST_CAP ((size_t)128 << 10)
/* Bytes past the limit that may be looked at: enough to see the limit broken, and CRLF behind a record of full length.
 */
#define BEYOND_LEN 2

struct csv {
    struct csv_options options;
    struct csv_dialect dialect;
    byte_source_fn *source;
    void *arg;
    struct utf16_in *utf16; /* NULL: not UTF-16 */
    uint8_t *bytes;         /* bytes[start..len) are read and not yet delivered */
    size_t start, len, cap;
    bool ended;       /* the source has no more */
    bool started;     /* the mark has been dealt with */
    bool skipping;    /* the rest of a line too long is to be thrown away */
    uint32_t to_skip; /* lines at the start that are yet to be passed over */
    struct csv_pos pos;
    struct buf decoded, unquoted;
    struct csv_field *fields;
    uint32_t fields_cap;
    struct err why;
};

static bool usable(char c)
{
    return c > 0 && c != '\n' && c != '\r' && c != 0x7F;
}

int csv_open(struct csv **out, const struct csv_options *options, byte_source_fn *source, void *arg, struct err *err)
{
    struct csv *csv;
    char delimiter = options->delimiter ? options->delimiter : ',', quote = options->lines ? 0 : options->quote;
    bool wide = options->encoding >= ENCODING_UTF16;

    if (!usable(delimiter) || (quote && (!usable(quote) || quote == delimiter)))
        return err_fail(err, ERR_INVALID, "bad_dialect",
                        "delimiter and quote must be two different ASCII characters, not line ends");
    if (options->encoding == ENCODING_GB18030 && quote >= 0x30)
        return err_fail(err, ERR_INVALID, "bad_dialect",
                        "quote \"%c\" can be part of a character in gb18030; use \" or '", quote);
    csv = calloc(1, sizeof *csv);
    if (!csv || (wide && !(csv->utf16 = malloc(sizeof *csv->utf16))))
        abort();
    csv->options = *options;
    if (!csv->options.record_len_max)
        csv->options.record_len_max = CSV_RECORD_LEN_MAX;
    if (!csv->options.field_count_max)
        csv->options.field_count_max = CSV_FIELD_COUNT_MAX;
    csv->dialect = (struct csv_dialect) { delimiter, quote, options->encoding == ENCODING_GB18030 };
    csv->source = source;
    csv->arg = arg;
    csv->to_skip = options->skip_lines;
    csv->pos = (struct csv_pos) { .line = 1, .row = options->header ? 0 : 1 };
    if (wide)
        utf16_in_init(csv->utf16, options->encoding, true, source, arg);
    *out = csv;
    return 0;
}

void csv_close(struct csv **csv)
{
    if (!csv || !*csv)
        return;
    free((*csv)->utf16);
    free((*csv)->bytes);
    free((*csv)->fields);
    buf_fini(&(*csv)->decoded);
    buf_fini(&(*csv)->unquoted);
    free(*csv);
    *csv = NULL;
}

void csv_restart(struct csv *csv, const struct csv_pos *pos)
{
    csv->start = csv->len = 0;
    csv->ended = csv->skipping = false;
    csv->started = pos->offset > 0;
    csv->to_skip = csv->started ? 0 : csv->options.skip_lines;
    csv->pos = *pos;
    if (csv->utf16)
        utf16_in_init(csv->utf16, csv->utf16->encoding, !csv->started, csv->source, csv->arg);
}

struct csv_pos csv_tell(const struct csv *csv)
{
    return csv->pos;
}

/* Makes room for one more read behind bytes[start..len). */
static void make_room(struct csv *csv)
{
    if (csv->start) {
        memmove(csv->bytes, csv->bytes + csv->start, csv->len - csv->start);
        csv->len -= csv->start;
        csv->start = 0;
    }
    if (csv->cap - csv->len < READ_LEN) {
        csv->cap = csv->cap ? csv->cap * 2 : FIRST_CAP;
        csv->bytes = realloc(csv->bytes, csv->cap);
        if (!csv->bytes)
            abort();
    }
}

static int refill(struct csv *csv, struct err *err)
{
    size_t got;
    int rc;

    make_room(csv);
    if (csv->utf16)
        rc = utf16_in_read(csv->utf16, csv->bytes + csv->len, READ_LEN, &got, err);
    else
        rc = csv->source(csv->arg, csv->bytes + csv->len, READ_LEN, &got, err);
    if (rc != 0)
        return -1;
    csv->ended = got == 0;
    csv->len += got;
    return 0;
}

/* Bytes of the file that n bytes at the front stand for. */
static size_t file_len(const struct csv *csv, const uint8_t *bytes, size_t n)
{
    return csv->utf16 ? utf16_source_len(bytes, n) : n;
}

static void advance(struct csv *csv, size_t n)
{
    csv->pos.offset += file_len(csv, csv->bytes + csv->start, n);
    csv->start += n;
}

static bool begins(const struct csv *csv, const char *mark, size_t mark_len)
{
    return csv->len >= mark_len && memcmp(csv->bytes, mark, mark_len) == 0;
}

/* Most of UTF-8 is valid GB18030 too, of other characters; it would be recorded as such. */
static int refuse_utf8(const struct csv *csv, struct err *err)
{
    size_t len = csv->len < SAMPLE ? csv->len : SAMPLE;

    if (!encoding_is_surely_utf8(csv->bytes, len, len < SAMPLE))
        return 0;
    return err_fail(err, ERR_INVALID, "wrong_encoding",
                    "the file is declared as gb18030 but written in utf-8; declare \"encoding: UTF-8\" in the feed, or "
                    "ask the sender for gb18030");
}

/* The mark at the start of a file: passed over when it's the declared encoding's, refused when it's UTF-16's. */
static int read_mark(struct csv *csv, struct err *err)
{
    csv->started = true;
    if (csv->utf16) {
        while (!csv->len && !csv->ended)
            if (refill(csv, err) != 0)
                return -1;
        csv->pos.offset += csv->utf16->marked ? 2 : 0;
        return 0;
    }
    while (csv->len < (csv->dialect.gb18030 ? SAMPLE : 4) && !csv->ended)
        if (refill(csv, err) != 0)
            return -1;
    if (begins(csv, "\xFF\xFE", 2) || begins(csv, "\xFE\xFF", 2))
        return err_fail(err, ERR_INVALID, "wrong_mark", "the file is declared as %s but begins with the mark of utf-16",
                        encoding_name(csv->options.encoding));
    if (begins(csv, "\xEF\xBB\xBF", 3)) {
        if (csv->dialect.gb18030)
            return err_fail(err, ERR_INVALID, "wrong_mark",
                            "the file is declared as gb18030 but begins with the mark of utf-8");
        advance(csv, 3);
    } else if (csv->dialect.gb18030 && begins(csv, "\x84\x31\x95\x33", 4)) {
        advance(csv, 4);
    }
    return csv->dialect.gb18030 ? refuse_utf8(csv, err) : 0;
}

/* Throws away what is left of a line too long, its end included. */
static int skip_line(struct csv *csv, struct err *err)
{
    while (csv->skipping) {
        size_t at = csv_find_break(csv->bytes, csv->start, csv->len);
        bool cr = at < csv->len && csv->bytes[at] == '\r';

        advance(csv, at - csv->start);
        if (csv->start < csv->len && (!cr || csv->start + 1 < csv->len || csv->ended)) {
            advance(csv, cr && csv->start + 1 < csv->len && csv->bytes[csv->start + 1] == '\n' ? 2 : 1);
            csv->pos.line++;
            csv->skipping = false;
        } else if (csv->ended) {
            csv->skipping = false;
        } else if (refill(csv, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int skip_first_lines(struct csv *csv, struct err *err)
{
    for (; csv->to_skip; csv->to_skip--) {
        csv->skipping = true;
        if (skip_line(csv, err) != 0)
            return -1;
    }
    return 0;
}

static void spoil(struct csv *csv, struct csv_record *record, const char *code, size_t at, const char *what)
{
    if (record->why)
        return;
    record->why_offset = record->pos.offset + file_len(csv, record->raw, at < record->raw_len ? at : record->raw_len);
    record->why = &csv->why;
    record->field_count = 0;
    err_fail(&csv->why, ERR_INVALID, code, "line %llu, byte %llu of the file: %s", (unsigned long long)record->pos.line,
             (unsigned long long)record->why_offset, what);
}

static struct csv_field *add_field(struct csv *csv, struct csv_record *record)
{
    if (record->field_count == csv->options.field_count_max)
        return NULL;
    if (record->field_count == csv->fields_cap) {
        csv->fields_cap = csv->fields_cap ? csv->fields_cap * 2 : 64;
        csv->fields = realloc(csv->fields, csv->fields_cap * sizeof csv->fields[0]);
        if (!csv->fields)
            abort();
    }
    return &csv->fields[record->field_count++];
}

/* Takes the quoted field that begins at `at` into *field, its doubled quotes made single; returns where it ends. */
static const char *take_quoted(struct csv *csv, const char *at, const char *end, struct csv_field *field)
{
    const char *from = at + 1, *stop;

    field->quoted = true;
    field->text = (const char *)csv->unquoted.data + csv->unquoted.len;
    for (;; from = stop + 2) {
        stop = memchr(from, csv->dialect.quote, (size_t)(end - from));
        assert(stop); /* the scan saw it closed */
        if (stop + 1 == end || stop[1] != csv->dialect.quote)
            break;
        buf_append(&csv->unquoted, from, (size_t)(stop + 1 - from));
    }
    buf_append(&csv->unquoted, from, (size_t)(stop - from));
    field->len = (uint32_t)((const char *)csv->unquoted.data + csv->unquoted.len - field->text);
    return stop + 1;
}

static void split(struct csv *csv, struct csv_record *record, const char *text, size_t len)
{
    const char *end, *at = text;

    buf_reset(&csv->unquoted);
    if (!len)
        return;                           /* an empty line has no text to point to */
    buf_reserve(&csv->unquoted, len + 1); /* fields point into it: it mustn't move */
    end = text + len;
    for (bool more = true; more;) {
        struct csv_field *field = add_field(csv, record);
        const char *stop;

        if (!field) {
            spoil(csv, record, "too_many_fields", 0, "the record has more fields than allowed");
            return;
        }
        if (csv->dialect.quote && at < end && *at == csv->dialect.quote) {
            stop = take_quoted(csv, at, end, field);
        } else {
            stop = csv->options.lines ? NULL : memchr(at, csv->dialect.delimiter, (size_t)(end - at));
            stop = stop ? stop : end;
            *field = (struct csv_field) { at, (uint32_t)(stop - at), false };
        }
        more = stop < end;
        at = stop + 1;
    }
    record->fields = csv->fields;
}

/* Decodes the record and cuts it, unless it's bad already. */
static void decode(struct csv *csv, struct csv_record *record)
{
    size_t bad_at = record->raw_len;

    if (record->why)
        return;
    if (!csv->dialect.gb18030) {
        bad_at = utf8_valid_len(record->raw, record->raw_len);
    } else {
        buf_reset(&csv->decoded);
        if (gb18030_decode(record->raw, record->raw_len, &csv->decoded, &bad_at) == 0)
            bad_at = record->raw_len;
    }
    if (bad_at < record->raw_len) {
        char what[64];

        snprintf(what, sizeof what, "0x%02X does not begin a valid %s character", record->raw[bad_at],
                 csv->utf16 ? "utf-16" : encoding_name(csv->options.encoding));
        spoil(csv, record, "bad_encoding", bad_at, what);
    } else if (csv->dialect.gb18030) {
        split(csv, record, (const char *)csv->decoded.data, csv->decoded.len);
    } else {
        split(csv, record, (const char *)record->raw, record->raw_len);
    }
}

/* Takes raw_len bytes as the record and moves on by `next`. */
static void take(struct csv *csv, struct csv_record *record, size_t raw_len, size_t next, uint64_t lines)
{
    *record = (struct csv_record) { .pos = csv->pos, .raw = csv->bytes + csv->start, .raw_len = raw_len };
    advance(csv, next);
    csv->pos.line += lines;
    csv->pos.row++;
    record->end = csv->pos;
}

/* The scan found no end although all that may belong to the record is there. */
static void take_broken(struct csv *csv, struct csv_record *record, const struct csv_scan *scan, size_t len)
{
    size_t limit = csv->options.record_len_max;

    if (scan->quoted && scan->break_at <= limit) {
        take(csv, record, scan->break_at, scan->break_at + scan->break_len, 1);
        spoil(csv, record, "open_quote", scan->open_at, "a quoted field is not closed; only this line is given up");
    } else if (len <= limit) {
        take(csv, record, len, len, 1);
        spoil(csv, record, "open_quote", scan->open_at, "a quoted field is not closed before the file ends");
    } else {
        take(csv, record, limit, limit, 0);
        record->raw_cut = csv->skipping = true;
        spoil(csv, record, "record_too_long", limit, "the record is longer than allowed");
        record->end = record->pos;
    }
}

static void judge(struct csv *csv, struct csv_record *record, const struct csv_scan *scan)
{
    if (record->raw_len > csv->options.record_len_max)
        spoil(csv, record, "record_too_long", csv->options.record_len_max, "the record is longer than allowed");
    if (scan->nul_at < record->raw_len)
        spoil(csv, record, "nul_byte", scan->nul_at, "a NUL byte");
    if (scan->spoiled)
        spoil(csv, record, "bad_quote", scan->spoiled_at, "text stands behind a closing quote");
}

int csv_next(struct csv *csv, struct csv_record *record, struct err *err)
{
    struct csv_scan scan;

    if ((!csv->started && read_mark(csv, err) != 0) || skip_first_lines(csv, err) != 0 || skip_line(csv, err) != 0)
        return -1;
    csv_scan_init(&scan);
    for (;;) {
        size_t len = csv->len - csv->start, window = csv->options.record_len_max + BEYOND_LEN, end, next;
        bool full = len >= window;

        if (!len && csv->ended)
            return 0;
        if (full)
            len = window;
        if (len && csv_scan_run(&scan, &csv->dialect, csv->bytes + csv->start, len, csv->ended && !full, &end, &next)) {
            take(csv, record, end, next, scan.breaks + 1);
            judge(csv, record, &scan);
            decode(csv, record);
            return 1;
        }
        if (full || csv->ended) {
            take_broken(csv, record, &scan, len);
            return 1;
        }
        if (refill(csv, err) != 0)
            return -1;
    }
}

void csv_original(const struct csv *csv, const struct csv_record *record, struct buf *out)
{
    if (csv->utf16)
        utf16_encode(csv->utf16, record->raw, record->raw_len, out);
    else
        buf_append(out, record->raw, record->raw_len);
}
