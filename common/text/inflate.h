/* inflate: a file as a stream of bytes, decompressed on the way: plain, gzip or zstd.
 *
 * Gzip of several members and zstd of several frames read as one. A file that ends in the middle of its compressed
 * data, or has anything behind it, is an error that names the file and the compressed byte; what came before was
 * delivered. Memory is bounded: 64 kB of input, and the window (zstd: at most 32 MB; files made with longer ones are
 * refused).
 */
#ifndef BIHUAN_TEXT_INFLATE_H
#define BIHUAN_TEXT_INFLATE_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum in_format {
    IN_BY_NAME = 0, /* .gz gzip, .zst zstd, everything else plain */
    IN_PLAIN,
    IN_GZIP,
    IN_ZSTD,
};

struct in;

/* size_max: bytes that may come out in all; the read that would pass it is ERR_TOO_LARGE. 0: no limit.
 * Errors: not_found when the file isn't there. */
int in_open(struct in **out, const char *path, enum in_format format, uint64_t size_max, struct err *err);
/* Takes over `fd` (also when it fails); `name` is for messages and the format by name. */
int in_open_fd(struct in **out, int fd, const char *name, enum in_format format, uint64_t size_max, struct err *err);
void in_close(struct in **in);

/* Reads 1 to `cap` bytes into buf; *got 0 is the end. Damaged data is ERR_INVALID, code bad_compression. */
int in_read(struct in *in, void *buf, size_t cap, size_t *got, struct err *err);

/* in_read as a byte_source_fn of encoding.h; arg is a struct in. */
int in_source(void *arg, void *buf, size_t cap, size_t *got, struct err *err);

/* Moves forward to the decompressed `offset`: seeks in a plain file, reads and drops otherwise. ERR_INVALID, code
 * too_short, when the file ends before; an offset already passed is the caller's mistake. */
int in_skip_to(struct in *in, uint64_t offset, struct err *err);

uint64_t in_offset(const struct in *in);      /* decompressed bytes delivered or skipped */
uint64_t in_file_offset(const struct in *in); /* bytes of the file used, compressed */

#endif
