/* archive_disk: see archive_disk.h. */
#include "archive/archive_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_FORMAT "%016" PRIu64 "-%016" PRIu64 ".stream"
/* "0000000000000001-0000000000004096.stream" */
#define NAME_LEN  40
#define ASIDE_MAX 1000
#define FILE_MAX  ((off_t)64 << 20)

void archive_disk_name(uint16_t bucket, uint64_t from, uint64_t to, char out[ARCHIVE_PATH_MAX])
{
    snprintf(out, ARCHIVE_PATH_MAX, "%03u/" NAME_FORMAT, (unsigned)bucket, from, to);
}

static int could_not(struct err *err, const char *what, const char *path)
{
    return err_fail(err, ERR_UNAVAILABLE, "archive_unwritable", "could not %s \"%s\": %s", what, path, strerror(errno));
}

static int path_of(char out[PATH_MAX], const char *root, const char *service, const char *name, struct err *err)
{
    int len = snprintf(out, PATH_MAX, "%s/%s/%s", root, service, name);

    return len < PATH_MAX ? 0 : err_set(err, "the path of the archive \"%s\" is too long", root);
}

/* --- writing ---------------------------------------------------------------------------------------------------------
 */

/* Every folder above the file. */
static int make_folders(const char *path, struct err *err)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%s", path);
    for (char *at = strchr(folder + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = 0;
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return could_not(err, "make the folder", folder);
        *at = '/';
    }
    return 0;
}

static int sync_folder(const char *path, struct err *err)
{
    char folder[PATH_MAX];
    int fd, rc;

    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return could_not(err, "open the folder", folder);
    rc = fsync(fd);
    close(fd);
    return rc == 0 ? 0 : could_not(err, "sync the folder", folder);
}

static int write_all(int fd, const struct buf *bytes)
{
    size_t done = 0;

    while (done < bytes->len) {
        ssize_t wrote = write(fd, bytes->data + done, bytes->len - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        done += (size_t)wrote;
    }
    return fsync(fd);
}

static int write_new(const char *path, const struct buf *bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int rc;

    if (fd < 0)
        return could_not(err, "make the file", path);
    rc = write_all(fd, bytes);
    if (rc != 0)
        could_not(err, "write", path);
    if (close(fd) != 0 && rc == 0)
        return could_not(err, "write", path);
    return rc;
}

/* A file of the same name was made by a crash before it was recorded (then it is the same), or belongs to a time that a
 * restored data base knows nothing of: that one isn't ours to destroy. */
static int put_aside(const char *path, const char *root, const char *service, const char *name, const struct buf *bytes,
                     struct err *err)
{
    struct buf there = { 0 };
    char aside[PATH_MAX];
    struct stat st;
    bool same;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : could_not(err, "look at", path);
    same = archive_disk_read(root, service, name, &there, NULL) == 0 && there.len == bytes->len &&
           memcmp(there.data, bytes->data, there.len) == 0;
    buf_fini(&there);
    for (int n = 1; !same && n < ASIDE_MAX; n++) {
        if (snprintf(aside, sizeof aside, "%s.aside-%d", path, n) >= (int)sizeof aside)
            break;
        if (link(path, aside) == 0)
            return 0;
        if (errno != EEXIST)
            return could_not(err, "put aside", path);
    }
    return same ? 0 : err_set(err, "could not put aside \"%s\"", path);
}

int archive_disk_write(const char *root, const char *service, const char *name, const struct buf *bytes,
                       struct err *err)
{
    char path[PATH_MAX], draft[PATH_MAX];

    if (path_of(path, root, service, name, err) != 0)
        return -1;
    if (snprintf(draft, sizeof draft, "%s.part", path) >= (int)sizeof draft)
        return err_set(err, "the path of the archive \"%s\" is too long", root);
    if (make_folders(path, err) != 0 || write_new(draft, bytes, err) != 0 ||
        put_aside(path, root, service, name, bytes, err) != 0)
        return -1;
    if (rename(draft, path) != 0)
        return could_not(err, "rename to", path);
    return sync_folder(path, err);
}

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

static int read_all(int fd, size_t len, struct buf *out)
{
    uint8_t *to = buf_reserve(out, len + 1);
    size_t done = 0;
    ssize_t got;

    while (done < len && (got = read(fd, to + done, len - done)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        done += (size_t)got;
    }
    out->len += done;
    return 0;
}

int archive_disk_read(const char *root, const char *service, const char *name, struct buf *out, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    int fd, rc;

    if (path_of(path, root, service, name, err) != 0)
        return -1;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return err_fail(err, ERR_UNAVAILABLE, "archive_missing",
                        "the archived file \"%s\" is missing: put it back from a backup of the data folder", path);
    rc = fd < 0 || fstat(fd, &st) != 0 ? -1 : 0;
    if (rc == 0)
        rc = st.st_size <= FILE_MAX ? read_all(fd, (size_t)st.st_size, out) : (errno = EFBIG, -1);
    if (rc != 0)
        err_fail(err, ERR_UNAVAILABLE, "archive_unreadable",
                 "could not read the archived file \"%s\": %s; put it back from a backup of the data folder", path,
                 strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

static int is_name(const struct dirent *entry)
{
    uint64_t from, to;
    char again[ARCHIVE_PATH_MAX];

    if (strlen(entry->d_name) != NAME_LEN || sscanf(entry->d_name, "%16" SCNu64 "-%16" SCNu64 ".", &from, &to) != 2)
        return 0;
    snprintf(again, sizeof again, NAME_FORMAT, from, to);
    return strcmp(again, entry->d_name) == 0 && from >= 1 && to >= from;
}

int archive_disk_each(const char *root, const char *service, uint16_t bucket, archive_disk_fn *each, void *arg,
                      struct err *err)
{
    char folder[PATH_MAX], name[ARCHIVE_PATH_MAX];
    struct dirent **entries = NULL;
    int count, rc = 0;

    snprintf(name, sizeof name, "%03u", (unsigned)bucket);
    if (path_of(folder, root, service, name, err) != 0)
        return -1;
    count = scandir(folder, &entries, is_name, alphasort);
    if (count < 0)
        return errno == ENOENT ? 0 : could_not(err, "read the folder", folder);
    for (int i = 0; i < count; i++) {
        uint64_t from, to;

        if (rc == 0 && sscanf(entries[i]->d_name, "%16" SCNu64 "-%16" SCNu64 ".", &from, &to) == 2) {
            archive_disk_name(bucket, from, to, name);
            rc = each(arg, from, to, name, err);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}
