/* out: see out.h. */
#include "out.h"

#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define PATH_LEN 1024

int out_folder(const char *fmt, ...)
{
    char path[PATH_LEN];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(path, sizeof path, fmt, ap);
    va_end(ap);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)mkdir(path, 0755);
        *slash = '/';
    }
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return 0;
    fprintf(stderr, "bihuan-demo: could not make \"%s\": %s\n", path, strerror(errno));
    return -1;
}

int out_file(const void *bytes, size_t len, const char *fmt, ...)
{
    char path[PATH_LEN];
    va_list ap;
    FILE *file;
    bool ok;

    va_start(ap, fmt);
    vsnprintf(path, sizeof path, fmt, ap);
    va_end(ap);
    file = fopen(path, "we");
    ok = file && fwrite(bytes, 1, len, file) == len;
    if (file && fclose(file) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "bihuan-demo: could not write \"%s\": %s\n", path, strerror(errno));
    return ok ? 0 : -1;
}

void out_gzip(const void *bytes, size_t len, struct buf *out)
{
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len };
    size_t room;

    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    room = deflateBound(&stream, (uLong)len);
    stream.next_out = buf_reserve(out, room);
    stream.avail_out = (uInt)room;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    out->len += stream.total_out;
    deflateEnd(&stream);
}

void out_gb18030(const char *text, size_t len, struct buf *out)
{
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    size_t room = 2 * len + 4;
    char *in = (char *)(uintptr_t)text;
    char *to;

    if (cd == (iconv_t)-1)
        abort();
    to = (char *)buf_reserve(out, room);
    if (iconv(cd, &in, &len, &to, &room) == (size_t)-1)
        abort(); /* our own text */
    out->len = (size_t)((uint8_t *)to - out->data);
    iconv_close(cd);
}
