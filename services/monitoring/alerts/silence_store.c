/* silence_store: see silence_store.h. */
#include "monitoring/alerts/silence_store.h"

#include <stdio.h>

static const struct stmt PUT = {
    "silence_put", "INSERT INTO silence (id, unit_id, measure, rule, author, reason, begins, ends, ended_at, ended_by,"
                   " end_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE"
                   " SET ended_at = excluded.ended_at, ended_by = excluded.ended_by, end_reason = excluded.end_reason"
};
static const struct stmt PAGE = {
    "silence_page",
    "SELECT id, unit_id, measure, rule, author, reason, begins, ends, ended_at, ended_by, end_reason"
    " FROM silence WHERE id > $1 AND ($2::boolean OR (ended_at IS NULL AND ends > $3)) ORDER BY id LIMIT $4::int"
};

int silence_store_put(struct tx *tx, const struct silence *silence, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, silence->id);
    db_arg_i32(&args, (int32_t)silence->unit_id);
    db_arg_text(&args, silence->measure);
    db_arg_text(&args, silence->rule);
    db_arg_text(&args, silence->author);
    db_arg_text(&args, silence->reason);
    db_arg_time(&args, silence->from_us);
    db_arg_time(&args, silence->until_us);
    if (silence->ended_us)
        db_arg_time(&args, silence->ended_us);
    else
        db_arg_null(&args);
    db_arg_text(&args, silence->ended_by);
    db_arg_text(&args, silence->end_reason);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

static void take_row(const struct db_rows *rows, int row, struct silence *out)
{
    *out = (struct silence) {
        .unit_id = (uint32_t)db_i32(rows, row, 1),
        .from_us = db_time(rows, row, 6),
        .until_us = db_time(rows, row, 7),
        .ended_us = db_is_null(rows, row, 8) ? 0 : db_time(rows, row, 8),
    };
    snprintf(out->id, sizeof out->id, "%.16s", db_text(rows, row, 0));
    snprintf(out->measure, sizeof out->measure, "%.64s", db_text(rows, row, 2));
    snprintf(out->rule, sizeof out->rule, "%.64s", db_text(rows, row, 3));
    snprintf(out->author, sizeof out->author, "%.64s", db_text(rows, row, 4));
    snprintf(out->reason, sizeof out->reason, "%.290s", db_text(rows, row, 5));
    snprintf(out->ended_by, sizeof out->ended_by, "%.64s", db_text(rows, row, 9));
    snprintf(out->end_reason, sizeof out->end_reason, "%.290s", db_text(rows, row, 10));
}

int silence_store_page(struct tx *tx, int64_t now_us, const char *after, uint32_t limit, struct silence **out,
                       size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, after);
    db_arg_bool(&args, now_us == INT64_MIN);
    db_arg_time(&args, now_us == INT64_MIN ? 0 : now_us);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct silence, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        take_row(&rows, i, &(*out)[i]);
    db_rows_fini(&rows);
    return 0;
}
