/* sender: a thread that delivers notices: reads the outbox, posts, hands the result to the writer. A notice is sent
 * again with the same id until the receiver took it or refused it for good: after 1 s, 5 s, 30 s, 2 min, 10 min,
 * 30 min, then hourly, each with 20 % jitter. TRIES_MAX tries take about a day; a receiver may ask for longer pauses,
 * of up to an hour each. A receiver that does not answer is left alone for the rest of a round. Redirects are not
 * followed.
 *
 * A row is read again only when the writer is through with what became of it: none is sent twice for being slow. */
#include "monitoring/monitoring.h"

#include "net/http.h"
#include "obs/log.h"
#include "text/base64.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS     500
#define TIMEOUT_S   10L
#define AT_ONCE     32
#define PAUSE_MAX_S 3600
#define TRIES_MAX   30
#define ERROR_LEN   160
#define SEC_PREFIX  "whsec_"

/* One of each receiver before the second of any: a receiver with a long queue does not hold up the others. */
static const struct stmt WAITING = {
    "delivery_waiting", "SELECT id, receiver, attempts, body FROM (SELECT id, receiver, attempts, body, next_at,"
                        " row_number() OVER (PARTITION BY receiver ORDER BY attempts, next_at) AS place"
                        " FROM delivery WHERE state = 'waiting' AND next_at <= $1) d"
                        " ORDER BY place, next_at LIMIT $2"
};
static const struct stmt RESULT = {
    "delivery_result", "UPDATE delivery SET state = $2, attempts = $3, next_at = $4, last_error = $5, sent_at = $6"
                       " WHERE id = $1 AND state = 'waiting'"
};

/* What became of one try; posted to the writer. */
struct outcome {
    struct sender *sender;
    char id[64];
    char state[16]; /* sent, waiting, dead */
    int32_t attempts;
    int64_t next_us;
    char error[ERROR_LEN];
};

struct sender {
    struct monitoring *m;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool woken, stopping, left;
    int pending; /* outcomes the writer is not through with; the last one frees a sender that has stopped */
};

/* Receivers that did not answer in this round. */
struct round {
    const char *mute[AT_ONCE];
    int mute_count;
};

/* --- one post --- */

static bool sign(const struct receiver *receiver, const char *id, const char *timestamp, const uint8_t *body,
                 size_t len, char *out, size_t cap)
{
    struct buf text = { 0 };
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char encoded[sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    unsigned char raw[128];
    size_t raw_len = 0;

    if (sodium_base642bin(raw, sizeof raw, receiver->secret + strlen(SEC_PREFIX),
                          strlen(receiver->secret) - strlen(SEC_PREFIX), NULL, &raw_len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    buf_printf(&text, "%s.%s.", id, timestamp);
    buf_append(&text, body, len);
    crypto_auth_hmacsha256_init(&state, raw, raw_len);
    crypto_auth_hmacsha256_update(&state, text.data, text.len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(encoded, sizeof encoded, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    snprintf(out, cap, "webhook-signature: v1,%s", encoded);
    buf_fini(&text);
    sodium_memzero(raw, sizeof raw);
    return true;
}

/* 0 and the HTTP status, or -1 with the error text. *retry_after in seconds, 0 none. */
static int post(struct http *http, const struct receiver *receiver, const char *id, const uint8_t *body, size_t len,
                long *status, int64_t *retry_after, char error[ERROR_LEN])
{
    char signature[128], name[128], at[64], timestamp[32];
    const char *headers[] = { signature, name, at, "Content-Type: application/cloudevents+json; charset=utf-8", NULL };
    const struct http_ask ask = {
        .method = "POST", .url = receiver->url, .headers = headers, .body = body, .len = len
    };
    struct http_answer answer;

    snprintf(timestamp, sizeof timestamp, "%ld", (long)time(NULL));
    if (!sign(receiver, id, timestamp, body, len, signature, sizeof signature)) {
        snprintf(error, ERROR_LEN, "the receiver's secret is not base64");
        return -1;
    }
    snprintf(name, sizeof name, "webhook-id: %s", id);
    snprintf(at, sizeof at, "webhook-timestamp: %s", timestamp);
    if (http_call(http, &ask, &answer) != 0) {
        snprintf(error, ERROR_LEN, "%s", answer.error);
        return -1;
    }
    *status = answer.status;
    *retry_after = answer.retry_after_s;
    return 0;
}

/* --- what follows from it --- */

static int64_t delay_us(int attempts, int64_t retry_after_s)
{
    static const int64_t steps_s[] = { 1, 5, 30, 120, 600, 1800 };
    int64_t base = attempts < 6 ? steps_s[attempts] : PAUSE_MAX_S;

    if (retry_after_s > PAUSE_MAX_S)
        retry_after_s = PAUSE_MAX_S;
    if (retry_after_s > base)
        return retry_after_s * SECOND;
    return base * SECOND * 4 / 5 + base * (int64_t)randombytes_uniform(400001); /* 80 % to 120 % */
}

static bool may_retry(long status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void conclude(struct outcome *outcome, int rc, long status, int64_t retry_after_s)
{
    int64_t now = clock_real_us();
    bool again;

    outcome->attempts++;
    if (rc == 0 && status >= 200 && status < 300) {
        snprintf(outcome->state, sizeof outcome->state, "sent");
        outcome->error[0] = 0;
        return;
    }
    again = rc != 0 || may_retry(status);
    if (rc == 0)
        snprintf(outcome->error, sizeof outcome->error, "HTTP status %ld%s", status,
                 status >= 300 && status < 400 ? " (redirects are not followed)" : "");
    if (outcome->attempts >= TRIES_MAX)
        again = false;
    snprintf(outcome->state, sizeof outcome->state, "%s", again ? "waiting" : "dead");
    outcome->next_us = now + delay_us(outcome->attempts - 1, retry_after_s);
}

static const char *count_label(const struct outcome *outcome)
{
    return strcmp(outcome->state, "sent") == 0   ? "result=\"sent\""
           : strcmp(outcome->state, "dead") == 0 ? "result=\"dead\""
                                                 : "result=\"retry\"";
}

static void sender_free(struct sender *sender)
{
    pthread_mutex_destroy(&sender->lock);
    pthread_cond_destroy(&sender->work);
    free(sender);
}

/* One outcome less; the runtime gives back what is left over after the sender has stopped. */
static void settle(struct outcome *outcome)
{
    struct sender *sender = outcome->sender;
    bool last;

    free(outcome);
    pthread_mutex_lock(&sender->lock);
    last = --sender->pending == 0 && sender->left;
    pthread_cond_signal(&sender->work);
    pthread_mutex_unlock(&sender->lock);
    if (last)
        sender_free(sender);
}

static void finished(void *arg, int rc, const struct err *err)
{
    (void)rc;
    (void)err;
    settle(arg); /* when the result was lost the row still waits: it is sent again with the same id */
}

int on_delivered(struct tx *tx, const void *message, struct err *err)
{
    const struct outcome *outcome = message;
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, outcome->id);
    db_arg_text(&args, outcome->state);
    db_arg_i32(&args, outcome->attempts);
    db_arg_time(&args, outcome->next_us ? outcome->next_us : clock_real_us());
    db_arg_text(&args, outcome->error);
    if (strcmp(outcome->state, "sent") == 0)
        db_arg_time(&args, clock_real_us());
    else
        db_arg_null(&args);
    return db_exec(tx_db(tx), &RESULT, &args, NULL, err);
}

/* --- the thread --- */

static bool find_receiver(struct monitoring *m, const char *code, struct receiver *out)
{
    bool found = false;

    pthread_rwlock_rdlock(&m->lock);
    for (size_t i = 0; !found && i < m->receiver_count; i++)
        if (strcmp(m->receivers[i].code, code) == 0) {
            *out = m->receivers[i];
            found = true;
        }
    pthread_rwlock_unlock(&m->lock);
    return found;
}

static bool is_mute(const struct round *round, const char *code)
{
    for (int i = 0; i < round->mute_count; i++)
        if (strcmp(round->mute[i], code) == 0)
            return true;
    return false;
}

static void send_row(struct sender *sender, struct http *http, const struct db_rows *rows, int row, struct round *round)
{
    struct monitoring *m = sender->m;
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct receiver receiver;
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 3, &len);
    long status = 0;
    int64_t retry_after = 0;
    int rc = -1;

    if (!outcome)
        abort();
    outcome->sender = sender;
    snprintf(outcome->id, sizeof outcome->id, "%s", db_text(rows, row, 0));
    outcome->attempts = db_i32(rows, row, 2);
    if (!find_receiver(m, db_text(rows, row, 1), &receiver)) {
        snprintf(outcome->error, sizeof outcome->error, "the receiver is no longer configured");
        status = 410;
        rc = 0;
    } else {
        rc = post(http, &receiver, outcome->id, body, len, &status, &retry_after, outcome->error);
        if (rc != 0)
            round->mute[round->mute_count++] = db_text(rows, row, 1);
    }
    conclude(outcome, rc, status, retry_after);
    metrics_count(runtime_metrics(m->rt), "notices_total", "Tries to deliver a notice, by result.",
                  count_label(outcome), 1);
    if (strcmp(outcome->state, "sent") != 0)
        log_warn("notice_failed", "id=%s attempts=%d state=%s error=\"%s\"", outcome->id, outcome->attempts,
                 outcome->state, outcome->error);
    pthread_mutex_lock(&sender->lock);
    sender->pending++;
    pthread_mutex_unlock(&sender->lock);
    if (runtime_post(m->rt, on_delivered, outcome, finished, outcome) != 0)
        settle(outcome);
}

/* Sends what is due. True: there may be more. */
static bool send_due(struct sender *sender, struct http *http, struct db *db)
{
    struct round round = { .mute_count = 0 };
    struct arena arena;
    struct db_args args;
    struct db_rows rows;
    bool more = false;

    arena_init(&arena);
    db_args_init(&args, &arena);
    db_arg_time(&args, clock_real_us());
    db_arg_i64(&args, AT_ONCE);
    if (db_query(db, &WAITING, &args, &rows, NULL) == 0) {
        for (int i = 0; i < rows.count && !runtime_stopping(sender->m->rt); i++)
            if (!is_mute(&round, db_text(&rows, i, 1)))
                send_row(sender, http, &rows, i, &round);
        more = rows.count == AT_ONCE && round.mute_count == 0;
        db_rows_fini(&rows);
    }
    arena_fini(&arena);
    return more;
}

/* Until a notice may be due, and the outcomes of the round before are settled. False: the end. */
static bool wait_for_work(struct sender *sender, bool more)
{
    struct timespec until;
    bool stopping;
    bool due = more;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&sender->lock);
    while (!sender->stopping && !(due || sender->woken))
        due = pthread_cond_timedwait(&sender->work, &sender->lock, &until) != 0;
    while (!sender->stopping && sender->pending)
        pthread_cond_wait(&sender->work, &sender->lock);
    sender->woken = false;
    stopping = sender->stopping;
    pthread_mutex_unlock(&sender->lock);
    return !stopping;
}

static void *sender_main(void *arg)
{
    struct sender *sender = arg;
    struct runtime *rt = sender->m->rt;
    struct http *http = http_new();
    struct db *db = NULL;
    bool more = false;

    while (wait_for_work(sender, more)) {
        more = false;
        if (!runtime_active(rt))
            continue;
        if (!db && db_open(&db, runtime_setting(rt, "database_url"), rt ? "monitoring" : "", true, NULL) != 0)
            continue;
        if (!db_alive(db) && db_reopen(db, NULL) != 0)
            continue;
        more = send_due(sender, http, db);
    }
    db_close(&db);
    http_free(&http);
    return NULL;
}

int sender_start(struct monitoring *m, struct err *err)
{
    struct sender *sender = calloc(1, sizeof *sender);

    if (!sender || sodium_init() < 0)
        abort();
    sender->m = m;
    pthread_mutex_init(&sender->lock, NULL);
    pthread_cond_init(&sender->work, NULL);
    m->sender = sender;
    if (pthread_create(&sender->thread, NULL, sender_main, sender) != 0)
        return err_set(err, "could not start the sender thread");
    return 0;
}

void sender_wake(struct monitoring *m)
{
    struct sender *sender = m->sender;

    pthread_mutex_lock(&sender->lock);
    sender->woken = true;
    pthread_cond_signal(&sender->work);
    pthread_mutex_unlock(&sender->lock);
}

void sender_stop(struct monitoring *m)
{
    struct sender *sender = m->sender;
    bool last;

    if (!sender)
        return;
    pthread_mutex_lock(&sender->lock);
    sender->stopping = true;
    pthread_cond_signal(&sender->work);
    pthread_mutex_unlock(&sender->lock);
    pthread_join(sender->thread, NULL);
    pthread_mutex_lock(&sender->lock);
    sender->left = true;
    last = sender->pending == 0;
    pthread_mutex_unlock(&sender->lock);
    if (last)
        sender_free(sender);
    m->sender = NULL;
}
