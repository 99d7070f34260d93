/* adjust_store: see adjust_store.h. */
#include "incentive/disputes/adjust_store.h"

static const struct stmt PUT = {
    "adjust_put",
    "INSERT INTO pay_adjustment (adjustment_id, unit_id, period_id, plan_id, digits, amount, reason,"
    " state, maker, made_at, checker, dispute_id, decision) SELECT coalesce(max(adjustment_id), 0) + 1, $1::int,"
    " $2::int, $3::int, $4::smallint, $5::bigint, $6::text, 'proposed', $7::text, $8::timestamptz, '',"
    " $9::bigint, '' FROM pay_adjustment RETURNING adjustment_id"
};
static const struct stmt DECIDE = { "adjust_decide",
                                    "UPDATE pay_adjustment SET state = $2, checker = $3, checked_at = $4, decision = $5"
                                    " WHERE adjustment_id = $1 AND state = 'proposed'" };
static const struct stmt LIST = {
    "adjust_list",
    "SELECT adjustment_id, unit_id, period_id, plan_id, digits, amount, reason, state, maker, made_at,"
    " checker, checked_at, dispute_id, decision FROM pay_adjustment WHERE ($1::bigint = 0 OR adjustment_id ="
    " $1::bigint) AND ($2::int[] IS NULL OR unit_id = ANY($2::int[])) AND ($3::text = '' OR state ="
    " $3::text) AND adjustment_id > $4::bigint ORDER BY adjustment_id LIMIT $5::int"
};

int adjust_store_put(struct tx *tx, const struct adjust_row *row, uint64_t *id, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)row->unit_id);
    db_arg_i32(&args, (int32_t)row->period_id);
    db_arg_i32(&args, (int32_t)row->plan_id);
    db_arg_i16(&args, (int16_t)row->digits);
    db_arg_i64(&args, row->amount);
    db_arg_text(&args, row->reason);
    db_arg_text(&args, row->maker);
    db_arg_time(&args, row->made_at);
    db_arg_i64(&args, (int64_t)row->dispute_id);
    if (db_query(tx_db(tx), &PUT, &args, &rows, err) != 0)
        return -1;
    *id = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int adjust_store_decide(struct tx *tx, uint64_t id, const char *state, const char *checker, const char *decision,
                        bool *done, struct err *err)
{
    struct db_args args;
    int64_t count = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, state);
    db_arg_text(&args, checker);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, decision);
    if (db_exec(tx_db(tx), &DECIDE, &args, &count, err) != 0)
        return -1;
    *done = count == 1;
    return 0;
}

int adjust_store_list(struct tx *tx, uint64_t id, const uint32_t *units, size_t unit_count, const char *state,
                      uint64_t after, uint32_t limit, struct adjust_row **rows, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)id);
    if (units)
        db_arg_i32_array(&args, (const int32_t *)units, unit_count);
    else
        db_arg_null(&args);
    db_arg_text(&args, state);
    db_arg_i64(&args, (int64_t)after);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LIST, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(arena, struct adjust_row, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = (struct adjust_row) { .id = (uint64_t)db_i64(&found, r, 0),
                                           .unit_id = (uint32_t)db_i32(&found, r, 1),
                                           .period_id = (uint32_t)db_i32(&found, r, 2),
                                           .plan_id = (uint32_t)db_i32(&found, r, 3),
                                           .digits = db_i16(&found, r, 4),
                                           .amount = db_i64(&found, r, 5),
                                           .reason = arena_strdup(arena, db_text(&found, r, 6)),
                                           .state = arena_strdup(arena, db_text(&found, r, 7)),
                                           .maker = arena_strdup(arena, db_text(&found, r, 8)),
                                           .made_at = db_time(&found, r, 9),
                                           .checker = arena_strdup(arena, db_text(&found, r, 10)),
                                           .checked_at = db_is_null(&found, r, 11) ? 0 : db_time(&found, r, 11),
                                           .dispute_id = (uint64_t)db_i64(&found, r, 12),
                                           .decision = arena_strdup(arena, db_text(&found, r, 13)) };
    db_rows_fini(&found);
    return 0;
}
