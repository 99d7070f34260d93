/* action_store: the tables of corrective actions and their turns; see actions.h. */
#include "monitoring/actions/actions.h"

#include "bus/wire.h"

#include <string.h>

#define COLUMNS "body, rule_id, unit_id, measure_id, period_id, due, baseline_pace_ppm"

static const struct stmt PUT = {
    "action_put", "INSERT INTO action (id, alert_id, state, rule_id, unit_id, measure_id, period_id, due,"
                  " baseline_pace_ppm, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                  " ON CONFLICT (id) DO UPDATE SET alert_id = excluded.alert_id, state = excluded.state,"
                  " period_id = excluded.period_id, due = excluded.due,"
                  " baseline_pace_ppm = excluded.baseline_pace_ppm, body = excluded.body"
};
static const struct stmt GET = { "action_get", "SELECT " COLUMNS " FROM action WHERE id = $1" };
static const struct stmt DUE = { "action_due", "SELECT " COLUMNS " FROM action WHERE state IN ('open', 'done')"
                                               " AND due <= $1 ORDER BY id" };
static const struct stmt LAST = { "action_last", "SELECT " COLUMNS " FROM action WHERE rule_id = $1 AND unit_id = $2"
                                                 " AND measure_id = $3 AND state = 'verified' ORDER BY due DESC, id"
                                                 " LIMIT 1" };
static const struct stmt VERIFIED = { "action_verified", "SELECT DISTINCT rule_id, unit_id, measure_id FROM action"
                                                         " WHERE state = 'verified'" };
static const struct stmt PAGE = {
    "action_list", "SELECT " COLUMNS " FROM action WHERE ($1 = '' OR state = $1 OR ($1 = 'overdue'"
                   " AND state IN ('open', 'done') AND due < $2)) AND ($3 = '' OR alert_id = $3) AND id > $4"
                   " ORDER BY id LIMIT $5::int"
};
static const struct stmt COUNT = { "action_count", "SELECT count(*) FROM action WHERE alert_id = $1" };
static const struct stmt TURNS = { "action_turns", "SELECT body FROM action_turn WHERE action_id = $1"
                                                   " ORDER BY number DESC LIMIT 500" };

int action_store_put(struct tx *tx, const Bihuan__Action *action, const struct action_keys *keys, struct err *err)
{
    Bihuan__ActionChanged event = BIHUAN__ACTION_CHANGED__INIT;
    struct db_args args;
    struct buf body = { 0 };
    int rc;

    if (strcmp(action->state, "verified") == 0)
        verified_add(&monitoring_of(tx)->verified, keys->rule_id, keys->unit_id, keys->measure_id);
    wire_pack(&action->base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, action->id);
    db_arg_text(&args, action->alert);
    db_arg_text(&args, action->state);
    db_arg_i32(&args, (int32_t)keys->rule_id);
    db_arg_i32(&args, (int32_t)keys->unit_id);
    db_arg_i32(&args, (int32_t)keys->measure_id);
    db_arg_i32(&args, (int32_t)keys->period_id);
    db_arg_date(&args, keys->due);
    db_arg_i64(&args, keys->pace_ppm);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_exec(tx_db(tx), &PUT, &args, NULL, err);
    buf_fini(&body);
    event.action = (Bihuan__Action *)(uintptr_t)action;
    return rc != 0 ? -1 : tx_publish(tx, 0, MSG(ACTION_CHANGED), action->id, &event.base, err);
}

static int take_row(struct tx *tx, const struct db_rows *rows, int row, struct action_row *out, struct err *err)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 0, &len);

    out->keys = (struct action_keys) { (uint32_t)db_i32(rows, row, 1), (uint32_t)db_i32(rows, row, 2),
                                       (uint32_t)db_i32(rows, row, 3), (uint32_t)db_i32(rows, row, 4),
                                       db_date(rows, row, 5),          db_i64(rows, row, 6) };
    return message_unpack(&bihuan__action__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx),
                          (ProtobufCMessage **)&out->action, err);
}

static int take_rows(struct tx *tx, struct db_rows *rows, struct action_row **out, size_t *count, struct err *err)
{
    int rc = 0;

    *out = arena_array(tx_arena(tx), struct action_row, rows->count);
    *count = (size_t)rows->count;
    for (int i = 0; rc == 0 && i < rows->count; i++)
        rc = take_row(tx, rows, i, &(*out)[i], err);
    db_rows_fini(rows);
    return rc;
}

static int ask(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct action_row **out,
               size_t *count, struct err *err)
{
    struct db_rows rows;

    return db_query(tx_db(tx), stmt, args, &rows, err) != 0 ? -1 : take_rows(tx, &rows, out, count, err);
}

int action_store_get(struct tx *tx, const char *id, struct action_row *out, struct err *err)
{
    struct action_row *rows;
    struct db_args args;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (ask(tx, &GET, &args, &rows, &count, err) != 0)
        return -1;
    if (!count || check_scope(tx, rows[0].keys.unit_id, NULL) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_action", "there is no action \"%s\"", id);
    *out = rows[0];
    return 0;
}

int action_store_due(struct tx *tx, int32_t day, struct action_row **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day);
    return ask(tx, &DUE, &args, out, count, err);
}

int action_store_last(struct tx *tx, const struct alert *alert, struct action_row *out, struct err *err)
{
    struct action_row *rows;
    struct db_args args;
    size_t count;

    *out = (struct action_row) { 0 };
    if (!verified_has(&monitoring_of(tx)->verified, alert->rule_id, alert->unit_id, alert->measure_id))
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)alert->rule_id);
    db_arg_i32(&args, (int32_t)alert->unit_id);
    db_arg_i32(&args, (int32_t)alert->measure_id);
    if (ask(tx, &LAST, &args, &rows, &count, err) != 0)
        return -1;
    if (count)
        *out = rows[0];
    return 0;
}

int actions_load(struct tx *tx, struct err *err)
{
    struct verified *verified = &monitoring_of(tx)->verified;
    struct db_rows rows;

    verified_clear(verified);
    if (db_query(tx_db(tx), &VERIFIED, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        verified_add(verified, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                     (uint32_t)db_i32(&rows, i, 2));
    db_rows_fini(&rows);
    return 0;
}

int action_store_page(struct tx *tx, const Bihuan__ListActionsRequest *request, uint32_t limit, struct action_row **out,
                      size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->state);
    db_arg_date(&args, today(tx));
    db_arg_text(&args, request->alert);
    db_arg_text(&args, request->page ? request->page->cursor : "");
    db_arg_i32(&args, (int32_t)limit);
    return ask(tx, &PAGE, &args, out, count, err);
}

int action_store_count(struct tx *tx, const char *alert, int64_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert);
    if (db_query(tx_db(tx), &COUNT, &args, &rows, err) != 0)
        return -1;
    *out = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int action_store_turns(struct tx *tx, const char *id, Bihuan__ActionTurn ***out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (db_query(tx_db(tx), &TURNS, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), Bihuan__ActionTurn *, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, i, 0, &len);

        rc = message_unpack(&bihuan__action_turn__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)&(*out)[i],
                            err);
    }
    db_rows_fini(&rows);
    return rc;
}
