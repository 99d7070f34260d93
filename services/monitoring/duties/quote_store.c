/* quote_store: see quote_store.h. */
#include "monitoring/duties/quote_store.h"

#include <string.h>

static const struct stmt PUT = {
    "quote_put",
    "INSERT INTO quote (sender, record_key, unit_id, seller_id, product_id, customer, amount, quantity, occurred_us,"
    " day, file, row) SELECT $1, * FROM unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::text[], $7::bigint[],"
    " $8::bigint[], $9::bigint[], $10::date[], $11::text[], $12::bigint[])"
    " ON CONFLICT (sender, record_key) DO UPDATE SET unit_id = excluded.unit_id, seller_id = excluded.seller_id,"
    " product_id = excluded.product_id, customer = excluded.customer, amount = excluded.amount,"
    " quantity = excluded.quantity, occurred_us = excluded.occurred_us, day = excluded.day, file = excluded.file,"
    " row = excluded.row"
};
static const struct stmt DROP = { "quote_drop",
                                  "DELETE FROM quote WHERE sender = $1 AND record_key = ANY ($2::text[])" };
static const struct stmt FORGET = { "quote_forget", "DELETE FROM quote WHERE day <= $1" };
static const struct stmt CONTESTED = {
    "quote_contested",
    "WITH made AS (SELECT coalesce(nullif(seller_id, 0), unit_id) AS seller, product_id, customer, amount, quantity,"
    " occurred_us, day, file, row FROM quote WHERE customer <> '' AND day >= $1 AND ($3::date IS NULL OR day <= $3)"
    " AND (cardinality($2::int[]) = 0 OR product_id = ANY ($2)))"
    " SELECT seller, product_id, customer, amount, quantity, occurred_us, day, file, row FROM made WHERE customer IN"
    " (SELECT customer FROM made GROUP BY customer HAVING min(seller) < max(seller)) ORDER BY customer, occurred_us, "
    "row"
};

/* The rows of an event that go one way: those that were withdrawn, or the others. */
struct part {
    const char **keys, **customers, **files;
    int32_t *units, *sellers, *products, *days;
    int64_t *amounts, *quantities, *times, *rows;
    size_t count;
};

static struct part part_of(struct tx *tx, const Bihuan__QuotesRecorded *event, bool withdrawn)
{
    struct arena *arena = tx_arena(tx);
    size_t n = event->n_record_key;
    struct part part = { .keys = arena_array(arena, const char *, n),
                         .customers = arena_array(arena, const char *, n),
                         .files = arena_array(arena, const char *, n),
                         .units = arena_array(arena, int32_t, n),
                         .sellers = arena_array(arena, int32_t, n),
                         .products = arena_array(arena, int32_t, n),
                         .days = arena_array(arena, int32_t, n),
                         .amounts = arena_array(arena, int64_t, n),
                         .quantities = arena_array(arena, int64_t, n),
                         .times = arena_array(arena, int64_t, n),
                         .rows = arena_array(arena, int64_t, n) };

    for (size_t i = 0; i < n; i++) {
        size_t at = part.count;

        if ((strcmp(event->state[i], "cancelled") == 0) != withdrawn)
            continue;
        part.keys[at] = event->record_key[i];
        part.customers[at] = event->customer[i];
        part.files[at] = event->file[i];
        part.units[at] = (int32_t)event->unit_id[i];
        part.sellers[at] = (int32_t)event->seller_id[i];
        part.products[at] = (int32_t)event->product_id[i];
        part.days[at] = event->day[i];
        part.amounts[at] = event->amount[i];
        part.quantities[at] = event->quantity[i];
        part.times[at] = event->occurred_at[i];
        part.rows[at] = (int64_t)event->row[i];
        part.count++;
    }
    return part;
}

static int put(struct tx *tx, const char *sender, const struct part *part, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, sender);
    db_arg_text_array(&args, part->keys, part->count);
    db_arg_i32_array(&args, part->units, part->count);
    db_arg_i32_array(&args, part->sellers, part->count);
    db_arg_i32_array(&args, part->products, part->count);
    db_arg_text_array(&args, part->customers, part->count);
    db_arg_i64_array(&args, part->amounts, part->count);
    db_arg_i64_array(&args, part->quantities, part->count);
    db_arg_i64_array(&args, part->times, part->count);
    db_arg_date_array(&args, part->days, part->count);
    db_arg_text_array(&args, part->files, part->count);
    db_arg_i64_array(&args, part->rows, part->count);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int quote_store_put(struct tx *tx, const Bihuan__QuotesRecorded *event, struct err *err)
{
    const struct part gone = part_of(tx, event, true), made = part_of(tx, event, false);
    struct db_args args;

    if (gone.count) {
        db_args_init(&args, tx_arena(tx));
        db_arg_text(&args, event->sender);
        db_arg_text_array(&args, gone.keys, gone.count);
        if (db_exec(tx_db(tx), &DROP, &args, NULL, err) != 0)
            return -1;
    }
    return made.count ? put(tx, event->sender, &made, err) : 0;
}

int quote_store_contested(struct tx *tx, int32_t from_day, int32_t to_day, const int32_t *products,
                          size_t product_count, struct quote **out, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_date(&args, from_day);
    db_arg_i32_array(&args, products, product_count);
    if (to_day == INT32_MAX)
        db_arg_null(&args);
    else
        db_arg_date(&args, to_day);
    if (db_query(tx_db(tx), &CONTESTED, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct quote, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct quote) { .seller = (uint32_t)db_i32(&rows, i, 0),
                                     .product = (uint32_t)db_i32(&rows, i, 1),
                                     .customer = arena_strdup(arena, db_text(&rows, i, 2)),
                                     .amount = db_i64(&rows, i, 3),
                                     .quantity = db_i64(&rows, i, 4),
                                     .at_us = db_i64(&rows, i, 5),
                                     .day = db_date(&rows, i, 6),
                                     .file = arena_strdup(arena, db_text(&rows, i, 7)),
                                     .row = db_i64(&rows, i, 8) };
    db_rows_fini(&rows);
    return 0;
}

int quote_store_forget(struct tx *tx, int32_t until_day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, until_day);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}
