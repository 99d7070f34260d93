/* level_store: see level_store.h. */
#include "feedback/levels/level_store.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "d.bucket, d.sender, d.record_key, d.series_hash, d.series, d.day, d.occurred_at, d.version, d.unit_id,"           \
    " d.site_id, d.seller_id, d.channel_id, d.product_id, d.since, d.measures, d.amounts, d.told_days,"                \
    " d.told_measures, d.told_values"
#define COLUMN_COUNT 19
#define SAME_SERIES  ".series_hash = g.series_hash AND d.series = g.series COLLATE \"C\""
#define SAME_PLACE   "d.bucket = r.bucket AND d.sender = r.sender AND d.record_key = r.record_key COLLATE \"C\""

static const char COPY_IN[] = "COPY level_line (bucket, sender, record_key, series_hash, series, day, occurred_at,"
                              " version, unit_id, site_id, seller_id, channel_id, product_id, since, measures, amounts,"
                              " told_days, told_measures, told_values) FROM STDIN (FORMAT binary)";
static const struct stmt OF = {
    "level_of", "SELECT d.* FROM unnest($1::smallint[], $2::smallint[], $3::text[]) r(bucket, sender, record_key)"
                " CROSS JOIN LATERAL (SELECT " COLUMNS " FROM level_line d WHERE " SAME_PLACE
                " OFFSET 0) d ORDER BY d.bucket, d.sender, d.record_key"
};
static const struct stmt NEAR = {
    "level_near",
    "SELECT d.*, g.n FROM unnest($1::int[], $2::bigint[], $3::text[], $4::date[], $5::date[])"
    " g(n, series_hash, series, low, high) CROSS JOIN LATERAL"
    " (SELECT coalesce((SELECT max(d.day) FROM level_line d WHERE d" SAME_SERIES " AND d.day < g.low), g.low) AS low,"
    " coalesce((SELECT min(d.day) FROM level_line d WHERE d" SAME_SERIES " AND d.day > g.high), g.high) AS high) b"
    " CROSS JOIN LATERAL (SELECT " COLUMNS " FROM level_line d WHERE d" SAME_SERIES
    " AND d.day BETWEEN b.low AND b.high OFFSET 0) d ORDER BY g.n, d.day, d.occurred_at, d.record_key"
};
static const struct stmt RANGE = {
    "level_range",
    "SELECT " COLUMNS ", (SELECT n.day FROM level_line n WHERE n.series_hash = d.series_hash AND n.series = d.series"
    " AND n.day >= d.day AND (n.day, n.occurred_at, n.record_key) > (d.day, d.occurred_at, d.record_key)"
    " ORDER BY n.day, n.occurred_at, n.record_key LIMIT 1) FROM level_line d WHERE d.bucket = $1"
    " AND (d.sender, d.record_key) > ($2::smallint, $3::text)"
    " AND ($5::text IS NULL OR (d.sender, d.record_key) <= ($4::smallint, $5::text))"
    " ORDER BY d.bucket, d.sender, d.record_key"
};
static const struct stmt DROP = { "level_drop",
                                  "DELETE FROM level_line d USING unnest($1::smallint[], $2::smallint[], $3::text[])"
                                  " r(bucket, sender, record_key) WHERE " SAME_PLACE };

/* --- out -----------------------------------------------------------------------------------------------------------
 */

static int read_array(const struct db_rows *rows, int row, int column, struct arena *arena, int64_t **out, int *count,
                      struct err *err)
{
    int64_t values[2 * REFERENCE_MEASURES];
    struct copy_cell cell;
    size_t len;

    cell.bytes = db_bytes(rows, row, column, &len);
    cell.len = (int32_t)len;
    *count = copy_cell_ints(&cell, values, 2 * REFERENCE_MEASURES);
    if (*count < 0)
        return err_set(err, "the stored reading \"%s\" is damaged", db_text(rows, row, 2));
    *out = arena_memdup(arena, values, (size_t)*count * sizeof values[0]);
    return 0;
}

static int read_holds(const struct db_rows *rows, int row, struct arena *arena, struct contributions *out,
                      struct err *err)
{
    int64_t *measures;
    int count, values;

    if (read_array(rows, row, 14, arena, &measures, &count, err) != 0 ||
        read_array(rows, row, 15, arena, &out->values, &values, err) != 0)
        return -1;
    out->measures = arena_array(arena, int16_t, count + 1);
    for (int i = 0; i < count; i++)
        out->measures[i] = (int16_t)measures[i];
    out->count = (uint16_t)count;
    return 0;
}

static int read_told(const struct db_rows *rows, int row, struct arena *arena, struct level_line *line, struct err *err)
{
    int64_t *days, *measures, *values;
    int count;

    if (read_array(rows, row, 16, arena, &days, &count, err) != 0 ||
        read_array(rows, row, 17, arena, &measures, &count, err) != 0 ||
        read_array(rows, row, 18, arena, &values, &count, err) != 0)
        return -1;
    line->told = arena_array(arena, struct level_change, count + 1);
    line->told_count = (size_t)count;
    for (int i = 0; i < count; i++)
        line->told[i] = (struct level_change) { (int32_t)days[i], (int16_t)measures[i], values[i] };
    return 0;
}

static int read_line(const struct db_rows *rows, int row, struct arena *arena, struct level_line *line, struct err *err)
{
    *line = (struct level_line) { .bucket = (uint16_t)db_i16(rows, row, 0),
                                  .sender = db_i16(rows, row, 1),
                                  .record_key = arena_strdup(arena, db_text(rows, row, 2)),
                                  .series_hash = db_i64(rows, row, 3),
                                  .series = arena_strdup(arena, db_text(rows, row, 4)),
                                  .day = db_date(rows, row, 5),
                                  .occurred_at = db_time(rows, row, 6),
                                  .version = db_i32(rows, row, 7),
                                  .unit = (uint32_t)db_i32(rows, row, 8),
                                  .site = (uint32_t)db_i32(rows, row, 9),
                                  .seller = (uint32_t)db_i32(rows, row, 10),
                                  .channel = (uint32_t)db_i32(rows, row, 11),
                                  .product = (uint32_t)db_i32(rows, row, 12),
                                  .since = db_is_null(rows, row, 13) ? DAY_NONE : db_date(rows, row, 13) };
    return read_holds(rows, row, arena, &line->holds, err) != 0 ? -1 : read_told(rows, row, arena, line, err);
}

static int read_lines(struct db_rows *rows, struct arena *arena, struct level_line **out, size_t *count,
                      struct err *err)
{
    int rc = 0;

    *out = arena_array(arena, struct level_line, rows->count + 1);
    *count = (size_t)rows->count;
    for (int i = 0; rc == 0 && i < rows->count; i++)
        rc = read_line(rows, i, arena, &(*out)[i], err);
    return rc;
}

/* bucket, sender and key of lines as the first three arguments. */
static void arg_places(struct db_args *args, const struct level_line *const *lines, size_t count, struct arena *arena)
{
    int16_t *buckets = arena_array(arena, int16_t, count + 1), *senders = arena_array(arena, int16_t, count + 1);
    const char **keys = arena_array(arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        buckets[i] = (int16_t)lines[i]->bucket;
        senders[i] = lines[i]->sender;
        keys[i] = lines[i]->record_key;
    }
    db_args_init(args, arena);
    db_arg_i16_array(args, buckets, count);
    db_arg_i16_array(args, senders, count);
    db_arg_text_array(args, keys, count);
}

int level_store_of(struct tx *tx, const struct level_line *records, size_t count, struct arena *arena,
                   struct level_line **out, size_t *out_count, struct err *err)
{
    const struct level_line **places = arena_array(arena, const struct level_line *, count + 1);
    struct db_args args;
    struct db_rows rows;
    int rc;

    for (size_t i = 0; i < count; i++)
        places[i] = &records[i];
    arg_places(&args, places, count, arena);
    if (db_query(tx_db(tx), &OF, &args, &rows, err) != 0)
        return -1;
    rc = read_lines(&rows, arena, out, out_count, err);
    db_rows_fini(&rows);
    return rc;
}

int level_store_near(struct tx *tx, const struct level_span *list, size_t count, struct arena *arena,
                     struct level_line **out, uint32_t **spans, size_t *out_count, struct err *err)
{
    int32_t *numbers = arena_array(arena, int32_t, count + 1), *lows = arena_array(arena, int32_t, count + 1),
            *highs = arena_array(arena, int32_t, count + 1);
    int64_t *hashes = arena_array(arena, int64_t, count + 1);
    const char **series = arena_array(arena, const char *, count + 1);
    struct db_args args;
    struct db_rows rows;
    int rc;

    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int32_t)i;
        hashes[i] = list[i].of->series_hash;
        series[i] = list[i].of->series;
        lows[i] = list[i].low;
        highs[i] = list[i].high;
    }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, numbers, count);
    db_arg_i64_array(&args, hashes, count);
    db_arg_text_array(&args, series, count);
    db_arg_date_array(&args, lows, count);
    db_arg_date_array(&args, highs, count);
    if (db_query(tx_db(tx), &NEAR, &args, &rows, err) != 0)
        return -1;
    rc = read_lines(&rows, arena, out, out_count, err);
    *spans = arena_array(arena, uint32_t, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        (*spans)[i] = (uint32_t)db_i32(&rows, i, COLUMN_COUNT);
    db_rows_fini(&rows);
    return rc;
}

int level_store_range(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key, int16_t until_sender,
                      const char *until_key, struct arena *arena, struct level_line **out, int32_t **next_days,
                      size_t *out_count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i16(&args, after_sender);
    db_arg_text(&args, after_key);
    db_arg_i16(&args, until_sender);
    db_arg_text(&args, until_key);
    if (db_query(tx_db(tx), &RANGE, &args, &rows, err) != 0)
        return -1;
    rc = read_lines(&rows, arena, out, out_count, err);
    *next_days = arena_array(arena, int32_t, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        (*next_days)[i] = db_is_null(&rows, i, COLUMN_COUNT) ? LEVEL_OPEN : db_date(&rows, i, COLUMN_COUNT);
    db_rows_fini(&rows);
    return rc;
}

/* --- in ------------------------------------------------------------------------------------------------------------
 */

static void copy_told(struct copy_in *copy, const struct level_line *line)
{
    int16_t measures[2 * REFERENCE_MEASURES];
    int64_t days[2 * REFERENCE_MEASURES], values[2 * REFERENCE_MEASURES];

    for (size_t i = 0; i < line->told_count; i++) {
        days[i] = line->told[i].day;
        measures[i] = line->told[i].measure;
        values[i] = line->told[i].value;
    }
    copy_i64_array(copy, days, (uint16_t)line->told_count);
    copy_i16_array(copy, measures, (uint16_t)line->told_count);
    copy_i64_array(copy, values, (uint16_t)line->told_count);
}

int level_store_add(struct tx *tx, const struct level_line *const *lines, size_t count, struct err *err)
{
    struct copy_in copy;
    int rc = copy_in_begin(&copy, tx_db(tx), COPY_IN, err);

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct level_line *line = lines[i];

        rc = copy_row(&copy, COLUMN_COUNT, err);
        copy_i16(&copy, (int16_t)line->bucket);
        copy_i16(&copy, line->sender);
        copy_text(&copy, line->record_key, strlen(line->record_key));
        copy_i64(&copy, line->series_hash);
        copy_text(&copy, line->series, strlen(line->series));
        copy_date(&copy, line->day);
        copy_time(&copy, line->occurred_at);
        copy_i32(&copy, line->version);
        copy_i32(&copy, (int32_t)line->unit);
        copy_i32(&copy, (int32_t)line->site);
        copy_i32(&copy, (int32_t)line->seller);
        copy_i32(&copy, (int32_t)line->channel);
        copy_i32(&copy, (int32_t)line->product);
        if (line->since == DAY_NONE)
            copy_null(&copy);
        else
            copy_date(&copy, line->since);
        copy_i16_array(&copy, line->holds.measures, line->holds.count);
        copy_i64_array(&copy, line->holds.values, line->holds.count);
        copy_told(&copy, line);
    }
    return rc == 0 ? copy_in_end(&copy, err) : -1;
}

int level_store_drop(struct tx *tx, const struct level_line *const *lines, size_t count, struct arena *arena,
                     struct err *err)
{
    struct db_args args;
    int64_t affected = 0;

    if (!count)
        return 0;
    arg_places(&args, lines, count, arena);
    if (db_exec(tx_db(tx), &DROP, &args, &affected, err) != 0)
        return -1;
    return affected == (int64_t)count
               ? 0
               : err_set(err, "%lld of %zu readings of levels are there", (long long)affected, count);
}
