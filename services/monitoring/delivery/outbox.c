/* outbox: see outbox.h. */
#include "monitoring/delivery/outbox.h"
#include "monitoring/delivery/told_ahead.h"

#include "monitoring/delivery/rate.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

static const struct stmt PUT = {
    "delivery_put", "INSERT INTO delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
                    " last_error, created_at, queued_at, notice, body, thread) VALUES ($1, $2, $3, $4, $5, $6,"
                    " 'waiting', 0, $10, '', $8, $7, true, $9, $11) ON CONFLICT (id) DO UPDATE SET state = 'waiting',"
                    " attempts = 0, next_at = excluded.next_at, queued_at = excluded.queued_at"
                    " WHERE delivery.state = 'dead'"
};
static const struct stmt RESULT = {
    "delivery_result", "UPDATE delivery SET state = $2, attempts = $3, part = $4::int, next_at = $5, last_error = $6,"
                       " sent_at = CASE $2 WHEN 'sent' THEN $7::timestamptz END WHERE id = $1 AND state = 'waiting'"
};
static const struct stmt REACHED = {
    "delivery_reached", "UPDATE told t SET reached = d.event, reached_at = $2 FROM delivery d"
                        " WHERE (d.id = $1 OR d.merged_into = $1) AND t.alert_id = d.alert_id"
                        " AND t.receiver = d.receiver AND NOT EXISTS (SELECT 1 FROM delivery later"
                        " WHERE later.alert_id = d.alert_id AND later.receiver = d.receiver"
                        " AND later.queued_at > d.queued_at AND (later.state = 'sent' OR later.merged_into = $1))"
};
/* What it told: its own alert, those of the messages merged into it, and those that it was the first to tell of. */
static const struct stmt UNREACHED = {
    "delivery_unreached",
    "WITH gone AS (SELECT alert_id, receiver FROM delivery WHERE (id = $1 OR merged_into = $1) AND alert_id <> ''"
    " UNION SELECT t.alert_id, t.receiver FROM delivery d JOIN told t ON t.receiver = d.receiver AND t.open"
    " AND t.thread = d.id WHERE d.id = $1 AND d.alert_id = '')"
    " UPDATE told t SET open = false FROM gone WHERE t.alert_id = gone.alert_id AND t.receiver = gone.receiver"
    " AND NOT EXISTS (SELECT 1 FROM delivery o LEFT JOIN delivery carrier ON carrier.id = o.merged_into"
    " WHERE o.alert_id = t.alert_id AND o.receiver = t.receiver AND o.thread = t.thread"
    " AND (o.state IN ('sent', 'waiting') OR carrier.state IN ('sent', 'waiting')))"
    " AND NOT EXISTS (SELECT 1 FROM delivery first WHERE first.id = t.thread AND first.alert_id = ''"
    " AND first.state IN ('sent', 'waiting'))"
};
/* An end that waits behind a beginning that was given up, with nothing between that was taken or waits: alone it would
 * tell that something is over of which the receiver never heard. It is given up as well, so that both are sent again
 * together. */
static const struct stmt ENDLESS = {
    "delivery_endless",
    "WITH gone AS (SELECT alert_id, receiver, thread FROM delivery WHERE (id = $1 OR merged_into = $1)"
    " AND alert_id <> '' UNION SELECT t.alert_id, t.receiver, t.thread FROM delivery d JOIN told t"
    " ON t.receiver = d.receiver AND t.thread = d.id WHERE d.id = $1 AND d.alert_id = '')"
    " UPDATE delivery e SET state = 'dead', last_error = 'its beginning was given up' FROM gone"
    " WHERE e.alert_id = gone.alert_id AND e.receiver = gone.receiver AND e.thread = gone.thread"
    " AND e.state = 'waiting' AND e.event IN ('resolved', 'expired')"
    " AND NOT EXISTS (SELECT 1 FROM delivery o LEFT JOIN delivery carrier ON carrier.id = o.merged_into"
    " WHERE o.alert_id = gone.alert_id AND o.receiver = gone.receiver AND o.thread = gone.thread"
    " AND o.event NOT IN ('resolved', 'expired')"
    " AND (o.state IN ('sent', 'waiting') OR carrier.state IN ('sent', 'waiting')))"
    " AND NOT EXISTS (SELECT 1 FROM delivery first WHERE first.id = gone.thread AND first.alert_id = ''"
    " AND first.state IN ('sent', 'waiting'))"
};
static const struct stmt TOLD_PUT = {
    "told_put",
    "INSERT INTO told (alert_id, receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread, reached,"
    " queued_at) VALUES ($1, $2, $3, $4, $5::int, $6, $7, $8, $9, '', $10) ON CONFLICT (alert_id, receiver) DO UPDATE "
    "SET"
    " event = excluded.event, open = excluded.open, severity = excluded.severity, gap_bp ="
    " excluded.gap_bp, hit_ppm = excluded.hit_ppm, told_at = excluded.told_at, queued_at ="
    " excluded.queued_at, thread = excluded.thread"
};

static const struct stmt NEWEST = { "delivery_newest_row",
                                    "SELECT greatest((SELECT max(queued_at) FROM delivery WHERE state = 'waiting'),"
                                    " (SELECT max(queued_at) FROM delivery WHERE state <> 'waiting'))" };

/* Whoever wrote before may have had another clock. */
int outbox_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct db_rows rows;
    int64_t newest;

    if (db_query(tx_db(tx), &NEWEST, NULL, &rows, err) != 0)
        return -1;
    newest = db_is_null(&rows, 0, 0) ? 0 : db_time(&rows, 0, 0);
    m->queued_us = newest > m->queued_us ? newest : m->queued_us;
    db_rows_fini(&rows);
    return 0;
}

/* Real time, later than of any row before: it gives the order of the outbox. */
static int64_t queued_us(struct monitoring *m)
{
    int64_t now = clock_real_us();

    m->queued_us = now > m->queued_us ? now : m->queued_us + 1;
    return m->queued_us;
}

static int64_t first_try_us(struct tx *tx, const struct outbox_row *row, int64_t now)
{
    struct runtime *rt = tx_runtime(tx);

    if (!row->busy_every_s)
        return now;
    return spread_us(now, row->busy_every_s, runtime_setting_int(rt, "chat_spread_s"),
                     hash_bytes(row->receiver, strlen(row->receiver), 0), runtime_clock(rt)->utc_offset_s);
}

int outbox_put(struct tx *tx, const struct outbox_row *row, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct db_args args;
    int64_t now = queued_us(m);

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, row->id);
    db_arg_text(&args, row->receiver);
    db_arg_text(&args, row->channel);
    db_arg_text(&args, row->alert);
    db_arg_text(&args, row->event);
    db_arg_text(&args, row->title);
    db_arg_time(&args, now);
    db_arg_time(&args, tx_now(tx));
    db_arg_bytes(&args, row->body, row->len);
    db_arg_time(&args, first_try_us(tx, row, clock_real_us()));
    db_arg_text(&args, row->thread);
    m->new_deliveries = true;
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

int outbox_result(struct tx *tx, const struct outbox_result *result, bool *changed, struct err *err)
{
    struct db_args args;
    int64_t affected = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, result->id);
    db_arg_text(&args, result->state);
    db_arg_i32(&args, result->attempts);
    db_arg_i32(&args, result->part);
    db_arg_time(&args, result->next_us);
    db_arg_text(&args, result->error);
    db_arg_time(&args, clock_real_us());
    if (db_exec(tx_db(tx), &RESULT, &args, &affected, err) != 0)
        return -1;
    *changed = affected > 0;
    return 0;
}

int outbox_reached(struct tx *tx, const char *id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    db_arg_time(&args, clock_real_us());
    return db_exec(tx_db(tx), &REACHED, &args, NULL, err);
}

int outbox_unreached(struct tx *tx, const char *id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (db_exec(tx_db(tx), &ENDLESS, &args, NULL, err) != 0)
        return -1;
    return db_exec(tx_db(tx), &UNREACHED, &args, NULL, err);
}

/* --- the ledger ----------------------------------------------------------------------------------------------------
 */

int told_put(struct tx *tx, const struct alert *alert, const char *receiver, enum notice_event event, int severity,
             const char *thread, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    db_arg_text(&args, receiver);
    db_arg_text(&args, notice_event_word(event));
    db_arg_bool(&args, !notice_event_closes(event));
    db_arg_i32(&args, severity);
    db_arg_i32(&args, alert->inputs.gap_bp);
    db_arg_i32(&args, (int32_t)alert->inputs.hit_ppm);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, thread);
    db_arg_time(&args, monitoring_of(tx)->queued_us); /* of the row just written */
    return db_later(tx_db(tx), &TOLD_PUT, &args, NULL, err);
}

static const struct stmt TOLD_ALL = { "told_all", "SELECT receiver, event, open, severity, gap_bp, hit_ppm, told_at,"
                                                  " thread FROM told WHERE alert_id = $1 AND ($2 = '' OR receiver = $2)"
                                                  " ORDER BY receiver" };

static const struct stmt TOLD_MANY = { "told_many",
                                       "SELECT receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread,"
                                       " alert_id FROM told WHERE alert_id = ANY($1::text[])"
                                       " ORDER BY alert_id COLLATE \"C\", receiver" };

int told_query(struct tx *tx, const char *const *alert_ids, size_t count, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text_array(&args, alert_ids, count);
    return db_query(tx_db(tx), &TOLD_MANY, &args, rows, err);
}

const char *told_alert_of(const struct db_rows *rows, int row)
{
    return db_text(rows, row, 8);
}

void told_take(const struct db_rows *rows, int row, struct told *out)
{
    *out = (struct told) { .event = notice_event_parse(db_text(rows, row, 1)),
                           .open = db_bool(rows, row, 2),
                           .severity = db_i16(rows, row, 3),
                           .gap_bp = db_i32(rows, row, 4),
                           .hit_ppm = (uint32_t)db_i32(rows, row, 5),
                           .told_us = db_time(rows, row, 6) };
    snprintf(out->receiver, sizeof out->receiver, "%.64s", db_text(rows, row, 0));
    snprintf(out->thread, sizeof out->thread, "%.16s", db_text(rows, row, 7));
}

static int told_read(struct tx *tx, const char *alert_id, const char *receiver, struct told **out, size_t *count,
                     struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert_id);
    db_arg_text(&args, receiver);
    if (db_query(tx_db(tx), &TOLD_ALL, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct told, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        told_take(&rows, i, &(*out)[i]);
    *count = (size_t)rows.count;
    db_rows_fini(&rows);
    return 0;
}

int delivery_told(struct tx *tx, const char *alert_id, const char *receiver, struct told *out, struct err *err)
{
    struct told *all;
    size_t count;

    if (told_read(tx, alert_id, receiver, &all, &count, err) != 0)
        return -1;
    *out = count ? all[0] : (struct told) { .event = NOTICE_NONE };
    return 0;
}

int delivery_told_all(struct tx *tx, const char *alert_id, struct told **out, size_t *count, struct err *err)
{
    if (told_ahead_find(monitoring_of(tx), alert_id, out, count))
        return 0;
    return told_read(tx, alert_id, "", out, count, err);
}
