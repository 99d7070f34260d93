/* utf16: UTF-16 as a stream of UTF-8; see encoding.h. */
#include "text/encoding.h"

#include <assert.h>
#include <string.h>
#include "text/utf8.h"

void utf16_in_init(struct utf16_in *in, enum encoding encoding, bool skip_mark, byte_source_fn *source, void *arg)
{
    in->source = source;
    in->arg = arg;
    in->encoding = encoding;
    in->started = !skip_mark;
    in->ended = in->marked = false;
    in->odd_byte = 0;
    in->high = 0;
    in->at = in->len = 0;
}

/* Reads more behind what is left, until two bytes are there or the source ends. */
static int fill(struct utf16_in *in, struct err *err)
{
    while (!in->ended && in->len - in->at < 2) {
        size_t got;

        memmove(in->bytes, in->bytes + in->at, in->len - in->at);
        in->len -= in->at;
        in->at = 0;
        if (in->source(in->arg, in->bytes + in->len, sizeof in->bytes - in->len, &got, err) != 0)
            return -1;
        in->ended = got == 0;
        in->len += got;
    }
    return 0;
}

static uint32_t next_unit(struct utf16_in *in)
{
    const uint8_t *s = in->bytes + in->at;

    in->at += 2;
    return in->encoding == ENCODING_UTF16BE ? (uint32_t)s[0] << 8 | s[1] : (uint32_t)s[1] << 8 | s[0];
}

static int read_mark(struct utf16_in *in, struct err *err)
{
    const uint8_t *s = in->bytes;
    bool little = in->len >= 2 && s[0] == 0xFF && s[1] == 0xFE;
    bool big = in->len >= 2 && s[0] == 0xFE && s[1] == 0xFF;

    in->started = true;
    if (in->encoding == ENCODING_UTF16) {
        if (!little && !big && in->len)
            return err_fail(err, ERR_INVALID, "no_mark",
                            "the file is declared as utf-16 but does not begin with a byte order mark; "
                            "declare utf-16le or utf-16be");
        in->encoding = big ? ENCODING_UTF16BE : ENCODING_UTF16LE;
    } else if (in->encoding == ENCODING_UTF16LE ? big : little) {
        return err_fail(err, ERR_INVALID, "wrong_mark", "the file is declared as %s but its mark is of the other order",
                        encoding_name(in->encoding));
    }
    in->marked = little || big;
    in->at = in->marked ? 2 : 0;
    return 0;
}

/* Turns one unit into bytes at out; at most 6: a lone high surrogate and the character behind it. */
static size_t put_unit(struct utf16_in *in, uint32_t unit, uint8_t *out)
{
    size_t n = 0;

    if (in->high && unit >= 0xDC00 && unit < 0xE000) {
        n = utf8_encode(0x10000 + ((in->high - 0xD800) << 10) + (unit - 0xDC00), out);
        in->high = 0;
        return n;
    }
    if (in->high)
        n = utf8_encode(in->high, out);
    in->high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    return in->high ? n : n + utf8_encode(unit, out + n);
}

static size_t put_end(struct utf16_in *in, uint8_t *out)
{
    size_t n = in->high ? utf8_encode(in->high, out) : 0;

    in->high = 0;
    if (in->at < in->len) {
        in->odd_byte = in->bytes[in->at++];
        out[n++] = 0xFF;
    }
    return n;
}

int utf16_in_read(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct utf16_in *in = arg;
    uint8_t *out = buf;
    size_t n = 0;

    assert(cap >= 8);
    if (in->started && in->encoding == ENCODING_UTF16)
        return err_fail(err, ERR_INVALID, "no_mark", "the byte order of utf-16 isn't known in the middle of a file");
    while (!n) { /* a read may hold nothing but half a character */
        if (fill(in, err) != 0 || (!in->started && read_mark(in, err) != 0))
            return -1;
        while (in->len - in->at >= 2 && cap - n >= 8)
            n += put_unit(in, next_unit(in), out + n);
        if (in->ended && in->len - in->at < 2 && cap - n >= 8) {
            n += put_end(in, out + n);
            break;
        }
    }
    *got = n;
    return 0;
}

static size_t source_len_of(uint8_t byte)
{
    if (byte == 0xFF)
        return 1;
    if ((byte & 0xC0) == 0x80)
        return 0;
    return byte >= 0xF0 ? 4 : 2;
}

size_t utf16_source_len(const uint8_t *text, size_t len)
{
    size_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += source_len_of(text[i]);
    return sum;
}

static void put_raw(const struct utf16_in *in, uint32_t unit, struct buf *out)
{
    bool big = in->encoding == ENCODING_UTF16BE;

    buf_put_u8(out, (uint8_t)(big ? unit >> 8 : unit));
    buf_put_u8(out, (uint8_t)(big ? unit : unit >> 8));
}

void utf16_encode(const struct utf16_in *in, const uint8_t *text, size_t len, struct buf *out)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp;
        size_t n = utf8_decode(text + at, len - at, &cp);

        if (!n && text[at] == 0xFF) {
            buf_put_u8(out, in->odd_byte);
            at += 1;
            continue;
        }
        if (!n && len - at >= 3) { /* a lone surrogate */
            cp = 0xD000 | (uint32_t)(text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F);
            n = 3;
        } else if (!n) {
            return;
        }
        if (cp >= 0x10000) {
            put_raw(in, 0xD800 + ((cp - 0x10000) >> 10), out);
            cp = 0xDC00 + ((cp - 0x10000) & 0x3FF);
        }
        put_raw(in, cp, out);
        at += n;
    }
}
