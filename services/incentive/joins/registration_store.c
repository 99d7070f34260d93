/* registration_store: see registration_store.h. */
#include "incentive/joins/registration_store.h"

#include <string.h>

static const char COPY_SQL[] = "COPY registration_row (bucket, source_seq, source_row, sender, record_key, customer,"
                               " product_id, unit_id, day, occurred_at, undoes, days, effective) FROM STDIN"
                               " (FORMAT binary)";
static const struct stmt ANY_NEW = { "registration_any_new",
                                     "SELECT EXISTS (SELECT 1 FROM registration_row WHERE NOT effective)" };
static const struct stmt TAKE = { "registration_take",
                                  "WITH taken AS (UPDATE registration_row SET effective = true WHERE NOT effective"
                                  " RETURNING day) SELECT count(*), coalesce(min(day), 'infinity') FROM taken" };

/* A record's rows come to one on the day from which it holds, and to -1 on the day on which it was taken back. */
static const struct stmt LOAD = {
    "registration_load",
    "SELECT * FROM (SELECT sender, record_key, customer, product_id, unit_id, min(day) FILTER (WHERE sum > 0) AS"
    " from_day, coalesce(min(day) FILTER (WHERE sum < 0), 'infinity') AS ended_day, days, min(occurred_at) AS"
    " occurred_at FROM (SELECT sender, record_key, customer, product_id, unit_id, days, day, min(occurred_at) AS"
    " occurred_at, sum(CASE WHEN undoes THEN -1 ELSE 1 END) AS sum FROM registration_row WHERE effective AND ($1 = ''"
    " OR customer = $1) GROUP BY sender, record_key, customer, product_id, unit_id, days, day) n GROUP BY sender,"
    " record_key, customer, product_id, unit_id, days HAVING bool_or(sum > 0)) f WHERE ($2::int = 0 OR unit_id = $2)"
    " AND ($3::date = '-infinity' OR (from_day <= $3 AND $3 < least(ended_day, from_day + CASE days WHEN 0 THEN $4::int"
    " ELSE days END))) ORDER BY customer, from_day, occurred_at, sender, record_key OFFSET $5::int LIMIT"
    " nullif($6::int, 0)"
};

void registration_rows_add(struct registration_rows *rows, const struct registration_row *row)
{
    struct copy_in *out = &rows->encoded;

    buf_put_be16(&out->buf, 13);
    copy_i16(out, (int16_t)row->bucket);
    copy_i64(out, (int64_t)row->source_seq);
    copy_i16(out, row->source_row);
    copy_text(out, row->sender, strlen(row->sender));
    copy_text(out, row->key, strlen(row->key));
    copy_text(out, row->customer_len ? row->customer : "", row->customer_len);
    copy_i32(out, (int32_t)row->product_id);
    copy_i32(out, (int32_t)row->unit_id);
    copy_date(out, row->day);
    copy_time(out, row->occurred_at);
    copy_bool(out, row->undoes);
    copy_i32(out, row->days);
    copy_bool(out, false);
    rows->count++;
}

int registration_rows_write(struct registration_rows *rows, struct tx *tx, struct err *err)
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

void registration_rows_drop(struct registration_rows *rows)
{
    buf_fini(&rows->encoded.buf);
    rows->count = 0;
}

int registration_store_any_new(struct tx *tx, bool *any, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ANY_NEW, NULL, &rows, err) != 0)
        return -1;
    *any = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int registration_store_take(struct tx *tx, int32_t *first_day, bool *any, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &TAKE, NULL, &rows, err) != 0)
        return -1;
    *any = db_i64(&rows, 0, 0) > 0;
    *first_day = db_date(&rows, 0, 1);
    db_rows_fini(&rows);
    return 0;
}

static void read_row(struct tx *tx, const struct db_rows *rows, int r, struct registration_found *out)
{
    struct arena *arena = tx_arena(tx);

    *out = (struct registration_found) { arena_strdup(arena, db_text(rows, r, 0)),
                                         arena_strdup(arena, db_text(rows, r, 1)),
                                         { .customer = arena_strdup(arena, db_text(rows, r, 2)),
                                           .product_id = (uint32_t)db_i32(rows, r, 3),
                                           .unit_id = (uint32_t)db_i32(rows, r, 4),
                                           .from_day = db_date(rows, r, 5),
                                           .ended_day = db_date(rows, r, 6),
                                           .days = db_i32(rows, r, 7) } };
}

int registration_store_page(struct tx *tx, const char *customer, uint32_t unit_id, int32_t day, int32_t days,
                            uint32_t skip, uint32_t limit, struct registration_found **out, size_t *count,
                            struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, customer);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_date(&args, day);
    db_arg_i32(&args, days);
    db_arg_i32(&args, (int32_t)skip);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LOAD, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct registration_found, rows.count + 1);
    for (int r = 0; r < rows.count; r++)
        read_row(tx, &rows, r, &(*out)[r]);
    db_rows_fini(&rows);
    return 0;
}

int registration_store_load(struct tx *tx, struct registrations *out, struct err *err)
{
    struct registration_found *rows;
    size_t count;

    if (registration_store_page(tx, "", 0, INT32_MIN, 0, 0, 0, &rows, &count, err) != 0)
        return -1;
    registrations_clear(out);
    for (size_t i = 0; i < count; i++)
        registrations_add(out, &rows[i].is);
    return 0;
}

/* --- holdings --------------------------------------------------------------------------------------------------------
 */

static const struct stmt PUT_HOLDING = {
    "customer_holding_put", "INSERT INTO customer_holding (customer, from_day, until_day, holder) VALUES ($1, $2, $3,"
                            " $4) ON CONFLICT (customer, from_day) DO UPDATE SET until_day = excluded.until_day,"
                            " holder = excluded.holder"
};
static const struct stmt GET_HOLDING = { "customer_holding_get",
                                         "SELECT customer, from_day, until_day, holder FROM customer_holding WHERE"
                                         " customer = $1 AND from_day = $2" };
static const struct stmt ALL_HOLDINGS = { "customer_holding_all",
                                          "SELECT customer, from_day, until_day, holder FROM customer_holding"
                                          " ORDER BY customer, from_day" };
static const struct stmt PAGE_HOLDINGS = {
    "customer_holding_page",
    "SELECT customer, from_day, until_day, holder FROM customer_holding h WHERE (customer, from_day) > ($4, $5::date)"
    " AND ($1 = '' OR customer = $1) AND ($2 = '' OR holder = $2) AND ($3::date = '-infinity' OR (from_day <= $3 AND"
    " $3 < until_day AND NOT EXISTS (SELECT 1 FROM customer_holding l WHERE l.customer = h.customer AND l.from_day >"
    " h.from_day AND l.from_day <= $3))) ORDER BY customer, from_day LIMIT $6::int"
};

int holding_store_put(struct tx *tx, const struct customer_holding *holding, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, holding->customer);
    db_arg_date(&args, holding->from_day);
    db_arg_date(&args, holding->until_day);
    db_arg_text(&args, holding->holder);
    return db_exec(tx_db(tx), &PUT_HOLDING, &args, NULL, err);
}

static struct customer_holding read_holding(struct tx *tx, const struct db_rows *rows, int r)
{
    return (struct customer_holding) { arena_strdup(tx_arena(tx), db_text(rows, r, 0)),
                                       arena_strdup(tx_arena(tx), db_text(rows, r, 3)), db_date(rows, r, 1),
                                       db_date(rows, r, 2) };
}

int holding_store_get(struct tx *tx, const char *customer, int32_t from_day, struct customer_holding *out, bool *found,
                      struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, customer);
    db_arg_date(&args, from_day);
    if (db_query(tx_db(tx), &GET_HOLDING, &args, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found)
        *out = read_holding(tx, &rows, 0);
    db_rows_fini(&rows);
    return 0;
}

int holding_store_load(struct tx *tx, struct customers *out, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ALL_HOLDINGS, NULL, &rows, err) != 0)
        return -1;
    customers_clear(out);
    for (int r = 0; r < rows.count; r++)
        customers_add(out, &(struct customer_holding) { db_text(&rows, r, 0), db_text(&rows, r, 3),
                                                        db_date(&rows, r, 1), db_date(&rows, r, 2) });
    db_rows_fini(&rows);
    return 0;
}

int holding_store_page(struct tx *tx, const char *customer, const char *holder, int32_t day,
                       const struct customer_holding *after, uint32_t limit, struct customer_holding **out,
                       size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, customer);
    db_arg_text(&args, holder);
    db_arg_date(&args, day);
    db_arg_text(&args, after->customer);
    db_arg_date(&args, after->from_day);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE_HOLDINGS, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct customer_holding, rows.count + 1);
    for (int r = 0; r < rows.count; r++)
        (*out)[r] = read_holding(tx, &rows, r);
    db_rows_fini(&rows);
    return 0;
}
