/* cycle_store: see cycle_store.h. Here: cycles, seats, stages. */
#include "planning/cycle/cycle_store.h"

#include "bus/message.h"

static const struct stmt NEXT_ID = { "cycle_next_id", "SELECT coalesce(max(id), 0) + 1 FROM cycle" };
static const struct stmt INSERT = { "cycle_insert",
                                    "INSERT INTO cycle (id, code, period_id, template, done, opened_by, opened_at)"
                                    " VALUES ($1, $2, $3, $4, false, $5, $6)" };
static const struct stmt INSERT_SEATS = { "cycle_insert_seats",
                                          "INSERT INTO cycle_seat (cycle_id, role, unit_id)"
                                          " SELECT $1::int, s.role, s.unit_id FROM unnest($2::text[], $3::int[])"
                                          " s(role, unit_id)" };
static const struct stmt PUT_STAGE = {
    "cycle_put_stage",
    "INSERT INTO cycle_stage (cycle_id, ordinal, state, opened_at, overridden_by, reason)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (cycle_id, ordinal) DO UPDATE SET state = excluded.state,"
    " opened_at = excluded.opened_at, overridden_by = excluded.overridden_by, reason = excluded.reason"
};
static const struct stmt GET = { "cycle_get",
                                 "SELECT id, code, period_id, template, done, opened_by, opened_at FROM cycle"
                                 " WHERE code = $1 OR id = $2::int" };
static const struct stmt SEATS = { "cycle_seats", "SELECT role, unit_id FROM cycle_seat WHERE cycle_id = $1"
                                                  " ORDER BY role, unit_id" };
static const struct stmt STAGES = { "cycle_stages", "SELECT ordinal, state, opened_at, overridden_by, reason"
                                                    " FROM cycle_stage WHERE cycle_id = $1 ORDER BY ordinal" };
static const struct stmt CODES = { "cycle_codes",
                                   "SELECT code FROM cycle WHERE ($1::int < 0 OR done = ($1::int = 1))"
                                   " AND ($2::int = 0 OR period_id = $2::int) AND code > $3 ORDER BY code"
                                   " LIMIT $4::int" };
static const struct stmt SET_DONE = { "cycle_set_done", "UPDATE cycle SET done = true WHERE id = $1" };

static int insert_seats(struct tx *tx, const struct cycle *cycle, struct err *err)
{
    const char **roles = arena_array(tx_arena(tx), const char *, cycle->seat_count + 1);
    int32_t *units = arena_array(tx_arena(tx), int32_t, cycle->seat_count + 1);
    struct db_args args;

    for (size_t i = 0; i < cycle->seat_count; i++) {
        roles[i] = cycle->seats[i].role;
        units[i] = (int32_t)cycle->seats[i].unit_id;
    }
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle->id);
    db_arg_text_array(&args, roles, cycle->seat_count);
    db_arg_i32_array(&args, units, cycle->seat_count);
    return db_exec(tx_db(tx), &INSERT_SEATS, &args, NULL, err);
}

int cycle_store_insert(struct tx *tx, struct cycle *cycle, struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&cycle->template->base);
    uint8_t *template = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT_ID, NULL, &rows, err) != 0)
        return -1;
    cycle->id = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    protobuf_c_message_pack(&cycle->template->base, template);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle->id);
    db_arg_text(&args, cycle->code);
    db_arg_i32(&args, (int32_t)cycle->period_id);
    db_arg_bytes(&args, template, len);
    db_arg_text(&args, cycle->opened_by);
    db_arg_time(&args, cycle->opened_at);
    if (db_exec(tx_db(tx), &INSERT, &args, NULL, err) != 0 || insert_seats(tx, cycle, err) != 0)
        return -1;
    for (size_t i = 0; i < cycle->template->n_stages; i++)
        if (cycle_store_put_stage(tx, cycle->id, (int)i, &cycle->stages[i], err) != 0)
            return -1;
    return 0;
}

int cycle_store_put_stage(struct tx *tx, uint32_t cycle_id, int ordinal, const struct cycle_stage *stage,
                          struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle_id);
    db_arg_i16(&args, (int16_t)ordinal);
    db_arg_i16(&args, (int16_t)stage->state);
    if (stage->opened_at)
        db_arg_time(&args, stage->opened_at);
    else
        db_arg_null(&args);
    db_arg_text(&args, stage->overridden_by);
    db_arg_text(&args, stage->reason);
    return db_exec(tx_db(tx), &PUT_STAGE, &args, NULL, err);
}

static int load_seats(struct tx *tx, struct cycle *cycle, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle->id);
    if (db_query(tx_db(tx), &SEATS, &args, &rows, err) != 0)
        return -1;
    cycle->seat_count = (size_t)rows.count;
    cycle->seats = arena_array(tx_arena(tx), struct cycle_seat, rows.count + 1);
    for (int i = 0; i < rows.count; i++) {
        cycle->seats[i].role = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        cycle->seats[i].unit_id = (uint32_t)db_i32(&rows, i, 1);
    }
    db_rows_fini(&rows);
    return 0;
}

static int load_stages(struct tx *tx, struct cycle *cycle, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle->id);
    if (db_query(tx_db(tx), &STAGES, &args, &rows, err) != 0)
        return -1;
    cycle->stages = arena_array(tx_arena(tx), struct cycle_stage, cycle->template->n_stages + 1);
    for (size_t i = 0; i < cycle->template->n_stages; i++)
        cycle->stages[i].overridden_by = cycle->stages[i].reason = "";
    for (int i = 0; i < rows.count; i++) {
        size_t at = (size_t)db_i16(&rows, i, 0);

        if (at >= cycle->template->n_stages)
            continue;
        cycle->stages[at] = (struct cycle_stage) { .state = (enum stage_state)db_i16(&rows, i, 1),
                                                   .opened_at = db_is_null(&rows, i, 2) ? 0 : db_time(&rows, i, 2),
                                                   .overridden_by = arena_strdup(tx_arena(tx), db_text(&rows, i, 3)),
                                                   .reason = arena_strdup(tx_arena(tx), db_text(&rows, i, 4)) };
    }
    db_rows_fini(&rows);
    return 0;
}

static int take_cycle(struct tx *tx, const struct db_rows *rows, struct cycle *cycle, struct err *err)
{
    ProtobufCMessage *template;
    size_t len;
    const uint8_t *bytes = db_bytes(rows, 0, 3, &len);

    cycle->id = (uint32_t)db_i32(rows, 0, 0);
    cycle->code = arena_strdup(tx_arena(tx), db_text(rows, 0, 1));
    cycle->period_id = (uint32_t)db_i32(rows, 0, 2);
    cycle->done = db_bool(rows, 0, 4);
    cycle->opened_by = arena_strdup(tx_arena(tx), db_text(rows, 0, 5));
    cycle->opened_at = db_time(rows, 0, 6);
    if (message_unpack(&bihuan__cycle_template__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx),
                       &template, err) != 0)
        return -1;
    cycle->template = (Bihuan__CycleTemplate *)template;
    return 0;
}

int cycle_store_get(struct tx *tx, const char *code, uint32_t id, struct cycle **out, struct err *err)
{
    struct cycle *cycle = arena_new(tx_arena(tx), struct cycle);
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    *out = NULL;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code ? code : "");
    db_arg_i32(&args, code ? 0 : (int32_t)id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        rc = take_cycle(tx, &rows, cycle, err);
    if (rows.count && rc == 0)
        *out = cycle;
    db_rows_fini(&rows);
    if (rc != 0 || !*out)
        return rc;
    return load_seats(tx, cycle, err) != 0 ? -1 : load_stages(tx, cycle, err);
}

int cycle_store_codes(struct tx *tx, int done, uint32_t period_id, const char *after, uint32_t limit,
                      const char ***codes, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, done);
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_text(&args, after);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &CODES, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *codes = arena_array(tx_arena(tx), const char *, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        (*codes)[i] = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
    db_rows_fini(&rows);
    return 0;
}

int cycle_store_set_done(struct tx *tx, uint32_t cycle_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)cycle_id);
    return db_exec(tx_db(tx), &SET_DONE, &args, NULL, err);
}
