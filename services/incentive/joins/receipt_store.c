/* receipt_store: see receipt_store.h. */
#include "incentive/joins/receipt_store.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

static const char COPY_RECEIPTS[] = "COPY receipt_row (bucket, source_seq, source_row, kind, sender, record_key, "
                                    "of_sender, of_key, day, undoes, amount)"
                                    " FROM STDIN (FORMAT binary)";
static const char COPY_DUE[] = "COPY credit_due (bucket, sender, record_key) FROM STDIN (FORMAT binary)";

static const struct stmt ANY_DUE = { "credit_due_any", "SELECT EXISTS (SELECT 1 FROM credit_due)" };
static const struct stmt TAKE_DUE = {
    "credit_due_take",
    "WITH taken AS (SELECT DISTINCT sender, record_key FROM credit_due ORDER BY sender, record_key LIMIT $1::int),"
    " gone AS (DELETE FROM credit_due d USING taken s WHERE d.sender = s.sender AND d.record_key = s.record_key)"
    " SELECT sender, record_key FROM taken UNION SELECT b.of_sender, b.of_key FROM taken s JOIN receipt_row b ON"
    " b.record_key = s.record_key AND b.sender = s.sender AND b.kind = 10 ORDER BY 1, 2"
};
static const struct stmt DUE_OF_DAY = {
    "credit_due_of_day", "INSERT INTO credit_due (bucket, sender, record_key) SELECT DISTINCT bucket, sender,"
                         " record_key FROM credit WHERE counts_day = $1 AND receipt IS NOT NULL"
};
/* Name by name: otherwise it would be planned as one walk through all entries. */
#define NAMES "unnest($1::text[], $2::text[]) WITH ORDINALITY n(sender, key, i)"
static const struct stmt ENTRIES = {
    "joined_entries",
    "SELECT n.i, c.* FROM " NAMES " CROSS JOIN LATERAL (SELECT bucket, source_seq, source_row, unit_id, seller_id,"
    " channel_id, product_id, day, version, coalesce(late_for, 0), taken_back, sender, record_key, customer, amount,"
    " quantity, entry, entry_no, rule_id, rule_version, reason, contributions, coalesce(receipt, '') FROM credit"
    " WHERE record_key = n.key AND sender = n.sender AND entry IS NOT NULL AND (receipt IS NOT NULL OR reason IN"
    " ('awaits_cash', 'awaits_bill', 'awaits_activation')) OFFSET 0) c ORDER BY n.i, c.source_seq, c.bucket,"
    " c.source_row, c.entry_no"
};
/* Rows of a bill that names an order come to one as long as they hold. */
static const struct stmt RECEIPTS = {
    "joined_receipts",
    "SELECT n.i, r.* FROM " NAMES " CROSS JOIN LATERAL (SELECT kind, sender, record_key, day, amount, undoes FROM"
    " receipt_row WHERE of_key = n.key AND of_sender = n.sender"
    " UNION ALL SELECT p.kind, p.sender, p.record_key, p.day, p.amount, p.undoes FROM (SELECT sender, record_key FROM"
    " receipt_row WHERE of_key = n.key AND of_sender = n.sender AND kind = 10 GROUP BY sender, record_key HAVING"
    " sum(CASE WHEN undoes THEN -1 ELSE 1 END) > 0) b JOIN receipt_row p ON p.of_key = b.record_key AND p.of_sender ="
    " b.sender OFFSET 0) r ORDER BY n.i"
};
static const struct stmt LIST_NAMES = {
    "receipt_names", "SELECT DISTINCT of_sender, of_key FROM receipt_row WHERE (of_sender, of_key) > ($1, $2)"
                     " ORDER BY of_sender, of_key LIMIT $3::int"
};

/* --- writing ---------------------------------------------------------------------------------------------------------
 */

void receipt_rows_add(struct receipt_rows *rows, const struct receipt_row *row)
{
    struct copy_in *out = &rows->receipts;

    buf_put_be16(&out->buf, 11);
    copy_i16(out, (int16_t)row->bucket);
    copy_i64(out, (int64_t)row->source_seq);
    copy_i16(out, row->source_row);
    copy_i16(out, (int16_t)row->kind);
    copy_text(out, row->sender, strlen(row->sender));
    copy_text(out, row->key, strlen(row->key));
    copy_text(out, row->of_sender, strlen(row->of_sender));
    copy_text(out, row->of_key, row->of_key_len);
    copy_date(out, row->day);
    copy_bool(out, row->undoes);
    copy_i64(out, row->amount);
    rows->receipt_count++;
}

void receipt_rows_due(struct receipt_rows *rows, uint16_t bucket, const char *sender, size_t sender_len,
                      const char *key, size_t key_len)
{
    struct copy_in *out = &rows->due;

    buf_put_be16(&out->buf, 3);
    copy_i16(out, (int16_t)bucket);
    copy_text(out, sender, sender_len);
    copy_text(out, key, key_len);
    rows->due_count++;
}

static int write_rows(struct tx *tx, const char *sql, struct copy_in *encoded, uint64_t *count, struct err *err)
{
    struct copy_in copy;

    if (!*count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx), sql, err) != 0 || copy_encoded(&copy, &encoded->buf, *count, err) != 0)
        return -1;
    buf_reset(&encoded->buf);
    *count = 0;
    return copy_in_end(&copy, err);
}

int receipt_rows_write(struct receipt_rows *rows, struct tx *tx, struct err *err)
{
    return write_rows(tx, COPY_RECEIPTS, &rows->receipts, &rows->receipt_count, err) != 0
               ? -1
               : write_rows(tx, COPY_DUE, &rows->due, &rows->due_count, err);
}

void receipt_rows_drop(struct receipt_rows *rows)
{
    buf_fini(&rows->receipts.buf);
    buf_fini(&rows->due.buf);
    *rows = (struct receipt_rows) { 0 };
}

/* --- what is due -----------------------------------------------------------------------------------------------------
 */

int receipt_store_any_due(struct tx *tx, bool *any, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ANY_DUE, NULL, &rows, err) != 0)
        return -1;
    *any = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static int read_names(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct record_name **names,
                      size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *names = arena_array(tx_arena(tx), struct record_name, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; r < rows.count; r++)
        (*names)[r] = (struct record_name) { arena_strdup(tx_arena(tx), db_text(&rows, r, 0)),
                                             arena_strdup(tx_arena(tx), db_text(&rows, r, 1)) };
    db_rows_fini(&rows);
    return 0;
}

int receipt_store_take_due(struct tx *tx, uint32_t limit, struct record_name **names, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)limit);
    return read_names(tx, &TAKE_DUE, &args, names, count, err);
}

int receipt_store_due_of_day(struct tx *tx, int32_t counts_day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, counts_day);
    return db_exec(tx_db(tx), &DUE_OF_DAY, &args, NULL, err);
}

int receipt_store_names(struct tx *tx, const struct record_name *after, uint32_t limit, struct record_name **names,
                        size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, after->sender);
    db_arg_text(&args, after->key);
    db_arg_i32(&args, (int32_t)limit);
    return read_names(tx, &LIST_NAMES, &args, names, count, err);
}

/* --- of records ------------------------------------------------------------------------------------------------------
 */

static void name_args(struct tx *tx, const struct record_name *names, size_t count, struct db_args *args)
{
    const char **senders = arena_array(tx_arena(tx), const char *, count + 1);
    const char **keys = arena_array(tx_arena(tx), const char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        senders[i] = names[i].sender;
        keys[i] = names[i].key;
    }
    db_args_init(args, tx_arena(tx));
    db_arg_text_array(args, senders, count);
    db_arg_text_array(args, keys, count);
}

static struct joined_entry read_entry(struct tx *tx, const struct db_rows *rows, int r)
{
    struct arena *arena = tx_arena(tx);
    struct joined_entry out = { .record = (size_t)db_i64(rows, r, 0) - 1,
                                .receipt = arena_strdup(arena, db_text(rows, r, 23)) };
    size_t len;

    out.row = (struct recorded_row) { .bucket = (uint16_t)db_i16(rows, r, 1),
                                      .source_seq = (uint64_t)db_i64(rows, r, 2),
                                      .source_row = db_i16(rows, r, 3),
                                      .version = db_i32(rows, r, 9),
                                      .late_for = (uint32_t)db_i32(rows, r, 10),
                                      .taken_back = db_bool(rows, r, 11),
                                      .sender = arena_strdup(arena, db_text(rows, r, 12)),
                                      .record_key = arena_strdup(arena, db_text(rows, r, 13)) };
    out.row.sender_len = strlen(out.row.sender);
    out.row.key_len = strlen(out.row.record_key);
    out.row.fact = (struct credit_fact) { .unit_id = (uint32_t)db_i32(rows, r, 4),
                                          .seller_id = (uint32_t)db_i32(rows, r, 5),
                                          .channel_id = (uint32_t)db_i32(rows, r, 6),
                                          .product_id = (uint32_t)db_i32(rows, r, 7),
                                          .day = db_date(rows, r, 8),
                                          .has_record = !db_is_null(rows, r, 15),
                                          .amount = db_is_null(rows, r, 15) ? 0 : db_i64(rows, r, 15),
                                          .quantity = db_is_null(rows, r, 16) ? 0 : db_i64(rows, r, 16),
                                          .customer = arena_strdup(arena, db_text(rows, r, 14)) };
    out.row.fact.customer_len = strlen(out.row.fact.customer);
    out.stored.entry = (struct credit_entry) { .kind = (enum entry_kind)db_i16(rows, r, 17),
                                               .unit_id = out.row.fact.unit_id,
                                               .rule_id = (uint32_t)db_i32(rows, r, 19),
                                               .rule_version = (uint32_t)db_i32(rows, r, 20),
                                               .reason = arena_strdup(arena, db_text(rows, r, 21)) };
    out.stored.no = db_i32(rows, r, 18);
    credit_read_pair(db_bytes(rows, r, 22, &len), &out.stored.entry.measure, &out.stored.entry.value);
    return out;
}

int receipt_store_entries(struct tx *tx, const struct record_name *names, size_t count, struct joined_entry **entries,
                          size_t *entry_count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    name_args(tx, names, count, &args);
    if (db_query(tx_db(tx), &ENTRIES, &args, &rows, err) != 0)
        return -1;
    *entry_count = (size_t)rows.count;
    *entries = arena_array(tx_arena(tx), struct joined_entry, rows.count + 1);
    for (int r = 0; r < rows.count; r++)
        (*entries)[r] = read_entry(tx, &rows, r);
    db_rows_fini(&rows);
    return 0;
}

int receipt_store_receipts(struct tx *tx, const struct record_name *names, size_t count,
                           struct record_receipt **receipts, size_t *receipt_count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    name_args(tx, names, count, &args);
    if (db_query(tx_db(tx), &RECEIPTS, &args, &rows, err) != 0)
        return -1;
    *receipt_count = (size_t)rows.count;
    *receipts = arena_array(tx_arena(tx), struct record_receipt, rows.count + 1);
    for (int r = 0; r < rows.count; r++)
        (*receipts)[r] = (struct record_receipt) { (size_t)db_i64(&rows, r, 0) - 1,
                                                   { .kind = db_i16(&rows, r, 1),
                                                     .sender = arena_strdup(tx_arena(tx), db_text(&rows, r, 2)),
                                                     .key = arena_strdup(tx_arena(tx), db_text(&rows, r, 3)),
                                                     .day = db_date(&rows, r, 4),
                                                     .amount = db_i64(&rows, r, 5),
                                                     .undoes = db_bool(&rows, r, 6) } };
    db_rows_fini(&rows);
    return 0;
}

/* --- for verifying ---------------------------------------------------------------------------------------------------
 */

struct released_call {
    released_fn *each;
    void *arg;
    struct arena arena; /* of one row */
};

static int take_released(void *arg, const struct copy_cell *c, int columns, struct err *err)
{
    struct released_call *call = arg;
    struct credit_entry entry = { .kind = (enum entry_kind)copy_cell_int(&c[2]),
                                  .unit_id = (uint32_t)copy_cell_int(&c[3]) };
    struct record_name name;

    (void)columns;
    arena_reset(&call->arena);
    name = (struct record_name) { arena_strndup(&call->arena, (const char *)c[0].bytes, (size_t)c[0].len),
                                  arena_strndup(&call->arena, (const char *)c[1].bytes, (size_t)c[1].len) };
    credit_read_pair(c[4].bytes, &entry.measure, &entry.value);
    return call->each(call->arg, &name, &entry, err);
}

int receipt_store_each_released(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, released_fn *each,
                                void *arg, struct err *err)
{
    struct released_call call = { each, arg, { 0 } };
    char sql[400], from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];
    int rc;

    date_print(from, from_day);
    date_print(until, until_day);
    snprintf(sql, sizeof sql,
             "COPY (SELECT sender, record_key, entry, unit_id, contributions FROM credit WHERE receipt IS NOT NULL AND"
             " bucket = %u AND day >= '%s' AND day < '%s' ORDER BY sender, record_key) TO STDOUT (FORMAT binary)",
             bucket, from, until);
    arena_init(&call.arena);
    rc = copy_out(tx_db(tx), sql, take_released, &call, NULL, err);
    arena_fini(&call.arena);
    return rc;
}
