/* credit_store: see credit_store.h. */
#include "incentive/crediting/credit_store.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 19

static const char COPY_SQL[] =
    "COPY credit (source_seq, counts_day, day, unit_id, seller_id, channel_id, product_id, version, late_for, bucket,"
    " source_row, taken_back, sender, record_key, contributions, customer, amount, quantity, feed) FROM STDIN"
    " (FORMAT binary)";

#define FOUND_COLUMNS                                                                                                  \
    "counts_day, day, unit_id, product_id, coalesce(late_for, 0), sender, record_key, version, taken_back,"            \
    " contributions, source_seq, source_row, coalesce(entry, 0), coalesce(entry_no, 0), coalesce(rule_id, 0),"         \
    " coalesce(rule_version, 0), coalesce(reason, ''), channel_id"
static const struct stmt PAGE = {
    "credit_page",
    "SELECT " FOUND_COLUMNS " FROM credit WHERE counts_day BETWEEN $2::date AND $3::date AND unit_id = ANY($1::int[])"
    " AND counts_day >= $4::date AND (counts_day, sender, record_key, version, taken_back, unit_id, source_seq,"
    " source_row, coalesce(entry_no, 0)) > ($4::date, $5::text, $6::text, $7::int, $8::bool, $9::int, $10::bigint,"
    " $11::smallint, $12::int) ORDER BY counts_day, sender, record_key, version, taken_back, unit_id, source_seq,"
    " source_row, coalesce(entry_no, 0) LIMIT $13::int"
};
#define LEDGER_COLUMNS FOUND_COLUMNS ", seller_id, coalesce(run, 0)"
static const struct stmt LEDGER = {
    "credit_ledger",
    "SELECT " LEDGER_COLUMNS " FROM credit WHERE counts_day BETWEEN $2::date AND $3::date AND ($1::int[] IS NULL OR"
    " unit_id = ANY($1)) AND counts_day >= $4::date AND (counts_day, sender, record_key, version, taken_back, unit_id,"
    " source_seq, source_row, coalesce(entry_no, 0)) > ($4::date, $5::text, $6::text, $7::int, $8::bool, $9::int,"
    " $10::bigint, $11::smallint, $12::int) AND ($14::int < 0 OR coalesce(entry, 0) = $14) AND ($15::int = 0 OR EXISTS"
    " (SELECT FROM generate_series(0, octet_length(contributions) / 10 - 1) i WHERE substr(contributions, i * 10 + 1, "
    "2)"
    " = int2send($15::int2))) AND ($16 = '' OR rule_id = (SELECT id FROM document WHERE kind = 'crediting_rule' AND"
    " code = $16)) AND ($17 = '' OR reason = $17) ORDER BY counts_day, sender, record_key, version, taken_back, "
    "unit_id,"
    " source_seq, source_row, coalesce(entry_no, 0) LIMIT $13::int"
};
static const struct stmt RECORD = {
    "credit_record",
    "SELECT " LEDGER_COLUMNS
    " FROM credit WHERE sender = $1 AND record_key = $2 AND ($3::date IS NULL OR (counts_day >="
    " $3 AND (day = $3 OR receipt IS NOT NULL))) ORDER BY counts_day, source_seq, source_row, coalesce(entry_no, 0)"
};
static const struct stmt LATE_COUNT = {
    "credit_late_count",
    "SELECT coalesce(sum(octet_length(contributions) / 10), 0)::int FROM credit WHERE late_for = $1"
    " AND entry IS NULL"
};

/* --- writing ---------------------------------------------------------------------------------------------------------
 */

static void put_pairs(struct buf *buf, const uint32_t *measures, const int64_t *values, size_t count)
{
    uint8_t *at;

    buf_put_be32(buf, (uint32_t)(count * CREDIT_PAIR_LEN));
    at = buf_reserve(buf, count * CREDIT_PAIR_LEN);
    for (size_t i = 0; i < count; i++)
        credit_pack_pair(at + i * CREDIT_PAIR_LEN, (uint16_t)measures[i], values[i]);
    buf->len += count * CREDIT_PAIR_LEN;
}

static void put_record(struct copy_in *out, const struct fact_row *said)
{
    if (said && said->customer_len)
        copy_text(out, said->customer, said->customer_len);
    else
        copy_null(out);
    if (said) {
        copy_i64(out, said->amount);
        copy_i64(out, said->quantity);
    } else {
        copy_null(out);
        copy_null(out);
    }
}

/* The feed that brought a row of the batch; NULL none, or it isn't said. */
static const char *feed_of(const Bihuan__FactsRecorded *batch, size_t row)
{
    size_t place = 0;

    if (batch->feed_of.len)
        place = row < batch->feed_of.len ? batch->feed_of.data[row] : batch->n_feed;
    return place < batch->n_feed ? batch->feed[place] : NULL;
}

static void put_feed(struct copy_in *out, const char *feed)
{
    if (feed)
        copy_text(out, feed, strlen(feed));
    else
        copy_null(out);
}

void credit_rows_add(struct credit_rows *rows, const struct credit_row *row, const Bihuan__FactsRecorded *batch,
                     const uint32_t *measures, const int64_t *values, size_t count)
{
    struct copy_in *out = &rows->encoded;
    size_t i = row->row;

    buf_put_be16(&out->buf, COLUMNS);
    copy_i64(out, (int64_t)row->source_seq);
    copy_date(out, row->counts_day);
    copy_date(out, batch->day[i]);
    copy_i32(out, (int32_t)batch->unit_id[i]);
    copy_i32(out, (int32_t)batch->seller_id[i]);
    copy_i32(out, (int32_t)batch->channel_id[i]);
    copy_i32(out, (int32_t)batch->product_id[i]);
    copy_i32(out, (int32_t)batch->version[i]);
    if (row->late_for)
        copy_i32(out, (int32_t)row->late_for);
    else
        copy_null(out);
    copy_i16(out, (int16_t)row->bucket);
    copy_i16(out, (int16_t)i);
    copy_bool(out, batch->taken_back[i]);
    copy_text(out, row->sender, row->sender_len);
    copy_text(out, batch->record_key[i], strlen(batch->record_key[i]));
    put_pairs(&out->buf, measures, values, count);
    put_record(out, row->said);
    put_feed(out, feed_of(batch, i));
    rows->count++;
}

int credit_rows_write(struct credit_rows *rows, struct tx *tx, struct err *err)
{
    struct copy_in copy;

    if (!rows->count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx), COPY_SQL, err) != 0)
        return -1;
    if (copy_encoded(&copy, &rows->encoded.buf, rows->count, err) != 0)
        return -1;
    buf_reset(&rows->encoded.buf);
    rows->count = 0;
    return copy_in_end(&copy, err);
}

void credit_rows_drop(struct credit_rows *rows)
{
    buf_fini(&rows->encoded.buf);
    rows->count = 0;
}

/* --- sums ------------------------------------------------------------------------------------------------------------
 */

struct sum_call {
    credit_sum_fn *each;
    void *arg;
};

static int take_sum(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    const struct sum_call *call = arg;

    (void)count;
    return call->each(call->arg, (uint32_t)copy_cell_int(&cells[0]), copy_cell_date(&cells[1]), cells[2].bytes,
                      (size_t)cells[2].len, err);
}

int credit_store_each(struct tx *tx, credit_sum_fn *each, void *arg, struct err *err)
{
    struct sum_call call = { each, arg };

    return copy_out(tx_db(tx), "COPY (SELECT unit_id, counts_day, contributions FROM credit) TO STDOUT (FORMAT binary)",
                    take_sum, &call, NULL, err);
}

struct slim_call {
    credit_slim_fn *each;
    void *arg;
};

static int take_slim(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    const struct slim_call *call = arg;
    const struct credit_slim row = { (uint32_t)copy_cell_int(&cells[0]), (uint32_t)copy_cell_int(&cells[1]),
                                     (uint32_t)copy_cell_int(&cells[2]), copy_cell_date(&cells[3]) };

    (void)count;
    return call->each(call->arg, &row, cells[4].bytes, (size_t)cells[4].len, err);
}

#define SLIM_COLUMNS "unit_id, channel_id, product_id, counts_day, contributions"

int credit_store_each_slim(struct tx *tx, credit_slim_fn *each, void *arg, struct err *err)
{
    struct slim_call call = { each, arg };

    return copy_out(tx_db(tx), "COPY (SELECT " SLIM_COLUMNS " FROM credit) TO STDOUT (FORMAT binary)", take_slim, &call,
                    NULL, err);
}

static void days_sql(char from[DATE_TEXT_MAX], char to[DATE_TEXT_MAX], int32_t from_day, int32_t to_day)
{
    date_print(from, from_day);
    date_print(to, to_day);
}

int credit_store_each_recorded(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, credit_sum_fn *each,
                               void *arg, struct err *err)
{
    struct sum_call call = { each, arg };
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];
    char sql[320];

    days_sql(from, until, from_day, until_day);
    snprintf(sql, sizeof sql,
             "COPY (SELECT unit_id, counts_day, contributions FROM credit WHERE bucket = %u AND day >= '%s' AND"
             " day < '%s' AND entry IS NULL) TO STDOUT (FORMAT binary)",
             bucket, from, until);
    return copy_out(tx_db(tx), sql, take_sum, &call, NULL, err);
}

/* --- rows ------------------------------------------------------------------------------------------------------------
 */

static void read_found(struct tx *tx, const struct db_rows *rows, int r, struct credit_found *out)
{
    const uint8_t *pairs = db_bytes(rows, r, 9, &out->pairs_len);

    out->counts_day = db_date(rows, r, 0);
    out->day = db_date(rows, r, 1);
    out->unit_id = (uint32_t)db_i32(rows, r, 2);
    out->product_id = (uint32_t)db_i32(rows, r, 3);
    out->late_for = (uint32_t)db_i32(rows, r, 4);
    out->sender = arena_strdup(tx_arena(tx), db_text(rows, r, 5));
    out->record_key = arena_strdup(tx_arena(tx), db_text(rows, r, 6));
    out->version = db_i32(rows, r, 7);
    out->taken_back = db_bool(rows, r, 8);
    out->pairs = arena_memdup(tx_arena(tx), pairs, out->pairs_len);
    out->source_seq = (uint64_t)db_i64(rows, r, 10);
    out->source_row = db_i16(rows, r, 11);
    out->kind = db_i16(rows, r, 12);
    out->entry_no = db_i32(rows, r, 13);
    out->rule_id = (uint32_t)db_i32(rows, r, 14);
    out->rule_version = (uint32_t)db_i32(rows, r, 15);
    out->reason = arena_strdup(tx_arena(tx), db_text(rows, r, 16));
    out->channel_id = (uint32_t)db_i32(rows, r, 17);
}

/* $1 to $13 of a page. */
static void page_args(struct db_args *args, struct tx *tx, const uint32_t *units, size_t count, int32_t from_day,
                      int32_t to_day, const struct credit_place *after, uint32_t limit)
{
    db_args_init(args, tx_arena(tx));
    if (units)
        db_arg_i32_array(args, (const int32_t *)units, count);
    else
        db_arg_null(args);
    db_arg_date(args, from_day);
    db_arg_date(args, to_day);
    db_arg_date(args, after->counts_day);
    db_arg_text(args, after->sender);
    db_arg_text(args, after->record_key);
    db_arg_i32(args, after->version);
    db_arg_bool(args, after->taken_back);
    db_arg_i32(args, (int32_t)after->unit_id);
    db_arg_i64(args, (int64_t)after->source_seq);
    db_arg_i16(args, after->source_row);
    db_arg_i32(args, after->entry_no);
    db_arg_i32(args, (int32_t)limit);
}

int credit_store_page(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                      const struct credit_place *after, uint32_t limit, struct credit_found **found, size_t *count,
                      struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    page_args(&args, tx, units, unit_count, from_day, to_day, after, limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    *found = arena_array(tx_arena(tx), struct credit_found, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; r < rows.count; r++)
        read_found(tx, &rows, r, &(*found)[r]);
    db_rows_fini(&rows);
    return 0;
}

static void read_ledger(struct tx *tx, const struct db_rows *rows, struct credit_found **found, size_t *count)
{
    *found = arena_array(tx_arena(tx), struct credit_found, rows->count + 1);
    *count = (size_t)rows->count;
    for (int r = 0; r < rows->count; r++) {
        read_found(tx, rows, r, &(*found)[r]);
        (*found)[r].seller_id = (uint32_t)db_i32(rows, r, 18);
        (*found)[r].run = (uint32_t)db_i32(rows, r, 19);
    }
}

int credit_store_ledger(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                        const struct credit_filter *filter, const struct credit_place *after, uint32_t limit,
                        struct credit_found **found, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    page_args(&args, tx, units, unit_count, from_day, to_day, after, limit);
    db_arg_i32(&args, filter->kind);
    db_arg_i32(&args, (int32_t)filter->measure_id);
    db_arg_text(&args, filter->rule);
    db_arg_text(&args, filter->reason);
    if (db_query(tx_db(tx), &LEDGER, &args, &rows, err) != 0)
        return -1;
    read_ledger(tx, &rows, found, count);
    db_rows_fini(&rows);
    return 0;
}

int credit_store_record(struct tx *tx, const char *sender, const char *record_key, int32_t day,
                        struct credit_found **found, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, sender);
    db_arg_text(&args, record_key);
    if (day == INT32_MIN)
        db_arg_null(&args);
    else
        db_arg_date(&args, day);
    if (db_query(tx_db(tx), &RECORD, &args, &rows, err) != 0)
        return -1;
    read_ledger(tx, &rows, found, count);
    db_rows_fini(&rows);
    return 0;
}

/* By COPY, since a province's rows don't fit into a result held in memory. */
int credit_store_each_of(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                         credit_slim_fn *each, void *arg, struct err *err)
{
    struct slim_call call = { each, arg };
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    struct buf sql = { 0 };
    int rc;

    days_sql(from, to, from_day, to_day);
    buf_printf(&sql,
               "COPY (SELECT " SLIM_COLUMNS " FROM credit WHERE counts_day BETWEEN '%s' AND '%s'"
               " AND unit_id = ANY('{",
               from, to);
    for (size_t i = 0; i < unit_count; i++)
        buf_printf(&sql, "%s%u", i ? "," : "", units[i]);
    buf_append_text(&sql, "}'::int[])) TO STDOUT (FORMAT binary)");
    rc = copy_out(tx_db(tx), buf_text(&sql), take_slim, &call, NULL, err);
    buf_fini(&sql);
    return rc;
}

struct row_call {
    credit_row_fn *each;
    void *arg;
    struct buf texts; /* sender, key and reason of one row, terminated */
};

static int take_row(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct row_call *call = arg;
    size_t key_at = (size_t)cells[5].len + 1, reason_at = key_at + (size_t)cells[6].len + 1;
    struct credit_found row = { .counts_day = copy_cell_date(&cells[0]),
                                .day = copy_cell_date(&cells[1]),
                                .unit_id = (uint32_t)copy_cell_int(&cells[2]),
                                .product_id = (uint32_t)copy_cell_int(&cells[3]),
                                .late_for = (uint32_t)copy_cell_int(&cells[4]),
                                .version = (int32_t)copy_cell_int(&cells[7]),
                                .taken_back = cells[8].bytes[0] != 0,
                                .pairs = cells[9].bytes,
                                .pairs_len = (size_t)cells[9].len,
                                .kind = (int)copy_cell_int(&cells[12]),
                                .entry_no = (int32_t)copy_cell_int(&cells[13]),
                                .rule_id = (uint32_t)copy_cell_int(&cells[14]),
                                .rule_version = (uint32_t)copy_cell_int(&cells[15]),
                                .channel_id = (uint32_t)copy_cell_int(&cells[17]) };

    (void)count;
    buf_reset(&call->texts);
    buf_append(&call->texts, cells[5].bytes, (size_t)cells[5].len);
    buf_put_u8(&call->texts, 0);
    buf_append(&call->texts, cells[6].bytes, (size_t)cells[6].len);
    buf_put_u8(&call->texts, 0);
    buf_append(&call->texts, cells[16].bytes, (size_t)cells[16].len);
    buf_put_u8(&call->texts, 0);
    row.sender = (const char *)call->texts.data;
    row.record_key = (const char *)call->texts.data + key_at;
    row.reason = (const char *)call->texts.data + reason_at;
    return call->each(call->arg, &row, err);
}

static int each_row(struct tx *tx, const char *where, int32_t from_day, int32_t to_day, credit_row_fn *each, void *arg,
                    struct err *err)
{
    struct row_call call = { each, arg, { 0 } };
    char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
    char sql[768];
    int rc;

    days_sql(from, to, from_day, to_day);
    snprintf(sql, sizeof sql,
             "COPY (SELECT " FOUND_COLUMNS " FROM credit WHERE counts_day BETWEEN '%s' AND '%s'%s) TO STDOUT"
             " (FORMAT binary)",
             from, to, where);
    rc = copy_out(tx_db(tx), sql, take_row, &call, NULL, err);
    buf_fini(&call.texts);
    return rc;
}

int credit_store_each_row(struct tx *tx, int32_t from_day, int32_t to_day, credit_row_fn *each, void *arg,
                          struct err *err)
{
    return each_row(tx, "", from_day, to_day, each, arg, err);
}

int credit_store_each_late(struct tx *tx, int32_t from_day, int32_t to_day, credit_row_fn *each, void *arg,
                           struct err *err)
{
    return each_row(tx, " AND late_for IS NOT NULL ORDER BY late_for", from_day, to_day, each, arg, err);
}

int credit_store_late_count(struct tx *tx, uint32_t period_id, uint32_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &LATE_COUNT, &args, &rows, err) != 0)
        return -1;
    *count = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
