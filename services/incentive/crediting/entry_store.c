/* entry_store: see entry_store.h. */
#include "incentive/crediting/entry_store.h"

#include "text/dates.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 25

static const char COPY_SQL[] =
    "COPY credit (source_seq, counts_day, day, unit_id, seller_id, channel_id, product_id, version, late_for, bucket,"
    " source_row, taken_back, sender, record_key, contributions, entry, entry_no, rule_id, rule_version, reason, run,"
    " customer, amount, quantity, receipt) FROM STDIN (FORMAT binary)";

/* Entries of a row packed one behind the other: kind, number, unit, rule, version, measure and value, reason. */
#define PACKED                                                                                                         \
    "int2send(entry) || int4send(entry_no) || int4send(unit_id) || int4send(rule_id) || int4send(rule_version) ||"     \
    " contributions || int2send(octet_length(reason)::int2) || convert_to(reason, 'UTF8')"
#define PACKED_HEAD (2 + 4 + 4 + 4 + 4 + CREDIT_PAIR_LEN + 2)

static const struct stmt NET = {
    "entry_net",
    "SELECT entry, unit_id, rule_id, rule_version, reason, contributions FROM credit WHERE record_key = $1"
    " AND sender = $2 AND version = $3 AND entry IN (1, 2, 3, 5) AND receipt IS NULL AND substr(contributions, 1, 2) ="
    " int2send($4::int2) ORDER BY source_seq, source_row, entry_no"
};

/* --- writing ---------------------------------------------------------------------------------------------------------
 */

/* What waits says what its record says, so that it can be joined without it. */
static void put_record(struct copy_in *out, const struct recorded_row *row, const struct credit_entry *entry)
{
    bool waits = !row->receipt && row->fact.has_record && assign_is_awaiting(entry->reason);

    if (waits && row->fact.customer_len)
        copy_text(out, row->fact.customer, row->fact.customer_len);
    else
        copy_null(out);
    if (waits) {
        copy_i64(out, row->fact.amount);
        copy_i64(out, row->fact.quantity);
    } else {
        copy_null(out);
        copy_null(out);
    }
    if (row->receipt)
        copy_text(out, row->receipt, strlen(row->receipt));
    else
        copy_null(out);
}

void entry_rows_add(struct credit_rows *rows, const struct recorded_row *row, const struct credit_entry *entry,
                    int32_t no, uint32_t run)
{
    struct copy_in *out = &rows->encoded;
    uint8_t pair[CREDIT_PAIR_LEN];

    credit_pack_pair(pair, entry->measure, entry->value);
    buf_put_be16(&out->buf, COLUMNS);
    copy_i64(out, (int64_t)row->source_seq);
    copy_date(out, row->fact.counts_day);
    copy_date(out, row->fact.day);
    copy_i32(out, (int32_t)entry->unit_id);
    copy_i32(out, (int32_t)row->fact.seller_id);
    copy_i32(out, (int32_t)row->fact.channel_id);
    copy_i32(out, (int32_t)row->fact.product_id);
    copy_i32(out, row->version);
    if (row->late_for)
        copy_i32(out, (int32_t)row->late_for);
    else
        copy_null(out);
    copy_i16(out, (int16_t)row->bucket);
    copy_i16(out, row->source_row);
    copy_bool(out, row->taken_back);
    copy_text(out, row->sender, row->sender_len);
    copy_text(out, row->record_key, row->key_len);
    copy_bytes(out, pair, sizeof pair);
    copy_i16(out, (int16_t)entry->kind);
    copy_i32(out, no);
    copy_i32(out, (int32_t)entry->rule_id);
    copy_i32(out, (int32_t)entry->rule_version);
    copy_text(out, entry->reason, strlen(entry->reason));
    copy_i32(out, (int32_t)run);
    put_record(out, row, entry);
    rows->count++;
}

int entry_rows_write(struct credit_rows *rows, struct tx *tx, struct err *err)
{
    struct copy_in copy;

    if (!rows->count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx), COPY_SQL, err) != 0 ||
        copy_encoded(&copy, &rows->encoded.buf, rows->count, err) != 0)
        return -1;
    buf_reset(&rows->encoded.buf);
    rows->count = 0;
    return copy_in_end(&copy, err);
}

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

struct recorded_call {
    recorded_fn *each;
    void *arg;
    struct arena arena; /* of one row */
};

static uint32_t be32_at(const uint8_t *bytes)
{
    uint32_t v;

    memcpy(&v, bytes, sizeof v);
    return be32toh(v);
}

static uint16_t be16_at(const uint8_t *bytes)
{
    uint16_t v;

    memcpy(&v, bytes, sizeof v);
    return be16toh(v);
}

static struct stored_entry *unpack(struct arena *arena, const struct copy_cell *cell, size_t *count)
{
    size_t cap = cell->bytes ? (size_t)cell->len / PACKED_HEAD : 0;
    struct stored_entry *out = arena_array(arena, struct stored_entry, cap + 1);

    *count = 0;
    for (int32_t at = 0; cell->bytes && at + PACKED_HEAD <= cell->len && *count < cap;) {
        const uint8_t *p = cell->bytes + at;
        struct stored_entry *stored = &out[(*count)++];
        size_t reason_len = be16_at(p + PACKED_HEAD - 2);

        stored->entry = (struct credit_entry) { .kind = (enum entry_kind)be16_at(p),
                                                .unit_id = be32_at(p + 6),
                                                .rule_id = be32_at(p + 10),
                                                .rule_version = be32_at(p + 14) };
        stored->no = (int32_t)be32_at(p + 2);
        credit_read_pair(p + 18, &stored->entry.measure, &stored->entry.value);
        stored->entry.reason = arena_strndup(arena, (const char *)p + PACKED_HEAD, reason_len);
        at += PACKED_HEAD + (int32_t)reason_len;
    }
    return out;
}

static int take_row(void *arg, const struct copy_cell *c, int columns, struct err *err)
{
    struct recorded_call *call = arg;
    struct recorded_row row = { .source_seq = (uint64_t)copy_cell_int(&c[0]),
                                .bucket = (uint16_t)copy_cell_int(&c[1]),
                                .source_row = (int16_t)copy_cell_int(&c[2]),
                                .fact = { .unit_id = (uint32_t)copy_cell_int(&c[3]),
                                          .seller_id = (uint32_t)copy_cell_int(&c[4]),
                                          .channel_id = (uint32_t)copy_cell_int(&c[5]),
                                          .product_id = (uint32_t)copy_cell_int(&c[6]),
                                          .day = copy_cell_date(&c[7]),
                                          .counts_day = copy_cell_date(&c[8]) },
                                .version = (int32_t)copy_cell_int(&c[9]),
                                .late_for = (uint32_t)copy_cell_int(&c[10]),
                                .taken_back = c[11].bytes[0] != 0,
                                .sender = (const char *)c[12].bytes,
                                .sender_len = (size_t)c[12].len,
                                .record_key = (const char *)c[13].bytes,
                                .key_len = (size_t)c[13].len };
    struct stored_entry *entries;
    size_t count;

    (void)columns;
    row.fact.has_record = c[17].bytes != NULL;
    row.fact.customer = (const char *)c[16].bytes;
    row.fact.customer_len = c[16].bytes ? (size_t)c[16].len : 0;
    row.fact.amount = c[17].bytes ? copy_cell_int(&c[17]) : 0;
    row.fact.quantity = c[18].bytes ? copy_cell_int(&c[18]) : 0;
    row.feed = (const char *)c[19].bytes;
    row.feed_len = c[19].bytes ? (size_t)c[19].len : 0;
    arena_reset(&call->arena);
    entries = unpack(&call->arena, &c[15], &count);
    return call->each(call->arg, &row, c[14].bytes, (size_t)c[14].len, entries, count, err);
}

static int each_where(struct tx *tx, const char *where, recorded_fn *each, void *arg, struct err *err)
{
    struct recorded_call call = { each, arg, { 0 } };
    char sql[1400];
    int rc;

    snprintf(
        sql, sizeof sql,
        "COPY (SELECT c.source_seq, c.bucket, c.source_row, c.unit_id, c.seller_id, c.channel_id, c.product_id,"
        " c.day, c.counts_day, c.version, coalesce(c.late_for, 0), c.taken_back, c.sender, c.record_key,"
        " c.contributions, e.packed, c.customer, c.amount, c.quantity, c.feed FROM credit c LEFT JOIN (SELECT bucket, "
        "source_seq, source_row,"
        " string_agg(" PACKED
        ", ''::bytea ORDER BY entry_no) AS packed FROM credit WHERE entry IS NOT NULL AND receipt IS NULL AND %s"
        " GROUP BY bucket, source_seq, source_row) e USING (bucket, source_seq, source_row)"
        " WHERE c.entry IS NULL AND %s) TO STDOUT (FORMAT binary)",
        where, where);
    arena_init(&call.arena);
    rc = copy_out(tx_db(tx), sql, take_row, &call, NULL, err);
    arena_fini(&call.arena);
    return rc;
}

int entry_store_each_of_day(struct tx *tx, int32_t counts_day, recorded_fn *each, void *arg, struct err *err)
{
    char where[64], day[DATE_TEXT_MAX];

    date_print(day, counts_day);
    snprintf(where, sizeof where, "counts_day = '%s'", day);
    return each_where(tx, where, each, arg, err);
}

int entry_store_each_recorded(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, recorded_fn *each,
                              void *arg, struct err *err)
{
    char where[128], from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

    date_print(from, from_day);
    date_print(until, until_day);
    snprintf(where, sizeof where, "bucket = %u AND day >= '%s' AND day < '%s'", bucket, from, until);
    return each_where(tx, where, each, arg, err);
}

int entry_store_each_of_days(struct tx *tx, int32_t from_day, int32_t until_day, recorded_fn *each, void *arg,
                             struct err *err)
{
    char where[160], from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

    date_print(from, from_day);
    date_print(until, until_day);
    /* nothing counts before its own day, and the index is over the day that counts */
    snprintf(where, sizeof where, "counts_day >= '%s' AND day >= '%s' AND day < '%s'", from, from, until);
    return each_where(tx, where, each, arg, err);
}

/* --- what a record was credited --------------------------------------------------------------------------------------
 */

static bool same_place(const struct credit_entry *a, const struct credit_entry *b)
{
    return a->kind == b->kind && a->unit_id == b->unit_id && a->rule_id == b->rule_id &&
           a->rule_version == b->rule_version && strcmp(a->reason, b->reason) == 0;
}

int entry_store_net(struct tx *tx, const struct recorded_row *row, uint32_t measure, struct credit_entry **entries,
                    size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, arena_strndup(tx_arena(tx), row->record_key, row->key_len));
    db_arg_text(&args, arena_strndup(tx_arena(tx), row->sender, row->sender_len));
    db_arg_i32(&args, row->version);
    db_arg_i16(&args, (int16_t)measure);
    if (db_query(tx_db(tx), &NET, &args, &rows, err) != 0)
        return -1;
    *entries = arena_array(tx_arena(tx), struct credit_entry, rows.count + 1);
    *count = 0;
    for (int r = 0; r < rows.count; r++) {
        struct credit_entry entry = { .kind = (enum entry_kind)db_i16(&rows, r, 0),
                                      .unit_id = (uint32_t)db_i32(&rows, r, 1),
                                      .rule_id = (uint32_t)db_i32(&rows, r, 2),
                                      .rule_version = (uint32_t)db_i32(&rows, r, 3),
                                      .reason = arena_strdup(tx_arena(tx), db_text(&rows, r, 4)) };
        size_t len, at = 0;

        credit_read_pair(db_bytes(&rows, r, 5, &len), &entry.measure, &entry.value);
        while (at < *count && !same_place(&(*entries)[at], &entry))
            at++;
        if (at == *count)
            (*entries)[(*count)++] = entry;
        else
            (*entries)[at].value += entry.value;
    }
    db_rows_fini(&rows);
    return 0;
}
