/* csv_out: writes delimited text into a buffer, for exports.
 *
 * A field is quoted only where it must be. With `guard`, text that a spreadsheet would run as a formula (it begins with
 * = + - @ or a tab, and isn't a number) gets a leading apostrophe.
 */
#ifndef BIHUAN_TEXT_CSV_OUT_H
#define BIHUAN_TEXT_CSV_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

struct csv_out {
    struct buf *buf;
    char delimiter;
    bool guard;
    bool crlf;   /* lines end with CRLF instead of LF */
    bool filled; /* the present line holds a field */
};

void csv_out_init(struct csv_out *out, struct buf *buf, char delimiter, bool guard);
void csv_out_mark(struct csv_out *out); /* the UTF-8 mark, by which spreadsheets know the encoding; first of all */
void csv_out_text(struct csv_out *out, const char *text);
void csv_out_text_n(struct csv_out *out, const char *text, size_t len);
void csv_out_int(struct csv_out *out, int64_t value);
void csv_out_decimal(struct csv_out *out, int64_t value, int scale, int digits);
void csv_out_end(struct csv_out *out); /* ends the line */

#endif
