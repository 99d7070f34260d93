/* archive_store: see archive_store.h. */
#include "archive/archive_store.h"

#include <string.h>

#define ENTRY "bucket, from_seq, to_seq, incarnation, first_at, last_at, bytes, chain"

static const struct stmt LAST = { "archive_last", "SELECT " ENTRY " FROM bus_archive WHERE bucket = $1"
                                                  " ORDER BY from_seq DESC LIMIT 1" };
static const struct stmt HOLDING = { "archive_holding", "SELECT " ENTRY " FROM bus_archive WHERE bucket = $1"
                                                        " AND from_seq <= $2 ORDER BY from_seq DESC LIMIT 1" };
static const struct stmt FROM = { "archive_from", "SELECT " ENTRY " FROM bus_archive WHERE (bucket, from_seq) >="
                                                  " ($1, $2) ORDER BY bucket, from_seq LIMIT $3::int" };
static const struct stmt RECORD = {
    "archive_record",
    "INSERT INTO bus_archive (" ENTRY ", written_at)"
    " SELECT $1::smallint, $2::bigint, $3::bigint, $4::bigint, $5::timestamptz, $6::timestamptz, $7::bigint,"
    " $8::bytea, $9::timestamptz WHERE (SELECT coalesce(max(to_seq), 0) FROM bus_archive WHERE bucket = $1) = $2 - 1"
    " AND EXISTS (SELECT FROM bus_head WHERE bucket = $1 AND seq >= $3 AND epoch = $10::bigint)"
};
static const struct stmt ADOPT_FILE = { "archive_adopt_file", "INSERT INTO bus_archive (" ENTRY ", written_at) VALUES"
                                                              " ($1, $2, $3, $4, $5, $6, $7, $8, $9)" };
static const struct stmt ROWS = { "archive_rows", "SELECT seq, type, envelope, payload FROM bus_stream WHERE bucket ="
                                                  " $1 AND seq >= $2 ORDER BY seq LIMIT $3::int" };
/* Up to the last file alone, whatever is asked for: rows that no file has are never touched. */
static const struct stmt PRUNE = {
    "archive_prune",
    "DELETE FROM bus_stream WHERE bucket = $1 AND seq >= (SELECT min(seq) FROM bus_stream WHERE bucket = $1)"
    " AND seq < (SELECT min(seq) FROM bus_stream WHERE bucket = $1) + $3::bigint AND seq <= $2"
    " AND seq <= (SELECT max(to_seq) FROM bus_archive WHERE bucket = $1)"
};
static const struct stmt PRUNABLE = {
    "archive_prunable",
    "SELECT " ENTRY " FROM bus_archive WHERE bucket = $1 AND to_seq >= (SELECT min(seq) FROM bus_stream WHERE bucket ="
    " $1) AND last_at < $2 AND to_seq <= $3 ORDER BY from_seq LIMIT 1"
};
static const struct stmt PUT_READER = {
    "archive_put_reader", "INSERT INTO bus_reader (bucket, reader, seq, heard_at)"
                          " SELECT b, $1, s, $4 FROM unnest($2::smallint[], $3::bigint[]) v(b, s)"
                          " ON CONFLICT (bucket, reader) DO UPDATE SET seq = excluded.seq, heard_at = excluded.heard_at"
};
static const struct stmt READ_UP_TO = { "archive_read_up_to", "SELECT min(seq) FROM bus_reader WHERE bucket = $1"
                                                              " AND heard_at >= $2" };
static const struct stmt READERS = { "archive_readers",
                                     "SELECT reader, bucket, seq, heard_at FROM bus_reader ORDER BY reader, bucket" };
static const struct stmt SUMMARY = {
    "archive_summary",
    "SELECT h.bucket, h.seq, coalesce((SELECT min(s.seq) FROM bus_stream s WHERE s.bucket = h.bucket), h.seq + 1),"
    " coalesce(max(a.to_seq), 0), count(a.to_seq), coalesce(sum(a.bytes), 0)::bigint, max(a.last_at)"
    " FROM bus_head h LEFT JOIN bus_archive a ON a.bucket = h.bucket GROUP BY h.bucket, h.seq ORDER BY h.bucket"
};
static const struct stmt IS_NEW = { "archive_is_new",
                                    "SELECT coalesce(max(seq), 0) = 0 AND NOT EXISTS (SELECT FROM bus_archive)"
                                    " AND NOT EXISTS (SELECT FROM bus_stream) FROM bus_head" };
static const struct stmt ADOPT_HEAD = { "archive_adopt_head",
                                        "UPDATE bus_head SET seq = $2 WHERE bucket = $1 AND seq = 0" };
static const struct stmt ADOPT_INCARNATION = { "archive_adopt_incarnation", "UPDATE bus_installation SET incarnation"
                                                                            " = $1" };

static int read_entry(const struct db_rows *rows, int row, struct archive_entry *out, struct err *err)
{
    size_t len;
    const uint8_t *chain = db_bytes(rows, row, 7, &len);

    if (len != ARCHIVE_HASH_LEN)
        return err_set(err, "bus_archive holds a chain of %zu bytes", len);
    *out = (struct archive_entry) { .bucket = (uint16_t)db_i32(rows, row, 0),
                                    .from = (uint64_t)db_i64(rows, row, 1),
                                    .to = (uint64_t)db_i64(rows, row, 2),
                                    .incarnation = (uint64_t)db_i64(rows, row, 3),
                                    .first_us = db_time(rows, row, 4),
                                    .last_us = db_time(rows, row, 5),
                                    .bytes = (uint64_t)db_i64(rows, row, 6) };
    memcpy(out->chain, chain, len);
    return 0;
}

/* 0 or 1 row. */
static int one(struct db *db, const struct stmt *stmt, const struct db_args *args, bool *found,
               struct archive_entry *out, struct err *err)
{
    struct db_rows rows;
    int rc;

    if (db_query(db, stmt, args, &rows, err) != 0)
        return -1;
    *found = rows.count == 1;
    rc = *found ? read_entry(&rows, 0, out, err) : 0;
    db_rows_fini(&rows);
    return rc;
}

int archive_store_last(struct db *db, struct arena *arena, uint16_t bucket, bool *found, struct archive_entry *out,
                       struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    return one(db, &LAST, &args, found, out, err);
}

int archive_store_holding(struct db *db, struct arena *arena, uint16_t bucket, uint64_t seq, bool *found,
                          struct archive_entry *out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)seq);
    if (one(db, &HOLDING, &args, found, out, err) != 0)
        return -1;
    *found = *found && out->to >= seq;
    return 0;
}

int archive_store_from(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t limit,
                       struct archive_entry **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)from);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(db, &FROM, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct archive_entry, rows.count ? rows.count : 1);
    *count = (size_t)rows.count;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = read_entry(&rows, i, &(*out)[i], err);
    db_rows_fini(&rows);
    return rc;
}

static void entry_args(struct db_args *args, struct arena *arena, const struct archive_entry *entry, int64_t now_us)
{
    db_args_init(args, arena);
    db_arg_i16(args, (int16_t)entry->bucket);
    db_arg_i64(args, (int64_t)entry->from);
    db_arg_i64(args, (int64_t)entry->to);
    db_arg_i64(args, (int64_t)entry->incarnation);
    db_arg_time(args, entry->first_us);
    db_arg_time(args, entry->last_us);
    db_arg_i64(args, (int64_t)entry->bytes);
    db_arg_bytes(args, entry->chain, sizeof entry->chain);
    db_arg_time(args, now_us);
}

int archive_store_adopt_file(struct db *db, struct arena *arena, const struct archive_entry *entry, int64_t now_us,
                             struct err *err)
{
    struct db_args args;

    entry_args(&args, arena, entry, now_us);
    return db_exec(db, &ADOPT_FILE, &args, NULL, err);
}

int archive_store_record(struct db *db, struct arena *arena, const struct archive_entry *entry, uint64_t epoch,
                         int64_t now_us, struct err *err)
{
    struct db_args args;
    int64_t affected = 0;

    entry_args(&args, arena, entry, now_us);
    db_arg_i64(&args, (int64_t)epoch);
    if (db_exec(db, &RECORD, &args, &affected, err) != 0)
        return -1;
    return affected == 1
               ? 0
               : err_fail(err, ERR_FENCED, "fenced", "another instance archives bucket %u or holds it", entry->bucket);
}

int archive_store_rows(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t max_rows,
                       struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)from);
    db_arg_i32(&args, (int32_t)max_rows);
    return db_query(db, &ROWS, &args, rows, err);
}

int archive_store_prune(struct db *db, struct arena *arena, uint16_t bucket, uint64_t to, uint32_t count, int64_t *gone,
                        struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)to);
    db_arg_i64(&args, count);
    return db_exec(db, &PRUNE, &args, gone, err);
}

int archive_store_prunable(struct db *db, struct arena *arena, uint16_t bucket, int64_t before_us, uint64_t read_up_to,
                           bool *found, struct archive_entry *out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_time(&args, before_us);
    db_arg_i64(&args, read_up_to > INT64_MAX ? INT64_MAX : (int64_t)read_up_to);
    return one(db, &PRUNABLE, &args, found, out, err);
}

int archive_store_put_reader(struct db *db, struct arena *arena, const char *reader, const uint64_t *seq,
                             uint32_t buckets, int64_t now_us, struct err *err)
{
    int16_t *numbers = arena_array(arena, int16_t, buckets);
    int64_t *seqs = arena_array(arena, int64_t, buckets);
    struct db_args args;

    for (uint32_t b = 0; b < buckets; b++) {
        numbers[b] = (int16_t)b;
        seqs[b] = (int64_t)seq[b];
    }
    db_args_init(&args, arena);
    db_arg_text(&args, reader);
    db_arg_i16_array(&args, numbers, buckets);
    db_arg_i64_array(&args, seqs, buckets);
    db_arg_time(&args, now_us);
    return db_exec(db, &PUT_READER, &args, NULL, err);
}

int archive_store_read_up_to(struct db *db, struct arena *arena, uint16_t bucket, int64_t since_us, uint64_t *seq,
                             struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_time(&args, since_us);
    if (db_query(db, &READ_UP_TO, &args, &rows, err) != 0)
        return -1;
    *seq = db_is_null(&rows, 0, 0) ? UINT64_MAX : (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int archive_store_readers(struct db *db, struct arena *arena, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    return db_query(db, &READERS, &args, rows, err);
}

int archive_store_summary(struct db *db, struct arena *arena, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    return db_query(db, &SUMMARY, &args, rows, err);
}

int archive_store_is_new(struct db *db, struct arena *arena, bool *is_new, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    if (db_query(db, &IS_NEW, &args, &rows, err) != 0)
        return -1;
    *is_new = rows.count == 1 && db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int archive_store_adopt_head(struct db *db, struct arena *arena, uint16_t bucket, uint64_t seq, struct err *err)
{
    struct db_args args;
    int64_t affected = 0;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)seq);
    if (db_exec(db, &ADOPT_HEAD, &args, &affected, err) != 0)
        return -1;
    return affected == 1 ? 0 : err_set(err, "bucket %u has been written to", bucket);
}

int archive_store_adopt_incarnation(struct db *db, struct arena *arena, uint64_t incarnation, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)incarnation);
    return db_exec(db, &ADOPT_INCARNATION, &args, NULL, err);
}
