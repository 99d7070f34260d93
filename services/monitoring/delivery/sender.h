/* sender: the thread that empties the outbox: what its files share.
 *
 *   sender.c    the thread: what is due, to whom something may be sent now
 *   lane.c      one receiver: its rate, its pauses, whether something is on its way
 *   attempt.c   one try of one message: bytes out, verdict in
 *   state.c     Alertmanagers, which are told what is true instead of messages
 *   outcome.c   on the writer: what became of a try; merge.c: many messages merged into one
 *
 * The sender reads with a connection of its own and writes nothing: what became of a try is posted to the writer, and a
 * lane stays busy until the writer is through with it. So nothing is sent twice for being slow. A row whose outcome was
 * lost still waits, and is sent again with the same id.
 *
 * Threads: all but outcome.c run on the sender's thread; `lock` guards what both touch.
 */
#ifndef BIHUAN_SERVICES_MONITORING_SENDER_H
#define BIHUAN_SERVICES_MONITORING_SENDER_H

#include "monitoring/delivery/channel.h"
#include "monitoring/delivery/rate.h"
#include "monitoring/monitoring.h"

#include "net/courier.h"

#include <pthread.h>

/* One receiver, or one member of an Alertmanager cluster. */
struct lane {
    char receiver[65];
    int peer; /* -1: messages; 0 ...: state to that address of an alertmanager */
    const struct channel *channel;
    struct rate rate;
    int64_t blocked_us;      /* until then it asked to be left alone; kept in its table */
    int64_t paused_us;       /* until then: it failed */
    int failed;              /* in a row */
    bool busy;               /* something is on its way, or the writer isn't through with it; under the lock */
    bool loaded;             /* the table was read */
    struct attempt *attempt; /* message that is on its way */
    struct batch *batch;     /* state that is sent */
    int64_t next_us;         /* when the state is sent again */
    int64_t told_us;         /* newest row of the outbox that it covered */
};

struct sender {
    struct monitoring *m;
    pthread_t thread;
    pthread_mutex_t lock;
    struct courier *courier;
    struct db *db;
    struct arena arena; /* of one round */
    struct lane lanes[RECEIVERS_MAX * 2];
    size_t lane_count;
    int pending; /* outcomes the writer is not through with; the last one frees a sender that has stopped */
    bool stopping, left;
    int64_t measured_us; /* when the gauges were set */
};

/* What became of one try; posted to the writer, which frees it. */
struct outcome {
    struct sender *sender;
    struct lane *lane;
    char id[64], receiver[65], event[16];
    char state[16]; /* sent, waiting, dead */
    int32_t attempts, part;
    int64_t next_us;
    char error[CHANNEL_ERROR_MAX];
    bool rated; /* the lane's figures are to be kept */
    struct rate rate;
    int64_t blocked_us;
    /* of state: all rows of the receiver up to this one; id "" all alerts, else of that alert */
    int64_t covered_us;
    char alert[64];
};

/* SQL: whether the row `d` of the outbox may be merged into another message: it was never tried, and it doesn't go on
 * from one that is still to be tried again, nor end what a digest before it may have told. */
#define SENDER_MERGEABLE                                                                                               \
    "d.state = 'waiting' AND d.attempts = 0 AND d.part = 0 AND d.notice AND d.event NOT IN ('digest', 'test') AND"     \
    " NOT EXISTS (SELECT 1 FROM delivery e WHERE e.receiver = d.receiver AND e.state = 'waiting' AND e.queued_at <"    \
    " d.queued_at AND ((e.alert_id = d.alert_id AND e.alert_id <> '' AND (e.attempts > 0 OR e.part > 0)) OR"           \
    " (e.event = 'digest' AND d.event IN ('resolved', 'expired'))))"

/* sender.c: 0 and rows, or -1: then it is logged, and the next round tries again. */
int sender_query(struct sender *sender, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows);

/* lane.c */
struct lane *lane_find(struct sender *sender, const char *receiver, int peer); /* NULL: none yet */
/* Made where there is none; NULL when there are too many. */
struct lane *lane_get(struct sender *sender, const char *receiver, int peer, const struct channel *channel);
bool lane_is_free(struct sender *sender, const struct lane *lane);
void lane_set_busy(struct sender *sender, struct lane *lane, bool busy);
/* Now, or when it may be sent to; never in the past. */
int64_t lane_ready_us(const struct lane *lane, int64_t now_us);
void lane_load(struct sender *sender, struct lane *lane);
void lane_failed(const struct sender *sender, struct lane *lane, int64_t now_us);
/* Setting "retry_first_ms": what pauses are measured by. */
int64_t sender_first_pause_us(const struct sender *sender);

/* A receiver as it is now: a copy in the arena, its secrets read. NULL where there is none; 0, or -1 with *err where
 * its secret can't be read. */
Bihuan__Receiver *receiver_copy(struct monitoring *m, struct arena *arena, const char *code);
int receiver_secret(struct monitoring *m, struct arena *arena, const Bihuan__Receiver *receiver,
                    struct channel_secret *out, struct err *err);

/* attempt.c: one row: id, receiver, attempts, part, queued_at, notice, body, event */
void attempt_start(struct sender *sender, struct lane *lane, const struct db_rows *rows, int row);
/* Hands an outcome to the writer; the lane is busy until it is through. */
void outcome_post(struct outcome *outcome, handler_fn *handler);
struct outcome *outcome_new(struct sender *sender, struct lane *lane);
/* When the sender stops. */
void attempt_forget(struct lane *lane);
void sender_count(struct sender *sender, const struct channel *channel, const char *result);

/* state.c */
#define STATE_OVER_US (900 * SECOND) /* how long it is said that an alert is over */
/* When the sender stops: what was on its way there is forgotten. */
void state_forget(struct lane *lane);
void state_pump(struct sender *sender, const Bihuan__Receiver *receiver, int64_t now_us);

#endif
