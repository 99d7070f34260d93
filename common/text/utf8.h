/* utf8: checking, stepping and measuring UTF-8 text.
 *
 * Strict as RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. Functions take (text, len) and never
 * look for a NUL. Widths are terminal columns: East Asian Wide and Fullwidth characters take two, combining marks and
 * controls none.
 */
#ifndef BIHUAN_TEXT_UTF8_H
#define BIHUAN_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* Length in bytes (1 to 4) of the character at `text` and its code point in *cp; 0 when invalid or cut off. */
size_t utf8_decode(const void *text, size_t len, uint32_t *cp);

/* Writes `cp` (a scalar value, or a lone surrogate in the same form) to out; returns the bytes written. */
size_t utf8_encode(uint32_t cp, uint8_t out[4]);

/* Bytes of the longest valid prefix; == len when all of it is valid. */
size_t utf8_valid_len(const void *text, size_t len);
static inline bool utf8_valid(const void *text, size_t len)
{
    return utf8_valid_len(text, len) == len;
}

/* Leaves out, in place, what is no character: the halves that remain where a text was cut by bytes. Returns `text`. */
char *utf8_mend(char *text);

/* Columns of one code point: 0, 1 or 2. */
int utf8_cp_width(uint32_t cp);

/* Columns of the text; an invalid byte counts as one. */
size_t utf8_width(const char *text, size_t len);

/* Bytes of the longest prefix, cut between characters, that takes at most `columns`; its width to *width (may be NULL).
 */
size_t utf8_fit(const char *text, size_t len, size_t columns, size_t *width);

/* Appends the text cut to `columns`, its last column an ellipsis when something was cut. Returns the columns used. */
size_t utf8_append_fit(struct buf *out, const char *text, size_t len, size_t columns);

#endif
