/* base64: the standard alphabet with padding (RFC 4648 section 4). */
#ifndef BIHUAN_TEXT_BASE64_H
#define BIHUAN_TEXT_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

void base64_encode(const uint8_t *bytes, size_t len, struct buf *out);

/* Appends the bytes; -1 when the text isn't exactly base64 (no spaces, padding required, unused bits zero). */
int base64_decode(const char *text, size_t len, struct buf *out);

#endif
