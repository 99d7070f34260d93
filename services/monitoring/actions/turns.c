/* turns: what became of actions, kept step by step, and counted for scoring; see actions.h. */
#include "monitoring/actions/actions.h"

#include "bus/wire.h"
#include "text/dates.h"

#include <string.h>

static const char *const WORDS[] = { "opened", "step",     "done",    "verified",
                                     "failed", "reopened", "overdue", "handed_over" };

static const struct stmt TURN = { "action_turn",
                                  "INSERT INTO action_turn (action_id, number, body) SELECT $1,"
                                  " coalesce(max(number), 0) + 1, $2 FROM action_turn WHERE action_id = $1" };
static const struct stmt COUNT = {
    "action_figures_add",
    "INSERT INTO action_figures AS f (unit_id, period_id, opened, done_on_time, verified, failed, overdue, reopened)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (unit_id, period_id) DO UPDATE SET"
    " opened = f.opened + excluded.opened, done_on_time = f.done_on_time + excluded.done_on_time,"
    " verified = f.verified + excluded.verified, failed = f.failed + excluded.failed,"
    " overdue = f.overdue + excluded.overdue, reopened = f.reopened + excluded.reopened"
};
static const struct stmt FIGURES = {
    "action_figures_page",
    "SELECT unit_id, period_id, opened, done_on_time, verified, failed, overdue, reopened"
    " FROM action_figures WHERE ($1::int = 0 OR unit_id = $1) AND ($2::int = 0 OR period_id = $2)"
    " AND (unit_id, period_id) > ($3::int, $4::int) ORDER BY unit_id, period_id LIMIT $5::int"
};

/* --- counting --- */

static int add(struct tx *tx, const Bihuan__Action *action, const struct action_keys *keys, enum action_event event,
               struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)keys->unit_id);
    db_arg_i32(&args, (int32_t)keys->period_id);
    db_arg_i32(&args, event == ACTION_OPENED);
    db_arg_i32(&args, event == ACTION_DONE && !action->overdue && today(tx) <= keys->due);
    db_arg_i32(&args, event == ACTION_VERIFIED);
    db_arg_i32(&args, event == ACTION_FAILED);
    db_arg_i32(&args, event == ACTION_OVERDUE);
    db_arg_i32(&args, event == ACTION_REOPENED);
    return db_exec(tx_db(tx), &COUNT, &args, NULL, err);
}

struct figures_at {
    uint32_t unit_id, period_id;             /* 0 any */
    uint32_t after_unit_id, after_period_id; /* behind this row */
    uint32_t limit;
};

static Bihuan__ActionFigures *figures_message(struct tx *tx, const struct db_rows *rows, int row)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit(m->refdata, (uint32_t)db_i32(rows, row, 0));
    const struct ref_period *period = refdata_period(m->refdata, (uint32_t)db_i32(rows, row, 1));
    Bihuan__ActionFigures *out = arena_new(tx_arena(tx), Bihuan__ActionFigures);

    bihuan__action_figures__init(out);
    out->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    out->unit_name = arena_strdup(tx_arena(tx), unit ? unit->name : "");
    out->period = arena_strdup(tx_arena(tx), period ? period->code : "");
    out->opened = (uint32_t)db_i32(rows, row, 2);
    out->done_on_time = (uint32_t)db_i32(rows, row, 3);
    out->verified = (uint32_t)db_i32(rows, row, 4);
    out->failed = (uint32_t)db_i32(rows, row, 5);
    out->overdue = (uint32_t)db_i32(rows, row, 6);
    out->reopened = (uint32_t)db_i32(rows, row, 7);
    return out;
}

static int figures(struct tx *tx, const struct figures_at *at, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)at->unit_id);
    db_arg_i32(&args, (int32_t)at->period_id);
    db_arg_i32(&args, (int32_t)at->after_unit_id);
    db_arg_i32(&args, (int32_t)at->after_period_id);
    db_arg_i32(&args, (int32_t)at->limit);
    return db_query(tx_db(tx), &FIGURES, &args, rows, err);
}

static int publish(struct tx *tx, const struct action_keys *keys, struct err *err)
{
    const struct figures_at at = { .unit_id = keys->unit_id, .period_id = keys->period_id, .limit = 1 };
    Bihuan__ActionFiguresMoved event = BIHUAN__ACTION_FIGURES_MOVED__INIT;
    struct db_rows rows;

    if (figures(tx, &at, &rows, err) != 0)
        return -1;
    if (rows.count)
        event.figures = figures_message(tx, &rows, 0);
    db_rows_fini(&rows);
    return event.figures ? tx_publish(tx, 0, MSG(ACTION_FIGURES_MOVED), event.figures->unit, &event.base, err) : 0;
}

/* --- keeping --- */

static int keep(struct tx *tx, const Bihuan__Action *action, enum action_event event, const char *actor,
                const char *note, struct err *err)
{
    Bihuan__ActionTurn turn = BIHUAN__ACTION_TURN__INIT;
    struct buf body = { 0 };
    struct db_args args;
    int rc;

    turn.at = tx_now(tx);
    turn.event = (char *)(uintptr_t)WORDS[event];
    turn.actor = (char *)(uintptr_t)actor;
    turn.note = (char *)(uintptr_t)note;
    turn.round = action->round;
    wire_pack(&turn.base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, action->id);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_exec(tx_db(tx), &TURN, &args, NULL, err);
    buf_fini(&body);
    return rc;
}

int action_turn(struct tx *tx, Bihuan__Action *action, const struct action_keys *keys, enum action_event event,
                const char *actor, const char *note, struct err *err)
{
    if (!action->round)
        action->round = 1; /* kept before there were rounds */
    if (keep(tx, action, event, actor, note, err) != 0 || add(tx, action, keys, event, err) != 0 ||
        action_store_put(tx, action, keys, err) != 0)
        return -1;
    return event == ACTION_STEP || event == ACTION_HANDED_OVER ? 0 : publish(tx, keys, err);
}

/* --- listing --- */

/* The cursor is "unit id:period id" of the last row. */
static void read_cursor(const Bihuan__Page *page, struct figures_at *at)
{
    const char *colon = page ? strchr(page->cursor, ':') : NULL;

    if (!colon)
        return;
    at->after_unit_id = (uint32_t)strtoul(page->cursor, NULL, 10);
    at->after_period_id = (uint32_t)strtoul(colon + 1, NULL, 10);
}

static int list(struct tx *tx, const Bihuan__ListActionFiguresRequest *request, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit_by_code(m->refdata, request->unit);
    const struct ref_period *period = refdata_period_by_code(m->refdata, request->period);
    struct figures_at at = { unit ? unit->id : 0, period ? period->id : 0, 0, 0, page_limit(request->page) };
    Bihuan__ListActionFiguresReply reply = BIHUAN__LIST_ACTION_FIGURES_REPLY__INIT;
    struct db_rows rows;

    if (request->unit[0] && !unit)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (request->period[0] && !period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    read_cursor(request->page, &at);
    if (figures(tx, &at, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__ActionFigures *, rows.count);
    for (int i = 0; i < rows.count; i++)
        if (check_scope(tx, (uint32_t)db_i32(&rows, i, 0), NULL) == 0)
            reply.items[reply.n_items++] = figures_message(tx, &rows, i);
    if (rows.count == (int)at.limit)
        reply.next = arena_printf(tx_arena(tx), "%d:%d", db_i32(&rows, rows.count - 1, 0),
                                  db_i32(&rows, rows.count - 1, 1));
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}

int on_list_action_figures(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = list(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
