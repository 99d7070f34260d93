/* distinct_store: see distinct_store.h. */
#include "feedback/measures/distinct_store.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "d.bucket, d.sender, d.record_key, d.measure_id, d.key_hash, d.within_id, d.window_day, d.key, d.day,"             \
    " d.occurred_at, d.version, d.unit_id, d.seller_id, d.channel_id, d.product_id, d.first"
#define COLUMN_COUNT 16
#define SAME_GROUP                                                                                                     \
    ".key_hash = g.key_hash AND d.measure_id = g.measure_id AND d.within_id = g.within_id AND"                         \
    " d.window_day = g.window_day AND d.key = g.key COLLATE \"C\""

static const char COPY_IN[] = "COPY distinct_line (bucket, sender, record_key, measure_id, key_hash, within_id,"
                              " window_day, key, day, occurred_at, version, unit_id, seller_id, channel_id, product_id,"
                              " first) FROM STDIN (FORMAT binary)";
static const struct stmt OF = {
    "distinct_of", "SELECT d.* FROM unnest($1::smallint[], $2::smallint[], $3::text[]) r(bucket, sender, record_key)"
                   " CROSS JOIN LATERAL (SELECT " COLUMNS " FROM distinct_line d WHERE d.bucket = r.bucket"
                   " AND d.sender = r.sender AND d.record_key = r.record_key COLLATE \"C\" OFFSET 0) d"
                   " ORDER BY d.bucket, d.sender, d.record_key, d.measure_id"
};
static const struct stmt RANGE = { "distinct_range", "SELECT " COLUMNS " FROM distinct_line d WHERE d.bucket = $1"
                                                     " AND (d.sender, d.record_key) > ($2::smallint, $3::text)"
                                                     " AND ($5::text IS NULL OR (d.sender, d.record_key) <="
                                                     " ($4::smallint, $5::text)) ORDER BY d.bucket, d.sender,"
                                                     " d.record_key, d.measure_id" };
static const struct stmt FIRST = {
    "distinct_first",
    "SELECT g.n, d.* FROM unnest($1::int[], $2::bigint[], $3::smallint[], $4::int[], $5::date[], $6::text[])"
    " g(n, key_hash, measure_id, within_id, window_day, key)"
    " CROSS JOIN LATERAL (SELECT " COLUMNS " FROM distinct_line d WHERE d" SAME_GROUP
    " ORDER BY d.day, d.occurred_at, d.sender, d.record_key LIMIT 1) d"
};
#define PLACES                                                                                                         \
    " FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::smallint[], $5::smallint[])"                         \
    " n(bucket, sender, record_key, measure_id, first) WHERE d.bucket = n.bucket AND d.sender = n.sender"              \
    " AND d.record_key = n.record_key COLLATE \"C\" AND d.measure_id = n.measure_id"
static const struct stmt MARK = { "distinct_mark", "UPDATE distinct_line d SET first = n.first <> 0" PLACES };
static const struct stmt DROP = { "distinct_drop",
                                  "DELETE FROM distinct_line d USING unnest($1::smallint[], $2::smallint[], $3::text[],"
                                  " $4::smallint[], $5::smallint[]) n(bucket, sender, record_key, measure_id, first)"
                                  " WHERE d.bucket = n.bucket AND d.sender = n.sender"
                                  " AND d.record_key = n.record_key COLLATE \"C\" AND d.measure_id = n.measure_id" };
static const struct stmt SUMS = {
    "distinct_sums",
    "SELECT g.unit_id, g.measure_id, count(*) FROM distinct_line g WHERE g.bucket = $1 AND g.day >= $2::date"
    " AND g.day < $3::date AND NOT EXISTS (SELECT 1 FROM distinct_line d WHERE d" SAME_GROUP
    " AND (d.day, d.occurred_at, d.sender, d.record_key) < (g.day, g.occurred_at, g.sender, g.record_key))"
    " GROUP BY 1, 2"
};

/* --- out -----------------------------------------------------------------------------------------------------------
 */

/* `at`: the column where a line begins. */
static struct distinct_line read_line(const struct db_rows *rows, int row, int at, struct arena *arena)
{
    return (struct distinct_line) { .bucket = (uint16_t)db_i16(rows, row, at),
                                    .sender = db_i16(rows, row, at + 1),
                                    .record_key = arena_strdup(arena, db_text(rows, row, at + 2)),
                                    .measure = (uint32_t)db_i16(rows, row, at + 3),
                                    .key_hash = db_i64(rows, row, at + 4),
                                    .within = (uint32_t)db_i32(rows, row, at + 5),
                                    .window_day = db_date(rows, row, at + 6),
                                    .key = arena_strdup(arena, db_text(rows, row, at + 7)),
                                    .day = db_date(rows, row, at + 8),
                                    .occurred_at = db_time(rows, row, at + 9),
                                    .version = db_i32(rows, row, at + 10),
                                    .unit = (uint32_t)db_i32(rows, row, at + 11),
                                    .seller = (uint32_t)db_i32(rows, row, at + 12),
                                    .channel = (uint32_t)db_i32(rows, row, at + 13),
                                    .product = (uint32_t)db_i32(rows, row, at + 14),
                                    .first = db_bool(rows, row, at + 15) };
}

static void read_lines(struct db_rows *rows, struct arena *arena, struct distinct_line **out, size_t *count)
{
    *out = arena_array(arena, struct distinct_line, rows->count + 1);
    *count = (size_t)rows->count;
    for (int i = 0; i < rows->count; i++)
        (*out)[i] = read_line(rows, i, 0, arena);
    db_rows_fini(rows);
}

int distinct_store_of(struct tx *tx, const struct distinct_record *records, size_t count, struct arena *arena,
                      struct distinct_line **out, size_t *out_count, struct err *err)
{
    int16_t *buckets = arena_array(arena, int16_t, count), *senders = arena_array(arena, int16_t, count);
    const char **keys = arena_array(arena, const char *, count);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < count; i++) {
        buckets[i] = (int16_t)records[i].bucket;
        senders[i] = records[i].sender;
        keys[i] = records[i].key;
    }
    db_args_init(&args, arena);
    db_arg_i16_array(&args, buckets, count);
    db_arg_i16_array(&args, senders, count);
    db_arg_text_array(&args, keys, count);
    if (db_query(tx_db(tx), &OF, &args, &rows, err) != 0)
        return -1;
    read_lines(&rows, arena, out, out_count);
    return 0;
}

int distinct_store_range(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key,
                         int16_t until_sender, const char *until_key, struct arena *arena, struct distinct_line **out,
                         size_t *out_count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i16(&args, after_sender);
    db_arg_text(&args, after_key);
    db_arg_i16(&args, until_sender);
    db_arg_text(&args, until_key);
    if (db_query(tx_db(tx), &RANGE, &args, &rows, err) != 0)
        return -1;
    read_lines(&rows, arena, out, out_count);
    return 0;
}

int distinct_store_first(struct tx *tx, const struct distinct_line *groups, size_t count, struct arena *arena,
                         struct distinct_line *out, struct err *err)
{
    int32_t *numbers = arena_array(arena, int32_t, count), *withins = arena_array(arena, int32_t, count),
            *windows = arena_array(arena, int32_t, count);
    int64_t *hashes = arena_array(arena, int64_t, count);
    int16_t *measures = arena_array(arena, int16_t, count);
    const char **keys = arena_array(arena, const char *, count);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int32_t)i;
        hashes[i] = groups[i].key_hash;
        measures[i] = (int16_t)groups[i].measure;
        withins[i] = (int32_t)groups[i].within;
        windows[i] = groups[i].window_day;
        keys[i] = groups[i].key;
        out[i] = (struct distinct_line) { 0 };
    }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, numbers, count);
    db_arg_i64_array(&args, hashes, count);
    db_arg_i16_array(&args, measures, count);
    db_arg_i32_array(&args, withins, count);
    db_arg_date_array(&args, windows, count);
    db_arg_text_array(&args, keys, count);
    if (db_query(tx_db(tx), &FIRST, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        out[db_i32(&rows, i, 0)] = read_line(&rows, i, 1, arena);
    db_rows_fini(&rows);
    return 0;
}

/* --- in ------------------------------------------------------------------------------------------------------------
 */

int distinct_store_add(struct tx *tx, const struct distinct_line *lines, size_t count, struct err *err)
{
    struct copy_in copy;
    int rc = copy_in_begin(&copy, tx_db(tx), COPY_IN, err);

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct distinct_line *line = &lines[i];

        rc = copy_row(&copy, COLUMN_COUNT, err);
        copy_i16(&copy, (int16_t)line->bucket);
        copy_i16(&copy, line->sender);
        copy_text(&copy, line->record_key, strlen(line->record_key));
        copy_i16(&copy, (int16_t)line->measure);
        copy_i64(&copy, line->key_hash);
        copy_i32(&copy, (int32_t)line->within);
        copy_date(&copy, line->window_day);
        copy_text(&copy, line->key, strlen(line->key));
        copy_date(&copy, line->day);
        copy_time(&copy, line->occurred_at);
        copy_i32(&copy, line->version);
        copy_i32(&copy, (int32_t)line->unit);
        copy_i32(&copy, (int32_t)line->seller);
        copy_i32(&copy, (int32_t)line->channel);
        copy_i32(&copy, (int32_t)line->product);
        copy_bool(&copy, line->first);
    }
    return rc == 0 ? copy_in_end(&copy, err) : -1;
}

static int at_places(struct tx *tx, const struct stmt *stmt, const struct distinct_line *const *lines, size_t count,
                     struct arena *arena, struct err *err)
{
    int16_t *buckets = arena_array(arena, int16_t, count), *senders = arena_array(arena, int16_t, count),
            *measures = arena_array(arena, int16_t, count), *first = arena_array(arena, int16_t, count);
    const char **keys = arena_array(arena, const char *, count);
    struct db_args args;
    int64_t affected = 0;

    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++) {
        buckets[i] = (int16_t)lines[i]->bucket;
        senders[i] = lines[i]->sender;
        measures[i] = (int16_t)lines[i]->measure;
        first[i] = lines[i]->first;
        keys[i] = lines[i]->record_key;
    }
    db_args_init(&args, arena);
    db_arg_i16_array(&args, buckets, count);
    db_arg_i16_array(&args, senders, count);
    db_arg_text_array(&args, keys, count);
    db_arg_i16_array(&args, measures, count);
    db_arg_i16_array(&args, first, count);
    if (db_exec(tx_db(tx), stmt, &args, &affected, err) != 0)
        return -1;
    return affected == (int64_t)count
               ? 0
               : err_set(err, "%lld of %zu lines of distinct counts are there", (long long)affected, count);
}

int distinct_store_drop(struct tx *tx, const struct distinct_line *const *lines, size_t count, struct arena *arena,
                        struct err *err)
{
    return at_places(tx, &DROP, lines, count, arena, err);
}

int distinct_store_mark(struct tx *tx, const struct distinct_line *const *lines, size_t count, struct arena *arena,
                        struct err *err)
{
    return at_places(tx, &MARK, lines, count, arena, err);
}

/* --- sums ----------------------------------------------------------------------------------------------------------
 */

int distinct_store_sums(struct tx *tx, uint16_t bucket, int32_t from_day, int32_t until_day, distinct_sum_fn *each,
                        void *arg, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_date(&args, from_day);
    db_arg_date(&args, until_day);
    if (db_query(tx_db(tx), &SUMS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = each(arg, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i16(&rows, i, 1), db_i64(&rows, i, 2), err);
    db_rows_fini(&rows);
    return rc;
}
