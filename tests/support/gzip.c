/* gzip: see gzip.h. */
#include "support/check.h"

#include "support/gzip.h"

#include <stdint.h>
#include <zlib.h>

void gzip_append(struct buf *out, const void *bytes, size_t len)
{
    z_stream z = { 0 };

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)len;
    z.avail_out = (uInt)deflateBound(&z, (uLong)len);
    z.next_out = buf_reserve(out, z.avail_out);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += z.total_out;
    deflateEnd(&z);
}
