/* buf: a growing byte buffer. Zero-initialised is empty; buf_fini() frees. Aborts when the machine has no memory. */
#ifndef BIHUAN_BASE_BUF_H
#define BIHUAN_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

void buf_fini(struct buf *buf);
static inline void buf_reset(struct buf *buf)
{
    buf->len = 0;
}
/* Makes room for `more` bytes behind len and returns where they start; the caller adds to len what it wrote. */
uint8_t *buf_reserve(struct buf *buf, size_t more);
void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_append_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* NUL-terminates (without counting the NUL) and returns the text; valid until the next change. */
const char *buf_text(struct buf *buf);

/* Big-endian integers, as PostgreSQL's binary formats want them. */
static inline void buf_put_u8(struct buf *buf, uint8_t v)
{
    *buf_reserve(buf, 1) = v;
    buf->len += 1;
}
void buf_put_be16(struct buf *buf, uint16_t v);
void buf_put_be32(struct buf *buf, uint32_t v);
void buf_put_be64(struct buf *buf, uint64_t v);

#endif
