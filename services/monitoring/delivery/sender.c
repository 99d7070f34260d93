/* sender: the thread. See sender.h. */
#include "monitoring/delivery/sender.h"

#include "obs/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS    500
#define MEASURE_US (5 * SECOND)

/* The oldest that is due of each free receiver. A message waits for those before it about the same alert, and an end
 * also for a digest that may have told the beginning. Of $3 only tests: receivers that are off, and alertmanagers. */
static const struct stmt DUE = {
    "delivery_due", "SELECT d.id, d.receiver, d.attempts, d.part, d.queued_at, d.notice, d.body, d.event FROM (SELECT"
                    " code, false AS tests FROM unnest($2::text[]) code UNION ALL SELECT code, true FROM"
                    " unnest($3::text[]) code) r CROSS JOIN LATERAL (SELECT * FROM delivery d WHERE d.receiver = r.code"
                    " AND d.state = 'waiting' AND d.next_at <= $1 AND (NOT r.tests OR d.event = 'test') AND NOT EXISTS"
                    " (SELECT 1 FROM delivery e WHERE e.receiver = d.receiver AND e.state = 'waiting' AND e.queued_at <"
                    " d.queued_at AND ((e.alert_id = d.alert_id AND e.alert_id <> '') OR (e.event = 'digest' AND"
                    " d.event IN ('resolved', 'expired')))) ORDER BY d.queued_at LIMIT 1) d"
};
static const struct stmt CROWD = { "delivery_crowd",
                                   "SELECT count(*) FROM (SELECT 1 FROM delivery d WHERE"
                                   " d.receiver = $1 AND d.next_at <= $2 AND " SENDER_MERGEABLE " LIMIT 2) x" };
static const struct stmt DEPTH = { "delivery_depth", "SELECT count(*), min(queued_at) FROM delivery"
                                                     " WHERE state = 'waiting'" };

/* --- a round -------------------------------------------------------------------------------------------------------
 */

/* Receivers by what may be sent to them now, in the round's arena. */
struct roster {
    const char *all[RECEIVERS_MAX], *tests[RECEIVERS_MAX];
    size_t all_count, tests_count;
    const char *crowded[RECEIVERS_MAX]; /* out of tokens */
    size_t crowded_count;
    const char *states[RECEIVERS_MAX]; /* alertmanagers that are on */
    size_t states_count;
    int64_t next_us; /* when a lane that waits is ready */
};

int sender_query(struct sender *sender, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows)
{
    struct err err;

    err_clear(&err);
    if (db_query(sender->db, stmt, args, rows, &err) == 0)
        return 0;
    log_warn("sender_query_failed", "error=\"%s\"", err.text);
    return -1;
}

static void enrol(struct sender *sender, const struct receiver *receiver, int64_t now, struct roster *out)
{
    struct lane *lane = lane_get(sender, receiver->code, -1, receiver->channel);
    const char *code;
    bool tests_only = receiver->off || receiver->channel->state;

    if (!lane)
        return;
    code = lane->receiver;
    if (receiver->channel->state && !receiver->off)
        out->states[out->states_count++] = code;
    if (!lane_is_free(sender, lane))
        return;
    lane_load(sender, lane);
    rate_fill(&lane->rate, lane->channel->per_minute, lane->channel->at_once, now);
    if (lane_ready_us(lane, now) <= now && tests_only)
        out->tests[out->tests_count++] = code;
    else if (lane_ready_us(lane, now) <= now)
        out->all[out->all_count++] = code;
    else if (lane_ready_us(lane, now) < out->next_us)
        out->next_us = lane_ready_us(lane, now);
    if (lane->channel->chat && lane->rate.tokens_milli < 1000 && !tests_only)
        out->crowded[out->crowded_count++] = code;
}

static void call_roster(struct sender *sender, int64_t now, struct roster *out)
{
    struct monitoring *m = sender->m;

    *out = (struct roster) { .next_us = now + POLL_MS * 1000 };
    pthread_rwlock_rdlock(&m->lock);
    for (size_t i = 0; i < m->receiver_count; i++)
        enrol(sender, &m->receivers[i], now, out);
    pthread_rwlock_unlock(&m->lock);
}

static void send_due(struct sender *sender, const struct roster *roster, int64_t now)
{
    struct db_args args;
    struct db_rows rows;

    if (!roster->all_count && !roster->tests_count)
        return;
    db_args_init(&args, &sender->arena);
    db_arg_time(&args, now);
    db_arg_text_array(&args, roster->all, roster->all_count);
    db_arg_text_array(&args, roster->tests, roster->tests_count);
    if (sender_query(sender, &DUE, &args, &rows) != 0)
        return;
    for (int i = 0; i < rows.count && !runtime_stopping(sender->m->rt); i++) {
        struct lane *lane = lane_find(sender, db_text(&rows, i, 1), -1);

        if (lane && rate_take(&lane->rate, lane->channel->per_minute))
            attempt_start(sender, lane, &rows, i);
    }
    db_rows_fini(&rows);
}

/* What waits at a robot that takes no more now becomes one message. */
static void merge_crowds(struct sender *sender, const struct roster *roster, int64_t now)
{
    for (size_t i = 0; i < roster->crowded_count; i++) {
        struct lane *lane = lane_find(sender, roster->crowded[i], -1);
        struct db_args args;
        struct db_rows rows;
        bool crowd;

        db_args_init(&args, &sender->arena);
        db_arg_text(&args, roster->crowded[i]);
        db_arg_time(&args, now);
        if (!lane || !lane_is_free(sender, lane) || sender_query(sender, &CROWD, &args, &rows) != 0)
            continue;
        crowd = db_i64(&rows, 0, 0) > 1;
        db_rows_fini(&rows);
        if (!crowd)
            continue;
        outcome_post(outcome_new(sender, lane), on_merge);
    }
}

static void measure(struct sender *sender, int64_t now)
{
    struct metrics *metrics = runtime_metrics(sender->m->rt);
    struct db_rows rows;
    double age;

    if (now - sender->measured_us < MEASURE_US || sender_query(sender, &DEPTH, NULL, &rows) != 0)
        return;
    age = db_is_null(&rows, 0, 1) ? 0 : (double)(now - db_time(&rows, 0, 1)) / 1e6;
    metrics_gauge(metrics, "outbox_depth", "Notices that wait to be delivered.", "", (double)db_i64(&rows, 0, 0));
    metrics_gauge(metrics, "outbox_oldest_seconds", "Age of the oldest notice that waits.", "", age > 0 ? age : 0);
    db_rows_fini(&rows);
    sender->measured_us = now;
}

/* Returns when there may be something to do again. */
static int64_t pump(struct sender *sender)
{
    int64_t now = clock_real_us();
    struct roster roster;

    arena_reset(&sender->arena);
    call_roster(sender, now, &roster);
    merge_crowds(sender, &roster, now);
    send_due(sender, &roster, now);
    for (size_t i = 0; i < roster.states_count; i++) {
        const Bihuan__Receiver *receiver = receiver_copy(sender->m, &sender->arena, roster.states[i]);

        if (receiver)
            state_pump(sender, receiver, now);
    }
    measure(sender, now);
    return roster.next_us;
}

/* --- the thread ----------------------------------------------------------------------------------------------------
 */

static bool is_stopping(struct sender *sender)
{
    bool stopping;

    pthread_mutex_lock(&sender->lock);
    stopping = sender->stopping;
    pthread_mutex_unlock(&sender->lock);
    return stopping;
}

static bool is_connected(struct sender *sender)
{
    struct runtime *rt = sender->m->rt;

    if (!sender->db)
        return db_open(&sender->db, runtime_setting(rt, "database_url"), "monitoring", true, NULL) == 0;
    return db_alive(sender->db) || db_reopen(sender->db, NULL) == 0;
}

static void *sender_main(void *arg)
{
    struct sender *sender = arg;

    arena_init(&sender->arena);
    while (!is_stopping(sender)) {
        int64_t next = clock_real_us() + POLL_MS * 1000, wait;

        if (runtime_active(sender->m->rt) && is_connected(sender))
            next = pump(sender);
        wait = (next - clock_real_us()) / 1000 + 1;
        courier_wait(sender->courier, wait < 1 ? 1 : wait > POLL_MS ? POLL_MS : (int)wait);
    }
    for (size_t i = 0; i < sender->lane_count; i++) {
        attempt_forget(&sender->lanes[i]);
        state_forget(&sender->lanes[i]);
    }
    db_close(&sender->db);
    arena_fini(&sender->arena);
    return NULL;
}

int sender_start(struct monitoring *m, struct err *err)
{
    struct sender *sender = calloc(1, sizeof *sender);

    if (!sender || sodium_init() < 0)
        abort();
    sender->m = m;
    sender->courier = courier_new();
    if (!sender->courier)
        abort();
    pthread_mutex_init(&sender->lock, NULL);
    m->sender = sender;
    if (pthread_create(&sender->thread, NULL, sender_main, sender) != 0)
        return err_set(err, "could not start the sender thread");
    return 0;
}

void sender_wake(struct monitoring *m)
{
    courier_wake(m->sender->courier);
}

/* --- outcomes ------------------------------------------------------------------------------------------------------
 */

static void sender_free(struct sender *sender)
{
    pthread_mutex_destroy(&sender->lock);
    courier_free(&sender->courier);
    free(sender);
}

/* One outcome less; the runtime gives back what is left over after the sender has stopped. */
static void settle(struct outcome *outcome)
{
    struct sender *sender = outcome->sender;
    bool last;

    pthread_mutex_lock(&sender->lock);
    outcome->lane->busy = false;
    last = --sender->pending == 0 && sender->left;
    if (!sender->left)
        courier_wake(sender->courier);
    pthread_mutex_unlock(&sender->lock);
    free(outcome);
    if (last)
        sender_free(sender);
}

static void finished(void *arg, int rc, const struct err *err)
{
    (void)rc;
    (void)err;
    settle(arg); /* when the result was lost the row still waits: it is sent again with the same id */
}

void outcome_post(struct outcome *outcome, handler_fn *handler)
{
    struct sender *sender = outcome->sender;

    pthread_mutex_lock(&sender->lock);
    outcome->lane->busy = true;
    sender->pending++;
    pthread_mutex_unlock(&sender->lock);
    if (runtime_post(sender->m->rt, handler, outcome, finished, outcome) != 0)
        settle(outcome);
}

void sender_stop(struct monitoring *m)
{
    struct sender *sender = m->sender;
    bool last;

    if (!sender)
        return;
    pthread_mutex_lock(&sender->lock);
    sender->stopping = true;
    pthread_mutex_unlock(&sender->lock);
    courier_wake(sender->courier);
    pthread_join(sender->thread, NULL);
    pthread_mutex_lock(&sender->lock);
    sender->left = true;
    last = sender->pending == 0;
    pthread_mutex_unlock(&sender->lock);
    if (last)
        sender_free(sender);
    m->sender = NULL;
}
