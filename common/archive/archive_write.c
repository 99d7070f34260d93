/* archive_write: rows from the table to files, and out of the table; see archive.h. */
#include "archive/archive.h"

#include "bihuan/envelope.pb-c.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define ROWS_AT_ONCE 64

#define DAY_US (INT64_C(86400) * 1000000)

int64_t archive_before(int64_t now_us, int64_t days)
{
    return days ? now_us - now_us % DAY_US - days * DAY_US : INT64_MIN;
}

/* A file in the making. */
struct draft {
    struct archive_header header;
    struct buf records;
    uint64_t count;
    int64_t before_us;
    bool full;
};

static struct stream_row row_of(const struct db_rows *rows, int i)
{
    struct stream_row row = { .seq = (uint64_t)db_i64(rows, i, 0), .type = (uint32_t)db_i32(rows, i, 1) };

    row.envelope = db_bytes(rows, i, 2, &row.envelope_len);
    row.payload = db_bytes(rows, i, 3, &row.payload_len);
    return row;
}

/* One row; draft->full where it doesn't belong to this file any more. */
static int take_row(struct draft *draft, const struct stream_row *row, struct err *err)
{
    struct archive_header *header = &draft->header;
    uint64_t want = header->from + draft->count;
    Bihuan__Envelope *envelope;

    if (row->seq != want)
        return err_set(err,
                       "bus_stream has no row %" PRIu64 " of bucket %" PRIu32 ": restore the data base from a"
                       " backup",
                       want, header->bucket);
    envelope = bihuan__envelope__unpack(NULL, row->envelope_len, row->envelope);
    if (!envelope || envelope->seq != row->seq)
        err_set(err, "could not decode the envelope of row %" PRIu64 " of bucket %" PRIu32, want, header->bucket);
    else if (envelope->published_at >= draft->before_us ||
             (draft->count && envelope->incarnation != header->incarnation))
        draft->full = true;
    if (envelope && envelope->seq == row->seq && !draft->full) {
        header->incarnation = envelope->incarnation;
        if (!draft->count)
            header->first_us = envelope->published_at;
        if (!draft->count || envelope->published_at > header->last_us)
            header->last_us = envelope->published_at;
        header->to = row->seq;
        draft->count++;
        archive_record_put(&draft->records, row);
        draft->full = draft->count == ARCHIVE_ROWS_MAX || draft->records.len >= ARCHIVE_RAW_FULL;
        bihuan__envelope__free_unpacked(envelope, NULL);
        return 0;
    }
    if (envelope)
        bihuan__envelope__free_unpacked(envelope, NULL);
    return draft->full ? 0 : -1;
}

static int gather(const struct archive *archive, struct arena *arena, struct draft *draft, struct err *err)
{
    while (!draft->full) {
        struct db_rows rows;
        int rc = 0;

        if (archive_store_rows(archive->db, arena, (uint16_t)draft->header.bucket, draft->header.from + draft->count,
                               ROWS_AT_ONCE, &rows, err) != 0)
            return -1;
        for (int i = 0; i < rows.count && rc == 0 && !draft->full; i++) {
            struct stream_row row = row_of(&rows, i);

            rc = take_row(draft, &row, err);
        }
        draft->full |= rows.count < ROWS_AT_ONCE;
        db_rows_fini(&rows);
        arena_reset(arena);
        if (rc != 0)
            return -1;
    }
    return 0;
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* To the disk, back from it, and into the table of files. */
static int keep(const struct archive *archive, struct arena *arena, struct draft *draft, uint64_t epoch,
                struct err *err)
{
    struct archive_header *header = &draft->header;
    struct archive_contents back = { 0 };
    struct archive_entry entry;
    struct buf file = { 0 };
    char name[ARCHIVE_PATH_MAX];
    int rc;

    archive_disk_name((uint16_t)header->bucket, header->from, header->to, name);
    rc = archive_file_pack(header, &draft->records, &file, err);
    if (rc == 0)
        rc = archive_disk_write(archive->root, archive->service, name, &file, err);
    entry = (struct archive_entry) { .bucket = (uint16_t)header->bucket,
                                     .from = header->from,
                                     .to = header->to,
                                     .incarnation = header->incarnation,
                                     .first_us = header->first_us,
                                     .last_us = header->last_us,
                                     .bytes = file.len };
    memcpy(entry.chain, header->chain, sizeof entry.chain);
    buf_fini(&file);
    if (rc == 0)
        rc = archive_open_entry(archive, &entry, &back, err);
    if (rc == 0 && (back.records.len != draft->records.len ||
                    memcmp(back.records.data, draft->records.data, back.records.len) != 0))
        rc = err_set(err, "the archived file \"%s\" doesn't hold what was written to it", name);
    archive_contents_fini(&back);
    return rc == 0 ? archive_store_record(archive->db, arena, &entry, epoch, now_us(), err) : -1;
}

int archive_write(const struct archive *archive, uint16_t bucket, int64_t before_us, uint64_t epoch, uint64_t *rows,
                  struct err *err)
{
    struct draft draft = { .header = { .bucket = bucket, .from = 1 }, .before_us = before_us };
    struct archive_entry last;
    struct arena arena;
    bool found = false;
    int rc;

    *rows = 0;
    arena_init(&arena);
    rc = archive_store_last(archive->db, &arena, bucket, &found, &last, err);
    if (rc == 0 && found) {
        draft.header.from = last.to + 1;
        memcpy(draft.header.previous, last.chain, sizeof last.chain);
    }
    strncpy(draft.header.stream, archive->service, sizeof draft.header.stream - 1);
    if (rc == 0)
        rc = gather(archive, &arena, &draft, err);
    if (rc == 0 && draft.count) {
        rc = keep(archive, &arena, &draft, epoch, err);
        *rows = rc == 0 ? draft.count : 0;
    }
    buf_fini(&draft.records);
    arena_fini(&arena);
    return rc;
}

/* --- pruning ---------------------------------------------------------------------------------------------------------
 */

static int check_file(const struct archive *archive, const struct archive_entry *entry, struct err *err)
{
    struct archive_contents contents = { 0 };
    int rc = archive_open_entry(archive, entry, &contents, err);

    archive_contents_fini(&contents);
    return rc;
}

int archive_prune(const struct archive *archive, uint16_t bucket, int64_t before_us, uint64_t read_up_to,
                  archive_pause_fn *pause, void *arg, uint64_t *rows, struct err *err)
{
    struct archive_entry entry;
    struct arena arena;
    bool found = false;
    int64_t gone = 0;
    int rc;

    *rows = 0;
    arena_init(&arena);
    rc = archive_store_prunable(archive->db, &arena, bucket, before_us, read_up_to, &found, &entry, err);
    if (rc == 0 && found)
        rc = check_file(archive, &entry, err);
    while (rc == 0 && found) {
        rc = archive_store_prune(archive->db, &arena, bucket, entry.to, ARCHIVE_BITE, &gone, err);
        *rows += rc == 0 ? (uint64_t)gone : 0;
        found = gone > 0 && (!pause || pause(arg));
    }
    arena_fini(&arena);
    return rc;
}
