/* dispute_store: see dispute_store.h. */
#include "incentive/disputes/dispute_store.h"

static const struct stmt PUT = {
    "dispute_put", "INSERT INTO dispute (dispute_id, unit_id, period_id, about, line, component, expected, words,"
                   " evidence, state, raised_by, raised_at, assignee, decision, decided_by, adjustment_id) SELECT"
                   " coalesce(max(dispute_id), 0) + 1, $1::int, $2::int, $3::text, $4::text, $5::text, $6::text,"
                   " $7::text, $8::text, 'open', $9::text, $10::timestamptz, '', '', '', 0 FROM dispute"
                   " RETURNING dispute_id"
};
static const struct stmt MOVE = {
    "dispute_move", "UPDATE dispute SET state = $2, assignee = $3, due = $4, decision = $5, decided_by = $6,"
                    " decided_at = $7, adjustment_id = $8 WHERE dispute_id = $1"
};
static const struct stmt ADD_STEP = {
    "dispute_add_step", "INSERT INTO dispute_step (dispute_id, step_no, step, at, step_by, words) SELECT $1::bigint,"
                        " coalesce(max(step_no), 0) + 1, $2::text, $3::timestamptz, $4::text, $5::text FROM"
                        " dispute_step WHERE dispute_id = $1::bigint"
};
static const struct stmt LIST = {
    "dispute_list",
    "SELECT dispute_id, unit_id, period_id, about, line, component, expected, words, evidence, state, raised_by,"
    " raised_at, assignee, due, decision, decided_by, decided_at, adjustment_id FROM dispute WHERE ($1::bigint = 0 OR"
    " dispute_id = $1::bigint) AND ($2::int[] IS NULL OR unit_id = ANY($2::int[])) AND ($3::text = '' OR state ="
    " $3::text) AND dispute_id > $4::bigint ORDER BY dispute_id LIMIT $5::int"
};

int dispute_store_put(struct tx *tx, const struct dispute_row *row, uint64_t *id, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)row->unit_id);
    db_arg_i32(&args, (int32_t)row->period_id);
    db_arg_text(&args, row->about);
    db_arg_text(&args, row->line);
    db_arg_text(&args, row->component);
    db_arg_text(&args, row->expected);
    db_arg_text(&args, row->words);
    db_arg_text(&args, row->evidence);
    db_arg_text(&args, row->raised_by);
    db_arg_time(&args, row->raised_at);
    if (db_query(tx_db(tx), &PUT, &args, &rows, err) != 0)
        return -1;
    *id = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int dispute_store_move(struct tx *tx, const struct dispute_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)row->id);
    db_arg_text(&args, row->state);
    db_arg_text(&args, row->assignee);
    if (row->due == INT32_MIN)
        db_arg_null(&args);
    else
        db_arg_date(&args, row->due);
    db_arg_text(&args, row->decision);
    db_arg_text(&args, row->decided_by);
    if (row->decided_at)
        db_arg_time(&args, row->decided_at);
    else
        db_arg_null(&args);
    db_arg_i64(&args, (int64_t)row->adjustment_id);
    return db_exec(tx_db(tx), &MOVE, &args, NULL, err);
}

int dispute_store_add_step(struct tx *tx, uint64_t id, const char *step, const char *words, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, step);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, tx_principal(tx) ? tx_principal(tx)->person : "");
    db_arg_text(&args, words);
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

static struct dispute_row read_row(struct arena *arena, const struct db_rows *rows, int r)
{
    struct dispute_row row = { .id = (uint64_t)db_i64(rows, r, 0),
                               .unit_id = (uint32_t)db_i32(rows, r, 1),
                               .period_id = (uint32_t)db_i32(rows, r, 2) };
    const char **texts[] = { &row.about, &row.line,     &row.component, &row.expected,
                             &row.words, &row.evidence, &row.state,     &row.raised_by };

    for (int i = 0; i < 8; i++)
        *texts[i] = arena_strdup(arena, db_text(rows, r, 3 + i));
    row.raised_at = db_time(rows, r, 11);
    row.assignee = arena_strdup(arena, db_text(rows, r, 12));
    row.due = db_is_null(rows, r, 13) ? INT32_MIN : db_date(rows, r, 13);
    row.decision = arena_strdup(arena, db_text(rows, r, 14));
    row.decided_by = arena_strdup(arena, db_text(rows, r, 15));
    row.decided_at = db_is_null(rows, r, 16) ? 0 : db_time(rows, r, 16);
    row.adjustment_id = (uint64_t)db_i64(rows, r, 17);
    return row;
}

int dispute_store_list(struct tx *tx, uint64_t id, const uint32_t *units, size_t unit_count, const char *state,
                       uint64_t after, uint32_t limit, struct dispute_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
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
    *rows = arena_array(tx_arena(tx), struct dispute_row, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = read_row(tx_arena(tx), &found, r);
    db_rows_fini(&found);
    return 0;
}
