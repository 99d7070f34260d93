/* file_control: see file_control.h. */
#include "feedback/files/file_control.h"

#include "feedback/control/companion.h"
#include "feedback/files/control_pass.h"
#include "text/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPANION_LEN_MAX ((size_t)64 << 10)
#define FILE_LEN_MAX      (UINT64_C(1) << 38) /* decompressed */

enum companion file_control_companion(struct loader *loader, const struct mapping *mapping, const char *name)
{
    char companion[INBOX_PATH_MAX], path[INBOX_PATH_MAX];
    struct stat at;

    if (mapping->control.by != CONTROL_COMPANION)
        return COMPANION_READY;
    control_companion(&mapping->control, name, companion, sizeof companion);
    inbox_path(loader->rt, mapping->feed->code, companion, path);
    if (stat(path, &at) != 0 || !S_ISREG(at.st_mode))
        return COMPANION_MISSING;
    return sights_rested(&loader->sights, mapping->feed->code, companion, &at) ? COMPANION_READY : COMPANION_MOVES;
}

/* --- the companion ---------------------------------------------------------------------------------------------------
 */

static int read_companion(const struct file_check *check, struct control_said *said, struct err *err)
{
    char companion[INBOX_PATH_MAX], path[INBOX_PATH_MAX];
    struct in *in = NULL;
    uint8_t *bytes;
    size_t len = 0, got = 0;
    int rc;

    control_companion(&check->mapping->control, check->name, companion, sizeof companion);
    inbox_path(check->rt, check->mapping->feed->code, companion, path);
    if (in_open(&in, path, IN_BY_NAME, COMPANION_LEN_MAX, err) != 0)
        return -1;
    bytes = malloc(COMPANION_LEN_MAX + 1);
    if (!bytes)
        abort();
    /* there is always room for one byte more, which says that it is too long */
    while ((rc = in_read(in, bytes + len, COMPANION_LEN_MAX + 1 - len, &got, err)) == 0 && got)
        len += got;
    in_close(&in);
    if (rc == 0)
        rc = companion_read(&check->mapping->control, check->mapping->rows.csv.encoding, bytes, len, said, err);
    free(bytes);
    return rc != 0 ? err_prefix(err, "companion \"%s\"", companion) : 0;
}

/* --- what the file is
 * --------------------------------------------------------------------------------------------------
 */

static void set_number(struct control_said *found, enum control_what what, int64_t number)
{
    found->has[what] = true;
    found->number[what] = number;
}

#define MD5_LEN 16

static void print_hex(char *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* MD5 because senders name it in their control files: against accidents only, nothing of ours is secured by it. */
static int hash_md5(const struct file_check *check, uint8_t out[MD5_LEN], struct err *err)
{
    static uint8_t bytes[65536]; /* the loader is one thread */
    EVP_MD_CTX *md5 = EVP_MD_CTX_new();
    off_t at = 0;
    ssize_t got = 0;
    bool fine = md5 && EVP_DigestInit_ex(md5, EVP_md5(), NULL);

    while (fine && (got = pread(check->file->fd, bytes, sizeof bytes, at)) > 0) {
        fine = EVP_DigestUpdate(md5, bytes, (size_t)got);
        at += got;
    }
    fine = fine && got == 0 && EVP_DigestFinal_ex(md5, out, NULL);
    EVP_MD_CTX_free(md5);
    if (got < 0)
        return err_fail(err, ERR_UNAVAILABLE, "file_io", "could not read \"%s\": %s", check->file->path,
                        strerror(errno));
    return fine ? 0 : err_set(err, "this machine's OpenSSL refuses MD5; have the feed controlled by sha256");
}

/* What is known without reading the rows. */
static int find_outside(const struct file_check *check, struct control_said *found, struct err *err)
{
    const struct control_plan *plan = &check->mapping->control;
    struct pattern_match match;
    uint8_t md5[MD5_LEN];

    set_number(found, CONTROL_BYTES, (int64_t)check->bytes);
    found->has[CONTROL_NAME] = found->has[CONTROL_SHA256] = true;
    snprintf(found->text[CONTROL_NAME], CONTROL_TEXT_MAX, "%s", check->name);
    print_hex(found->text[CONTROL_SHA256], check->sha256, 32);
    if (check->mapping->has_pattern &&
        pattern_match(&check->mapping->pattern, check->name, &check->mapping->zone, &match, NULL) == 0) {
        if (match.has_sequence)
            set_number(found, CONTROL_SEQUENCE, (int64_t)match.sequence);
        if (match.has_date)
            set_number(found, CONTROL_DAY, match.moment.day);
    }
    if (!control_asks(plan, CONTROL_MD5))
        return 0;
    if (hash_md5(check, md5, err) != 0)
        return -1;
    print_hex(found->text[CONTROL_MD5], md5, MD5_LEN);
    found->has[CONTROL_MD5] = true;
    return 0;
}

/* Header and trailer lines say their values into *said on the way. */
static int find_inside(const struct file_check *check, struct control_said *said, struct control_said *found,
                       struct control_unread *unread, struct err *err)
{
    struct in *in = NULL;
    int fd = fcntl(check->file->fd, F_DUPFD_CLOEXEC, 0), rc;

    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        if (fd >= 0)
            close(fd);
        return err_fail(err, ERR_UNAVAILABLE, "file_io", "could not read \"%s\": %s", check->file->path,
                        strerror(errno));
    }
    rc = in_open_fd(&in, fd, check->file->path, check->mapping->format, FILE_LEN_MAX, err);
    if (rc == 0)
        rc = control_pass(check->mapping, check->name, in_source, in, said, found, unread, err);
    in_close(&in);
    return rc;
}

/* Rows are counted whether their amounts can be read or not. */
static bool rows_agree(const struct control_said *said, const struct control_said *found)
{
    return !said->has[CONTROL_ROWS] || said->number[CONTROL_ROWS] == found->number[CONTROL_ROWS];
}

static int compare_inside(const struct file_check *check, const struct control_said *said,
                          const struct control_said *found, const struct control_unread *unread, struct err *err)
{
    struct err why;

    if (control_compare(&check->mapping->control, said, found, check->mapping->money_scale, &why) == 0)
        return 0;
    *err = why;
    if (unread->rows && rows_agree(said, found) && strcmp(why.code, "control_differs") == 0)
        return err_fail(err, ERR_INVALID, why.code,
                        "%.250s; not in it: %lld with amounts that can't be read, the first in %s", why.text,
                        (long long)unread->rows, unread->because);
    return -1;
}

int file_control_check(const struct file_check *check, struct control_said *said, struct err *err)
{
    const struct control_plan *plan = &check->mapping->control;
    struct control_said *found = calloc(1, sizeof *found);
    struct control_unread unread = { 0 };
    int rc = 0;

    if (!found)
        abort();
    *said = (struct control_said) { .has = { false } };
    if (plan->by == CONTROL_COMPANION)
        rc = read_companion(check, said, err);
    if (rc == 0)
        rc = find_outside(check, found, err);
    if (rc == 0 && plan->by == CONTROL_COMPANION) /* a torn file needn't be read through */
        rc = control_compare(plan, said, found, check->mapping->money_scale, err);
    if (rc == 0 && control_needs_pass(plan)) {
        rc = find_inside(check, said, found, &unread, err);
        if (rc == 0)
            rc = compare_inside(check, said, found, &unread, err);
    }
    free(found);
    return rc;
}
