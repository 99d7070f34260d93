/* negotiation_store: see negotiation_store.h. */
#include "planning/talks/negotiation_store.h"

#include "bus/wire.h"

#include <string.h>

static const struct stmt GET = { "talk_get", "SELECT unit_id, state, reminders, since, asks, revision FROM negotiation"
                                             " WHERE period_id = $1 AND version = $2 AND unit_id = $3" };
static const struct stmt PUT = {
    "talk_put", "INSERT INTO negotiation (period_id, version, unit_id, state, reminders, since, asks, revision)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (period_id, version, unit_id) DO UPDATE SET"
                " state = excluded.state, reminders = excluded.reminders, since = excluded.since,"
                " asks = excluded.asks, revision = excluded.revision"
};
static const struct stmt ADD_STEP = {
    "talk_add_step", "INSERT INTO negotiation_step (period_id, version, unit_id, no, step)"
                     " SELECT $1::int, $2::int, $3::int, coalesce(max(no), 0) + 1, $4::bytea FROM negotiation_step"
                     " WHERE period_id = $1::int AND version = $2::int AND unit_id = $3::int"
};
static const struct stmt STEPS = { "talk_steps", "SELECT step FROM negotiation_step WHERE period_id = $1"
                                                 " AND version = $2 AND unit_id = $3 ORDER BY no" };
static const struct stmt PAGE = { "talk_page",
                                  "SELECT unit_id, state, reminders, since, asks, revision FROM negotiation"
                                  " WHERE period_id = $1 AND version = $2 AND unit_id > $3"
                                  " ORDER BY unit_id LIMIT $4::int" };
static const struct stmt ASKING = { "talk_asking", "SELECT unit_id FROM negotiation WHERE period_id = $1"
                                                   " AND version = $2 AND state = 'asked' ORDER BY unit_id" };

static const struct stmt ACCEPTED = { "talk_accepted", "SELECT unit_id FROM negotiation WHERE period_id = $1"
                                                       " AND version = $2 AND state = 'accepted' ORDER BY unit_id" };

static void version_args(struct tx *tx, struct db_args *args, uint32_t period_id, uint32_t version)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)period_id);
    db_arg_i32(args, (int32_t)version);
}

static const Bihuan__NegotiationStep *step_of(struct tx *tx, const struct db_rows *rows, int row, int col)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, col, &len);

    return len ? bihuan__negotiation_step__unpack(&tx_arena(tx)->allocator, len, arena_memdup(tx_arena(tx), bytes, len))
               : NULL;
}

static void take_row(struct tx *tx, const struct db_rows *rows, int i, struct talk_row *row)
{
    *row = (struct talk_row) { .unit_id = (uint32_t)db_i32(rows, i, 0),
                               .state = talk_state_of(db_text(rows, i, 1)),
                               .reminders = (uint32_t)db_i32(rows, i, 2),
                               .since = db_time(rows, i, 3),
                               .asks = step_of(tx, rows, i, 4),
                               .revision = (uint32_t)db_i32(rows, i, 5) };
}

int negotiation_store_get(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, struct talk_row *row,
                          struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *row = (struct talk_row) { .unit_id = unit_id };
    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)unit_id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        take_row(tx, &rows, 0, row);
    db_rows_fini(&rows);
    return 0;
}

static void step_arg(struct db_args *args, const Bihuan__NegotiationStep *step)
{
    struct buf packed = { 0 };

    if (step)
        wire_pack(&step->base, &packed);
    db_arg_bytes(args, packed.data ? packed.data : (const uint8_t *)"", packed.len);
    buf_fini(&packed);
}

int negotiation_store_put(struct tx *tx, uint32_t period_id, uint32_t version, const struct talk_row *row,
                          const Bihuan__NegotiationStep *step, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)row->unit_id);
    db_arg_text(&args, talk_states[row->state]);
    db_arg_i32(&args, (int32_t)row->reminders);
    db_arg_time(&args, row->since);
    step_arg(&args, row->asks);
    db_arg_i32(&args, (int32_t)row->revision);
    if (db_exec(tx_db(tx), &PUT, &args, NULL, err) != 0)
        return -1;
    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)row->unit_id);
    step_arg(&args, step);
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

int negotiation_store_steps(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id,
                            Bihuan__NegotiationStep ***steps, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)unit_id);
    if (db_query(tx_db(tx), &STEPS, &args, &rows, err) != 0)
        return -1;
    *steps = arena_array(tx_arena(tx), Bihuan__NegotiationStep *, rows.count);
    *count = 0;
    for (int i = 0; i < rows.count; i++) {
        const Bihuan__NegotiationStep *step = step_of(tx, &rows, i, 0);

        if (step)
            (*steps)[(*count)++] = (Bihuan__NegotiationStep *)(uintptr_t)step;
    }
    db_rows_fini(&rows);
    return 0;
}

int negotiation_store_spoke(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, const char *person,
                            bool *offered, bool *asked, struct err *err)
{
    Bihuan__NegotiationStep **all;
    size_t count;

    *offered = *asked = false;
    if (negotiation_store_steps(tx, period_id, version, unit_id, &all, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool theirs = strcmp(all[i]->person, person) == 0;

        *offered = *offered || (theirs && talk_is_from_above(all[i]->answer));
        if (strcmp(all[i]->answer, "ask") == 0)
            *asked = theirs;
    }
    return 0;
}

int negotiation_store_page(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t after, uint32_t limit,
                           struct talk_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)after);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct talk_row, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        take_row(tx, &found, i, &(*rows)[i]);
    db_rows_fini(&found);
    return 0;
}

static int find_units(struct tx *tx, const struct stmt *stmt, uint32_t period_id, uint32_t version, uint32_t **units,
                      size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    version_args(tx, &args, period_id, version);
    if (db_query(tx_db(tx), stmt, &args, &rows, err) != 0)
        return -1;
    *units = arena_array(tx_arena(tx), uint32_t, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*units)[i] = (uint32_t)db_i32(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

int negotiation_store_asking(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t **units, size_t *count,
                             struct err *err)
{
    return find_units(tx, &ASKING, period_id, version, units, count, err);
}

int negotiation_store_accepted(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t **units, size_t *count,
                               struct err *err)
{
    return find_units(tx, &ACCEPTED, period_id, version, units, count, err);
}
