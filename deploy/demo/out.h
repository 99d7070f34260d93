/* out: files written whole. Errors are told on stderr. */
#ifndef BIHUAN_DEMO_OUT_H
#define BIHUAN_DEMO_OUT_H

#include "base/buf.h"

#include <stddef.h>

/* Makes DIR/a/b... for the format given; 0 or -1. */
int out_folder(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes the bytes to the path that the format gives; 0 or -1. */
int out_file(const void *bytes, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* gzip without time or name in its head, so that the same text gives the same bytes. */
void out_gzip(const void *bytes, size_t len, struct buf *out);
/* UTF-8 as GB18030. */
void out_gb18030(const char *text, size_t len, struct buf *out);

#endif
