/* target_store: see target_store.h. */
#include "planning/targets/target_store.h"

static const struct stmt DRAFTS_OF = {
    "drafts_of", "SELECT v.i, d.amount FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[])"
                 " WITH ORDINALITY v(p, u, m, c, r, i) JOIN draft_target d ON d.period_id = v.p AND d.unit_id = v.u"
                 " AND d.measure_id = v.m AND d.channel_id = v.c AND d.product_id = v.r"
};
static const struct stmt PUT_DRAFTS = {
    "put_drafts",
    "INSERT INTO draft_target (period_id, unit_id, measure_id, channel_id, product_id, amount)"
    " SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[], $6::bigint[])"
    " ON CONFLICT (period_id, unit_id, measure_id, channel_id, product_id) DO UPDATE SET amount = excluded.amount"
};
static const struct stmt DRAFTS = {
    "drafts", "SELECT unit_id, measure_id, channel_id, product_id, amount FROM draft_target WHERE period_id = $1"
              " ORDER BY unit_id, measure_id, channel_id, product_id"
};
static const struct stmt LAST = { "plan_last", "SELECT coalesce(max(version), 0) FROM plan WHERE period_id = $1" };
static const struct stmt DIFFERS = {
    "plan_differs",
    "SELECT EXISTS (SELECT unit_id, measure_id, channel_id, product_id, amount FROM draft_target WHERE period_id = $1"
    " EXCEPT SELECT unit_id, measure_id, channel_id, product_id, amount FROM plan_line WHERE period_id = $1"
    " AND version = $2)"
};
static const struct stmt PUBLISH = { "plan_publish",
                                     "INSERT INTO plan (period_id, version, lines, reason, published_by, published_at)"
                                     " VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct stmt PUBLISH_LINES = {
    "plan_publish_lines",
    "INSERT INTO plan_line (period_id, version, unit_id, measure_id, channel_id, product_id, amount)"
    " SELECT period_id, $2::int, unit_id, measure_id, channel_id, product_id, amount FROM draft_target"
    " WHERE period_id = $1"
};
static const struct stmt PLANS = {
    "plans", "SELECT period_id, version, lines, reason, published_by, published_at FROM plan"
             " WHERE $1::int = 0 OR period_id = $1::int ORDER BY period_id DESC, version DESC LIMIT 500"
};
static const struct stmt PAGE = {
    "target_page",
    "WITH last AS (SELECT max(version) AS version FROM plan WHERE period_id = $1),"
    " lines AS (SELECT p.unit_id, p.measure_id, p.channel_id, p.product_id, p.amount FROM plan_line p, last"
    "  WHERE p.period_id = $1 AND p.version = last.version"
    "  UNION ALL SELECT unit_id, measure_id, channel_id, product_id, amount FROM draft_target, last"
    "  WHERE period_id = $1 AND last.version IS NULL)"
    " SELECT unit_id, measure_id, channel_id, product_id, amount FROM lines"
    " WHERE ($2::int = 0 OR unit_id = $2::int) AND ($3::int = 0 OR measure_id = $3::int)"
    " AND (unit_id, measure_id, channel_id, product_id) > ($4::int, $5::int, $6::int, $7::int)"
    " ORDER BY unit_id, measure_id, channel_id, product_id LIMIT $8::int"
};

/* One array of each key column. */
static void key_arrays(struct tx *tx, struct db_args *args, const struct target_row *rows, size_t count)
{
    int32_t *columns[5];

    for (int c = 0; c < 5; c++)
        columns[c] = arena_array(tx_arena(tx), int32_t, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = (int32_t)rows[i].period_id;
        columns[1][i] = (int32_t)rows[i].unit_id;
        columns[2][i] = (int32_t)rows[i].measure_id;
        columns[3][i] = (int32_t)rows[i].channel_id;
        columns[4][i] = (int32_t)rows[i].product_id;
    }
    db_args_init(args, tx_arena(tx));
    for (int c = 0; c < 5; c++)
        db_arg_i32_array(args, columns[c], count);
}

int target_store_drafts_of(struct tx *tx, const struct target_row *rows, size_t count, int64_t *amounts,
                           struct err *err)
{
    struct db_args args;
    struct db_rows found;

    key_arrays(tx, &args, rows, count);
    if (db_query(tx_db(tx), &DRAFTS_OF, &args, &found, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        amounts[i] = 0;
    for (int i = 0; i < found.count; i++)
        amounts[db_i64(&found, i, 0) - 1] = db_i64(&found, i, 1);
    db_rows_fini(&found);
    return 0;
}

int target_store_put_drafts(struct tx *tx, const struct target_row *rows, size_t count, struct err *err)
{
    struct db_args args;
    int64_t *amounts = arena_array(tx_arena(tx), int64_t, count);

    for (size_t i = 0; i < count; i++)
        amounts[i] = rows[i].amount;
    key_arrays(tx, &args, rows, count);
    db_arg_i64_array(&args, amounts, count);
    return db_exec(tx_db(tx), &PUT_DRAFTS, &args, NULL, err);
}

static void take_rows(struct tx *tx, struct db_rows *found, uint32_t period_id, struct target_row **rows, size_t *count)
{
    *rows = arena_array(tx_arena(tx), struct target_row, found->count);
    *count = (size_t)found->count;
    for (int i = 0; i < found->count; i++)
        (*rows)[i] = (struct target_row) { .period_id = period_id,
                                           .unit_id = (uint32_t)db_i32(found, i, 0),
                                           .measure_id = (uint32_t)db_i32(found, i, 1),
                                           .channel_id = (uint32_t)db_i32(found, i, 2),
                                           .product_id = (uint32_t)db_i32(found, i, 3),
                                           .amount = db_i64(found, i, 4) };
    db_rows_fini(found);
}

int target_store_drafts(struct tx *tx, uint32_t period_id, struct target_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &DRAFTS, &args, &found, err) != 0)
        return -1;
    take_rows(tx, &found, period_id, rows, count);
    return 0;
}

int target_store_last(struct tx *tx, uint32_t period_id, uint32_t *version, bool *differs, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &LAST, &args, &rows, err) != 0)
        return -1;
    *version = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    db_arg_i32(&args, (int32_t)*version);
    if (db_query(tx_db(tx), &DIFFERS, &args, &rows, err) != 0)
        return -1;
    *differs = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int target_store_publish(struct tx *tx, const Bihuan__Plan *plan, uint32_t period_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)plan->version);
    if (db_exec(tx_db(tx), &PUBLISH_LINES, &args, NULL, err) != 0)
        return -1;
    db_arg_i32(&args, (int32_t)plan->lines);
    db_arg_text(&args, plan->reason);
    db_arg_text(&args, plan->published_by);
    db_arg_time(&args, plan->published_at);
    return db_exec(tx_db(tx), &PUBLISH, &args, NULL, err);
}

int target_store_plans(struct tx *tx, uint32_t period_id, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    return db_query(tx_db(tx), &PLANS, &args, rows, err);
}

int target_store_page(struct tx *tx, uint32_t period_id, uint32_t unit_id, uint32_t measure_id,
                      const struct target_row *after, uint32_t limit, struct target_row **rows, size_t *count,
                      struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i32(&args, (int32_t)measure_id);
    db_arg_i32(&args, (int32_t)after->unit_id);
    db_arg_i32(&args, (int32_t)after->measure_id);
    db_arg_i32(&args, (int32_t)after->channel_id);
    db_arg_i32(&args, (int32_t)after->product_id);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &found, err) != 0)
        return -1;
    take_rows(tx, &found, period_id, rows, count);
    return 0;
}
