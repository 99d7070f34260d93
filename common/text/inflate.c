/* inflate: see inflate.h. */
#include "text/inflate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_LEN       ((size_t)64 << 10)
#define ZSTD_WINDOW_LOG 25

struct in {
    int fd;
    char *name;
    enum in_format format;
    uint64_t size_max, offset, file_offset; /* file_offset: of what has been read from fd */
    bool ended;                             /* the descriptor has no more */
    bool between;                           /* no member or frame is open */
    z_stream gzip;
    ZSTD_DStream *zstd;
    size_t at, len; /* input[at..len) isn't used yet */
    uint8_t input[INPUT_LEN];
};

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static enum in_format by_name(const char *name)
{
    if (ends_with(name, ".gz"))
        return IN_GZIP;
    return ends_with(name, ".zst") ? IN_ZSTD : IN_PLAIN;
}

int in_open_fd(struct in **out, int fd, const char *name, enum in_format format, uint64_t size_max, struct err *err)
{
    struct in *in = calloc(1, sizeof *in);

    if (!in || !(in->name = strdup(name)))
        abort();
    in->fd = fd;
    in->format = format == IN_BY_NAME ? by_name(name) : format;
    in->size_max = size_max ? size_max : UINT64_MAX;
    in->between = true;
    if (in->format == IN_GZIP && inflateInit2(&in->gzip, 15 + 16) != Z_OK)
        abort();
    if (in->format == IN_ZSTD) {
        in->zstd = ZSTD_createDStream();
        if (!in->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
            abort();
    }
    (void)err;
    *out = in;
    return 0;
}

int in_open(struct in **out, const char *path, enum in_format format, uint64_t size_max, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, errno == ENOENT ? "not_found" : "",
                        "could not open \"%s\": %s", path, strerror(errno));
    return in_open_fd(out, fd, path, format, size_max, err);
}

void in_close(struct in **in)
{
    if (!in || !*in)
        return;
    if ((*in)->format == IN_GZIP)
        inflateEnd(&(*in)->gzip);
    ZSTD_freeDStream((*in)->zstd);
    close((*in)->fd);
    free((*in)->name);
    free(*in);
    *in = NULL;
}

uint64_t in_offset(const struct in *in)
{
    return in->offset;
}

uint64_t in_file_offset(const struct in *in)
{
    return in->file_offset - (in->len - in->at);
}

static int read_fd(struct in *in, void *buf, size_t cap, size_t *got, struct err *err)
{
    ssize_t n;

    do
        n = read(in->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set(err, "could not read \"%s\" at byte %llu: %s", in->name, (unsigned long long)in->file_offset,
                       strerror(errno));
    in->file_offset += (uint64_t)n;
    in->ended = n == 0;
    *got = (size_t)n;
    return 0;
}

/* Makes sure that input is there, or `ended` set. */
static int fill(struct in *in, struct err *err)
{
    if (in->at < in->len || in->ended)
        return 0;
    in->at = in->len = 0;
    return read_fd(in, in->input, INPUT_LEN, &in->len, err);
}

static int damaged(const struct in *in, const char *why, struct err *err)
{
    return err_fail(err, ERR_INVALID, "bad_compression", "\"%s\" at compressed byte %llu: %s", in->name,
                    (unsigned long long)in_file_offset(in), why);
}

static int step_gzip(struct in *in, uint8_t *buf, size_t cap, size_t *got, struct err *err)
{
    z_stream *z = &in->gzip;
    int rc;

    if (in->between && in->len - in->at >= 1 && in->input[in->at] != 0x1F)
        return damaged(in, in_file_offset(in) ? "something stands behind the compressed data" : "not gzip data", err);
    in->between = false;
    z->next_in = in->input + in->at;
    z->avail_in = (uInt)(in->len - in->at);
    z->next_out = buf;
    z->avail_out = cap > UINT32_MAX ? UINT32_MAX : (uInt)cap;
    cap = z->avail_out;
    rc = inflate(z, Z_NO_FLUSH);
    in->at = in->len - z->avail_in;
    *got = cap - z->avail_out;
    if (rc == Z_STREAM_END) {
        in->between = true;
        inflateReset(z);
    } else if (rc != Z_OK && rc != Z_BUF_ERROR && !*got) { /* after what came before it; zlib says it once more */
        return damaged(in, z->msg ? z->msg : "the gzip data is damaged", err);
    }
    return 0;
}

static int step_zstd(struct in *in, uint8_t *buf, size_t cap, size_t *got, struct err *err)
{
    ZSTD_inBuffer from = { in->input, in->len, in->at };
    ZSTD_outBuffer to = { buf, cap, 0 };
    size_t rc = ZSTD_decompressStream(in->zstd, &to, &from);

    if (ZSTD_isError(rc))
        return damaged(
            in, in->between && in->offset ? "something stands behind the compressed data" : ZSTD_getErrorName(rc), err);
    in->at = from.pos;
    in->between = rc == 0;
    *got = to.pos;
    return 0;
}

/* Runs until a byte comes out or the data is at its proper end. */
static int read_compressed(struct in *in, uint8_t *buf, size_t cap, size_t *got, struct err *err)
{
    *got = 0;
    while (!*got) {
        size_t before;

        if (fill(in, err) != 0)
            return -1;
        if (in->ended && in->between) {
            return in->file_offset ? 0 : damaged(in, "the file is empty", err);
        }
        before = in->at;
        if ((in->format == IN_GZIP ? step_gzip : step_zstd)(in, buf, cap, got, err) != 0)
            return -1;
        if (in->ended && !*got && in->at == before && !in->between)
            return damaged(in, "the file ends in the middle of its compressed data", err);
    }
    return 0;
}

int in_read(struct in *in, void *buf, size_t cap, size_t *got, struct err *err)
{
    size_t n;

    assert(cap > 0);
    if ((in->format == IN_PLAIN ? read_fd(in, buf, cap, &n, err) : read_compressed(in, buf, cap, &n, err)) != 0)
        return -1;
    if (n > in->size_max - in->offset)
        return err_fail(err, ERR_TOO_LARGE, "too_large", "\"%s\" is larger than %llu bytes when unpacked", in->name,
                        (unsigned long long)in->size_max);
    in->offset += n;
    *got = n;
    return 0;
}

int in_source(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    return in_read(arg, buf, cap, got, err);
}

/* True when the descriptor is a regular file that reaches to `offset` and stands there now. */
static bool seek_plain(struct in *in, uint64_t offset)
{
    struct stat st;

    if (in->format != IN_PLAIN || fstat(in->fd, &st) != 0 || !S_ISREG(st.st_mode) || offset > (uint64_t)st.st_size ||
        offset > in->size_max)
        return false;
    return lseek(in->fd, (off_t)(offset - in->offset), SEEK_CUR) >= 0;
}

int in_skip_to(struct in *in, uint64_t offset, struct err *err)
{
    uint8_t dropped[16384];

    assert(offset >= in->offset);
    if (seek_plain(in, offset)) {
        in->file_offset += offset - in->offset;
        in->offset = offset;
        return 0;
    }
    while (in->offset < offset) {
        uint64_t left = offset - in->offset;
        size_t got;

        if (in_read(in, dropped, left < sizeof dropped ? (size_t)left : sizeof dropped, &got, err) != 0)
            return -1;
        if (!got)
            return err_fail(err, ERR_INVALID, "too_short", "\"%s\" ends at byte %llu, before byte %llu", in->name,
                            (unsigned long long)in->offset, (unsigned long long)offset);
    }
    return 0;
}
