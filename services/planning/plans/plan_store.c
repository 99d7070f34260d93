/* plan_store: see plan_store.h. */
#include "planning/plans/plan_store.h"

#include "bus/message.h"

#define COLUMNS "unit_id, approver_id, period_id, state, revision, body"

static const struct stmt GET = { "work_plan_get", "SELECT " COLUMNS " FROM work_plan WHERE code = $1"
                                                  " AND ($2::int = version OR ($2::int = 0 AND latest))" };
static const struct stmt IN_FORCE = { "work_plan_in_force", "SELECT " COLUMNS " FROM work_plan WHERE code = $1"
                                                            " AND state = 3" };
static const struct stmt NOT_LATEST = { "work_plan_not_latest",
                                        "UPDATE work_plan SET latest = false WHERE code = $1 AND version < $2" };
static const struct stmt PUT = {
    "work_plan_put",
    "INSERT INTO work_plan (code, version, kind, unit_id, approver_id, period_id, state, revision, latest, open_steps,"
    " body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10) ON CONFLICT (code, version) DO UPDATE SET"
    " approver_id = excluded.approver_id, period_id = excluded.period_id, state = excluded.state,"
    " revision = excluded.revision, open_steps = excluded.open_steps, body = excluded.body"
};
static const struct stmt PAGE = { "work_plan_page",
                                  "SELECT " COLUMNS " FROM work_plan WHERE latest AND ($1 = '' OR kind = $1)"
                                  " AND ($2::int = 0 OR unit_id = $2::int) AND ($3::int = 0 OR period_id = $3::int)"
                                  " AND ($4::int < 0 OR state = $4::int) AND code > $5 ORDER BY code LIMIT $6::int" };
static const struct stmt ACTIVE = { "work_plan_active",
                                    "SELECT " COLUMNS " FROM work_plan WHERE state = 1 OR state = 2 AND latest"
                                    " OR state = 3 AND open_steps > 0 ORDER BY code, version" };
static const struct stmt ADD_MOVE = { "work_plan_add_move",
                                      "INSERT INTO work_plan_move (code, version, revision, act, person, at, note)"
                                      " VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct stmt MOVES = { "work_plan_moves", "SELECT version, revision, act, person, at, note"
                                                      " FROM work_plan_move WHERE code = $1"
                                                      " ORDER BY version, revision" };
static const struct stmt DID = { "work_plan_did",
                                 "SELECT EXISTS (SELECT 1 FROM work_plan_move WHERE code = $1 AND version = $2"
                                 " AND act = ANY ($4) AND person = $3)" };

static int take(struct tx *tx, const struct db_rows *rows, int row, struct work_plan *out, struct err *err)
{
    ProtobufCMessage *body;
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 5, &len);

    *out = (struct work_plan) { .unit_id = (uint32_t)db_i32(rows, row, 0),
                                .approver_id = (uint32_t)db_i32(rows, row, 1),
                                .period_id = (uint32_t)db_i32(rows, row, 2),
                                .state = (enum plan_state)db_i16(rows, row, 3) };
    if (message_unpack(&bihuan__work_plan__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx), &body,
                       err) != 0)
        return -1;
    out->body = (Bihuan__WorkPlan *)body;
    out->body->revision = (uint32_t)db_i32(rows, row, 4);
    out->body->state = (char *)(uintptr_t)plan_state_word(out->state);
    return 0;
}

static int query(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct work_plan **rows,
                 size_t *count, struct err *err)
{
    struct db_rows found;
    int rc = 0;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct work_plan, found.count + 1);
    for (int i = 0; rc == 0 && i < found.count; i++)
        rc = take(tx, &found, i, &(*rows)[i], err);
    db_rows_fini(&found);
    return rc;
}

static int query_one(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct work_plan **out,
                     struct err *err)
{
    size_t count;

    if (query(tx, stmt, args, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int plan_store_get(struct tx *tx, const char *code, uint32_t version, struct work_plan **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)version);
    return query_one(tx, &GET, &args, out, err);
}

int plan_store_in_force(struct tx *tx, const char *code, struct work_plan **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    return query_one(tx, &IN_FORCE, &args, out, err);
}

int plan_store_put(struct tx *tx, const struct work_plan *plan, struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&plan->body->base);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, plan->body->code);
    db_arg_i32(&args, (int32_t)plan->body->version);
    if (db_exec(tx_db(tx), &NOT_LATEST, &args, NULL, err) != 0)
        return -1;
    protobuf_c_message_pack(&plan->body->base, body);
    db_arg_text(&args, plan->body->kind);
    db_arg_i32(&args, (int32_t)plan->unit_id);
    db_arg_i32(&args, (int32_t)plan->approver_id);
    db_arg_i32(&args, (int32_t)plan->period_id);
    db_arg_i16(&args, (int16_t)plan->state);
    db_arg_i32(&args, (int32_t)plan->body->revision);
    db_arg_i32(&args, (int32_t)plan_open_steps(plan->body));
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int plan_store_page(struct tx *tx, const char *kind, uint32_t unit_id, uint32_t period_id, int state, const char *after,
                    uint32_t limit, struct work_plan **rows, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, state);
    db_arg_text(&args, after);
    db_arg_i32(&args, (int32_t)limit);
    return query(tx, &PAGE, &args, rows, count, err);
}

int plan_store_active(struct tx *tx, struct work_plan **rows, size_t *count, struct err *err)
{
    return query(tx, &ACTIVE, NULL, rows, count, err);
}

int plan_store_add_move(struct tx *tx, const char *code, const struct plan_move *move, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)move->version);
    db_arg_i32(&args, (int32_t)move->revision);
    db_arg_i16(&args, (int16_t)move->act);
    db_arg_text(&args, move->person);
    db_arg_time(&args, move->at);
    db_arg_text(&args, move->note);
    return db_exec(tx_db(tx), &ADD_MOVE, &args, NULL, err);
}

int plan_store_moves(struct tx *tx, const char *code, struct plan_move **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    if (db_query(tx_db(tx), &MOVES, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct plan_move, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct plan_move) { .version = (uint32_t)db_i32(&found, i, 0),
                                          .revision = (uint32_t)db_i32(&found, i, 1),
                                          .act = (enum plan_act)db_i16(&found, i, 2),
                                          .person = arena_strdup(tx_arena(tx), db_text(&found, i, 3)),
                                          .at = db_time(&found, i, 4),
                                          .note = arena_strdup(tx_arena(tx), db_text(&found, i, 5)) };
    db_rows_fini(&found);
    return 0;
}

int plan_store_did(struct tx *tx, const struct work_plan *plan, const char *person, uint32_t acts, bool *did,
                   struct err *err)
{
    int16_t numbers[PLAN_ACTS];
    size_t count = 0;
    struct db_args args;
    struct db_rows rows;

    for (int16_t act = 0; act < PLAN_ACTS; act++)
        if (acts & UINT32_C(1) << act)
            numbers[count++] = act;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, plan->body->code);
    db_arg_i32(&args, (int32_t)plan->body->version);
    db_arg_text(&args, person);
    db_arg_i16_array(&args, numbers, count);
    if (db_query(tx_db(tx), &DID, &args, &rows, err) != 0)
        return -1;
    *did = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
