/* holding_store: see holding_store.h. */
#include "feedback/holdings/holding_store.h"

#include "refdata/fact_kinds.h"

#include <stdlib.h>

#define COLUMNS "bucket, sender, record_key, unit_id, seller_id, product_id, customer, state, amount, moved_day, open"

static const struct stmt PUT = {
    "opportunity_put",
    "INSERT INTO opportunity (" COLUMNS ", announced) SELECT b, s, k, u, h, p, c, st, a, d, o <> 0, false"
    " FROM unnest($1::smallint[], $2::smallint[], $3::text[], $4::int[], $5::int[], $6::int[], $7::text[],"
    " $8::smallint[], $9::bigint[], $10::date[], $11::smallint[]) t(b, s, k, u, h, p, c, st, a, d, o)"
    " ON CONFLICT (bucket, sender, record_key) DO UPDATE SET unit_id = excluded.unit_id,"
    " seller_id = excluded.seller_id, product_id = excluded.product_id, customer = excluded.customer,"
    " state = excluded.state, amount = excluded.amount, moved_day = excluded.moved_day, open = excluded.open,"
    " announced = false"
};
static const struct stmt ANNOUNCE = {
    "opportunity_announce",
    "UPDATE opportunity o SET announced = true FROM (SELECT bucket, sender, record_key FROM opportunity"
    " WHERE NOT announced ORDER BY bucket, sender, record_key LIMIT $1::int) d WHERE o.bucket = d.bucket"
    " AND o.sender = d.sender AND o.record_key = d.record_key RETURNING o.bucket, o.sender, o.record_key, o.unit_id,"
    " o.seller_id, o.product_id, o.customer, o.state, o.amount, o.moved_day, o.open"
};
static const struct stmt OF = { "opportunity_of", "SELECT " COLUMNS ", count(*) OVER () FROM opportunity WHERE open"
                                                  " AND seller_id = $1 ORDER BY record_key, sender LIMIT $2::int" };
/* What is closed and hasn't moved since was closed on the day; a cancelled one may have its day elsewhere. */
static const struct stmt OF_DAY = {
    "opportunity_of_day",
    "SELECT f.bucket, f.sender, f.record_key, f.site_id, f.seller_id, f.product_id, f.customer, f.state, f.amount,"
    " f.day, true, count(*) OVER () FROM opportunity o CROSS JOIN LATERAL (SELECT * FROM order_line l"
    " WHERE l.bucket = o.bucket AND l.sender = o.sender AND l.record_key = o.record_key AND l.operation = 0"
    " AND l.day <= $2::date ORDER BY l.version DESC LIMIT 1) f"
    " WHERE (o.open OR o.moved_day > $2::date OR o.state = $4::smallint) AND f.state <= $5::smallint"
    " AND f.seller_id = ANY($1::int[]) AND NOT EXISTS (SELECT FROM order_line c WHERE c.bucket = o.bucket"
    " AND c.sender = o.sender AND c.record_key = o.record_key AND c.operation = 1 AND c.day <= $2::date)"
    " ORDER BY o.record_key, o.sender LIMIT $3::int"
};
static const struct stmt CUSTOMERS = {
    "holding_customers",
    "WITH last AS (SELECT DISTINCT ON (customer) customer, seller_id, day FROM order_line WHERE day BETWEEN $2 AND $3"
    " AND customer <> '' AND seller_id <> 0 AND operation = 0 ORDER BY customer, day DESC, occurred_at DESC,"
    " sender, record_key)"
    " SELECT l.customer, l.day, (SELECT count(*) FROM order_line o WHERE o.day BETWEEN $2 AND $3"
    " AND o.customer = l.customer AND o.operation = 0)::int, count(*) OVER () FROM last l"
    " WHERE l.seller_id = ANY($1::int[]) ORDER BY l.customer LIMIT $4::int"
};
static const struct stmt HAND_OVER = {
    "hand_over_put", "INSERT INTO hand_over (no, from_unit, to_unit, from_day, applied)"
                     " SELECT (SELECT coalesce(max(no), 0) FROM hand_over) + i, f, $2::int, $3::date, false"
                     " FROM unnest($1::int[]) WITH ORDINALITY u(f, i)"
};
static const struct stmt DUE = { "hand_over_due", "UPDATE hand_over SET applied = true WHERE NOT applied"
                                                  " AND from_day <= $1 RETURNING from_unit, to_unit, from_day, no" };
static const struct stmt APPLY = {
    "hand_over_apply", "UPDATE opportunity SET seller_id = $2, announced = false WHERE open AND seller_id = $1"
};
static const struct stmt NAMED = { "hand_over_named", "SELECT EXISTS (SELECT 1 FROM order_line WHERE day >= $2"
                                                      " AND seller_id = ANY($1::int[]))" };

int holding_store_put(struct tx *tx, const struct opportunity *rows, size_t count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    int16_t *small[4];
    int32_t *ids[4];
    int64_t *amounts = arena_array(arena, int64_t, count);
    const char **texts[2];
    struct db_args args;

    for (int c = 0; c < 4; c++) {
        small[c] = arena_array(arena, int16_t, count);
        ids[c] = arena_array(arena, int32_t, count);
    }
    for (int c = 0; c < 2; c++)
        texts[c] = arena_array(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        small[0][i] = (int16_t)rows[i].bucket;
        small[1][i] = rows[i].sender;
        small[2][i] = rows[i].state;
        texts[0][i] = rows[i].key;
        texts[1][i] = rows[i].customer;
        small[3][i] = rows[i].open;
        ids[0][i] = (int32_t)rows[i].unit;
        ids[1][i] = (int32_t)rows[i].seller;
        ids[2][i] = (int32_t)rows[i].product;
        ids[3][i] = rows[i].moved_day;
        amounts[i] = rows[i].amount;
    }
    db_args_init(&args, arena);
    db_arg_i16_array(&args, small[0], count);
    db_arg_i16_array(&args, small[1], count);
    db_arg_text_array(&args, texts[0], count);
    for (int c = 0; c < 3; c++)
        db_arg_i32_array(&args, ids[c], count);
    db_arg_text_array(&args, texts[1], count);
    db_arg_i16_array(&args, small[2], count);
    db_arg_i64_array(&args, amounts, count);
    db_arg_date_array(&args, ids[3], count);
    db_arg_i16_array(&args, small[3], count);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

static struct opportunity take_row(struct tx *tx, const struct db_rows *rows, int i)
{
    return (struct opportunity) { .bucket = (uint16_t)db_i16(rows, i, 0),
                                  .sender = db_i16(rows, i, 1),
                                  .key = arena_strdup(tx_arena(tx), db_text(rows, i, 2)),
                                  .unit = (uint32_t)db_i32(rows, i, 3),
                                  .seller = (uint32_t)db_i32(rows, i, 4),
                                  .product = (uint32_t)db_i32(rows, i, 5),
                                  .customer = arena_strdup(tx_arena(tx), db_text(rows, i, 6)),
                                  .state = (uint8_t)db_i16(rows, i, 7),
                                  .amount = db_i64(rows, i, 8),
                                  .moved_day = db_date(rows, i, 9),
                                  .open = db_bool(rows, i, 10) };
}

static int query(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct opportunity **out,
                 size_t *count, uint32_t *total, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct opportunity, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = take_row(tx, &rows, i);
    if (total)
        *total = rows.count ? (uint32_t)db_i64(&rows, 0, 11) : 0;
    db_rows_fini(&rows);
    return 0;
}

int holding_store_announce(struct tx *tx, uint32_t limit, struct opportunity **rows, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)limit);
    return query(tx, &ANNOUNCE, &args, rows, count, NULL, err);
}

int holding_store_of(struct tx *tx, uint32_t seller, uint32_t limit, struct opportunity **rows, size_t *count,
                     uint32_t *total, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)seller);
    db_arg_i32(&args, (int32_t)limit);
    return query(tx, &OF, &args, rows, count, total, err);
}

static void add_units(struct db_args *args, struct tx *tx, const uint32_t *units, size_t count)
{
    int32_t *ids = arena_array(tx_arena(tx), int32_t, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)units[i];
    db_arg_i32_array(args, ids, count);
}

int holding_store_of_day(struct tx *tx, const uint32_t *sellers, size_t seller_count, int32_t day, uint32_t limit,
                         struct opportunity **rows, size_t *count, uint32_t *total, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    add_units(&args, tx, sellers, seller_count);
    db_arg_date(&args, day);
    db_arg_i32(&args, (int32_t)limit);
    db_arg_i16(&args, FACT_STATE_CANCELLED);
    db_arg_i16(&args, HOLDING_OPEN_LAST);
    return query(tx, &OF_DAY, &args, rows, count, total, err);
}

int holding_store_customers(struct tx *tx, const uint32_t *sellers, size_t seller_count, int32_t first, int32_t last,
                            uint32_t limit, struct holding_customer **out, size_t *count, uint32_t *total,
                            struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    add_units(&args, tx, sellers, seller_count);
    db_arg_date(&args, first);
    db_arg_date(&args, last);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &CUSTOMERS, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct holding_customer, rows.count);
    *count = (size_t)rows.count;
    *total = rows.count ? (uint32_t)db_i64(&rows, 0, 3) : 0;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct holding_customer) { arena_strdup(tx_arena(tx), db_text(&rows, i, 0)), db_date(&rows, i, 1),
                                                (uint32_t)db_i32(&rows, i, 2) };
    db_rows_fini(&rows);
    return 0;
}

int holding_store_hand_over(struct tx *tx, const uint32_t *from, size_t count, uint32_t to, int32_t day,
                            struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    add_units(&args, tx, from, count);
    db_arg_i32(&args, (int32_t)to);
    db_arg_date(&args, day);
    return db_exec(tx_db(tx), &HAND_OVER, &args, NULL, err);
}

struct due {
    uint32_t from, to;
    int32_t day, no;
};

static int by_day(const void *a, const void *b)
{
    const struct due *x = a, *y = b;

    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->no < y->no ? -1 : x->no > y->no;
}

int holding_store_apply(struct tx *tx, int32_t day, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    struct due *due;
    int count, rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &DUE, &args, &rows, err) != 0)
        return -1;
    count = rows.count;
    due = arena_array(tx_arena(tx), struct due, count);
    for (int i = 0; i < count; i++)
        due[i] = (struct due) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1), db_date(&rows, i, 2),
                                db_i32(&rows, i, 3) };
    db_rows_fini(&rows);
    if (count)
        qsort(due, (size_t)count, sizeof *due, by_day);
    for (int i = 0; i < count && rc == 0; i++) {
        db_args_init(&args, tx_arena(tx));
        db_arg_i32(&args, (int32_t)due[i].from);
        db_arg_i32(&args, (int32_t)due[i].to);
        rc = db_exec(tx_db(tx), &APPLY, &args, NULL, err);
    }
    return rc;
}

int holding_store_names(struct tx *tx, const uint32_t *units, size_t count, int32_t day, bool *named, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    add_units(&args, tx, units, count);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &NAMED, &args, &rows, err) != 0)
        return -1;
    *named = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
