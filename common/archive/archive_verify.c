/* archive_verify: all files of a service, read and compared; and taken over into a new schema. See archive.h. */
#include "archive/archive.h"

#include <inttypes.h>
#include <string.h>

#define FILES_AT_ONCE 64

/* --- verifying -------------------------------------------------------------------------------------------------------
 */

struct verifying {
    const struct archive *archive;
    struct arena *arena;
    struct archive_checked *checked;
    archive_difference_fn *tell;
    void *arg;
    bool after; /* of the same bucket, `to` and `chain` are those of the file before */
    uint16_t bucket;
    uint64_t to;
    uint8_t chain[ARCHIVE_HASH_LEN];
};

static void tell(const struct verifying *v, const struct archive_entry *entry, const char *what)
{
    char name[ARCHIVE_PATH_MAX];

    archive_disk_name(entry->bucket, entry->from, entry->to, name);
    v->tell(v->arg, arena_printf(v->arena, "%s/%s: %s", v->archive->service, name, what));
}

static void check_entry(struct verifying *v, const struct archive_entry *entry, struct archive_contents *contents)
{
    bool after = v->after && v->bucket == entry->bucket;
    bool good;
    struct err err;

    err_clear(&err);
    good = archive_open_entry(v->archive, entry, contents, &err) == 0;
    v->checked->files++;
    if (!good)
        v->tell(v->arg, err.text);
    else
        v->checked->rows += contents->header.to - contents->header.from + 1;
    if (after && entry->from != v->to + 1)
        tell(v, entry, "it doesn't begin behind the file before it");
    if (!after && entry->from != 1)
        tell(v, entry, "files before it aren't recorded");
    if (good && after && memcmp(contents->header.previous, v->chain, sizeof v->chain) != 0)
        tell(v, entry, "it was written behind another file than the one that stands before it");
    v->after = true;
    v->bucket = entry->bucket;
    v->to = entry->to;
    memcpy(v->chain, entry->chain, sizeof v->chain);
}

/* Where verifying goes on in the middle of a bucket, the file before is looked up. */
static int resume(struct verifying *v, struct err *err)
{
    struct archive_entry before;

    if (v->checked->from <= 1)
        return 0;
    if (archive_store_holding(v->archive->db, v->arena, v->checked->bucket, v->checked->from - 1, &v->after, &before,
                              err) != 0)
        return -1;
    if (v->after) {
        v->bucket = before.bucket;
        v->to = before.to;
        memcpy(v->chain, before.chain, sizeof v->chain);
    }
    return 0;
}

static bool same_row(const struct stream_row *a, const struct stream_row *b)
{
    return a->seq == b->seq && a->type == b->type && a->envelope_len == b->envelope_len &&
           a->payload_len == b->payload_len && memcmp(a->envelope, b->envelope, a->envelope_len) == 0 &&
           memcmp(a->payload, b->payload, a->payload_len) == 0;
}

/* Whether the row stands, the same, in a recorded file or in the table. */
static int stands_elsewhere(const struct verifying *v, const struct stream_row *row, struct archive_contents *contents,
                            bool *same, struct err *err)
{
    struct stream_row other;
    struct db_rows rows;
    bool found = false;

    *same = false;
    if (archive_load(v->archive, v->arena, v->bucket, row->seq, contents, &found, err) != 0)
        return err->cls == ERR_UNAVAILABLE && strncmp(err->code, "archive_", 8) == 0 ? 0 : -1;
    if (found) {
        other = archive_row(contents, row->seq);
        *same = same_row(row, &other);
        return 0;
    }
    if (archive_store_rows(v->archive->db, v->arena, v->bucket, row->seq, 1, &rows, err) != 0)
        return -1;
    if (rows.count == 1) {
        other = (struct stream_row) { .seq = (uint64_t)db_i64(&rows, 0, 0), .type = (uint32_t)db_i32(&rows, 0, 1) };
        other.envelope = db_bytes(&rows, 0, 2, &other.envelope_len);
        other.payload = db_bytes(&rows, 0, 3, &other.payload_len);
        *same = same_row(row, &other);
    }
    db_rows_fini(&rows);
    return 0;
}

/* A file that a crash left before it was recorded is of no more use, and no harm, once all its rows stand elsewhere. */
static int is_left_over(const struct verifying *v, const char *name, bool *left_over, struct err *err)
{
    struct archive_contents contents = { 0 };
    struct archive_header header;
    struct buf bytes = { 0 }, records = { 0 };
    struct stream_row row;
    size_t at = 0;
    int rc = 0;

    *left_over = archive_disk_read(v->archive->root, v->archive->service, name, &bytes, NULL) == 0 &&
                 archive_file_open(bytes.data, bytes.len, &header, &records, NULL) == 0;
    while (*left_over && rc == 0 && archive_record_next(&records, &at, &row) == 1)
        rc = stands_elsewhere(v, &row, &contents, left_over, err);
    archive_contents_fini(&contents);
    buf_fini(&bytes);
    buf_fini(&records);
    return rc;
}

static int find_unrecorded(void *arg, uint64_t from, uint64_t to, const char *name, struct err *err)
{
    struct verifying *v = arg;
    struct archive_entry entry;
    bool found, left_over = false;

    if (archive_store_holding(v->archive->db, v->arena, v->bucket, from, &found, &entry, err) != 0)
        return -1;
    if (found && entry.from == from && entry.to == to)
        return 0;
    if (is_left_over(v, name, &left_over, err) != 0)
        return -1;
    if (!left_over)
        v->tell(v->arg, arena_printf(v->arena,
                                     "%s/%s: it isn't recorded, and holds what stands nowhere else: the data base is"
                                     " older than it, or the stream began anew; restore what belongs together, or move"
                                     " it away",
                                     v->archive->service, name));
    return 0;
}

/* Between the last file and the table's first row nothing may be missing. */
static void check_join(const struct verifying *v, const struct db_rows *rows, int i)
{
    uint64_t horizon = (uint64_t)db_i64(rows, i, 2), archived = (uint64_t)db_i64(rows, i, 3);

    if (horizon <= archived + 1)
        return;
    v->tell(v->arg, arena_printf(v->arena,
                                 "%s: rows %" PRIu64 " to %" PRIu64 " of bucket %d are neither in the table nor in a"
                                 " file: restore the data base and the data folder from backups of the same time",
                                 v->archive->service, archived + 1, horizon - 1, db_i32(rows, i, 0)));
}

static int check_whole(struct verifying *v, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (archive_store_summary(v->archive->db, v->arena, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count && rc == 0; i++) {
        v->bucket = (uint16_t)db_i32(&rows, i, 0);
        check_join(v, &rows, i);
        rc = archive_disk_each(v->archive->root, v->archive->service, v->bucket, find_unrecorded, v, err);
    }
    db_rows_fini(&rows);
    return rc;
}

int archive_verify(const struct archive *archive, struct arena *arena, uint64_t bytes_max,
                   struct archive_checked *checked, archive_difference_fn *tell_fn, void *arg, struct err *err)
{
    struct verifying v = { .archive = archive, .arena = arena, .checked = checked, .tell = tell_fn, .arg = arg };
    struct archive_contents contents = { 0 };
    struct archive_entry *entries;
    uint64_t bytes = 0;
    size_t count = 0, i;

    if (resume(&v, err) != 0 || archive_store_from(archive->db, arena, checked->bucket, checked->from, FILES_AT_ONCE,
                                                   &entries, &count, err) != 0)
        return -1;
    for (i = 0; i < count && (i == 0 || bytes < bytes_max); i++) {
        check_entry(&v, &entries[i], &contents);
        bytes += entries[i].bytes;
    }
    archive_contents_fini(&contents);
    checked->done = i == count && count < FILES_AT_ONCE;
    if (i) {
        checked->bucket = entries[i - 1].bucket;
        checked->from = entries[i - 1].to + 1;
    }
    return checked->done ? check_whole(&v, err) : 0;
}

/* --- taking over -----------------------------------------------------------------------------------------------------
 */

struct adopting {
    const struct archive *archive;
    struct arena *arena;
    struct archive_contents contents;
    uint16_t bucket;
    uint64_t to;
    uint64_t incarnation; /* of all files */
    uint8_t chain[ARCHIVE_HASH_LEN];
    int64_t now_us;
};

static int incomplete(struct err *err, const char *name, const char *what)
{
    return err_fail(err, ERR_UNAVAILABLE, "archive_incomplete",
                    "the archived file \"%s\" %s: put all files back from a backup of the data folder", name, what);
}

static int adopt_file(void *arg, uint64_t from, uint64_t to, const char *name, struct err *err)
{
    struct adopting *a = arg;
    const struct archive_header *header = &a->contents.header;
    struct archive_entry entry = { .bucket = a->bucket, .from = from, .to = to };
    struct buf bytes = { 0 };
    int rc = archive_disk_read(a->archive->root, a->archive->service, name, &bytes, err);

    buf_reset(&a->contents.records);
    if (rc == 0 && archive_file_open(bytes.data, bytes.len, &a->contents.header, &a->contents.records, err) != 0)
        rc = err_prefix(err, "the archived file \"%s\"", name);
    entry.bytes = bytes.len;
    buf_fini(&bytes);
    if (rc != 0)
        return -1;
    if (strcmp(header->stream, a->archive->service) != 0 || header->bucket != a->bucket || header->from != from ||
        header->to != to)
        return incomplete(err, name, "isn't the one that its name says");
    if (a->incarnation && a->incarnation != header->incarnation)
        return incomplete(err, name, "belongs to another life of the streams");
    if (from != a->to + 1 || memcmp(header->previous, a->chain, sizeof a->chain) != 0)
        return incomplete(err, name, "doesn't stand behind the one before it");
    entry.incarnation = header->incarnation;
    entry.first_us = header->first_us;
    entry.last_us = header->last_us;
    memcpy(entry.chain, header->chain, sizeof entry.chain);
    a->to = to;
    a->incarnation = header->incarnation;
    memcpy(a->chain, header->chain, sizeof a->chain);
    return archive_store_adopt_file(a->archive->db, a->arena, &entry, a->now_us, err);
}

static int adopt_all(struct adopting *a, struct err *err)
{
    struct db *db = a->archive->db;

    for (uint32_t b = 0; b < a->archive->buckets; b++) {
        a->bucket = (uint16_t)b;
        a->to = 0;
        memset(a->chain, 0, sizeof a->chain);
        if (archive_disk_each(a->archive->root, a->archive->service, a->bucket, adopt_file, a, err) != 0 ||
            (a->to && archive_store_adopt_head(db, a->arena, a->bucket, a->to, err) != 0))
            return -1;
    }
    if (!a->incarnation)
        return err_fail(err, ERR_UNAVAILABLE, "archive_incomplete",
                        "there is no archived file of %s below \"%s\": put them there from a backup of the data folder",
                        a->archive->service, a->archive->root);
    return archive_store_adopt_incarnation(db, a->arena, a->incarnation, err);
}

int archive_adopt(const struct archive *archive, int64_t now_us, bool *taken, struct err *err)
{
    struct arena arena;
    struct adopting a = { .archive = archive, .arena = &arena, .now_us = now_us };
    int rc;

    arena_init(&arena);
    rc = db_begin(archive->db, err);
    if (rc == 0)
        rc = archive_store_is_new(archive->db, &arena, taken, err);
    if (rc == 0 && *taken)
        rc = adopt_all(&a, err);
    if (rc == 0)
        rc = db_commit(archive->db, err);
    else
        db_rollback(archive->db);
    archive_contents_fini(&a.contents);
    arena_fini(&arena);
    return rc;
}
