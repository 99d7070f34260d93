/* pay_payment_store: see pay_payment_store.h. */
#include "incentive/ledger/pay_payment_store.h"

#include <string.h>

static const struct stmt DUE = {
    "pay_payment_due", "SELECT unit_id, plan_id, max(digits)::int, sum(amount)::bigint FROM pay_entry WHERE kind <> 6"
                       " AND booked_in IN (SELECT period_id FROM pay_period WHERE state IN ('closed', 'paid'))"
                       " GROUP BY 1, 2 HAVING sum(amount) > 0 ORDER BY 1, 2"
};
static const struct stmt PUT_BATCH = {
    "pay_batch_put", "INSERT INTO pay_batch (batch_id, period_id, exported_at, exported_by, payments, acknowledged_by,"
                     " reference) SELECT coalesce(max(batch_id), 0) + 1, $1::int, $2::timestamptz, $3::text, $4::int,"
                     " '', '' FROM pay_batch RETURNING batch_id"
};
static const char COPY_SQL[] =
    "COPY pay_payment (batch_id, unit_id, plan_id, digits, amount, currency) FROM STDIN (FORMAT binary)";
static const struct stmt ACKNOWLEDGE = {
    "pay_batch_acknowledge", "UPDATE pay_batch SET acknowledged_at = $2, acknowledged_by = $3, reference = $4 WHERE"
                             " batch_id = $1 AND acknowledged_at IS NULL"
};
static const struct stmt BATCH = { "pay_batch_get", "SELECT payments FROM pay_batch WHERE batch_id = $1" };
static const struct stmt LIST = {
    "pay_payment_list",
    "SELECT p.batch_id, p.unit_id, p.plan_id, b.period_id, p.digits, p.amount, p.currency, b.acknowledged_at IS NULL,"
    " b.exported_at, b.reference FROM pay_payment p JOIN pay_batch b ON b.batch_id = p.batch_id WHERE ($1::bigint = 0"
    " OR p.batch_id = $1::bigint) AND ($2::int = 0 OR b.period_id = $2::int) AND ($3::int[] IS NULL OR p.unit_id ="
    " ANY($3::int[])) AND (p.batch_id, p.unit_id, p.plan_id) > ($4::bigint, $5::int, $6::int)"
    " ORDER BY p.batch_id, p.unit_id, p.plan_id LIMIT $7::int"
};

int pay_payment_store_due(struct tx *tx, struct pay_payment_row **rows, size_t *count, struct err *err)
{
    struct db_rows found;

    if (db_query(tx_db(tx), &DUE, NULL, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct pay_payment_row, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = (struct pay_payment_row) { .unit_id = (uint32_t)db_i32(&found, r, 0),
                                                .plan_id = (uint32_t)db_i32(&found, r, 1),
                                                .digits = db_i32(&found, r, 2),
                                                .amount = db_i64(&found, r, 3) };
    db_rows_fini(&found);
    return 0;
}

static int copy_payments(struct tx *tx, uint64_t batch_id, const struct pay_payment_row *rows, size_t count,
                         struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx), COPY_SQL, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (copy_row(&copy, 6, err) != 0)
            return -1;
        copy_i64(&copy, (int64_t)batch_id);
        copy_i32(&copy, (int32_t)rows[i].unit_id);
        copy_i32(&copy, (int32_t)rows[i].plan_id);
        copy_i16(&copy, (int16_t)rows[i].digits);
        copy_i64(&copy, rows[i].amount);
        copy_text(&copy, rows[i].currency, strlen(rows[i].currency));
    }
    return copy_in_end(&copy, err);
}

int pay_payment_store_put(struct tx *tx, uint32_t period_id, const char *by, const struct pay_payment_row *rows,
                          size_t count, uint64_t *batch_id, struct err *err)
{
    struct db_args args;
    struct db_rows made;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, by);
    db_arg_i32(&args, (int32_t)count);
    if (db_query(tx_db(tx), &PUT_BATCH, &args, &made, err) != 0)
        return -1;
    *batch_id = (uint64_t)db_i64(&made, 0, 0);
    db_rows_fini(&made);
    return copy_payments(tx, *batch_id, rows, count, err);
}

int pay_payment_store_acknowledge(struct tx *tx, uint64_t batch_id, const char *by, const char *reference,
                                  uint32_t *payments, bool *done, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int64_t count = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)batch_id);
    if (db_query(tx_db(tx), &BATCH, &args, &rows, err) != 0)
        return -1;
    *payments = rows.count ? (uint32_t)db_i32(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, by);
    db_arg_text(&args, reference);
    if (db_exec(tx_db(tx), &ACKNOWLEDGE, &args, &count, err) != 0)
        return -1;
    *done = count == 1;
    return 0;
}

int pay_payment_store_list(struct tx *tx, const struct pay_payment_page *page, struct pay_payment_row **rows,
                           size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)page->batch_id);
    db_arg_i32(&args, (int32_t)page->period_id);
    if (page->units)
        db_arg_i32_array(&args, (const int32_t *)page->units, page->unit_count);
    else
        db_arg_null(&args);
    db_arg_i64(&args, (int64_t)page->after_batch);
    db_arg_i32(&args, (int32_t)page->after_unit);
    db_arg_i32(&args, (int32_t)page->after_plan);
    db_arg_i32(&args, (int32_t)page->limit);
    if (db_query(tx_db(tx), &LIST, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(arena, struct pay_payment_row, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = (struct pay_payment_row) { .batch_id = (uint64_t)db_i64(&found, r, 0),
                                                .unit_id = (uint32_t)db_i32(&found, r, 1),
                                                .plan_id = (uint32_t)db_i32(&found, r, 2),
                                                .period_id = (uint32_t)db_i32(&found, r, 3),
                                                .digits = db_i16(&found, r, 4),
                                                .amount = db_i64(&found, r, 5),
                                                .currency = arena_strdup(arena, db_text(&found, r, 6)),
                                                .state = db_bool(&found, r, 7) ? "exported" : "acknowledged",
                                                .at = db_time(&found, r, 8),
                                                .reference = arena_strdup(arena, db_text(&found, r, 9)) };
    db_rows_fini(&found);
    return 0;
}
