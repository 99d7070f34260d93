/* file_control: see file_control.h. */
#include "feedback/files/file_control.h"

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

bool file_control_ready(struct runtime *rt, const struct mapping *mapping, const char *name)
{
    char companion[INBOX_PATH_MAX], path[INBOX_PATH_MAX];

    if (mapping->control.by != CONTROL_COMPANION)
        return true;
    control_companion(&mapping->control, name, companion, sizeof companion);
    inbox_path(rt, mapping->feed->code, companion, path);
    return access(path, R_OK) == 0;
}

/* --- the companion ---------------------------------------------------------------------------------------------------
 */

static size_t split(char *line, char delimiter, struct csv_field fields[64])
{
    size_t count = 0;

    while (line && count < 64) {
        char *stop = strchr(line, delimiter);

        if (stop)
            *stop = 0;
        fields[count++] = (struct csv_field) { line, (uint32_t)strlen(line), false };
        line = stop ? stop + 1 : NULL;
    }
    return count;
}

static int read_companion(const struct file_check *check, struct control_said *said, struct err *err)
{
    char companion[INBOX_PATH_MAX], path[INBOX_PATH_MAX], *text = NULL;
    struct csv_field fields[64];
    struct csv_record record = { .fields = fields };
    struct in *in = NULL;
    size_t len = 0, got = 0;
    int rc;

    control_companion(&check->mapping->control, check->name, companion, sizeof companion);
    inbox_path(check->rt, check->mapping->feed->code, companion, path);
    if (in_open(&in, path, IN_BY_NAME, COMPANION_LEN_MAX, err) != 0)
        return -1;
    text = calloc(1, COMPANION_LEN_MAX + 1);
    if (!text)
        abort();
    while ((rc = in_read(in, text + len, COMPANION_LEN_MAX - len, &got, err)) == 0 && got)
        len += got;
    in_close(&in);
    if (rc == 0) {
        text[strcspn(text, "\r\n")] = 0;
        record.field_count = (uint32_t)split(text, check->mapping->control.delimiter, fields);
        rc = control_read(&check->mapping->control, LINE_DATA, NULL, &record, said, err);
    }
    free(text);
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

struct pass {
    const struct mapping *mapping;
    const char *name;
    struct control_said *said;
    struct binding binding;
    int64_t rows, amount, sums[SUMS_MAX];
    int64_t unread;           /* rows without an amount, since they, or it, can't be read */
    char unread_because[200]; /* the first of them */
    int bad_line;             /* a control line that can't be read */
    struct err *err;
};

static void on_line(void *arg, enum line_kind kind, const struct csv_record *line)
{
    struct pass *pass = arg;

    if (!pass->bad_line &&
        control_read(&pass->mapping->control, kind, &pass->mapping->rows, line, pass->said, pass->err) != 0)
        pass->bad_line = -1;
}

/* A record's own error says its line. */
static void note_unread(struct pass *pass, const struct csv_record *record, const struct err *amount)
{
    if (pass->unread++)
        return;
    if (record->why)
        snprintf(pass->unread_because, sizeof pass->unread_because, "%.190s", record->why->text);
    else
        snprintf(pass->unread_because, sizeof pass->unread_because, "line %llu: %.150s",
                 (unsigned long long)record->pos.line, amount->text);
}

/* False with *err where one can't be read. */
static bool add_sums(struct pass *pass, const struct csv_record *record, struct err *err)
{
    bool fine = true;

    for (size_t i = 0; i < pass->mapping->sum_count; i++) {
        int32_t column = pass->binding.sums[i];
        int64_t amount;

        if (column < 0 || (uint32_t)column >= record->field_count)
            continue;
        if (mapping_sum(pass->mapping, i, &record->fields[column], &amount, err) == 0)
            pass->sums[i] += amount;
        else
            fine = false;
    }
    return fine;
}

static bool add_amount(struct pass *pass, const struct csv_record *record, struct err *err)
{
    int32_t column = pass->binding.columns[FIELD_AMOUNT];
    struct csv_field field;
    int64_t amount = 0;

    if (column < 0 || (uint32_t)column >= record->field_count)
        return true;
    field = record->fields[column];
    rows_trim(pass->mapping->fields[FIELD_AMOUNT].trim, &field.text, &field.len);
    if (!field.len)
        return true;
    if (mapping_amount(pass->mapping, field.text, field.len, &amount, err) != 0)
        return false;
    if (!__builtin_add_overflow(pass->amount, amount, &amount))
        pass->amount = amount;
    return true;
}

static void add_row(struct pass *pass, const struct csv_record *record)
{
    bool fine;
    struct err why;

    pass->rows++;
    if (record->why) {
        note_unread(pass, record, NULL);
        return;
    }
    fine = add_amount(pass, record, &why);
    if (!add_sums(pass, record, &why) || !fine)
        note_unread(pass, record, &why);
}

static int read_rows(struct pass *pass, struct rows *rows, struct err *err)
{
    struct csv_record record;
    int rc = 1;

    rows_watch(rows, on_line, pass);
    if (pass->mapping->rows.csv.header) {
        rc = rows_next(rows, &record, err);
        if (rc == 1)
            rc = record.why                                                                        ? 0
                 : mapping_bind_file(pass->mapping, pass->name, &record, &pass->binding, err) == 0 ? 1
                                                                                                   : -1;
    } else if (mapping_bind_file(pass->mapping, pass->name, NULL, &pass->binding, err) != 0) {
        rc = -1;
    }
    while (rc == 1 && (rc = rows_next(rows, &record, err)) == 1)
        if (record.why || record.field_count)
            add_row(pass, &record);
    return rc;
}

/* A sum that differs may only mean that amounts can't be read, since the file isn't as the feed says. */
struct unread {
    int64_t rows;
    char because[200];
};

static int find_inside(const struct file_check *check, struct control_said *said, struct control_said *found,
                       struct unread *unread, struct err *err)
{
    struct err why;
    struct pass pass = { .mapping = check->mapping, .name = check->name, .said = said, .err = &why };
    struct rows *rows = NULL;
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
        rc = rows_open(&rows, &check->mapping->rows, in_source, in, err);
    if (rc == 0)
        rc = read_rows(&pass, rows, err);
    rows_close(&rows);
    in_close(&in);
    if (rc == 0 && pass.bad_line) {
        *err = why;
        rc = -1;
    }
    unread->rows = pass.unread;
    memcpy(unread->because, pass.unread_because, sizeof unread->because);
    set_number(found, CONTROL_ROWS, pass.rows);
    set_number(found, CONTROL_SUM, pass.amount);
    for (size_t i = 0; i < check->mapping->sum_count; i++) {
        found->has_sum[i] = true;
        found->sums[i] = pass.sums[i];
    }
    return rc;
}

/* Rows are counted whether their amounts can be read or not. */
static bool rows_agree(const struct control_said *said, const struct control_said *found)
{
    return !said->has[CONTROL_ROWS] || said->number[CONTROL_ROWS] == found->number[CONTROL_ROWS];
}

static int compare_inside(const struct file_check *check, const struct control_said *said,
                          const struct control_said *found, const struct unread *unread, struct err *err)
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
    struct unread unread = { 0 };
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
