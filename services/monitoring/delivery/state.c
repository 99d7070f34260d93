/* state: Alertmanagers are told what is true: all alerts that are open in the ledger, every minute, each with an end
 * five minutes ahead; and those that are over for a quarter of an hour. What is new or over goes at once. Each member
 * of a cluster is told by itself, so that none holds up another.
 *
 * A 400 says that some were refused while the rest were taken: then each is sent alone, and what is refused alone is
 * given up. */
#include "monitoring/delivery/sender.h"

#include "obs/log.h"
#include "text/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_US  (300 * SECOND)
#define TIMEOUT_S 20

/* The last that was written about each alert that is open, or over for less than a quarter of an hour. */
static const struct stmt TRUTH = {
    "delivery_truth", "SELECT t.alert_id, t.open, d.queued_at, d.body FROM told t JOIN LATERAL (SELECT queued_at, body,"
                      " state FROM delivery WHERE alert_id = t.alert_id AND receiver = t.receiver AND notice ORDER BY"
                      " queued_at DESC LIMIT 1) d ON true WHERE t.receiver = $1 AND d.state <> 'dead' AND (t.open OR"
                      " d.queued_at > $2) ORDER BY t.alert_id LIMIT 10000"
};
static const struct stmt NEWEST = { "delivery_newest", "SELECT max(queued_at) FROM told WHERE receiver = $1" };

struct element {
    char alert[64];
    struct buf json;
};

/* What is sent to one member; kept until all of it was answered. */
struct batch {
    struct sender *sender;
    struct lane *lane;
    char url[600];
    struct element *elements;
    size_t count;
    bool single; /* one by one: after a 400 */
    size_t at;
    int64_t covered_us;
};

static void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        buf_fini(&batch->elements[i].json);
    free(batch->elements);
    batch->lane->batch = NULL;
    free(batch);
}

void state_forget(struct lane *lane)
{
    if (lane->batch)
        batch_free(lane->batch);
}

/* --- collecting ----------------------------------------------------------------------------------------------------
 */

static void add_element(struct batch *batch, const struct db_rows *rows, int row, int64_t now, int64_t shift_us)
{
    struct element *element = &batch->elements[batch->count];
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 3, &len);
    Bihuan__Notice *notice = bihuan__notice__unpack(&batch->sender->arena.allocator, len, body);
    bool open = db_bool(rows, row, 1);
    int64_t told = db_time(rows, row, 2), starts;
    struct json_out json;

    if (!notice || !notice->data)
        return;
    starts = notice->data->fired_at ? notice->data->fired_at - shift_us : told;
    snprintf(element->alert, sizeof element->alert, "%.63s", db_text(rows, row, 0));
    json_out_init(&json, &element->json);
    alertmanager_put(&json, notice, starts < now ? starts : now, open ? now + AHEAD_US : told);
    batch->count++;
}

static struct batch *collect(struct sender *sender, struct lane *lane, const char *address, int64_t newest, int64_t now)
{
    struct batch *batch = calloc(1, sizeof *batch);
    struct db_args args;
    struct db_rows rows;

    if (!batch)
        abort();
    batch->sender = sender;
    batch->lane = lane;
    batch->covered_us = newest;
    snprintf(batch->url, sizeof batch->url, "%.500s/api/v2/alerts", address);
    db_args_init(&args, &sender->arena);
    db_arg_text(&args, lane->receiver);
    db_arg_time(&args, now - STATE_OVER_US);
    if (sender_query(sender, &TRUTH, &args, &rows) != 0) {
        free(batch);
        return NULL;
    }
    batch->elements = calloc((size_t)rows.count + 1, sizeof *batch->elements);
    if (!batch->elements)
        abort();
    for (int i = 0; i < rows.count; i++)
        add_element(batch, &rows, i, now, runtime_clock(sender->m->rt)->shift_us);
    db_rows_fini(&rows);
    lane->batch = batch;
    return batch;
}

/* --- sending -------------------------------------------------------------------------------------------------------
 */

static void send_batch(struct batch *batch);

/* Tells the writer; alert "" is all of them. The lane is free once the writer is through. */
static void post_result(const struct batch *batch, const char *alert, const char *state, const char *error)
{
    struct outcome *outcome = outcome_new(batch->sender, batch->lane);

    outcome->covered_us = batch->covered_us;
    outcome->next_us = clock_real_us();
    snprintf(outcome->alert, sizeof outcome->alert, "%.63s", alert);
    snprintf(outcome->state, sizeof outcome->state, "%s", state);
    snprintf(outcome->error, sizeof outcome->error, "%.159s", error);
    outcome_post(outcome, on_state_told);
}

static void finish(struct batch *batch)
{
    struct lane *lane = batch->lane;
    int64_t now = clock_real_us();

    lane->failed = 0;
    lane->paused_us = 0;
    lane->next_us = now + runtime_setting_int(batch->sender->m->rt, "alertmanager_every_s") * SECOND;
    if (batch->covered_us > lane->told_us)
        lane->told_us = batch->covered_us;
    post_result(batch, "", "sent", "");
    batch_free(batch);
}

static void give_up(struct batch *batch, const char *error)
{
    struct lane *lane = batch->lane;

    lane_failed(batch->sender, lane, clock_real_us());
    log_warn("notice_failed", "receiver=%s peer=%d error=\"%s\"", lane->receiver, lane->peer, error);
    post_result(batch, "", "waiting", error);
    batch_free(batch);
}

static void next_single(struct batch *batch, const struct channel_answer *answer)
{
    if (answer->status >= 400 && answer->status < 500 && answer->status != 408 && answer->status != 429) {
        char error[CHANNEL_ERROR_MAX];

        snprintf(error, sizeof error, "HTTP status %ld: %.*s", answer->status,
                 answer->len < 100 ? (int)answer->len : 100, answer->len ? (const char *)answer->body : "");
        for (char *p = error; *p; p++)
            if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
                *p = ' ';
        post_result(batch, batch->elements[batch->at].alert, "dead", error);
    }
    if (++batch->at < batch->count)
        send_batch(batch);
    else
        finish(batch);
}

static void on_answer(void *arg, bool answered, bool barred, struct http_answer *got)
{
    struct batch *batch = arg;
    const struct channel_answer answer = { got->status, got->body.data, got->body.len, got->retry_after_s };
    struct channel_verdict verdict = { .verdict = SAID_RETRY };

    if (barred)
        channel_verdict_set(&verdict, SAID_RETRY, 0,
                            "the address is private: allow its host by monitoring's setting receiver_hosts");
    else if (!answered)
        channel_verdict_set(&verdict, SAID_RETRY, 0, "%s", got->error);
    else
        channel_judge_http(&answer, &verdict);
    sender_count(batch->sender, batch->lane->channel, verdict.verdict == SAID_DELIVERED ? "sent" : "retry");
    if (!answered || got->status >= 500 || got->status == 429 || got->status == 408 ||
        (batch->single && verdict.verdict != SAID_DELIVERED && got->status < 400))
        give_up(batch, verdict.error);
    else if (batch->single)
        next_single(batch, &answer);
    else if (verdict.verdict == SAID_DELIVERED)
        finish(batch);
    else if (got->status == 400 || got->status == 422) {
        batch->single = true;
        send_batch(batch);
    } else
        give_up(batch, verdict.error);
    buf_fini(&got->body);
}

static void send_batch(struct batch *batch)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    struct courier_parcel parcel = { .url = batch->url,
                                     .headers = headers,
                                     .timeout_s = TIMEOUT_S,
                                     .body_max = 1 << 20,
                                     .private_hosts = runtime_setting(batch->sender->m->rt, "receiver_hosts"),
                                     .ca_file = runtime_setting(batch->sender->m->rt, "receiver_ca_file") };
    struct buf body = { 0 };
    size_t from = batch->single ? batch->at : 0, until = batch->single ? batch->at + 1 : batch->count;

    buf_append_text(&body, "[");
    for (size_t i = from; i < until; i++) {
        buf_append_text(&body, i > from ? "," : "");
        buf_append(&body, batch->elements[i].json.data, batch->elements[i].json.len);
    }
    buf_append_text(&body, "]");
    parcel.body = body.data;
    parcel.len = body.len;
    if (courier_start(batch->sender->courier, &parcel, on_answer, batch) != 0)
        give_up(batch, "there is no memory");
    buf_fini(&body);
}

/* --- when ----------------------------------------------------------------------------------------------------------
 */

/* When something was written to the receiver last; 0 never. */
static int64_t newest_of(struct sender *sender, const struct lane *lane)
{
    struct db_args args;
    struct db_rows rows;
    int64_t newest;

    db_args_init(&args, &sender->arena);
    db_arg_text(&args, lane->receiver);
    if (sender_query(sender, &NEWEST, &args, &rows) != 0)
        return 0;
    newest = db_is_null(&rows, 0, 0) ? 0 : db_time(&rows, 0, 0);
    db_rows_fini(&rows);
    return newest;
}

static void pump_peer(struct sender *sender, const Bihuan__Receiver *receiver, int peer, const char *address,
                      int64_t now)
{
    struct lane *lane = lane_get(sender, receiver->code, peer, &channel_alertmanager);
    struct batch *batch;
    int64_t newest;

    if (!lane || !lane_is_free(sender, lane) || lane->batch || lane_ready_us(lane, now) > now)
        return;
    newest = newest_of(sender, lane);
    if (now < lane->next_us && newest <= lane->told_us)
        return;
    batch = collect(sender, lane, address, newest, now);
    if (batch && !batch->count) {
        finish(batch); /* nothing is true; what was over before it could be told has lapsed */
    } else if (batch) {
        lane_set_busy(sender, lane, true);
        send_batch(batch);
    }
}

void state_pump(struct sender *sender, const Bihuan__Receiver *receiver, int64_t now_us)
{
    struct channel_secret secret;

    if (receiver_secret(sender->m, &sender->arena, receiver, &secret, NULL) != 0)
        return;
    pump_peer(sender, receiver, 0, secret.address[0] ? secret.address : receiver->url, now_us);
    for (size_t i = 0; i < receiver->n_peers; i++)
        pump_peer(sender, receiver, (int)i + 1, receiver->peers[i], now_us);
}
