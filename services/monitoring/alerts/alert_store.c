/* alert_store: see alert_store.h. */
#include "monitoring/alerts/alert_store.h"

static const struct stmt PUT = {
    "alert_put", "INSERT INTO alert (id, state, rule_id, unit_id, fired, body) VALUES ($1, $2, $3, $4, $5, $6)"
                 " ON CONFLICT (id) DO UPDATE SET state = excluded.state, fired = excluded.fired, body = excluded.body"
};
static const struct stmt PUT_MANY = {
    "alert_put_many",
    "INSERT INTO alert (id, state, rule_id, unit_id, fired, body)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::bytea[])"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, fired = excluded.fired, body = excluded.body"
};
static const struct stmt TRANSITION = { "alert_transition",
                                        "INSERT INTO alert_transition (alert_id, number, body) VALUES ($1, $2, $3)" };
static const struct stmt TRANSITION_MANY = { "alert_transition_many",
                                             "INSERT INTO alert_transition (alert_id, number, body)"
                                             " SELECT * FROM unnest($1::text[], $2::int[], $3::bytea[])" };

void alert_rows_init(struct alert_rows *rows)
{
    arena_init(&rows->arena);
}

void alert_rows_clear(struct alert_rows *rows)
{
    arena_reset(&rows->arena);
    rows->count = rows->transitions.count = 0;
    rows->gathering = false;
}

void alert_rows_fini(struct alert_rows *rows)
{
    arena_fini(&rows->arena);
}

void alert_store_gather(struct alert_rows *rows)
{
    rows->gathering = true;
}

/* --- one row --- */

static int put_one(struct tx *tx, const struct alert *alert, const struct buf *body, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    db_arg_text(&args, alert_state_word(alert->state));
    db_arg_i32(&args, (int32_t)alert->rule_id);
    db_arg_i32(&args, (int32_t)alert->unit_id);
    if (alert->fired_us)
        db_arg_time(&args, alert->fired_us);
    else
        db_arg_null(&args);
    db_arg_bytes(&args, body->data, body->len);
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

static int transition_one(struct tx *tx, const struct alert *alert, const struct buf *body, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    db_arg_i32(&args, (int32_t)alert->version);
    db_arg_bytes(&args, body->data, body->len);
    return db_later(tx_db(tx), &TRANSITION, &args, NULL, err);
}

/* --- many --- */

static int write_many(struct tx *tx, struct alert_rows *rows, struct err *err)
{
    struct db_args args;
    int rc = 0;

    db_args_init(&args, &rows->arena);
    if (rows->transitions.count) {
        db_arg_text_array(&args, rows->transitions.ids, rows->transitions.count);
        db_arg_i32_array(&args, rows->transitions.numbers, rows->transitions.count);
        db_arg_bytes_array(&args, rows->transitions.bodies, rows->transitions.count);
        rc = db_later(tx_db(tx), &TRANSITION_MANY, &args, NULL, err);
    }
    db_args_init(&args, &rows->arena);
    if (rc == 0 && rows->count) {
        db_arg_text_array(&args, rows->ids, rows->count);
        db_arg_text_array(&args, rows->states, rows->count);
        db_arg_i32_array(&args, rows->rules, rows->count);
        db_arg_i32_array(&args, rows->units, rows->count);
        db_arg_time_array(&args, rows->fired_us, rows->count);
        db_arg_bytes_array(&args, rows->bodies, rows->count);
        rc = db_later(tx_db(tx), &PUT_MANY, &args, NULL, err);
    }
    rows->count = rows->transitions.count = 0;
    arena_reset(&rows->arena);
    return rc;
}

static struct buf kept(struct alert_rows *rows, const struct buf *body)
{
    return (struct buf) { .data = arena_memdup(&rows->arena, body->data, body->len), .len = body->len };
}

int alert_store_put(struct tx *tx, struct alert_rows *rows, const struct alert *alert, const struct buf *body,
                    struct err *err)
{
    size_t i = rows->count;

    if (!rows->gathering)
        return put_one(tx, alert, body, err);
    rows->ids[i] = arena_strdup(&rows->arena, alert->id);
    rows->states[i] = alert_state_word(alert->state);
    rows->rules[i] = (int32_t)alert->rule_id;
    rows->units[i] = (int32_t)alert->unit_id;
    rows->fired_us[i] = alert->fired_us;
    rows->bodies[i] = kept(rows, body);
    return ++rows->count == ALERT_ROWS_MAX ? write_many(tx, rows, err) : 0;
}

int alert_store_transition(struct tx *tx, struct alert_rows *rows, const struct alert *alert, const struct buf *body,
                           struct err *err)
{
    size_t i = rows->transitions.count;

    if (!rows->gathering)
        return transition_one(tx, alert, body, err);
    rows->transitions.ids[i] = arena_strdup(&rows->arena, alert->id);
    rows->transitions.numbers[i] = (int32_t)alert->version;
    rows->transitions.bodies[i] = kept(rows, body);
    return ++rows->transitions.count == ALERT_ROWS_MAX ? write_many(tx, rows, err) : 0;
}

int alert_store_flush(struct tx *tx, struct alert_rows *rows, struct err *err)
{
    rows->gathering = false;
    return write_many(tx, rows, err);
}
