/* deliverable_store: deliverables and their moves; see cycle_store.h. */
#include "planning/cycle/cycle_store.h"

#define COLUMNS                                                                                                        \
    "id, cycle_id, stage, code, unit_id, due_day, state, announced, next_day, revision, body, plan, submitted_by,"     \
    " submitted_at, late, returns, reason, approved_by, approved_at"

static const struct stmt LAST_ID = { "deliverable_last_id", "SELECT coalesce(max(id), 0) FROM deliverable" };
static const struct stmt INSERT = {
    "deliverable_insert",
    "INSERT INTO deliverable (" COLUMNS ") SELECT v.id, $1::int, v.stage, v.code, v.unit_id, v.due_day, 0,"
    " v.announced, v.next_day, 1, '', '', '', NULL, false, 0, '', '', NULL"
    " FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::int[], $6::date[], $7::smallint[], $8::date[])"
    " v(id, stage, code, unit_id, due_day, announced, next_day)"
};
static const struct stmt UPDATE = {
    "deliverable_update",
    "UPDATE deliverable SET state = $2, announced = $3, next_day = $4, revision = $5, body = $6, plan = $7,"
    " submitted_by = $8, submitted_at = $9, late = $10, returns = $11, reason = $12, approved_by = $13,"
    " approved_at = $14 WHERE id = $1"
};
static const struct stmt GET = { "deliverable_get", "SELECT " COLUMNS " FROM deliverable WHERE cycle_id = $1"
                                                    " AND code = $2 AND unit_id = $3" };
static const struct stmt PAGE = { "deliverable_page",
                                  "SELECT " COLUMNS " FROM deliverable WHERE ($1::int = 0 OR cycle_id = $1::int)"
                                  " AND ($2::int = 0 OR unit_id = $2::int) AND id > $3 ORDER BY id LIMIT $4::int" };
static const struct stmt UNIT = { "deliverable_unit", "SELECT unit_id FROM deliverable WHERE id = $1" };
static const struct stmt UNFINISHED = { "deliverable_unfinished",
                                        "SELECT " COLUMNS " FROM deliverable WHERE state < 3 ORDER BY due_day, id" };
static const struct stmt MOVING = { "deliverable_moving",
                                    "SELECT " COLUMNS " FROM deliverable WHERE next_day <= $1"
                                    " AND next_day < 'infinity' ORDER BY next_day, id LIMIT $2::int" };
static const struct stmt ADD_MOVE = { "deliverable_add_move",
                                      "INSERT INTO deliverable_move (deliverable_id, revision, action, person, role,"
                                      " at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct stmt MOVES = { "deliverable_moves",
                                   "SELECT revision, action, person, role, at, body FROM deliverable_move"
                                   " WHERE deliverable_id = $1 ORDER BY revision" };
static const struct stmt WROTE = { "deliverable_wrote",
                                   "SELECT EXISTS (SELECT 1 FROM deliverable_move WHERE deliverable_id = $1"
                                   " AND action IN (0, 4) AND person = $2)" }; /* submit, attach */

static int last_id(struct tx *tx, int64_t *out, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &LAST_ID, NULL, &rows, err) != 0)
        return -1;
    *out = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int deliverable_store_insert(struct tx *tx, struct deliverable *rows, size_t count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    int64_t *ids = arena_array(arena, int64_t, count + 1);
    int16_t *stages = arena_array(arena, int16_t, count + 1);
    int16_t *announced = arena_array(arena, int16_t, count + 1);
    const char **codes = arena_array(arena, const char *, count + 1);
    int32_t *units = arena_array(arena, int32_t, count + 1);
    int32_t *due = arena_array(arena, int32_t, count + 1);
    int32_t *next = arena_array(arena, int32_t, count + 1);
    struct db_args args;
    int64_t id;

    if (!count)
        return 0;
    if (last_id(tx, &id, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        ids[i] = rows[i].id = ++id;
        stages[i] = (int16_t)rows[i].stage;
        announced[i] = (int16_t)rows[i].announced;
        codes[i] = rows[i].code;
        units[i] = (int32_t)rows[i].unit_id;
        due[i] = rows[i].due_day;
        next[i] = rows[i].next_day;
    }
    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)rows[0].cycle_id);
    db_arg_i64_array(&args, ids, count);
    db_arg_i16_array(&args, stages, count);
    db_arg_text_array(&args, codes, count);
    db_arg_i32_array(&args, units, count);
    db_arg_date_array(&args, due, count);
    db_arg_i16_array(&args, announced, count);
    db_arg_date_array(&args, next, count);
    return db_exec(tx_db(tx), &INSERT, &args, NULL, err);
}

static void arg_time_or_null(struct db_args *args, int64_t time_us)
{
    if (time_us)
        db_arg_time(args, time_us);
    else
        db_arg_null(args);
}

int deliverable_store_update(struct tx *tx, const struct deliverable *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, row->id);
    db_arg_i16(&args, (int16_t)row->state);
    db_arg_i16(&args, (int16_t)row->announced);
    db_arg_date(&args, row->next_day);
    db_arg_i32(&args, (int32_t)row->revision);
    db_arg_text(&args, row->body);
    db_arg_text(&args, row->plan);
    db_arg_text(&args, row->submitted_by);
    arg_time_or_null(&args, row->submitted_at);
    db_arg_bool(&args, row->late);
    db_arg_i32(&args, (int32_t)row->returns);
    db_arg_text(&args, row->reason);
    db_arg_text(&args, row->approved_by);
    arg_time_or_null(&args, row->approved_at);
    return db_exec(tx_db(tx), &UPDATE, &args, NULL, err);
}

static const char *take_text(struct tx *tx, const struct db_rows *rows, int row, int col)
{
    return arena_strdup(tx_arena(tx), db_text(rows, row, col));
}

static int64_t take_time(const struct db_rows *rows, int row, int col)
{
    return db_is_null(rows, row, col) ? 0 : db_time(rows, row, col);
}

static struct deliverable take_row(struct tx *tx, const struct db_rows *rows, int row)
{
    return (struct deliverable) { .id = db_i64(rows, row, 0),
                                  .cycle_id = (uint32_t)db_i32(rows, row, 1),
                                  .stage = db_i16(rows, row, 2),
                                  .code = take_text(tx, rows, row, 3),
                                  .unit_id = (uint32_t)db_i32(rows, row, 4),
                                  .due_day = db_date(rows, row, 5),
                                  .state = (enum work_state)db_i16(rows, row, 6),
                                  .announced = (enum shown_state)db_i16(rows, row, 7),
                                  .next_day = db_date(rows, row, 8),
                                  .revision = (uint32_t)db_i32(rows, row, 9),
                                  .body = take_text(tx, rows, row, 10),
                                  .plan = take_text(tx, rows, row, 11),
                                  .submitted_by = take_text(tx, rows, row, 12),
                                  .submitted_at = take_time(rows, row, 13),
                                  .late = db_bool(rows, row, 14),
                                  .returns = (uint32_t)db_i32(rows, row, 15),
                                  .reason = take_text(tx, rows, row, 16),
                                  .approved_by = take_text(tx, rows, row, 17),
                                  .approved_at = take_time(rows, row, 18) };
}

static int query_rows(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct deliverable **rows,
                      size_t *count, struct err *err)
{
    struct db_rows found;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct deliverable, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = take_row(tx, &found, i);
    db_rows_fini(&found);
    return 0;
}

int deliverable_store_get(struct tx *tx, uint32_t cycle_id, const char *code, uint32_t unit_id,
                          struct deliverable **out, struct err *err)
{
    struct db_args args;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle_id);
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)unit_id);
    if (query_rows(tx, &GET, &args, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int deliverable_store_page(struct tx *tx, uint32_t cycle_id, uint32_t unit_id, int64_t after, uint32_t limit,
                           struct deliverable **rows, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i64(&args, after);
    db_arg_i32(&args, (int32_t)limit);
    return query_rows(tx, &PAGE, &args, rows, count, err);
}

int deliverable_store_unit(struct tx *tx, int64_t id, uint32_t *unit_id, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, id);
    if (db_query(tx_db(tx), &UNIT, &args, &rows, err) != 0)
        return -1;
    *unit_id = rows.count ? (uint32_t)db_i32(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

int deliverable_store_unfinished(struct tx *tx, struct deliverable **rows, size_t *count, struct err *err)
{
    return query_rows(tx, &UNFINISHED, NULL, rows, count, err);
}

int deliverable_store_moving(struct tx *tx, int32_t day, uint32_t limit, struct deliverable **rows, size_t *count,
                             struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day);
    db_arg_i32(&args, (int32_t)limit);
    return query_rows(tx, &MOVING, &args, rows, count, err);
}

int deliverable_store_add_move(struct tx *tx, int64_t deliverable_id, const struct deliverable_move *move,
                               struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, deliverable_id);
    db_arg_i32(&args, (int32_t)move->revision);
    db_arg_i16(&args, (int16_t)move->move);
    db_arg_text(&args, move->person);
    db_arg_text(&args, move->role);
    db_arg_time(&args, move->at);
    db_arg_text(&args, move->body);
    return db_exec(tx_db(tx), &ADD_MOVE, &args, NULL, err);
}

int deliverable_store_moves(struct tx *tx, int64_t deliverable_id, struct deliverable_move **rows, size_t *count,
                            struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, deliverable_id);
    if (db_query(tx_db(tx), &MOVES, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct deliverable_move, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct deliverable_move) { .revision = (uint32_t)db_i32(&found, i, 0),
                                                 .move = (enum move)db_i16(&found, i, 1),
                                                 .person = take_text(tx, &found, i, 2),
                                                 .role = take_text(tx, &found, i, 3),
                                                 .at = db_time(&found, i, 4),
                                                 .body = take_text(tx, &found, i, 5) };
    db_rows_fini(&found);
    return 0;
}

int deliverable_store_wrote(struct tx *tx, int64_t deliverable_id, const char *person, bool *wrote, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, deliverable_id);
    db_arg_text(&args, person);
    if (db_query(tx_db(tx), &WROTE, &args, &rows, err) != 0)
        return -1;
    *wrote = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
