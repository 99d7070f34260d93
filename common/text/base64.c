/* base64: see base64.h. */
#include "text/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const uint8_t *bytes, size_t len, struct buf *out)
{
    for (size_t at = 0; at < len; at += 3) {
        size_t n = len - at < 3 ? len - at : 3;
        uint32_t bits = (uint32_t)bytes[at] << 16 | (n > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
                        (n > 2 ? bytes[at + 2] : 0);

        buf_put_u8(out, (uint8_t)alphabet[bits >> 18]);
        buf_put_u8(out, (uint8_t)alphabet[bits >> 12 & 63]);
        buf_put_u8(out, (uint8_t)(n > 1 ? alphabet[bits >> 6 & 63] : '='));
        buf_put_u8(out, (uint8_t)(n > 2 ? alphabet[bits & 63] : '='));
    }
}

static int value_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

int base64_decode(const char *text, size_t len, struct buf *out)
{
    if (len % 4)
        return -1;
    for (size_t at = 0; at < len; at += 4) {
        size_t pad = at + 4 < len || text[at + 3] != '=' ? 0 : text[at + 2] == '=' ? 2 : 1;
        uint32_t bits = 0;

        for (size_t i = 0; i < 4; i++) {
            int value = i < 4 - pad ? value_of(text[at + i]) : 0;
            if (value < 0)
                return -1;
            bits = bits << 6 | (uint32_t)value;
        }
        if (bits & ((1u << 8 * pad) - 1))
            return -1;
        for (size_t i = 0; i < 3 - pad; i++)
            buf_put_u8(out, (uint8_t)(bits >> (16 - 8 * i)));
    }
    return 0;
}
