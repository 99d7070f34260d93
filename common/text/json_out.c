/* json_out: see json_out.h. */
#include "text/json_out.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text/decimal.h"
#include "text/utf8.h"

void json_out_init(struct json_out *out, struct buf *buf)
{
    *out = (struct json_out) { .buf = buf };
}

static uint64_t level(const struct json_out *out)
{
    return UINT64_C(1) << out->depth;
}

/* Puts the comma that is due, and notes that the level holds something. */
static void separate(struct json_out *out)
{
    if (out->filled & level(out))
        buf_put_u8(out->buf, ',');
    out->filled |= level(out);
}

static void before_value(struct json_out *out)
{
    bool in_object = out->depth && (out->objects & level(out));

    assert(in_object == out->keyed);
    if (!in_object) {
        assert(out->depth || !(out->filled & 1)); /* one value at the top */
        separate(out);
    }
    out->keyed = false;
}

static void begin(struct json_out *out, char bracket, bool object)
{
    before_value(out);
    assert(out->depth < 63);
    buf_put_u8(out->buf, (uint8_t)bracket);
    out->depth++;
    out->filled &= ~level(out);
    out->objects = object ? out->objects | level(out) : out->objects & ~level(out);
}

static void end(struct json_out *out, char bracket, bool object)
{
    assert(out->depth && !out->keyed && !!(out->objects & level(out)) == object);
    buf_put_u8(out->buf, (uint8_t)bracket);
    out->depth--;
}

void json_out_object(struct json_out *out)
{
    begin(out, '{', true);
}

void json_out_object_end(struct json_out *out)
{
    end(out, '}', true);
}

void json_out_array(struct json_out *out)
{
    begin(out, '[', false);
}

void json_out_array_end(struct json_out *out)
{
    end(out, ']', false);
}

static void put_escaped(struct buf *buf, uint8_t byte)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = byte ? strchr(from, byte) : NULL;

    if (at)
        buf_printf(buf, "\\%c", to[at - from]);
    else
        buf_printf(buf, "\\u%04x", byte);
}

static bool plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

static void put_string(struct buf *buf, const char *text, size_t len)
{
    buf_put_u8(buf, '"');
    for (size_t at = 0; at < len;) {
        size_t n = 0;
        uint32_t cp;

        while (at + n < len && plain((uint8_t)text[at + n]))
            n++;
        buf_append(buf, text + at, n);
        at += n;
        if (at == len)
            break;
        n = utf8_decode(text + at, len - at, &cp);
        if (n > 1)
            buf_append(buf, text + at, n);
        else if (n == 1)
            put_escaped(buf, (uint8_t)text[at]);
        else
            buf_append_text(buf, "\xEF\xBF\xBD");
        at += n ? n : 1;
    }
    buf_put_u8(buf, '"');
}

void json_out_key(struct json_out *out, const char *key)
{
    assert(out->depth && (out->objects & level(out)) && !out->keyed);
    separate(out);
    put_string(out->buf, key, strlen(key));
    buf_put_u8(out->buf, ':');
    out->keyed = true;
}

void json_out_text_n(struct json_out *out, const char *text, size_t len)
{
    before_value(out);
    put_string(out->buf, text, len);
}

void json_out_text(struct json_out *out, const char *text)
{
    if (text)
        json_out_text_n(out, text, strlen(text));
    else
        json_out_null(out);
}

void json_out_raw(struct json_out *out, const void *json, size_t len)
{
    before_value(out);
    buf_append(out->buf, json, len);
}

/* By hand: a statement is mostly numbers, and printf takes several times as long. */
static void put_digits(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_append(buf, digits + at, sizeof digits - at);
}

void json_out_int(struct json_out *out, int64_t value)
{
    before_value(out);
    if (value < 0)
        buf_put_u8(out->buf, '-');
    put_digits(out->buf, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_out_uint(struct json_out *out, uint64_t value)
{
    before_value(out);
    put_digits(out->buf, value);
}

void json_out_bool(struct json_out *out, bool value)
{
    json_out_raw(out, value ? "true" : "false", value ? 4 : 5);
}

void json_out_null(struct json_out *out)
{
    json_out_raw(out, "null", 4);
}

void json_out_double(struct json_out *out, double value)
{
    char text[40];

    if (!isfinite(value)) {
        json_out_null(out);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    json_out_raw(out, text, strlen(text));
}

void json_out_decimal(struct json_out *out, int64_t value, int scale, int digits)
{
    char text[DECIMAL_TEXT_MAX];
    size_t n = decimal_print_rounded(text, value, scale, digits, 0);

    json_out_raw(out, text, n);
}

void json_out_field_text(struct json_out *out, const char *key, const char *text)
{
    json_out_key(out, key);
    json_out_text(out, text);
}

void json_out_field_int(struct json_out *out, const char *key, int64_t value)
{
    json_out_key(out, key);
    json_out_int(out, value);
}

void json_out_field_bool(struct json_out *out, const char *key, bool value)
{
    json_out_key(out, key);
    json_out_bool(out, value);
}

void json_out_field_decimal(struct json_out *out, const char *key, int64_t value, int scale, int digits)
{
    json_out_key(out, key);
    json_out_decimal(out, value, scale, digits);
}
