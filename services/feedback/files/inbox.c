/* inbox: see inbox.h. */
#include "feedback/files/inbox.h"

#include "text/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_LEN ((size_t)1 << 20)

static bool ends_with(const char *text, const char *tail)
{
    size_t len = strlen(text), tail_len = strlen(tail);

    return len >= tail_len && strcmp(text + len - tail_len, tail) == 0;
}

bool inbox_name_left_alone(const char *name)
{
    return !name[0] || name[0] == '.' || ends_with(name, ".tmp") || ends_with(name, ".part");
}

bool inbox_name_ok(const char *name)
{
    size_t len = strlen(name);

    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        if (*p < 0x20 || *p == 0x7f || *p == '/')
            return false;
    return len <= INBOX_NAME_MAX && !inbox_name_left_alone(name) && utf8_valid(name, len);
}

/* Of a name that is too long, so that two that begin alike stay two. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261U;

    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        hash = (hash ^ *p) * 16777619U;
    return hash;
}

static void escape(const char *name, size_t len, struct buf *out)
{
    for (size_t at = 0, step; at < len; at += step) {
        uint32_t cp = 0;

        step = utf8_decode(name + at, len - at, &cp);
        if (step && cp >= 0x20 && cp != 0x7f)
            buf_append(out, name + at, step);
        else
            buf_printf(out, "\\x%02X", (unsigned char)name[at]);
        step = step ? step : 1;
    }
    buf_append(out, "", 1);
}

void inbox_name_mend(const char *name, enum encoding encoding, char out[INBOX_NAME_MAX + 1])
{
    enum { TAIL = 9 + 20 };
    const char *dot = strrchr(name, '.');
    size_t len = strlen(name), bad;
    struct buf plain = { 0 }, decoded = { 0 };

    if (encoding == ENCODING_GB18030 && !utf8_valid(name, len) &&
        gb18030_decode((const uint8_t *)name, len, &decoded, &bad) == 0)
        escape((const char *)decoded.data, decoded.len, &plain);
    else
        escape(name, len, &plain);
    if (plain.len <= INBOX_NAME_MAX + 1) {
        memcpy(out, plain.data, plain.len);
    } else {
        snprintf(out, INBOX_NAME_MAX + 1, "%.*s~%08x%s", (int)utf8_valid_len(plain.data, INBOX_NAME_MAX - TAIL),
                 (const char *)plain.data, hash_name(name), dot && strlen(dot) <= 20 ? dot : "");
        if (!inbox_name_ok(out))
            *strrchr(out, '.') = 0;
    }
    buf_fini(&plain);
    buf_fini(&decoded);
}

static const char *data_dir(struct runtime *rt)
{
    return runtime_setting(rt, "data_dir");
}

void inbox_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX])
{
    snprintf(out, INBOX_PATH_MAX, "%s/inbox/%s/%s", data_dir(rt), feed, name);
}

void inbox_part_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX])
{
    snprintf(out, INBOX_PATH_MAX, "%s/inbox/%s/.%s.part", data_dir(rt), feed, name);
}

void inbox_archive_path(struct runtime *rt, const char *feed, uint64_t id, const char *name, char out[INBOX_PATH_MAX])
{
    snprintf(out, INBOX_PATH_MAX, "%s/archive/%s/%lu-%s", data_dir(rt), feed, (unsigned long)id, name);
}

bool inbox_is_trouble(const struct err *err)
{
    return strcmp(err->code, "file_io") == 0 || strcmp(err->code, "no_folder") == 0;
}

static int make_dir(const char *path, struct err *err)
{
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return err_fail(err, ERR_UNAVAILABLE, "no_folder", "could not make \"%s\": %s", path, strerror(errno));
    return 0;
}

int inbox_make(struct runtime *rt, const char *feed, struct err *err)
{
    static const char *const rooms[] = { "inbox", "archive" };
    char path[INBOX_PATH_MAX];

    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", data_dir(rt), rooms[i]);
        if (make_dir(path, err) != 0)
            return -1;
        snprintf(path, sizeof path, "%s/%s/%s", data_dir(rt), rooms[i], feed);
        if (make_dir(path, err) != 0)
            return -1;
    }
    return 0;
}

static int write_at(int fd, const uint8_t *data, size_t len, off_t at)
{
    while (len) {
        ssize_t wrote = pwrite(fd, data, len, at);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        data += wrote;
        at += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

/* Makes a rename durable. */
static int sync_folder_of(const char *path)
{
    char folder[INBOX_PATH_MAX];
    char *slash;
    int fd, rc;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    rc = fsync(fd);
    close(fd);
    return rc;
}

static int io_error(const char *what, const char *path, struct err *err)
{
    return err_fail(err, ERR_UNAVAILABLE, "file_io", "could not %s \"%s\": %s", what, path, strerror(errno));
}

/* Whether what `fd` holds at `offset`, as far as it goes, begins with `data`; *got: how many bytes were compared. */
static bool same_bytes(int fd, uint64_t offset, const uint8_t *data, size_t len, size_t *got)
{
    uint8_t bytes[16384];

    for (*got = 0; *got < len;) {
        size_t want = len - *got < sizeof bytes ? len - *got : sizeof bytes;
        ssize_t n = pread(fd, bytes, want, (off_t)(offset + *got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (memcmp(bytes, data + *got, (size_t)n) != 0)
            return false;
        *got += (size_t)n;
    }
    return true;
}

bool inbox_ends_with(const char *path, uint64_t offset, const uint8_t *data, size_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat at;
    size_t got;
    bool same;

    if (fd < 0)
        return false;
    same = fstat(fd, &at) == 0 && (uint64_t)at.st_size == offset + len && same_bytes(fd, offset, data, len, &got) &&
           got == len;
    close(fd);
    return same;
}

static bool same_content(int fd, const char *path)
{
    int other = open(path, O_RDONLY | O_CLOEXEC);
    struct stat mine, theirs;
    uint8_t bytes[16384];
    uint64_t at = 0;
    ssize_t n = 0;
    size_t got = 0;
    bool same;

    if (other < 0)
        return false;
    same = fstat(fd, &mine) == 0 && fstat(other, &theirs) == 0 && mine.st_size == theirs.st_size;
    while (same && (n = pread(fd, bytes, sizeof bytes, (off_t)at)) > 0) {
        same = same_bytes(other, at, bytes, (size_t)n, &got) && got == (size_t)n;
        at += (uint64_t)n;
    }
    close(other);
    return same && n == 0;
}

/* The last answer may have been lost: a piece of a file that is complete already is answered again. */
static int upload_done(const char *path, uint64_t offset, const uint8_t *data, size_t len, uint64_t *size,
                       struct err *err)
{
    if (inbox_ends_with(path, offset, data, len)) {
        *size = offset + len;
        return 0;
    }
    return err_fail(err, ERR_CONFLICT, "bad_offset", "nothing of this file is here yet: begin at offset 0");
}

/* rename() that never replaces; -1 with errno EEXIST where something is there. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS) /* else the file system can't */
        return -1;
    if (access(to, F_OK) != 0)
        return rename(from, to);
    errno = EEXIST;
    return -1;
}

static int finish_upload(int fd, const char *part, const char *path, struct err *err)
{
    if (fsync(fd) != 0)
        return io_error("sync", part, err);
    if (rename_new(part, path) != 0) {
        if (errno != EEXIST)
            return io_error("rename", part, err);
        if (!same_content(fd, path))
            return err_fail(err, ERR_CONFLICT, "name_waits",
                            "a file of this name with other content waits to be read: upload under another name, or"
                            " send the last piece again when that file has been read");
        (void)unlink(part); /* it is there already */
    }
    return sync_folder_of(path) != 0 ? io_error("rename", part, err) : 0;
}

/* What is there of the piece already must be the same, or it's somebody else's. */
static int check_overlap(int fd, const char *part, struct stat *at, uint64_t offset, const uint8_t *data, size_t len,
                         struct err *err)
{
    int64_t rested = clock_real_us() / SECOND - (int64_t)at->st_mtim.tv_sec;
    size_t got;

    if (same_bytes(fd, offset, data, len, &got))
        return 0;
    if (offset != 0 || rested < UPLOAD_REST_S)
        return err_fail(err, ERR_CONFLICT, "upload_under_way",
                        "an upload of this name with other bytes is under way: use another name, or begin again at"
                        " offset 0 when it has rested for %d seconds",
                        UPLOAD_REST_S);
    if (ftruncate(fd, 0) != 0)
        return io_error("cut", part, err);
    at->st_size = 0;
    return 0;
}

static int upload_piece(int fd, const char *part, const char *path, uint64_t offset, const uint8_t *data, size_t len,
                        bool last, uint64_t *size, struct err *err)
{
    struct stat at;

    if (fstat(fd, &at) != 0)
        return io_error("read", part, err);
    if (offset > (uint64_t)at.st_size)
        return err_fail(err, ERR_CONFLICT, "bad_offset", "the next piece must begin at offset %lu",
                        (unsigned long)at.st_size);
    if (check_overlap(fd, part, &at, offset, data, len, err) != 0)
        return -1;
    if (write_at(fd, data, len, (off_t)offset) != 0)
        return io_error("write", part, err);
    *size = offset + len; /* not where the part ends: what stands behind may be another upload's */
    if (!last)
        return 0;
    if (*size < (uint64_t)at.st_size && ftruncate(fd, (off_t)*size) != 0)
        return io_error("cut", part, err);
    return finish_upload(fd, part, path, err);
}

int inbox_upload(struct runtime *rt, const char *feed, const char *name, uint64_t offset, const uint8_t *data,
                 size_t len, bool last, uint64_t *size, struct err *err)
{
    char part[INBOX_PATH_MAX], path[INBOX_PATH_MAX];
    int fd, rc;

    inbox_path(rt, feed, name, path);
    inbox_part_path(rt, feed, name, part);
    if (inbox_make(rt, feed, err) != 0)
        return -1;
    fd = open(part, O_RDWR | O_CLOEXEC | (offset == 0 ? O_CREAT : 0), 0640);
    if (fd < 0 && errno == ENOENT && offset > 0)
        return upload_done(path, offset, data, len, size, err);
    if (fd < 0)
        return io_error("open", part, err);
    rc = upload_piece(fd, part, path, offset, data, len, last, size, err);
    close(fd);
    return rc;
}

/* One write: pieces of regular files stay whole. */
static int append_to(const char *path, const uint8_t *data, size_t len, bool durable, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    ssize_t wrote;
    int rc = 0;

    if (fd < 0)
        return io_error("open", path, err);
    wrote = write(fd, data, len);
    if (wrote != (ssize_t)len || (durable && fsync(fd) != 0))
        rc = io_error("write", path, err);
    close(fd);
    return rc;
}

int inbox_append(struct runtime *rt, const char *feed, const char *file, const uint8_t *data, size_t len,
                 struct err *err)
{
    char path[INBOX_PATH_MAX];

    if (inbox_make(rt, feed, err) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/archive/%s/%s", data_dir(rt), feed, file);
    return append_to(path, data, len, true, err);
}

int inbox_note_rows(struct runtime *rt, const char *feed, uint64_t id, const char *name, const char *day,
                    const uint8_t *data, size_t len, struct err *err)
{
    char path[INBOX_PATH_MAX];
    struct buf piece = { 0 };
    int rc;

    snprintf(path, sizeof path, "%s/archive/%s/appended-%s", data_dir(rt), feed, day);
    buf_printf(&piece, "# %lu %zu %s\n", (unsigned long)id, len, name);
    buf_append(&piece, data, len);
    buf_append_text(&piece, "\n");
    rc = append_to(path, piece.data, piece.len, false, err);
    buf_fini(&piece);
    return rc;
}

int inbox_open(struct runtime *rt, const char *feed, const char *name, struct inbox_file *out, struct err *err)
{
    inbox_path(rt, feed, name, out->path);
    out->fd = open(out->path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0 || fstat(out->fd, &out->at) != 0)
        return io_error("open", out->path, err);
    return 0;
}

int inbox_rename(struct runtime *rt, const char *feed, const char *name, const char *to, struct err *err)
{
    char from_path[INBOX_PATH_MAX], to_path[INBOX_PATH_MAX];

    inbox_path(rt, feed, name, from_path);
    inbox_path(rt, feed, to, to_path);
    return rename_new(from_path, to_path) != 0 ? io_error("rename", to_path, err) : 0;
}

void inbox_close(struct inbox_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool inbox_written(const struct inbox_file *file)
{
    struct stat now;

    return fstat(file->fd, &now) == 0 && !is_same(&now, &file->at);
}

int inbox_archive(struct runtime *rt, const char *feed, uint64_t id, const char *name, const struct inbox_file *file,
                  bool *stays, struct err *err)
{
    char to[INBOX_PATH_MAX];
    struct stat at;
    bool unused;

    stays = stays ? stays : &unused;
    *stays = false;
    inbox_archive_path(rt, feed, id, name, to);
    if (stat(file->path, &at) != 0)
        return errno == ENOENT ? 0 : io_error("archive", file->path, err);
    *stays = !is_same(&at, &file->at);
    if (*stays)
        return 0;
    if (rename(file->path, to) != 0)
        return errno == ENOENT ? 0 : io_error("archive", file->path, err);
    *stays = stat(to, &at) == 0 && !is_same(&at, &file->at);
    if (*stays) /* replaced between the two: back; a newer one stays */
        (void)rename_new(to, file->path);
    return 0;
}

void inbox_sync_archive(struct runtime *rt, const char *feed)
{
    char path[INBOX_PATH_MAX];

    snprintf(path, sizeof path, "%s/archive/%s/", data_dir(rt), feed);
    (void)sync_folder_of(path);
}

int inbox_bring_back(struct runtime *rt, const char *feed, uint64_t id, const char *name, struct err *err)
{
    char from[INBOX_PATH_MAX], to[INBOX_PATH_MAX];

    inbox_archive_path(rt, feed, id, name, from);
    inbox_path(rt, feed, name, to);
    if (rename_new(from, to) == 0)
        return sync_folder_of(to) != 0 ? io_error("rename", from, err) : 0;
    if (errno == EEXIST)
        return err_fail(err, ERR_CONFLICT, "name_waits", "a file of this name waits in the inbox: try again later");
    if (errno == ENOENT)
        return err_fail(err, ERR_CONFLICT, "no_file",
                        "the file is not in the archive (rows sent by request are not kept as a file)");
    return io_error("rename", from, err);
}

int inbox_put_away(struct runtime *rt, const char *feed, uint64_t id, const char *name, struct err *err)
{
    char from[INBOX_PATH_MAX], to[INBOX_PATH_MAX];

    inbox_path(rt, feed, name, from);
    inbox_archive_path(rt, feed, id, name, to);
    if (rename(from, to) != 0 && errno != ENOENT)
        return io_error("archive", from, err);
    return 0;
}

int outbox_put(struct runtime *rt, const char *feed, const char *name, const char *kind, const uint8_t *data,
               size_t len, struct err *err)
{
    char folder[INBOX_PATH_MAX], part[INBOX_PATH_MAX], path[INBOX_PATH_MAX];
    int fd, rc;

    snprintf(folder, sizeof folder, "%s/outbox", data_dir(rt));
    if (make_dir(folder, err) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/outbox/%s", data_dir(rt), feed);
    if (make_dir(folder, err) != 0)
        return -1;
    snprintf(part, sizeof part, "%s/outbox/%s/.%s.part", data_dir(rt), feed, name);
    snprintf(path, sizeof path, "%s/outbox/%s/%s.%s", data_dir(rt), feed, name, kind);
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return io_error("open", part, err);
    rc = write_at(fd, data, len, 0) != 0 || fsync(fd) != 0 ? io_error("write", part, err) : 0;
    close(fd);
    if (rc == 0 && rename(part, path) != 0)
        rc = io_error("rename", part, err);
    return rc == 0 && sync_folder_of(path) != 0 ? io_error("rename", part, err) : rc;
}

/* By libcrypto, which uses the processor's own instructions where it has them: before its first row counts a file is
 * read through to its end. */
static int hash_fd(struct runtime *rt, int fd, const char *path, uint8_t sha256[32], uint64_t *len, struct err *err)
{
    uint8_t *bytes = malloc(READ_LEN);
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    ssize_t got = 0;
    bool ok;

    if (!bytes || !state)
        abort();
    *len = 0;
    ok = EVP_DigestInit_ex(state, EVP_sha256(), NULL) == 1;
    while (ok && (got = read(fd, bytes, READ_LEN)) > 0 && !runtime_stopping(rt)) {
        ok = EVP_DigestUpdate(state, bytes, (size_t)got) == 1;
        *len += (uint64_t)got;
    }
    ok = ok && EVP_DigestFinal_ex(state, sha256, NULL) == 1;
    EVP_MD_CTX_free(state);
    free(bytes);
    if (!ok)
        return err_set(err, "could not hash \"%s\": SHA-256 is not to be had from libcrypto", path);
    if (got < 0)
        return io_error("read", path, err);
    return got > 0 ? err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops") : 0;
}

int inbox_hash(struct runtime *rt, const struct inbox_file *file, uint8_t sha256[32], uint64_t *len, struct err *err)
{
    if (lseek(file->fd, 0, SEEK_SET) != 0)
        return io_error("read", file->path, err);
    return hash_fd(rt, file->fd, file->path, sha256, len, err);
}

/* --- written to afterwards -----------------------------------------------------------------------------------------
 */

/* The first `len` bytes of a file, or all, where it has fewer. */
static int copy_front(int from, int to, uint64_t len)
{
    off_t at = 0;

    while ((uint64_t)at < len) {
        size_t want = len - (uint64_t)at < READ_LEN ? (size_t)(len - (uint64_t)at) : READ_LEN;
        ssize_t got = copy_file_range(from, &at, to, NULL, want, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return (int)got;
    }
    return 0;
}

/* Makes `part` of what was read of `path`; *same: it is still that, *more: something is behind it, or it is shorter. */
static int copy_read(struct runtime *rt, const char *path, const char *part, uint64_t len, const uint8_t sha256[32],
                     bool *same, bool *more, struct err *err)
{
    int from = open(path, O_RDONLY | O_CLOEXEC), to = -1, rc = -1;
    uint8_t is[32];
    struct stat at;
    uint64_t got;

    if (from >= 0)
        to = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (from < 0 || to < 0 || copy_front(from, to, len) != 0 || fsync(to) != 0 || lseek(to, 0, SEEK_SET) != 0 ||
        fstat(from, &at) != 0)
        (void)io_error("copy", path, err);
    else
        rc = hash_fd(rt, to, part, is, &got, err);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (rc != 0)
        return -1;
    *same = memcmp(is, sha256, sizeof is) == 0;
    *more = (uint64_t)at.st_size != len;
    return 0;
}

int inbox_take_back(struct runtime *rt, const char *feed, uint64_t id, const char *name, uint64_t len,
                    const uint8_t sha256[32], bool *touched, struct err *err)
{
    char path[INBOX_PATH_MAX], part[INBOX_PATH_MAX];
    bool same = false, more = false;
    int rc;

    inbox_archive_path(rt, feed, id, name, path);
    snprintf(part, sizeof part, "%s/archive/%s/.%lu.part", data_dir(rt), feed, (unsigned long)id);
    rc = copy_read(rt, path, part, len, sha256, &same, &more, err);
    *touched = rc == 0 && same && !more;
    if (rc == 0 && !*touched)
        rc = inbox_bring_back(rt, feed, id, name, err);
    if (rc == 0 && !*touched && same && rename(part, path) != 0)
        rc = io_error("rename", part, err);
    if (rc != 0 || *touched || !same)
        (void)unlink(part);
    return rc;
}
