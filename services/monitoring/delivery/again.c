/* again: messages that were given up, sent again: because somebody asks for it, or because it would be news again.
 *
 * Whether a receiver took what it didn't acknowledge isn't known. So a fact that was told under an id is told again
 * under that id, never under another: a receiver that had it knows it by the id, one that hadn't hears it now. */
#include "monitoring/delivery/outbox.h"

#include <string.h>

#define CLOSING "('resolved', 'expired')"

/* $1 a message, $2 a receiver, $3 a thread of it; $4 its place in the queue, $5 real time. A message about an alert is
 * late once the ledger has gone on to another thread, or has the end told, unless that was given up as well. What it
 * told is open again: its alert, those of the messages merged into it, and those that it was the first to tell of. */
static const struct stmt AGAIN = {
    "delivery_again",
    "WITH c AS (SELECT d.id, d.queued_at, d.alert_id <> '' AND NOT EXISTS (SELECT 1 FROM told t WHERE"
    " t.alert_id = d.alert_id AND t.receiver = d.receiver AND t.thread = d.thread AND (d.event IN " CLOSING
    " OR t.event NOT IN " CLOSING " OR EXISTS (SELECT 1 FROM delivery e WHERE e.alert_id = d.alert_id"
    " AND e.receiver = d.receiver AND e.thread = d.thread AND e.event IN " CLOSING " AND e.state = 'dead'))) AS late"
    " FROM delivery d WHERE d.state = 'dead' AND ($2 = '' OR d.receiver = $2)"
    " AND ($3 = '' OR d.thread = $3 OR d.id IN (SELECT merged_into FROM delivery WHERE receiver = $2 AND thread = $3))"
    " AND ($1 = '' OR d.id = $1 OR EXISTS (SELECT 1 FROM delivery n WHERE n.id = $1 AND n.receiver = d.receiver"
    " AND ((n.alert_id = d.alert_id AND n.thread = d.thread AND (d.event IN " CLOSING " OR n.event IN " CLOSING "))"
    " OR (n.event IN " CLOSING " AND d.id IN (SELECT n.thread UNION SELECT b.merged_into FROM delivery b"
    " WHERE b.alert_id = n.alert_id AND b.receiver = n.receiver AND b.thread = n.thread)))))),"
    " lapsed AS (UPDATE delivery SET state = 'lapsed' FROM c WHERE delivery.id = c.id AND c.late),"
    " d AS (UPDATE delivery SET state = 'waiting', attempts = 0, next_at = $5::timestamptz,"
    " queued_at = $4::timestamptz + n.place * interval '1 microsecond' FROM (SELECT id AS dead, row_number() OVER"
    " (ORDER BY queued_at) AS place FROM c WHERE NOT late) n WHERE id = n.dead"
    " RETURNING id, alert_id, receiver, thread),"
    " about AS (SELECT alert_id, receiver, thread FROM d WHERE alert_id <> '' UNION SELECT m.alert_id, m.receiver,"
    " m.thread FROM d JOIN delivery m ON m.merged_into = d.id AND m.merged_into <> '' WHERE m.alert_id <> ''"
    " UNION SELECT t.alert_id, t.receiver, t.thread FROM d JOIN told t ON t.receiver = d.receiver AND t.thread = d.id"
    " WHERE d.alert_id = ''),"
    " opened AS (UPDATE told t SET open = true FROM about a WHERE t.alert_id = a.alert_id AND t.receiver = a.receiver"
    " AND t.thread = a.thread AND t.event NOT IN " CLOSING " RETURNING t.alert_id, t.receiver)"
    " SELECT (SELECT count(*) FROM d)::int, (SELECT count(*) FROM c WHERE late)::int, o.alert_id, o.receiver"
    " FROM (SELECT 1) one LEFT JOIN opened o ON true ORDER BY o.alert_id, o.receiver"
};

int outbox_again(struct tx *tx, const struct outbox_again *which, struct outbox_waits *out, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct db_args args;
    struct db_rows rows;
    int64_t now = clock_real_us(), place = now > m->queued_us ? now : m->queued_us;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, which->id);
    db_arg_text(&args, which->receiver);
    db_arg_text(&args, which->thread);
    db_arg_time(&args, place);
    db_arg_time(&args, now);
    if (db_query(tx_db(tx), &AGAIN, &args, &rows, err) != 0)
        return -1;
    *out = (struct outbox_waits) { .count = (uint32_t)db_i32(&rows, 0, 0), .late = (uint32_t)db_i32(&rows, 0, 1) };
    out->opened = arena_array(tx_arena(tx), struct outbox_opened, rows.count);
    for (int i = 0; i < rows.count; i++)
        if (!db_is_null(&rows, i, 2))
            out->opened[out->opened_count++] = (struct outbox_opened) {
                arena_strdup(tx_arena(tx), db_text(&rows, i, 2)), arena_strdup(tx_arena(tx), db_text(&rows, i, 3))
            };
    db_rows_fini(&rows);
    m->queued_us = place + out->count;
    m->new_deliveries = m->new_deliveries || out->count;
    return 0;
}

/* What began and is over by now: the receiver hears both. Of what is still open somebody knows again. */
static int tell_ends(struct tx *tx, const struct outbox_waits *waits, struct err *err)
{
    for (size_t i = 0; i < waits->opened_count; i++) {
        struct alert *alert = alerts_find(monitoring_of(tx), waits->opened[i].alert);
        struct notice over = { .event = NOTICE_RESOLVED, .alert = alert };

        if (!alert)
            continue;
        if (alert_state_is_open(alert->state)) {
            alert->told = alert->dirty = true;
            continue;
        }
        if (alert->state == ALERT_EXPIRED)
            over.event = NOTICE_EXPIRED;
        if (delivery_tell(tx, &over, waits->opened[i].receiver, err) != 0)
            return -1;
    }
    return 0;
}

/* --- because it would be news again --------------------------------------------------------------------------------
 */

int delivery_revive(struct tx *tx, const struct alert *alert, const char *receiver, struct told *told, struct err *err)
{
    const struct receiver *found = receiver_find(monitoring_of(tx), receiver);
    struct outbox_again which = { .id = "", .receiver = receiver, .thread = told->thread };
    struct outbox_waits waits = { 0 };
    uint32_t lapsed;

    if (delivery_told(tx, alert->id, receiver, told, err) != 0)
        return -1;
    if (!found || found->off || told->event == NOTICE_NONE || told->open || notice_event_closes(told->event) ||
        told->told_us < alert->fired_us)
        return 0;
    if (outbox_renew(tx, &which, &lapsed, err) != 0 || outbox_again(tx, &which, &waits, err) != 0)
        return -1;
    told->open = waits.count > 0;
    return tell_ends(tx, &waits, err);
}

/* --- because somebody asks for it ----------------------------------------------------------------------------------
 */

static int check_again(struct tx *tx, const Bihuan__SendAgainRequest *request, struct err *err)
{
    Bihuan__Delivery *delivery;

    if (!request->id[0] == !request->receiver[0])
        return err_fail(err, ERR_INVALID, "missing_value", "name one notice, or a receiver for all dead ones of it");
    if (request->receiver[0] && !receiver_find(monitoring_of(tx), request->receiver))
        return err_fail(err, ERR_NOT_FOUND, "unknown_receiver", "there is no receiver \"%.64s\"", request->receiver);
    if (!request->id[0])
        return 0;
    if (delivery_find(tx, request->id, &delivery, err) != 0)
        return -1;
    if (strcmp(delivery->state, "dead") != 0)
        return err_fail(err, ERR_CONFLICT, "not_dead", "notice \"%s\" is %s; only a dead one is sent again",
                        delivery->id, delivery->state);
    return 0;
}

int on_send_again(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SendAgainRequest *request = message;
    const struct outbox_again which = { .id = request->id, .receiver = request->receiver, .thread = "" };
    Bihuan__SendAgainReply reply = BIHUAN__SEND_AGAIN_REPLY__INIT;
    struct outbox_waits waits;
    uint32_t lapsed;

    (void)monitoring_write(tx);
    if (check_again(tx, request, err) != 0 || outbox_renew(tx, &which, &lapsed, err) != 0 ||
        outbox_again(tx, &which, &waits, err) != 0)
        return -1;
    if (request->id[0] && !waits.count && !lapsed)
        return err_fail(err, ERR_CONFLICT, "no_longer_so",
                        "notice \"%s\" is about what is over: its receiver was told the end, or of the next time, "
                        "since; it lapses when all of --receiver are sent again",
                        request->id);
    reply.count = waits.count;
    reply.lapsed = waits.late + lapsed;
    if (tell_ends(tx, &waits, err) != 0 || alerts_settle(tx, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}
