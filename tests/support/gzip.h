/* gzip: bytes packed as senders pack their files. */
#ifndef BIHUAN_TESTS_SUPPORT_GZIP_H
#define BIHUAN_TESTS_SUPPORT_GZIP_H

#include "base/buf.h"

/* Appends one member. Several make one file. */
void gzip_append(struct buf *out, const void *bytes, size_t len);

#endif
