/* fact_store: see fact_store.h. */
#include "feedback/facts/fact_store.h"

#include "base/hash.h"
#include "feedback/snapshot.h"
#include "feedback/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "bucket, sender, record_key, operation, version, day, occurred_at, unit_id, seller_id, channel_id, product_id,"    \
    " quantity, amount, state, customer, place_id, content_hash, file_id, row_no, known_at, measures, contributions,"  \
    " site_id, subject, since, sums, photos, feed_id, gives"
#define COLUMN_COUNT 29

static const char COPY_IN[] = "COPY order_line (" COLUMNS ") FROM STDIN (FORMAT binary)";
/* Key by key: = ANY(keys) is planned as one walk through the whole bucket with the keys as a filter. */
static const struct stmt FIND = {
    "fact_find", "SELECT f.* FROM unnest($3::text[]) k CROSS JOIN LATERAL (SELECT " COLUMNS
                 " FROM order_line WHERE bucket = $1 AND sender = $2 AND record_key = k COLLATE \"C\" OFFSET 0) f"
                 " ORDER BY f.record_key, f.operation, f.version"
};
static const struct stmt WALK = { "fact_walk",
                                  "SELECT " COLUMNS
                                  " FROM order_line WHERE bucket = $1 AND (sender, record_key) > ($2::smallint, $3)"
                                  " ORDER BY sender, record_key, operation, version LIMIT $4::int" };
static const struct stmt SET_CONTRIBUTIONS = {
    "fact_set_contributions",
    "UPDATE order_line o SET measures = n.measures::smallint[], contributions = n.contributions::bigint[],"
    " unit_id = n.unit_id, seller_id = n.seller_id"
    " FROM unnest($2::smallint[], $3::text[], $4::smallint[], $5::int[], $6::text[], $7::text[], $8::int[], $9::int[])"
    " n(sender, record_key, operation, version, measures, contributions, unit_id, seller_id)"
    " WHERE o.bucket = $1 AND o.sender = n.sender AND o.record_key = n.record_key AND o.operation = n.operation"
    " AND o.version = n.version"
};
static const struct stmt DROP = { "fact_drop",
                                  "DELETE FROM order_line o USING unnest($2::smallint[], $3::text[], $4::smallint[],"
                                  " $5::int[]) n(sender, record_key, operation, version) WHERE o.bucket = $1"
                                  " AND o.sender = n.sender AND o.record_key = n.record_key"
                                  " AND o.operation = n.operation AND o.version = n.version" };
static const struct stmt COUNT = { "fact_count", "SELECT count(*) FROM order_line" };
static const struct stmt ANY = { "fact_any", "SELECT EXISTS (SELECT 1 FROM order_line)" };

/* --- in ------------------------------------------------------------------------------------------------------------
 */

int fact_store_copy_begin(struct copy_in *copy, struct tx *tx, struct err *err)
{
    return copy_in_begin(copy, tx_db(tx), COPY_IN, err);
}

int fact_store_copy(struct copy_in *copy, const struct order_line *line, struct err *err)
{
    if (copy_row(copy, COLUMN_COUNT, err) != 0)
        return -1;
    copy_i16(copy, (int16_t)line->bucket);
    copy_i16(copy, line->sender);
    copy_text(copy, line->key, line->key_len);
    copy_i16(copy, (int16_t)line->operation);
    copy_i32(copy, line->version);
    copy_date(copy, line->day);
    copy_time(copy, line->occurred_at);
    copy_i32(copy, (int32_t)line->unit);
    copy_i32(copy, (int32_t)line->seller);
    copy_i32(copy, (int32_t)line->channel);
    copy_i32(copy, (int32_t)line->product);
    copy_i64(copy, line->quantity);
    copy_i64(copy, line->amount);
    copy_i16(copy, (int16_t)line->state);
    copy_text(copy, line->customer, line->customer_len);
    copy_i32(copy, (int32_t)line->place);
    copy_i64(copy, line->content_hash);
    copy_i64(copy, (int64_t)line->file_id);
    copy_i64(copy, (int64_t)line->row);
    copy_time(copy, line->known_at);
    copy_i16_array(copy, line->contributions.measures, line->contributions.count);
    copy_i64_array(copy, line->contributions.values, line->contributions.count);
    copy_i32(copy, (int32_t)line->site);
    if (line->subject_len)
        copy_text(copy, line->subject, line->subject_len);
    else
        copy_null(copy);
    if (line->since != DAY_NONE)
        copy_date(copy, line->since);
    else
        copy_null(copy);
    if (line->sum_count)
        copy_i64_array(copy, line->sums, line->sum_count);
    else
        copy_null(copy);
    if (line->photos_len)
        copy_text(copy, line->photos, line->photos_len);
    else
        copy_null(copy);
    if (line->feed_id)
        copy_i32(copy, (int32_t)line->feed_id);
    else
        copy_null(copy);
    if (line->gives)
        copy_i16(copy, (int16_t)line->gives);
    else
        copy_null(copy);
    return 0;
}

/* --- out -----------------------------------------------------------------------------------------------------------
 */

static int decode_contributions(const struct db_rows *rows, int row, struct arena *arena, struct contributions *out,
                                struct err *err)
{
    int64_t measures[REFERENCE_MEASURES], values[REFERENCE_MEASURES];
    struct copy_cell cells[2];
    int count;
    size_t len;

    for (int c = 0; c < 2; c++) {
        cells[c].bytes = db_bytes(rows, row, 20 + c, &len);
        cells[c].len = (int32_t)len;
    }
    count = copy_cell_ints(&cells[0], measures, REFERENCE_MEASURES);
    if (count < 0 || copy_cell_ints(&cells[1], values, REFERENCE_MEASURES) != count)
        return err_set(err, "stored contributions of \"%s\" are damaged", db_text(rows, row, 2));
    *out = (struct contributions) { arena_array(arena, int16_t, count + 1),
                                    arena_memdup(arena, values, (size_t)count * sizeof values[0]), (uint16_t)count };
    for (int i = 0; i < count; i++)
        out->measures[i] = (int16_t)measures[i];
    return 0;
}

static void decode_sums(const struct db_rows *rows, int row, struct arena *arena, struct order_line *line)
{
    int64_t sums[SUMS_MAX];
    struct copy_cell cell;
    size_t len;
    int count;

    if (db_is_null(rows, row, 25))
        return;
    cell.bytes = db_bytes(rows, row, 25, &len);
    cell.len = (int32_t)len;
    count = copy_cell_ints(&cell, sums, SUMS_MAX);
    line->sum_count = (uint8_t)(count > 0 ? count : 0);
    line->sums = arena_memdup(arena, sums, line->sum_count * sizeof sums[0]);
}

static int decode(const struct db_rows *rows, int row, struct arena *arena, struct order_line *line, struct err *err)
{
    *line =
        (struct order_line) { .bucket = (uint16_t)db_i16(rows, row, 0),
                              .sender = db_i16(rows, row, 1),
                              .key = arena_strdup(arena, db_text(rows, row, 2)),
                              .operation = (enum operation)db_i16(rows, row, 3),
                              .version = db_i32(rows, row, 4),
                              .day = db_date(rows, row, 5),
                              .occurred_at = db_time(rows, row, 6),
                              .unit = (uint32_t)db_i32(rows, row, 7),
                              .seller = (uint32_t)db_i32(rows, row, 8),
                              .channel = (uint32_t)db_i32(rows, row, 9),
                              .product = (uint32_t)db_i32(rows, row, 10),
                              .quantity = db_i64(rows, row, 11),
                              .amount = db_i64(rows, row, 12),
                              .state = (uint8_t)db_i16(rows, row, 13),
                              .customer = arena_strdup(arena, db_text(rows, row, 14)),
                              .place = (uint32_t)db_i32(rows, row, 15),
                              .content_hash = db_i64(rows, row, 16),
                              .file_id = (uint64_t)db_i64(rows, row, 17),
                              .row = (uint64_t)db_i64(rows, row, 18),
                              .known_at = db_time(rows, row, 19),
                              .site = (uint32_t)db_i32(rows, row, 22),
                              .subject = db_is_null(rows, row, 23) ? "" : arena_strdup(arena, db_text(rows, row, 23)),
                              .since = db_is_null(rows, row, 24) ? DAY_NONE : db_date(rows, row, 24),
                              .photos = db_is_null(rows, row, 26) ? "" : arena_strdup(arena, db_text(rows, row, 26)),
                              .feed_id = db_is_null(rows, row, 27) ? 0 : (uint32_t)db_i32(rows, row, 27),
                              .gives = db_is_null(rows, row, 28) ? 0 : (uint16_t)db_i16(rows, row, 28) };
    decode_sums(rows, row, arena, line);
    line->subject_len = (uint32_t)strlen(line->subject);
    line->photos_len = (uint32_t)strlen(line->photos);
    line->key_len = (uint32_t)strlen(line->key);
    line->customer_len = (uint32_t)strlen(line->customer);
    return decode_contributions(rows, row, arena, &line->contributions, err);
}

static int decode_all(struct db_rows *rows, struct arena *arena, struct order_line **out, size_t *count,
                      struct err *err)
{
    int rc = 0;

    *out = arena_array(arena, struct order_line, rows->count + 1);
    *count = (size_t)rows->count;
    for (int i = 0; rc == 0 && i < rows->count; i++)
        rc = decode(rows, i, arena, &(*out)[i], err);
    db_rows_fini(rows);
    return rc;
}

static void key_args(struct db_args *args, struct tx *tx, uint16_t bucket, int16_t sender, const char *const *keys,
                     size_t key_count)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i16(args, (int16_t)bucket);
    db_arg_i16(args, sender);
    db_arg_text_array(args, keys, key_count);
}

int fact_store_find(struct tx *tx, uint16_t bucket, int16_t sender, const char *const *keys, size_t key_count,
                    struct order_line **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    key_args(&args, tx, bucket, sender, keys, key_count);
    if (db_query(tx_db(tx), &FIND, &args, &rows, err) != 0)
        return -1;
    return decode_all(&rows, tx_arena(tx), out, count, err);
}

int fact_store_ask(struct tx *tx, uint16_t bucket, int16_t sender, const char *const *keys, size_t key_count,
                   struct db_rows *rows, struct err *err)
{
    struct db_args args;

    key_args(&args, tx, bucket, sender, keys, key_count);
    return db_query_later(tx_db(tx), &FIND, &args, rows, err);
}

int fact_store_take(struct tx *tx, struct db_rows *rows, struct order_line **out, size_t *count, struct err *err)
{
    return decode_all(rows, tx_arena(tx), out, count, err);
}

int fact_store_walk(struct tx *tx, uint16_t bucket, int16_t after_sender, const char *after_key, uint32_t limit,
                    struct arena *arena, struct order_line **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i16(&args, after_sender);
    db_arg_text(&args, after_key);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &WALK, &args, &rows, err) != 0)
        return -1;
    return decode_all(&rows, arena, out, count, err);
}

/* --- contributions worked out again ----------------------------------------------------------------------------------
 */

static const char *array_text(struct arena *arena, const struct contributions *c, bool measures)
{
    struct buf buf = { 0 };
    const char *text;

    buf_append_text(&buf, "{");
    for (uint16_t i = 0; i < c->count; i++)
        buf_printf(&buf, "%s%" PRId64, i ? "," : "", measures ? (int64_t)c->measures[i] : c->values[i]);
    buf_append_text(&buf, "}");
    text = arena_strdup(arena, buf_text(&buf));
    buf_fini(&buf);
    return text;
}

int fact_store_set_contributions(struct tx *tx, uint16_t bucket, const struct order_line *const *lines, size_t count,
                                 struct err *err)
{
    struct arena *arena = tx_arena(tx);
    int16_t *senders = arena_array(arena, int16_t, count), *operations = arena_array(arena, int16_t, count);
    int32_t *versions = arena_array(arena, int32_t, count);
    int32_t *units = arena_array(arena, int32_t, count), *sellers = arena_array(arena, int32_t, count);
    const char **keys = arena_array(arena, const char *, count);
    const char **measures = arena_array(arena, const char *, count);
    const char **values = arena_array(arena, const char *, count);
    struct db_args args;

    for (size_t i = 0; i < count; i++) {
        senders[i] = lines[i]->sender;
        operations[i] = (int16_t)lines[i]->operation;
        versions[i] = lines[i]->version;
        keys[i] = lines[i]->key;
        measures[i] = array_text(arena, &lines[i]->contributions, true);
        values[i] = array_text(arena, &lines[i]->contributions, false);
        units[i] = (int32_t)lines[i]->unit;
        sellers[i] = (int32_t)lines[i]->seller;
    }
    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i16_array(&args, senders, count);
    db_arg_text_array(&args, keys, count);
    db_arg_i16_array(&args, operations, count);
    db_arg_i32_array(&args, versions, count);
    db_arg_text_array(&args, measures, count);
    db_arg_text_array(&args, values, count);
    db_arg_i32_array(&args, units, count);
    db_arg_i32_array(&args, sellers, count);
    return db_exec(tx_db(tx), &SET_CONTRIBUTIONS, &args, NULL, err);
}

int fact_store_drop(struct tx *tx, uint16_t bucket, const struct order_line *const *lines, size_t count,
                    struct err *err)
{
    struct arena *arena = tx_arena(tx);
    int16_t *senders = arena_array(arena, int16_t, count), *operations = arena_array(arena, int16_t, count);
    int32_t *versions = arena_array(arena, int32_t, count);
    const char **keys = arena_array(arena, const char *, count);
    struct db_args args;

    for (size_t i = 0; i < count; i++) {
        senders[i] = lines[i]->sender;
        operations[i] = (int16_t)lines[i]->operation;
        versions[i] = lines[i]->version;
        keys[i] = lines[i]->key;
    }
    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i16_array(&args, senders, count);
    db_arg_text_array(&args, keys, count);
    db_arg_i16_array(&args, operations, count);
    db_arg_i32_array(&args, versions, count);
    return db_exec(tx_db(tx), &DROP, &args, NULL, err);
}

/* --- filters -------------------------------------------------------------------------------------------------------
 */

struct filling {
    const struct snapshot *snapshot;
    struct filter **filters;
    uint32_t bucket_count;
    int16_t sender;
    const char *sender_name;
};

static int add_key(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct filling *f = arg;
    int16_t sender = (int16_t)copy_cell_int(&cells[0]);
    uint64_t hash;

    (void)err;
    (void)count;
    if (sender != f->sender) {
        f->sender = sender;
        f->sender_name = snapshot_sender_name(f->snapshot, sender);
    }
    hash = hash_record(f->sender_name, (const char *)cells[1].bytes, (size_t)cells[1].len);
    filter_add(f->filters[hash_bucket(hash, f->bucket_count)], hash);
    return 0;
}

static int fill(struct tx *tx, struct filter **filters, struct err *err)
{
    struct filling f = { .filters = filters, .bucket_count = runtime_bucket_count(tx_runtime(tx)) };
    struct db_rows rows;
    size_t known;

    if (state_snapshot(tx, &f.snapshot, err) != 0 || db_query(tx_db(tx), &COUNT, NULL, &rows, err) != 0)
        return -1;
    known = (size_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    for (uint32_t b = 0; b < f.bucket_count; b++) {
        filter_destroy(&filters[b]);
        filters[b] = filter_new(known / f.bucket_count * 2);
    }
    if (!known)
        return 0;
    return copy_out(tx_db(tx), "COPY (SELECT sender, record_key FROM order_line) TO STDOUT (FORMAT binary)", add_key,
                    &f, NULL, err);
}

int fact_store_filters(struct tx *tx, struct filter **filters, struct err *err)
{
    if (db_scan(tx_db(tx), true, err) != 0 || fill(tx, filters, err) != 0)
        return -1;
    return db_scan(tx_db(tx), false, err);
}

int fact_store_any(struct tx *tx, bool *any, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ANY, NULL, &rows, err) != 0)
        return -1;
    *any = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
