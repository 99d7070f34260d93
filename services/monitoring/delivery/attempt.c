/* attempt: one try of one message. See sender.h. */
#include "monitoring/delivery/sender.h"

#include "obs/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 65536
#define THROTTLE_S 60

struct attempt {
    struct sender *sender;
    struct lane *lane;
    struct outcome *outcome;
    int64_t queued_us;
    int parts;
};

/* --- what follows --------------------------------------------------------------------------------------------------
 */

struct outcome *outcome_new(struct sender *sender, struct lane *lane)
{
    struct outcome *outcome = calloc(1, sizeof *outcome);

    if (!outcome)
        abort();
    outcome->sender = sender;
    outcome->lane = lane;
    memcpy(outcome->receiver, lane->receiver, sizeof outcome->receiver);
    return outcome;
}

void sender_count(struct sender *sender, const struct channel *channel, const char *result)
{
    char labels[64];

    snprintf(labels, sizeof labels, "channel=\"%s\",result=\"%s\"", channel->name, result);
    metrics_count(runtime_metrics(sender->m->rt), "notices_total", "Tries to deliver a notice, by channel and result.",
                  labels, 1);
}

static void delivered(struct attempt *attempt)
{
    struct outcome *outcome = attempt->outcome;

    attempt->lane->failed = 0;
    attempt->lane->paused_us = 0;
    outcome->part++;
    if (outcome->part < attempt->parts) {
        outcome->next_us = clock_real_us();
        snprintf(outcome->state, sizeof outcome->state, "waiting");
        return;
    }
    outcome->attempts++;
    outcome->next_us = clock_real_us();
    snprintf(outcome->state, sizeof outcome->state, "sent");
}

static void failed(struct attempt *attempt, const struct channel_verdict *verdict)
{
    struct outcome *outcome = attempt->outcome;
    int64_t now = clock_real_us();
    bool dead = verdict->verdict == SAID_REFUSED || retry_is_over(now - attempt->queued_us, outcome->attempts + 1);

    outcome->attempts++;
    outcome->next_us = now + retry_pause_us(sender_first_pause_us(attempt->sender), outcome->attempts, verdict->after_s,
                                            randombytes_uniform(1000));
    snprintf(outcome->state, sizeof outcome->state, "%s", dead ? "dead" : "waiting");
    snprintf(outcome->error, sizeof outcome->error, "%s", verdict->error);
    if (verdict->verdict == SAID_THROTTLED) {
        int64_t after = verdict->after_s > 0 ? verdict->after_s : THROTTLE_S;

        if (after > RETRY_AFTER_MAX_S)
            after = RETRY_AFTER_MAX_S;
        attempt->lane->blocked_us = now + after * SECOND;
        outcome->next_us = attempt->lane->blocked_us;
    } else if (verdict->verdict == SAID_RETRY) {
        lane_failed(attempt->sender, attempt->lane, now);
    }
    log_warn("notice_failed", "id=%s receiver=%s attempts=%d state=%s error=\"%s\"", outcome->id, outcome->receiver,
             outcome->attempts, outcome->state, outcome->error);
}

static const char *result_word(const struct outcome *outcome, enum channel_said verdict)
{
    if (strcmp(outcome->state, "sent") == 0)
        return "sent";
    if (strcmp(outcome->state, "dead") == 0)
        return "dead";
    return verdict == SAID_THROTTLED ? "throttled" : verdict == SAID_RETRY ? "retry" : "part";
}

static void conclude(struct attempt *attempt, const struct channel_verdict *verdict)
{
    struct outcome *outcome = attempt->outcome;
    struct lane *lane = attempt->lane;

    if (verdict->verdict == SAID_DELIVERED)
        delivered(attempt);
    else
        failed(attempt, verdict);
    sender_count(attempt->sender, lane->channel, result_word(outcome, verdict->verdict));
    outcome->rated = lane->channel->per_minute || verdict->verdict == SAID_THROTTLED;
    outcome->rate = lane->rate;
    outcome->blocked_us = lane->blocked_us;
    lane->attempt = NULL;
    free(attempt);
    outcome_post(outcome, on_delivered);
}

void attempt_forget(struct lane *lane)
{
    if (!lane->attempt)
        return;
    free(lane->attempt->outcome);
    free(lane->attempt);
    lane->attempt = NULL;
}

static void on_answer(void *arg, bool answered, bool barred, struct http_answer *answer)
{
    struct attempt *attempt = arg;
    struct channel_verdict verdict = { .verdict = SAID_RETRY };

    if (barred)
        channel_verdict_set(&verdict, SAID_REFUSED, 0,
                            "the address is private: allow its host by monitoring's setting receiver_hosts");
    else if (!answered)
        channel_verdict_set(&verdict, SAID_RETRY, 0, "%s", answer->error);
    else
        attempt->lane->channel->judge(
            &(struct channel_answer) { answer->status, answer->body.data, answer->body.len, answer->retry_after_s },
            &verdict);
    buf_fini(&answer->body);
    conclude(attempt, &verdict);
}

/* --- one try -------------------------------------------------------------------------------------------------------
 */

/* The message of a row; one that was written in bytes has an id alone. */
static Bihuan__Notice *read_notice(struct arena *arena, const struct db_rows *rows, int row)
{
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 6, &len);
    Bihuan__Notice *notice;

    if (db_bool(rows, row, 5))
        return bihuan__notice__unpack(&arena->allocator, len, body);
    notice = arena_new(arena, Bihuan__Notice);
    bihuan__notice__init(notice);
    notice->id = arena_strdup(arena, db_text(rows, row, 0));
    return notice;
}

static int send_bytes(struct attempt *attempt, const struct channel_job *job, struct channel_bytes *bytes)
{
    const Bihuan__Receiver *receiver = job->receiver;
    const char *headers[CHANNEL_HEADERS_MAX + 1] = { NULL }, **to = NULL;
    struct courier_parcel parcel;

    for (size_t i = 0; i < bytes->header_count; i++)
        headers[i] = (const char *)bytes->headers[i].data;
    to = arena_array(&attempt->sender->arena, const char *, receiver->n_to + 1);
    for (size_t i = 0; i < receiver->n_to; i++)
        to[i] = receiver->to[i];
    parcel = (struct courier_parcel) { .url = buf_text(&bytes->url),
                                       .headers = headers,
                                       .body = bytes->body.data,
                                       .len = bytes->body.len,
                                       .timeout_s = (int)runtime_setting_int(attempt->sender->m->rt,
                                                                             "receiver_timeout_s"),
                                       .body_max = ANSWER_MAX,
                                       .private_hosts = runtime_setting(attempt->sender->m->rt, "receiver_hosts"),
                                       .ca_file = runtime_setting(attempt->sender->m->rt, "receiver_ca_file"),
                                       .from = receiver->from,
                                       .to = to,
                                       .user = receiver->user,
                                       .password = job->secret->key_count ? job->secret->keys[0] : "",
                                       .tls = strcmp(receiver->tls, "none") != 0 };
    return courier_start(attempt->sender->courier, &parcel, on_answer, attempt);
}

/* SAID_DELIVERED where it is on its way. */
static void try_send(struct attempt *attempt, Bihuan__Receiver *receiver, const struct db_rows *rows, int row,
                     struct channel_verdict *verdict)
{
    struct sender *sender = attempt->sender;
    const struct channel *channel = attempt->lane->channel;
    struct channel_secret secret;
    struct channel_bytes bytes = { .header_count = 0 };
    struct channel_job job = { .receiver = receiver, .secret = &secret, .now_us = clock_real_us() };
    struct err err;

    err_clear(&err);
    job.notice = read_notice(&sender->arena, rows, row);
    job.part = attempt->outcome->part;
    if (!db_bool(rows, row, 5)) {
        size_t len;
        const uint8_t *body = db_bytes(rows, row, 6, &len);

        buf_append(&bytes.body, body, len);
    }
    if (!job.notice) {
        channel_verdict_set(verdict, SAID_REFUSED, 0, "the message can't be read");
    } else if (receiver_secret(sender->m, &sender->arena, receiver, &secret, &err) != 0) {
        channel_verdict_set(verdict, SAID_RETRY, 0, "%.150s", err.text);
    } else if (channel->make(&job, &bytes, verdict->error) != 0) {
        verdict->verdict = SAID_REFUSED;
    } else {
        attempt->parts = channel->parts ? channel->parts(&job) : 1;
        if (send_bytes(attempt, &job, &bytes) == 0)
            verdict->verdict = SAID_DELIVERED;
        else
            channel_verdict_set(verdict, SAID_RETRY, 0, "there is no memory");
    }
    channel_bytes_fini(&bytes);
}

void attempt_start(struct sender *sender, struct lane *lane, const struct db_rows *rows, int row)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    Bihuan__Receiver *receiver = receiver_copy(sender->m, &sender->arena, lane->receiver);
    struct channel_verdict verdict = { .verdict = SAID_REFUSED };

    if (!attempt)
        abort();
    *attempt = (struct attempt) {
        .sender = sender, .lane = lane, .outcome = outcome_new(sender, lane), .queued_us = db_time(rows, row, 4)
    };
    snprintf(attempt->outcome->id, sizeof attempt->outcome->id, "%.63s", db_text(rows, row, 0));
    snprintf(attempt->outcome->event, sizeof attempt->outcome->event, "%.15s", db_text(rows, row, 7));
    attempt->outcome->attempts = db_i32(rows, row, 2);
    attempt->outcome->part = db_i16(rows, row, 3);
    lane->attempt = attempt;
    lane_set_busy(sender, lane, true);
    if (receiver)
        try_send(attempt, receiver, rows, row, &verdict);
    else
        channel_verdict_set(&verdict, SAID_REFUSED, 0, "the receiver is no longer configured");
    if (verdict.verdict != SAID_DELIVERED)
        conclude(attempt, &verdict);
}
