/* archive_store: the SQL of the archive: what was written to which file, what may be pruned, how far readers are. Each
 * call is one statement and needs no transaction. */
#ifndef BIHUAN_ARCHIVE_ARCHIVE_STORE_H
#define BIHUAN_ARCHIVE_ARCHIVE_STORE_H

#include "archive/archive_file.h"
#include "db/db.h"

/* A file as it was recorded. */
struct archive_entry {
    uint16_t bucket;
    uint64_t from, to;
    uint64_t incarnation;
    int64_t first_us, last_us;
    uint64_t bytes;
    uint8_t chain[ARCHIVE_HASH_LEN];
};

/* The last file of a bucket; *found false where there is none. */
int archive_store_last(struct db *db, struct arena *arena, uint16_t bucket, bool *found, struct archive_entry *out,
                       struct err *err);
/* The file that holds a sequence. */
int archive_store_holding(struct db *db, struct arena *arena, uint16_t bucket, uint64_t seq, bool *found,
                          struct archive_entry *out, struct err *err);
/* Files from (bucket, from) on, in order, all buckets; *out in the arena. */
int archive_store_from(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t limit,
                       struct archive_entry **out, size_t *count, struct err *err);
/* Records a file. ERR_FENCED where it doesn't begin behind the last one, or another instance holds the bucket. */
int archive_store_record(struct db *db, struct arena *arena, const struct archive_entry *entry, uint64_t epoch,
                         int64_t now_us, struct err *err);

/* Rows of the table from `from` on, at most max_rows. Columns: seq, type, envelope, payload. */
int archive_store_rows(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t max_rows,
                       struct db_rows *rows, struct err *err);
/* Takes rows out of the table: the first ones, at most `count` sequences and none behind `to`. *gone: how many. */
int archive_store_prune(struct db *db, struct arena *arena, uint16_t bucket, uint64_t to, uint32_t count, int64_t *gone,
                        struct err *err);
/* The first file whose rows are still in the table and may go: published before before_us and read by all. */
int archive_store_prunable(struct db *db, struct arena *arena, uint16_t bucket, int64_t before_us, uint64_t read_up_to,
                           bool *found, struct archive_entry *out, struct err *err);

/* What a reader says; seq has `buckets` elements. */
int archive_store_put_reader(struct db *db, struct arena *arena, const char *reader, const uint64_t *seq,
                             uint32_t buckets, int64_t now_us, struct err *err);
/* The least of what the readers have that were heard of since; UINT64_MAX where there is none. */
int archive_store_read_up_to(struct db *db, struct arena *arena, uint16_t bucket, int64_t since_us, uint64_t *seq,
                             struct err *err);
/* Columns: reader, bucket, seq, heard_at; by reader and bucket. */
int archive_store_readers(struct db *db, struct arena *arena, struct db_rows *rows, struct err *err);
/* By bucket. Columns: bucket, head, horizon, archived_up_to, files, bytes, last_at (or null). */
int archive_store_summary(struct db *db, struct arena *arena, struct db_rows *rows, struct err *err);

/* For a schema in which nothing was written yet: files, heads and incarnation as the archive has them. Inside a
 * transaction. */
int archive_store_is_new(struct db *db, struct arena *arena, bool *is_new, struct err *err);
int archive_store_adopt_file(struct db *db, struct arena *arena, const struct archive_entry *entry, int64_t now_us,
                             struct err *err);
int archive_store_adopt_head(struct db *db, struct arena *arena, uint16_t bucket, uint64_t seq, struct err *err);
int archive_store_adopt_incarnation(struct db *db, struct arena *arena, uint64_t incarnation, struct err *err);

#endif
