/* weight_store: see weight_store.h. */
#include "planning/weights/weight_store.h"

static const struct stmt PUT_WEIGHTS = {
    "weight_put", "INSERT INTO weight_row AS w (set_id, unit_id, channel_id, product_id, value, learned)"
                  " SELECT s, u, c, p, v, l <> 0 FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::bigint[],"
                  " $6::smallint[]) t(s, u, c, p, v, l)"
                  " ON CONFLICT (set_id, unit_id, channel_id, product_id) DO UPDATE SET value = excluded.value,"
                  " learned = excluded.learned WHERE w.learned OR NOT excluded.learned"
};
static const struct stmt PRESENT = {
    "weight_present", "SELECT v.i, w.value, w.learned FROM unnest($1::int[], $2::int[], $3::int[], $4::int[])"
                      " WITH ORDINALITY v(s, u, c, p, i) JOIN weight_row w ON w.set_id = v.s AND w.unit_id = v.u"
                      " AND w.channel_id = v.c AND w.product_id = v.p"
};
static const struct stmt LOAD_WEIGHTS = {
    "weight_load", "SELECT set_id, channel_id, product_id, unit_id, value, learned FROM weight_row"
                   " WHERE set_id = $1 ORDER BY channel_id, product_id, unit_id"
};
static const struct stmt PAGE_WEIGHTS = {
    "weight_page", "SELECT set_id, channel_id, product_id, unit_id, value, learned FROM weight_row"
                   " WHERE ($1::int = 0 OR set_id = $1::int) AND ($2::int = 0 OR unit_id = $2::int)"
                   " AND (set_id, channel_id, product_id, unit_id) > ($3::int, $4::int, $5::int, $6::int)"
                   " ORDER BY set_id, channel_id, product_id, unit_id LIMIT $7::int"
};
static const struct stmt PUT_BOUND = {
    "bound_put",
    "INSERT INTO target_bound (period_id, measure_id, channel_id, product_id, unit_id, locked, floor, ceiling,"
    " floor_ppm, ceiling_ppm, against, reason, person, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
    " $12, $13, $14) ON CONFLICT (period_id, measure_id, channel_id, product_id, unit_id) DO UPDATE SET"
    " locked = excluded.locked, floor = excluded.floor, ceiling = excluded.ceiling, floor_ppm = excluded.floor_ppm,"
    " ceiling_ppm = excluded.ceiling_ppm, against = excluded.against, reason = excluded.reason,"
    " person = excluded.person, at = excluded.at"
};
static const struct stmt ADD_STEP = {
    "bound_step", "INSERT INTO bound_step (period_id, no, measure_id, channel_id, product_id, unit_id, locked, floor,"
                  " ceiling, floor_ppm, ceiling_ppm, against, reason, person, at)"
                  " VALUES ($1, (SELECT coalesce(max(no), 0) + 1 FROM bound_step WHERE period_id = $1), $2, $3, $4, $5,"
                  " $6, $7, $8, $9, $10, $11, $12, $13, $14)"
};
static const struct stmt LOAD_STEPS = {
    "bound_steps",
    "SELECT measure_id, channel_id, product_id, unit_id, locked, floor, ceiling, floor_ppm, ceiling_ppm, against,"
    " reason, person, at, no::bigint FROM bound_step WHERE period_id = $1 AND ($2::int = 0 OR unit_id = $2::int)"
    " AND no > $3::bigint ORDER BY no LIMIT $4::bigint"
};
static const struct stmt REMOVE_BOUND = {
    "bound_remove", "DELETE FROM target_bound WHERE period_id = $1 AND measure_id = $2 AND channel_id = $3"
                    " AND product_id = $4 AND unit_id = $5"
};
static const struct stmt LOAD_BOUNDS = {
    "bound_load",
    "SELECT measure_id, channel_id, product_id, unit_id, locked, floor, ceiling, floor_ppm, ceiling_ppm, against,"
    " reason, person, at, 0::bigint FROM target_bound WHERE period_id = $1 AND ($2::int = 0 OR measure_id = $2::int)"
    " AND ($3::int = 0 OR unit_id = $3::int)"
    " AND (measure_id, channel_id, product_id, unit_id) > ($4::int, $5::int, $6::int, $7::int)"
    " ORDER BY measure_id, channel_id, product_id, unit_id LIMIT $8::int"
};
static const struct stmt PUT_DRAFTS = {
    "draft_put",
    "INSERT INTO unit_draft (period_id, measure_id, channel_id, product_id, unit_id, amount, reason, person, at)"
    " SELECT $1::int, m, c, p, u, a, r, $8::text, $9::timestamptz"
    " FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::text[]) t(m, c, p, u, a, r)"
    " ON CONFLICT (period_id, measure_id, channel_id, product_id, unit_id) DO UPDATE SET amount = excluded.amount,"
    " reason = excluded.reason, person = excluded.person, at = excluded.at"
};
static const struct stmt LOAD_DRAFTS = {
    "draft_load", "SELECT measure_id, channel_id, product_id, unit_id, amount, reason, person, at FROM unit_draft"
                  " WHERE period_id = $1 AND ($2::int = 0 OR measure_id = $2::int)"
                  " ORDER BY measure_id, channel_id, product_id, unit_id"
};

/* --- weights -------------------------------------------------------------------------------------------------------
 */
static void weight_keys(struct tx *tx, struct db_args *args, const struct weight_value *rows, size_t count)
{
    int32_t *columns[4];

    for (int c = 0; c < 4; c++)
        columns[c] = arena_array(tx_arena(tx), int32_t, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = (int32_t)rows[i].set_id;
        columns[1][i] = (int32_t)rows[i].unit_id;
        columns[2][i] = (int32_t)rows[i].channel_id;
        columns[3][i] = (int32_t)rows[i].product_id;
    }
    db_args_init(args, tx_arena(tx));
    for (int c = 0; c < 4; c++)
        db_arg_i32_array(args, columns[c], count);
}

int weight_store_put(struct tx *tx, const struct weight_value *rows, size_t count, struct err *err)
{
    int64_t *values = arena_array(tx_arena(tx), int64_t, count);
    int16_t *learned = arena_array(tx_arena(tx), int16_t, count);
    struct db_args args;

    for (size_t i = 0; i < count; i++) {
        values[i] = rows[i].value;
        learned[i] = rows[i].learned;
    }
    weight_keys(tx, &args, rows, count);
    db_arg_i64_array(&args, values, count);
    db_arg_i16_array(&args, learned, count);
    return db_exec(tx_db(tx), &PUT_WEIGHTS, &args, NULL, err);
}

int weight_store_present(struct tx *tx, const struct weight_value *rows, size_t count, int64_t *values, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    for (size_t i = 0; i < count; i++)
        values[i] = -1;
    weight_keys(tx, &args, rows, count);
    if (db_query(tx_db(tx), &PRESENT, &args, &found, err) != 0)
        return -1;
    for (int i = 0; i < found.count; i++) {
        int64_t at = db_i64(&found, i, 0) - 1;

        values[at] = rows[at].learned && !db_bool(&found, i, 2) ? rows[at].value : db_i64(&found, i, 1);
    }
    db_rows_fini(&found);
    return 0;
}

static void take_weights(struct tx *tx, struct db_rows *found, struct weight_value **rows, size_t *count)
{
    *rows = arena_array(tx_arena(tx), struct weight_value, found->count);
    *count = (size_t)found->count;
    for (int i = 0; i < found->count; i++)
        (*rows)[i] = (struct weight_value) { (uint32_t)db_i32(found, i, 0), (uint32_t)db_i32(found, i, 1),
                                             (uint32_t)db_i32(found, i, 2), (uint32_t)db_i32(found, i, 3),
                                             db_i64(found, i, 4),           db_bool(found, i, 5) };
    db_rows_fini(found);
}

int weight_store_load(struct tx *tx, uint32_t set_id, struct weight_value **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)set_id);
    if (db_query(tx_db(tx), &LOAD_WEIGHTS, &args, &found, err) != 0)
        return -1;
    take_weights(tx, &found, rows, count);
    return 0;
}

int weight_store_page(struct tx *tx, uint32_t set_id, uint32_t unit_id, const struct weight_value *after,
                      uint32_t limit, struct weight_value **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)set_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i32(&args, (int32_t)after->set_id);
    db_arg_i32(&args, (int32_t)after->channel_id);
    db_arg_i32(&args, (int32_t)after->product_id);
    db_arg_i32(&args, (int32_t)after->unit_id);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE_WEIGHTS, &args, &found, err) != 0)
        return -1;
    take_weights(tx, &found, rows, count);
    return 0;
}

/* --- bounds --------------------------------------------------------------------------------------------------------
 */
static void bound_key(struct tx *tx, struct db_args *args, uint32_t period_id, const struct bound_row *row)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)period_id);
    db_arg_i32(args, (int32_t)row->key.measure_id);
    db_arg_i32(args, (int32_t)row->key.channel_id);
    db_arg_i32(args, (int32_t)row->key.product_id);
    db_arg_i32(args, (int32_t)row->unit_id);
}

static void amount_or_null(struct db_args *args, int64_t amount)
{
    if (amount < 0)
        db_arg_null(args);
    else
        db_arg_i64(args, amount);
}

static void ppm_or_null(struct db_args *args, uint32_t ppm)
{
    if (ppm)
        db_arg_i32(args, (int32_t)ppm);
    else
        db_arg_null(args);
}

/* Everything behind the key. */
static void bound_values(struct tx *tx, struct db_args *args, const struct bound_row *row)
{
    db_arg_bool(args, row->locked);
    amount_or_null(args, row->floor);
    amount_or_null(args, row->ceiling);
    ppm_or_null(args, row->floor_ppm);
    ppm_or_null(args, row->ceiling_ppm);
    db_arg_text(args, row->against);
    db_arg_text(args, row->reason);
    db_arg_text(args, row->person);
    db_arg_time(args, tx_now(tx));
}

static int add_step(struct tx *tx, uint32_t period_id, const struct bound_row *row, struct err *err)
{
    struct db_args args;

    bound_key(tx, &args, period_id, row);
    bound_values(tx, &args, row);
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

int bound_store_put(struct tx *tx, uint32_t period_id, const struct bound_row *row, struct err *err)
{
    struct db_args args;

    bound_key(tx, &args, period_id, row);
    bound_values(tx, &args, row);
    return db_exec(tx_db(tx), &PUT_BOUND, &args, NULL, err) != 0 ? -1 : add_step(tx, period_id, row, err);
}

int bound_store_remove(struct tx *tx, uint32_t period_id, const struct bound_row *row, struct err *err)
{
    struct db_args args;
    int64_t removed;

    bound_key(tx, &args, period_id, row);
    if (db_exec(tx_db(tx), &REMOVE_BOUND, &args, &removed, err) != 0)
        return -1;
    return removed ? add_step(tx, period_id, row, err) : 0;
}

static void take_bounds(struct tx *tx, const struct db_rows *found, struct bound_row **rows, size_t *count)
{
    *rows = arena_array(tx_arena(tx), struct bound_row, found->count);
    *count = (size_t)found->count;
    for (int i = 0; i < found->count; i++)
        (*rows)[i] = (struct bound_row) {
            .key = { (uint32_t)db_i32(found, i, 0), (uint32_t)db_i32(found, i, 1), (uint32_t)db_i32(found, i, 2) },
            .unit_id = (uint32_t)db_i32(found, i, 3),
            .locked = db_bool(found, i, 4),
            .floor = db_is_null(found, i, 5) ? -1 : db_i64(found, i, 5),
            .ceiling = db_is_null(found, i, 6) ? -1 : db_i64(found, i, 6),
            .floor_ppm = db_is_null(found, i, 7) ? 0 : (uint32_t)db_i32(found, i, 7),
            .ceiling_ppm = db_is_null(found, i, 8) ? 0 : (uint32_t)db_i32(found, i, 8),
            .against = arena_strdup(tx_arena(tx), db_text(found, i, 9)),
            .reason = arena_strdup(tx_arena(tx), db_text(found, i, 10)),
            .person = arena_strdup(tx_arena(tx), db_text(found, i, 11)),
            .at = db_time(found, i, 12),
            .no = (uint64_t)db_i64(found, i, 13),
        };
}

int bound_store_steps(struct tx *tx, uint32_t period_id, uint32_t unit_id, uint64_t after, uint32_t limit,
                      struct bound_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i64(&args, (int64_t)after);
    db_arg_i64(&args, limit);
    if (db_query(tx_db(tx), &LOAD_STEPS, &args, &found, err) != 0)
        return -1;
    take_bounds(tx, &found, rows, count);
    db_rows_fini(&found);
    return 0;
}

int bound_store_load(struct tx *tx, uint32_t period_id, uint32_t measure_id, uint32_t unit_id,
                     const struct bound_row *after, uint32_t limit, struct bound_row **rows, size_t *count,
                     struct err *err)
{
    static const struct bound_row first;
    struct db_args args;
    struct db_rows found;

    after = after ? after : &first;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)measure_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i32(&args, (int32_t)after->key.measure_id);
    db_arg_i32(&args, (int32_t)after->key.channel_id);
    db_arg_i32(&args, (int32_t)after->key.product_id);
    db_arg_i32(&args, (int32_t)after->unit_id);
    db_arg_i32(&args, limit ? (int32_t)limit : INT32_MAX);
    if (db_query(tx_db(tx), &LOAD_BOUNDS, &args, &found, err) != 0)
        return -1;
    take_bounds(tx, &found, rows, count);
    db_rows_fini(&found);
    return 0;
}

/* --- what units handed in ------------------------------------------------------------------------------------------
 */
int draft_store_put(struct tx *tx, uint32_t period_id, const struct draft_row *rows, size_t count, struct err *err)
{
    const char **reasons = arena_array(tx_arena(tx), const char *, count);
    int64_t *amounts = arena_array(tx_arena(tx), int64_t, count);
    int32_t *columns[4];
    struct db_args args;

    for (int c = 0; c < 4; c++)
        columns[c] = arena_array(tx_arena(tx), int32_t, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = (int32_t)rows[i].key.measure_id;
        columns[1][i] = (int32_t)rows[i].key.channel_id;
        columns[2][i] = (int32_t)rows[i].key.product_id;
        columns[3][i] = (int32_t)rows[i].unit_id;
        amounts[i] = rows[i].amount;
        reasons[i] = rows[i].reason;
    }
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    for (int c = 0; c < 4; c++)
        db_arg_i32_array(&args, columns[c], count);
    db_arg_i64_array(&args, amounts, count);
    db_arg_text_array(&args, reasons, count);
    db_arg_text(&args, tx_principal(tx)->person);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &PUT_DRAFTS, &args, NULL, err);
}

int draft_store_load(struct tx *tx, uint32_t period_id, uint32_t measure_id, struct draft_row **rows, size_t *count,
                     struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)measure_id);
    if (db_query(tx_db(tx), &LOAD_DRAFTS, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct draft_row, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct draft_row) {
            .key = { (uint32_t)db_i32(&found, i, 0), (uint32_t)db_i32(&found, i, 1), (uint32_t)db_i32(&found, i, 2) },
            .unit_id = (uint32_t)db_i32(&found, i, 3),
            .amount = db_i64(&found, i, 4),
            .reason = arena_strdup(tx_arena(tx), db_text(&found, i, 5)),
            .person = arena_strdup(tx_arena(tx), db_text(&found, i, 6)),
            .at = db_time(&found, i, 7),
        };
    db_rows_fini(&found);
    return 0;
}
