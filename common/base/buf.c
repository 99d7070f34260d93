/* buf: see buf.h. */
#include "base/buf.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_fini(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf) { 0 };
}

uint8_t *buf_reserve(struct buf *buf, size_t more)
{
    if (buf->cap - buf->len < more) {
        size_t cap = buf->cap ? buf->cap * 2 : 256;

        while (cap - buf->len < more)
            cap *= 2;
        buf->data = realloc(buf->data, cap);
        if (!buf->data)
            abort();
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    if (!len)
        return;
    memcpy(buf_reserve(buf, len), bytes, len);
    buf->len += len;
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    buf_reserve(buf, (size_t)len + 1);
    va_start(ap, fmt);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    buf->len += (size_t)len;
}

const char *buf_text(struct buf *buf)
{
    *buf_reserve(buf, 1) = 0;
    return (const char *)buf->data;
}

void buf_put_be16(struct buf *buf, uint16_t v)
{
    v = htobe16(v);
    buf_append(buf, &v, sizeof v);
}

void buf_put_be32(struct buf *buf, uint32_t v)
{
    v = htobe32(v);
    buf_append(buf, &v, sizeof v);
}

void buf_put_be64(struct buf *buf, uint64_t v)
{
    v = htobe64(v);
    buf_append(buf, &v, sizeof v);
}
