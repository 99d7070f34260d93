/* material_store: see material_store.h. */
#include "planning/guides/material_store.h"

#include "bus/message.h"

#define COLUMNS                                                                                                        \
    "m.id, m.state, m.revision, m.unit_id, m.step_unit, m.needed_day, m.body,"                                         \
    " (SELECT count(*) FROM material_unit c WHERE c.material_id = m.id),"                                              \
    " (SELECT count(c.confirmed_at) FROM material_unit c WHERE c.material_id = m.id)"

static const struct stmt NEXT_ID = { "material_next_id", "SELECT coalesce(max(id), 0) + 1 FROM material" };
static const struct stmt INSERT = { "material_insert",
                                    "INSERT INTO material (id, code, state, revision, unit_id, step_unit, needed_day,"
                                    " body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
static const struct stmt INSERT_UNITS = { "material_insert_units", "INSERT INTO material_unit (material_id, unit_id)"
                                                                   " SELECT $1::bigint, unnest($2::int[])" };
static const struct stmt GET = { "material_get", "SELECT " COLUMNS " FROM material m WHERE m.code = $1" };
static const struct stmt UPDATE = { "material_update", "UPDATE material SET state = $2, revision = $3, step_unit = $4"
                                                       " WHERE id = $1" };
/* What a scope shows of materials m; NULL shows all. */
#define IN_SCOPE(units)                                                                                                \
    "(" units " IS NULL OR m.unit_id = ANY(" units ") OR m.step_unit = ANY(" units ") OR EXISTS"                       \
    " (SELECT 1 FROM material_unit u WHERE u.material_id = m.id AND u.unit_id = ANY(" units ")))"
static const struct stmt PAGE = {
    "material_page",
    "SELECT " COLUMNS " FROM material m WHERE ($1::int < 0 OR m.state = $1::int) AND m.id < $4"
    " AND ($2::int = 0 OR EXISTS (SELECT 1 FROM material_unit u WHERE u.material_id = m.id AND u.unit_id = $2::int))"
    " AND " IN_SCOPE("$3::int[]") " ORDER BY m.id DESC LIMIT $5::int"
};
static const struct stmt SEEN = { "material_seen", "SELECT EXISTS (SELECT 1 FROM material m WHERE m.id = $1"
                                                   " AND " IN_SCOPE("$2::int[]") ")" };
static const struct stmt ADD_MOVE = { "material_add_move",
                                      "INSERT INTO material_move (material_id, revision, state, person, unit_id, at,"
                                      " note) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct stmt MOVES = { "material_moves", "SELECT revision, state, person, unit_id, at, note"
                                                     " FROM material_move WHERE material_id = $1 ORDER BY revision" };
static const struct stmt CONFIRM = { "material_confirm",
                                     "UPDATE material_unit SET confirmed_by = $3, confirmed_at = $4, note = $5"
                                     " WHERE material_id = $1 AND unit_id = $2" };
static const struct stmt IS_UNIT = { "material_is_unit", "SELECT confirmed_at IS NULL FROM material_unit"
                                                         " WHERE material_id = $1 AND unit_id = $2" };
static const struct stmt MISSING = { "material_missing", "SELECT unit_id FROM material_unit WHERE material_id = $1"
                                                         " AND confirmed_at IS NULL ORDER BY unit_id" };
static const struct stmt WAITING = {
    "material_waiting",
    "SELECT " COLUMNS ", 0 FROM material m WHERE m.step_unit > 0 AND m.step_unit = ANY($1::int[])"
    " UNION ALL SELECT " COLUMNS ", u.unit_id FROM material_unit u JOIN material m ON m.id = u.material_id"
    " WHERE u.unit_id = ANY($1::int[]) AND u.confirmed_at IS NULL AND m.state = 3 LIMIT 1000"
};

static void arg_units(struct db_args *args, struct tx *tx, const uint32_t *units, size_t count)
{
    int32_t *ids = arena_array(tx_arena(tx), int32_t, count + 1);

    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)units[i];
    if (units)
        db_arg_i32_array(args, ids, count);
    else
        db_arg_null(args);
}

static int take(struct tx *tx, const struct db_rows *rows, int row, struct material *out, struct err *err)
{
    ProtobufCMessage *body;
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 6, &len);

    *out = (struct material) { .id = db_i64(rows, row, 0),
                               .state = (enum material_state)db_i16(rows, row, 1),
                               .revision = (uint32_t)db_i32(rows, row, 2),
                               .unit_id = (uint32_t)db_i32(rows, row, 3),
                               .step_unit = (uint32_t)db_i32(rows, row, 4),
                               .needed_day = db_date(rows, row, 5) };
    if (message_unpack(&bihuan__material__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx), &body,
                       err) != 0)
        return -1;
    out->body = (Bihuan__Material *)body;
    out->body->addressed = (uint32_t)db_i64(rows, row, 7);
    out->body->confirmed = (uint32_t)db_i64(rows, row, 8);
    return 0;
}

static int query(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct material **rows,
                 uint32_t **more, size_t *count, struct err *err)
{
    struct db_rows found;
    int rc = 0;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct material, found.count + 1);
    if (more)
        *more = arena_array(tx_arena(tx), uint32_t, found.count + 1);
    for (int i = 0; rc == 0 && i < found.count; i++) {
        rc = take(tx, &found, i, &(*rows)[i], err);
        if (more)
            (*more)[i] = (uint32_t)db_i32(&found, i, 9);
    }
    db_rows_fini(&found);
    return rc;
}

int material_store_insert(struct tx *tx, struct material *material, const uint32_t *units, size_t count,
                          struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&material->body->base);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT_ID, NULL, &rows, err) != 0)
        return -1;
    material->id = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    protobuf_c_message_pack(&material->body->base, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material->id);
    db_arg_text(&args, material->body->code);
    db_arg_i16(&args, (int16_t)material->state);
    db_arg_i32(&args, (int32_t)material->revision);
    db_arg_i32(&args, (int32_t)material->unit_id);
    db_arg_i32(&args, (int32_t)material->step_unit);
    db_arg_date(&args, material->needed_day);
    db_arg_bytes(&args, body, len);
    if (db_exec(tx_db(tx), &INSERT, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material->id);
    arg_units(&args, tx, units, count);
    return db_exec(tx_db(tx), &INSERT_UNITS, &args, NULL, err);
}

int material_store_get(struct tx *tx, const char *code, struct material **out, struct err *err)
{
    struct db_args args;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    if (query(tx, &GET, &args, out, NULL, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int material_store_update(struct tx *tx, const struct material *material, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material->id);
    db_arg_i16(&args, (int16_t)material->state);
    db_arg_i32(&args, (int32_t)material->revision);
    db_arg_i32(&args, (int32_t)material->step_unit);
    return db_exec(tx_db(tx), &UPDATE, &args, NULL, err);
}

int material_store_page(struct tx *tx, int state, uint32_t unit_id, const uint32_t *scope, size_t scope_count,
                        int64_t before, uint32_t limit, struct material **rows, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, state);
    db_arg_i32(&args, (int32_t)unit_id);
    arg_units(&args, tx, scope, scope_count);
    db_arg_i64(&args, before);
    db_arg_i32(&args, (int32_t)limit);
    return query(tx, &PAGE, &args, rows, NULL, count, err);
}

int material_store_in_scope(struct tx *tx, int64_t material_id, const uint32_t *scope, size_t scope_count, bool *yes,
                            struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material_id);
    arg_units(&args, tx, scope, scope_count);
    if (db_query(tx_db(tx), &SEEN, &args, &rows, err) != 0)
        return -1;
    *yes = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int material_store_add_move(struct tx *tx, int64_t material_id, const struct material_move *move, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material_id);
    db_arg_i32(&args, (int32_t)move->revision);
    db_arg_i16(&args, (int16_t)move->state);
    db_arg_text(&args, move->person);
    db_arg_i32(&args, (int32_t)move->unit_id);
    db_arg_time(&args, move->at);
    db_arg_text(&args, move->note);
    return db_exec(tx_db(tx), &ADD_MOVE, &args, NULL, err);
}

int material_store_moves(struct tx *tx, int64_t material_id, struct material_move **rows, size_t *count,
                         struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material_id);
    if (db_query(tx_db(tx), &MOVES, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct material_move, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct material_move) { .revision = (uint32_t)db_i32(&found, i, 0),
                                              .state = (enum material_state)db_i16(&found, i, 1),
                                              .person = arena_strdup(tx_arena(tx), db_text(&found, i, 2)),
                                              .unit_id = (uint32_t)db_i32(&found, i, 3),
                                              .at = db_time(&found, i, 4),
                                              .note = arena_strdup(tx_arena(tx), db_text(&found, i, 5)) };
    db_rows_fini(&found);
    return 0;
}

int material_store_confirm(struct tx *tx, int64_t material_id, uint32_t unit_id, const char *person, int64_t at,
                           const char *note, int *was, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material_id);
    db_arg_i32(&args, (int32_t)unit_id);
    if (db_query(tx_db(tx), &IS_UNIT, &args, &rows, err) != 0)
        return -1;
    *was = !rows.count ? 0 : db_bool(&rows, 0, 0) ? 1 : 2;
    db_rows_fini(&rows);
    if (*was != 1) /* refused: nothing is written before that */
        return 0;
    db_arg_text(&args, person);
    db_arg_time(&args, at);
    db_arg_text(&args, note);
    return db_exec(tx_db(tx), &CONFIRM, &args, NULL, err);
}

int material_store_missing(struct tx *tx, int64_t material_id, uint32_t **units, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, material_id);
    if (db_query(tx_db(tx), &MISSING, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *units = arena_array(tx_arena(tx), uint32_t, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        (*units)[i] = (uint32_t)db_i32(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

int material_store_waiting(struct tx *tx, const uint32_t *units, size_t unit_count, struct material **rows,
                           uint32_t **confirm_at, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    arg_units(&args, tx, units, unit_count);
    return query(tx, &WAITING, &args, rows, confirm_at, count, err);
}
