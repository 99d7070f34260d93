/* renew: digests that were given up tell how things stand when they are sent again, not how they stood that morning;
 * see outbox.h. What is left out was never told, so nobody is told its end. */
#include "monitoring/delivery/outbox.h"

#include "bus/wire.h"

#include <string.h>

/* Whole messages alone: one that others were merged into tells what was said in them. */
static const struct stmt DEAD = {
    "delivery_dead_digests",
    "SELECT d.id, d.receiver, d.event, d.created_at, d.queued_at, d.body FROM delivery d WHERE d.notice AND d.state = "
    "'dead'"
    " AND d.alert_id = '' AND d.event IN ('digest', 'heartbeat') AND ($1 = '' OR d.id = $1)"
    " AND ($2 = '' OR d.receiver = $2) AND ($3 = '' OR d.thread = $3)"
    " AND NOT EXISTS (SELECT 1 FROM delivery m WHERE m.merged_into = d.id AND m.merged_into <> '')"
};
static const struct stmt LATER = {
    "delivery_later_digests",
    "SELECT body FROM delivery WHERE notice AND receiver = $1 AND event = 'digest' AND alert_id = ''"
    " AND queued_at > $2 AND state IN ('sent', 'waiting')"
};
static const struct stmt RENEW = { "delivery_renew", "UPDATE delivery SET title = $2, body = $3 WHERE id = $1" };
static const struct stmt LAPSE = { "delivery_lapse",
                                   "UPDATE delivery SET state = 'lapsed', last_error = $2 WHERE id = $1" };
static const struct stmt FORGET = { "told_forget",
                                    "UPDATE told SET thread = '' WHERE receiver = $1 AND thread = $2 AND NOT open"
                                    " AND alert_id <> ALL ($3)" };

struct dead {
    char *id, *receiver, *event;
    int64_t created_us, queued_us;
    Bihuan__Notice *notice;
};

static int unpack(struct tx *tx, const struct db_rows *rows, int row, int column, Bihuan__Notice **out, struct err *err)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, column, &len);

    return message_unpack(&bihuan__notice__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)out, err);
}

static int find_dead(struct tx *tx, const struct outbox_again *which, struct dead **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    struct err unread;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, which->id);
    db_arg_text(&args, which->receiver);
    db_arg_text(&args, which->thread);
    if (db_query(tx_db(tx), &DEAD, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct dead, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        struct dead *dead = &(*out)[i];

        dead->id = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        dead->receiver = arena_strdup(tx_arena(tx), db_text(&rows, i, 1));
        dead->event = arena_strdup(tx_arena(tx), db_text(&rows, i, 2));
        dead->created_us = db_time(&rows, i, 3);
        dead->queued_us = db_time(&rows, i, 4);
        if (unpack(tx, &rows, i, 5, &dead->notice, &unread) != 0)
            dead->notice = NULL; /* it goes as it is */
    }
    db_rows_fini(&rows);
    return 0;
}

static bool tells(const Bihuan__Notice *notice, const char *alert)
{
    for (size_t i = 0; i < notice->n_parts; i++)
        if (strcmp(notice->parts[i]->alert, alert) == 0)
            return true;
    return false;
}

/* Whether one later digest tells of all of them. */
static int is_covered(struct tx *tx, const struct dead *dead, const struct alert *const *alerts, size_t count,
                      bool *covered, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *covered = false;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, dead->receiver);
    db_arg_time(&args, dead->queued_us);
    if (db_query(tx_db(tx), &LATER, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; !*covered && i < rows.count; i++) {
        Bihuan__Notice *later;

        *covered = unpack(tx, &rows, i, 0, &later, err) == 0;
        if (!*covered)
            err_clear(err); /* one that can't be read tells nothing */
        for (size_t k = 0; *covered && k < count; k++)
            *covered = tells(later, alerts[k]->id);
    }
    db_rows_fini(&rows);
    return 0;
}

static int lapse(struct tx *tx, const struct dead *dead, const char *why, uint32_t *lapsed, struct err *err)
{
    struct db_args args;

    ++*lapsed;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, dead->id);
    db_arg_text(&args, why);
    return db_exec(tx_db(tx), &LAPSE, &args, NULL, err);
}

/* What isn't told any more has no thread to go on with. */
static int forget(struct tx *tx, const struct dead *dead, const struct alert *const *alerts, size_t count,
                  struct err *err)
{
    const char **ids = arena_array(tx_arena(tx), const char *, count + 1);
    struct db_args args;

    for (size_t i = 0; i < count; i++)
        ids[i] = alerts[i]->id;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, dead->receiver);
    db_arg_text(&args, dead->id);
    db_arg_text_array(&args, ids, count);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}

static int write_anew(struct tx *tx, const struct dead *dead, const struct receiver *receiver,
                      const struct alert *const *alerts, size_t count, struct err *err)
{
    struct buf body = { 0 };
    Bihuan__Notice notice;
    struct db_args args;
    int rc;

    notice_digest(tx, receiver, dead->id, alerts, count, &notice);
    wire_pack(&notice.base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, dead->id);
    db_arg_text(&args, notice.title);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_exec(tx_db(tx), &RENEW, &args, NULL, err);
    buf_fini(&body);
    return rc;
}

static int renew_digest(struct tx *tx, const struct dead *dead, const struct receiver *receiver, uint32_t *lapsed,
                        struct err *err)
{
    const struct alert **open = arena_array(tx_arena(tx), const struct alert *, dead->notice->n_parts + 1);
    size_t count = 0;
    bool covered;

    for (size_t i = 0; i < dead->notice->n_parts; i++) {
        const struct alert *alert = alerts_find(monitoring_of(tx), dead->notice->parts[i]->alert);

        if (alert && alert_state_is_open(alert->state) && !alert->inhibited_by[0] && !alert->life.silenced_by[0])
            open[count++] = alert;
    }
    if (forget(tx, dead, open, count, err) != 0)
        return -1;
    if (!count)
        return lapse(tx, dead, "nothing that it tells of is open any more", lapsed, err);
    if (is_covered(tx, dead, open, count, &covered, err) != 0)
        return -1;
    return covered ? lapse(tx, dead, "a later digest tells all of it that is still open", lapsed, err)
                   : write_anew(tx, dead, receiver, open, count, err);
}

int outbox_renew(struct tx *tx, const struct outbox_again *which, uint32_t *lapsed, struct err *err)
{
    const struct clock *clock = runtime_clock(tx_runtime(tx));
    struct dead *dead;
    size_t count;
    int rc = 0;

    *lapsed = 0;
    if (find_dead(tx, which, &dead, &count, err) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct receiver *receiver = receiver_find(monitoring_of(tx), dead[i].receiver);

        if (strcmp(dead[i].event, notice_event_word(NOTICE_DIGEST)) != 0)
            rc = clock_day(clock, dead[i].created_us) < today(tx)
                     ? lapse(tx, &dead[i], "it was the word of another day", lapsed, err)
                     : 0;
        else if (receiver && dead[i].notice && dead[i].notice->n_parts)
            rc = renew_digest(tx, &dead[i], receiver, lapsed, err);
    }
    return rc;
}
