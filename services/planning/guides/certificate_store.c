/* certificate_store: see certificate_store.h. */
#include "planning/guides/certificate_store.h"

static const struct stmt PUT_CERTIFICATE = {
    "certificate_put",
    "INSERT INTO certificate (person, product_id, from_day, until_day, unit_id, issued_by, issued_at, note)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
};
/* goes_on: another one of the person's holds on the first day without it. */
static const struct stmt ENDED_CERTIFICATES = {
    "certificate_ended",
    "SELECT person, product_id, from_day, until_day, unit_id, issued_by, issued_at, note, EXISTS (SELECT 1 FROM"
    " certificate o WHERE o.person = c.person AND o.product_id = c.product_id AND o.from_day <= c.until_day"
    " AND o.until_day > c.until_day) FROM certificate c WHERE NOT expiry_announced AND until_day <= $1"
    " ORDER BY until_day, person, product_id, from_day LIMIT $2::int"
};
static const struct stmt ANNOUNCE_CERTIFICATE = { "certificate_announce",
                                                  "UPDATE certificate SET expiry_announced = true WHERE person = $1"
                                                  " AND product_id = $2 AND from_day = $3" };
static const struct stmt HAS_CERTIFICATE = { "certificate_has",
                                             "SELECT EXISTS (SELECT 1 FROM certificate WHERE person = $1"
                                             " AND product_id = $2 AND from_day = $3)" };
static const struct stmt CERTIFICATES = {
    "certificate_page",
    "SELECT person, product_id, from_day, until_day, unit_id, issued_by, issued_at, note FROM certificate"
    " WHERE ($1 = '' OR person = $1) AND ($2::int = 0 OR product_id = $2::int)"
    " AND ($3::date = '-infinity' OR (from_day <= $3::date AND until_day > $3::date))"
    " AND ($4::text[] IS NULL OR person = ANY($4::text[]))"
    " ORDER BY person, product_id, from_day OFFSET $5::bigint LIMIT $6::int"
};

static void take_certificates(struct tx *tx, const struct db_rows *found, struct certificate **rows, size_t *count)
{
    *count = (size_t)found->count;
    *rows = arena_array(tx_arena(tx), struct certificate, found->count + 1);
    for (int i = 0; i < found->count; i++)
        (*rows)[i] = (struct certificate) { .person = arena_strdup(tx_arena(tx), db_text(found, i, 0)),
                                            .product_id = (uint32_t)db_i32(found, i, 1),
                                            .from_day = db_date(found, i, 2),
                                            .until_day = db_date(found, i, 3),
                                            .unit_id = (uint32_t)db_i32(found, i, 4),
                                            .issued_by = arena_strdup(tx_arena(tx), db_text(found, i, 5)),
                                            .issued_at = db_time(found, i, 6),
                                            .note = arena_strdup(tx_arena(tx), db_text(found, i, 7)) };
}

static void add_key(struct tx *tx, const struct certificate *row, struct db_args *args)
{
    db_args_init(args, tx_arena(tx));
    db_arg_text(args, row->person);
    db_arg_i32(args, (int32_t)row->product_id);
    db_arg_date(args, row->from_day);
}

int certificate_store_has(struct tx *tx, const struct certificate *row, bool *has, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    add_key(tx, row, &args);
    if (db_query(tx_db(tx), &HAS_CERTIFICATE, &args, &rows, err) != 0)
        return -1;
    *has = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int certificate_store_put(struct tx *tx, const struct certificate *row, struct err *err)
{
    struct db_args args;

    add_key(tx, row, &args);
    db_arg_date(&args, row->until_day);
    db_arg_i32(&args, (int32_t)row->unit_id);
    db_arg_text(&args, row->issued_by);
    db_arg_time(&args, row->issued_at);
    db_arg_text(&args, row->note);
    return db_exec(tx_db(tx), &PUT_CERTIFICATE, &args, NULL, err);
}

int certificate_store_page(struct tx *tx, const char *person, uint32_t product_id, int32_t day,
                           const char *const *people, size_t people_count, int64_t skip, uint32_t limit,
                           struct certificate **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_i32(&args, (int32_t)product_id);
    db_arg_date(&args, day);
    if (people)
        db_arg_text_array(&args, people, people_count);
    else
        db_arg_null(&args);
    db_arg_i64(&args, skip);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &CERTIFICATES, &args, &found, err) != 0)
        return -1;
    take_certificates(tx, &found, rows, count);
    db_rows_fini(&found);
    return 0;
}

int certificate_store_ended(struct tx *tx, int32_t day, uint32_t limit, struct certificate **rows, bool **goes_on,
                            size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &ENDED_CERTIFICATES, &args, &found, err) != 0)
        return -1;
    take_certificates(tx, &found, rows, count);
    *goes_on = arena_array(tx_arena(tx), bool, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*goes_on)[i] = db_bool(&found, i, 8);
    db_rows_fini(&found);
    return 0;
}

int certificate_store_announce(struct tx *tx, const struct certificate *row, struct err *err)
{
    struct db_args args;

    add_key(tx, row, &args);
    return db_exec(tx_db(tx), &ANNOUNCE_CERTIFICATE, &args, NULL, err);
}
