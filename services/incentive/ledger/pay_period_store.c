/* pay_period_store: see pay_period_store.h. */
#include "incentive/ledger/pay_period_store.h"

static const struct stmt GET = { "pay_period_get", "SELECT period_id, state, run_id, looked_run, hash FROM pay_period"
                                                   " WHERE period_id = $1" };
static const struct stmt ALL = { "pay_period_all", "SELECT period_id, state, run_id, looked_run, hash FROM pay_period"
                                                   " ORDER BY period_id" };
static const struct stmt PUT = {
    "pay_period_put", "INSERT INTO pay_period (period_id, state, run_id, looked_run, hash) VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (period_id) DO UPDATE SET state = excluded.state, run_id = excluded.run_id,"
                      " looked_run = excluded.looked_run, hash = excluded.hash"
};
static const struct stmt ADD_STEP = {
    "pay_period_add_step",
    "INSERT INTO pay_period_step (period_id, step_no, step, at, step_by, reason, run_id) SELECT $1::int,"
    " coalesce(max(step_no), 0) + 1, $2::text, $3::timestamptz, $4::text, $5::text, $6::int FROM pay_period_step"
    " WHERE period_id = $1::int"
};
static const struct stmt STEPS = { "pay_period_steps",
                                   "SELECT step, at, step_by, reason, run_id FROM pay_period_step WHERE period_id = $1"
                                   " ORDER BY step_no" };

static struct pay_period_row read_row(struct tx *tx, const struct db_rows *rows, int r)
{
    return (struct pay_period_row) { .period_id = (uint32_t)db_i32(rows, r, 0),
                                     .state = arena_strdup(tx_arena(tx), db_text(rows, r, 1)),
                                     .run_id = (uint32_t)db_i32(rows, r, 2),
                                     .looked_run = (uint32_t)db_i32(rows, r, 3),
                                     .hash = arena_strdup(tx_arena(tx), db_text(rows, r, 4)) };
}

int pay_period_store_get(struct tx *tx, uint32_t period_id, struct pay_period_row *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    *out = rows.count ? read_row(tx, &rows, 0)
                      : (struct pay_period_row) { .period_id = period_id, .state = "open", .hash = "" };
    db_rows_fini(&rows);
    return 0;
}

int pay_period_store_all(struct tx *tx, struct pay_period_row **out, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct pay_period_row, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; r < rows.count; r++)
        (*out)[r] = read_row(tx, &rows, r);
    db_rows_fini(&rows);
    return 0;
}

int pay_period_store_put(struct tx *tx, const struct pay_period_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)row->period_id);
    db_arg_text(&args, row->state);
    db_arg_i32(&args, (int32_t)row->run_id);
    db_arg_i32(&args, (int32_t)row->looked_run);
    db_arg_text(&args, row->hash);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int pay_period_store_add_step(struct tx *tx, uint32_t period_id, const char *step, const char *reason, uint32_t run_id,
                              struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_text(&args, step);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, tx_principal(tx) ? tx_principal(tx)->person : "");
    db_arg_text(&args, reason);
    db_arg_i32(&args, (int32_t)run_id);
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

int pay_period_store_steps(struct tx *tx, uint32_t period_id, Bihuan__PayStep ***steps, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &STEPS, &args, &rows, err) != 0)
        return -1;
    *steps = arena_array(arena, Bihuan__PayStep *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; r < rows.count; r++) {
        Bihuan__PayStep *step = arena_new(arena, Bihuan__PayStep);

        bihuan__pay_step__init(step);
        step->step = arena_strdup(arena, db_text(&rows, r, 0));
        step->at = db_time(&rows, r, 1);
        step->by = arena_strdup(arena, db_text(&rows, r, 2));
        step->reason = arena_strdup(arena, db_text(&rows, r, 3));
        step->run = (uint32_t)db_i32(&rows, r, 4);
        (*steps)[r] = step;
    }
    db_rows_fini(&rows);
    return 0;
}
