/* archive_disk: archived files as they lie in a folder: <root>/<service>/<bucket>/<from>-<to>.stream
 *
 * A file is there whole or not at all: it is written under another name, synced, and renamed. `root` is the folder of
 * all services ("<data_dir>/streams"). Names have fixed widths, so that they sort as they were written.
 */
#ifndef BIHUAN_ARCHIVE_ARCHIVE_DISK_H
#define BIHUAN_ARCHIVE_ARCHIVE_DISK_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_PATH_MAX 512

/* "003/0000000000000001-0000000000004096.stream": the name below the service's folder. */
void archive_disk_name(uint16_t bucket, uint64_t from, uint64_t to, char out[ARCHIVE_PATH_MAX]);

/* Writes the file, in place of whatever was half-written. What stands under its name with other contents is put aside
 * as "<name>.aside-<n>": nothing is ever removed. Makes folders. */
int archive_disk_write(const char *root, const char *service, const char *name, const struct buf *bytes,
                       struct err *err);

/* The whole file behind what `out` holds. ERR_UNAVAILABLE: "archive_missing" where it isn't there, "archive_unreadable"
 * else; the text names it and says what to do. */
int archive_disk_read(const char *root, const char *service, const char *name, struct buf *out, struct err *err);

/* Calls each(arg, from, to, name) for the files of a bucket in order of `from`; -1 stops. A folder that isn't there has
 * none. Other names are passed over. */
typedef int archive_disk_fn(void *arg, uint64_t from, uint64_t to, const char *name, struct err *err);
int archive_disk_each(const char *root, const char *service, uint16_t bucket, archive_disk_fn *each, void *arg,
                      struct err *err);

#endif
