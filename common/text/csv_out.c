/* csv_out: see csv_out.h. */
#include "text/csv_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "text/decimal.h"

void csv_out_init(struct csv_out *out, struct buf *buf, char delimiter, bool guard)
{
    *out = (struct csv_out) { .buf = buf, .delimiter = delimiter, .guard = guard };
}

void csv_out_mark(struct csv_out *out)
{
    buf_append_text(out->buf, "\xEF\xBB\xBF");
}

static bool is_number(const char *text, size_t len)
{
    size_t at = len && (*text == '-' || *text == '+');

    for (size_t i = at; i < len; i++)
        if ((text[i] < '0' || text[i] > '9') && text[i] != '.' && text[i] != '%')
            return false;
    return len > at;
}

static bool looks_like_formula(const char *text, size_t len)
{
    return len && memchr("=+-@\t\r", *text, 6) && !is_number(text, len);
}

void csv_out_text_n(struct csv_out *out, const char *text, size_t len)
{
    struct buf *buf = out->buf;
    bool guarded = out->guard && looks_like_formula(text, len);

    if (out->filled)
        buf_put_u8(buf, (uint8_t)out->delimiter);
    if (!memchr(text, out->delimiter, len) && !memchr(text, '"', len) && !memchr(text, '\n', len) &&
        !memchr(text, '\r', len) && (len || out->filled)) {
        buf_append(buf, "'", guarded);
        buf_append(buf, text, len);
    } else {
        buf_append_text(buf, guarded ? "\"'" : "\"");
        for (size_t i = 0; i < len; i++) {
            if (text[i] == '"')
                buf_put_u8(buf, '"');
            buf_put_u8(buf, (uint8_t)text[i]);
        }
        buf_put_u8(buf, '"');
    }
    out->filled = true;
}

void csv_out_text(struct csv_out *out, const char *text)
{
    csv_out_text_n(out, text, strlen(text));
}

void csv_out_int(struct csv_out *out, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRId64, value);

    csv_out_text_n(out, text, (size_t)n);
}

void csv_out_decimal(struct csv_out *out, int64_t value, int scale, int digits)
{
    char text[DECIMAL_TEXT_MAX];

    csv_out_text_n(out, text, decimal_print_rounded(text, value, scale, digits, 0));
}

void csv_out_end(struct csv_out *out)
{
    buf_append_text(out->buf, out->crlf ? "\r\n" : "\n");
    out->filled = false;
}
