/* encoding: the declared encoding of incoming bytes, decoded strictly to UTF-8.
 *
 * Nothing is guessed and nothing replaced: a sequence that isn't valid is an error with its position, and UTF-8 that
 * would pass for GB18030 is refused, not read as other characters. GBK and GB2312
 * are read as GB18030, their superset. In GB18030 the second byte of a character may be an ASCII letter, `|` or `\`, so
 * only bytes below 0x30 (newline, comma, quote, tab) can be searched for before decoding.
 */
#ifndef BIHUAN_TEXT_ENCODING_H
#define BIHUAN_TEXT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum encoding {
    ENCODING_UTF8 = 0, /* with or without a mark */
    ENCODING_GB18030,
    ENCODING_UTF16,   /* the mark at the start says the byte order; without one it's an error */
    ENCODING_UTF16LE, /* with or without a mark */
    ENCODING_UTF16BE,
};

/* "utf-8", "gb18030", "gbk", "gb2312", "utf-16", "utf-16le", "utf-16be", in any case; ERR_INVALID, unknown_encoding. */
int encoding_parse(const char *name, enum encoding *out, struct err *err);
const char *encoding_name(enum encoding encoding);

/* Bytes of the character at `bytes` in GB18030 by its shape alone: 1, 2 or 4. A lead byte without a fitting second byte
 * counts 1, so that a broken character never swallows a newline or a quote. len >= 1. */
size_t gb18030_step(const uint8_t *bytes, size_t len);

/* Appends the text as UTF-8. 0, or -1 with *bad_at the position of the first invalid byte; then `out` holds what
 * went before. Thread-safe. */
int gb18030_decode(const uint8_t *bytes, size_t len, struct buf *out, size_t *bad_at);

/* Whether the bytes can hardly be anything but UTF-8: each byte above 0x7F belongs to a character of three bytes, and
 * four different ones are Chinese. Text in GB18030 gets that far in fewer than one of ten million files. `whole`: the
 * last character isn't cut off. */
bool encoding_is_surely_utf8(const uint8_t *bytes, size_t len, bool whole);

/* Where bytes come from. Fills `buf`, at most `cap` bytes; *got 0 means the end. */
typedef int byte_source_fn(void *arg, void *buf, size_t cap, size_t *got, struct err *err);

/* utf16_in: a byte source that turns another one from UTF-16 into UTF-8, whatever way the characters are cut.
 * It doesn't fail on bad text, the reader of the records does: a lone surrogate comes out as the three bytes ED A0..BF
 * xx and an odd byte at the end as FF, none of which are valid UTF-8. So each output byte tells how many input bytes it
 * stands for (utf16_source_len), and a record's place in the file is known without a map. */
struct utf16_in {
    byte_source_fn *source;
    void *arg;
    enum encoding encoding; /* after the first read: UTF16LE or UTF16BE */
    bool started, ended;
    bool marked;      /* a mark was there and was passed over */
    uint8_t odd_byte; /* what FF at the end stands for */
    uint32_t high;    /* a high surrogate that waits for its other half, or 0 */
    size_t at, len;
    uint8_t bytes[16384];
};
/* skip_mark: the source begins at the start of a file, where a mark may stand. */
void utf16_in_init(struct utf16_in *in, enum encoding encoding, bool skip_mark, byte_source_fn *source, void *arg);
/* A byte_source_fn; arg is a struct utf16_in. cap >= 8. The mark itself isn't passed on. */
int utf16_in_read(void *arg, void *buf, size_t cap, size_t *got, struct err *err);

/* Bytes of UTF-16 that `len` bytes of utf16_in's output stand for; additive over any cut. */
size_t utf16_source_len(const uint8_t *text, size_t len);

/* The original UTF-16 bytes of a piece of output cut between characters. */
void utf16_encode(const struct utf16_in *in, const uint8_t *text, size_t len, struct buf *out);

#endif
