/* runtime: the skeleton of every daemon. See architecture: one loop thread, one writer thread, reader threads.
 *
 * A daemon is a table: its settings, its migrations, its handlers. Everything that changes state is a handler that runs
 * on the writer thread inside a transaction; the runtime commits its effects, the positions of its inputs and the
 * events it published together, and only then publishes and replies. Queries run on reader threads in a read-only
 * transaction.
 *
 * Failure:   a request that is refused rolls back alone. An event that fails is tried again alone; when it fails for
 * good it is parked with its error if its type allows (HANDLE_EVENT_LOOSE), else its stream waits and health says why.
 * When a transaction is lost, drop() is called: all state in memory must be dropped and is loaded again. Threads:
 * handlers, load(), drop() and before_commit() run on the writer thread; query handlers on reader threads; what both
 * touch is the service's to lock. runtime_post() may be called from any thread but the writer's.
 */
#ifndef BIHUAN_RUNTIME_RUNTIME_H
#define BIHUAN_RUNTIME_RUNTIME_H

#include "base/arena.h"
#include "base/err.h"
#include "bus/message.h"
#include "db/db.h"
#include "db/migrate.h"
#include "obs/metrics.h"
#include "runtime/clock.h"
#include "runtime/settings.h"

#include <stdbool.h>
#include <stdint.h>

#include "bihuan/envelope.pb-c.h"

struct runtime;
struct tx;

#define SECOND      ((int64_t)1000000)
#define BUCKETS_MAX 256

/* 0, or -1 with *err. For ERR_INVALID, NOT_FOUND, CONFLICT, FORBIDDEN, TOO_LARGE (refusals) the handler must not have
 * changed state in memory. `message` is the unpacked payload, in the call's arena; NULL for timers; the posted pointer
 * for local inputs. */
typedef int handler_fn(struct tx *tx, const void *message, struct err *err);

enum handler_kind { HANDLER_END = 0, HANDLER_EVENT, HANDLER_REQUEST, HANDLER_QUERY, HANDLER_TIMER, HANDLER_LOCAL };

struct handler {
    enum handler_kind kind;
    const char *source;     /* events: the writing service */
    uint32_t type;          /* message type */
    const char *permission; /* requests and queries: what the principal needs; "" any principal */
    int64_t period_us;      /* timers, by the real clock */
    handler_fn *fn;
    const char *name;
    bool loose;      /* events: order doesn't matter, a failing one may be parked */
    bool scoped;     /* requests and queries: keeps to the principal's subtree by itself */
    bool asks_first; /* requests: waits for the data base before it changes anything else; so whether it was answered
                        before may come to light with that, which saves a round trip */
};

/* An event of `service` is handled at the same bucket as it was written to. */
#define HANDLE_EVENT(service, msg, function)                                                                           \
    {                                                                                                                  \
        .kind = HANDLER_EVENT, .source = (service), .type = MSG(msg), .fn = (function), .name = #msg                   \
    }
#define HANDLE_EVENT_LOOSE(service, msg, function)                                                                     \
    {                                                                                                                  \
        .kind = HANDLER_EVENT, .source = (service), .type = MSG(msg), .fn = (function), .name = #msg, .loose = true    \
    }
/* Changes state, bucket 0. The idempotency key of the request is kept with its answer. */
#define HANDLE_REQUEST(msg, right, function)                                                                           \
    {                                                                                                                  \
        .kind = HANDLER_REQUEST, .type = MSG(msg), .permission = (right), .fn = (function), .name = #msg               \
    }
/* As HANDLE_REQUEST; see asks_first. */
#define HANDLE_REQUEST_ASKING(msg, right, function)                                                                    \
    {                                                                                                                  \
        .kind = HANDLER_REQUEST, .type = MSG(msg), .permission = (right), .fn = (function), .name = #msg,              \
        .asks_first = true                                                                                             \
    }
/* The same two for handlers that keep to the principal's subtree by themselves; the plain ones refuse whoever has one.
 */
#define HANDLE_REQUEST_IN_SCOPE(msg, right, function)                                                                  \
    {                                                                                                                  \
        .kind = HANDLER_REQUEST, .type = MSG(msg), .permission = (right), .fn = (function), .name = #msg,              \
        .scoped = true                                                                                                 \
    }
#define HANDLE_QUERY_IN_SCOPE(msg, right, function)                                                                    \
    {                                                                                                                  \
        .kind = HANDLER_QUERY, .type = MSG(msg), .permission = (right), .fn = (function), .name = #msg, .scoped = true \
    }
/* Only reads. */
#define HANDLE_QUERY(msg, right, function)                                                                             \
    {                                                                                                                  \
        .kind = HANDLER_QUERY, .type = MSG(msg), .permission = (right), .fn = (function), .name = #msg                 \
    }
#define HANDLE_TIMER(period, function)                                                                                 \
    {                                                                                                                  \
        .kind = HANDLER_TIMER, .period_us = (period), .fn = (function), .name = #function                              \
    }
/* Input from a thread of the service itself, see runtime_post(). */
#define HANDLE_LOCAL(function)                                                                                         \
    {                                                                                                                  \
        .kind = HANDLER_LOCAL, .fn = (function), .name = #function                                                     \
    }
#define HANDLERS_END                                                                                                   \
    {                                                                                                                  \
        .kind = HANDLER_END                                                                                            \
    }

struct service {
    const char *name;         /* "planning" */
    const char *const *reads; /* services whose events it reads, NULL-terminated; NULL for none */
    const struct handler *handlers;
    const struct migration *migrations; /* NULL: no data base (gateway has one too) */
    const struct setting *settings;     /* own settings beside the common ones; may be NULL */
    size_t state_size;                  /* zeroed memory behind runtime_state() */
    /* Its handlers change memory as they write, before they know whether they refuse: after a request that wrote and
     * was refused load() is called again, without drop(). */
    bool memory_follows;
    int64_t gather_us; /* how long an event that has a handler waits for another to share its commit; 0: not at all.
                          While more come it waits on, 2 ms in all where this is less, and then a quarter of it while
                          they are small. Requests and timers never wait;
                          events without a handler wait for something to do. */

    /* All optional. */
    int (*start)(struct runtime *rt, struct err *err); /* on the loop thread, before anything runs */
    void (*stop)(struct runtime *rt);                  /* on the loop thread, after all threads ended */
    int (*load)(struct tx *tx, struct err *err);       /* writer: fill memory from the tables; inside a transaction */
    void (*drop)(struct runtime *rt);                  /* writer: memory is no longer to be trusted */
    int (*before_commit)(struct tx *tx, struct err *err); /* writer: effects gathered over several inputs */
    void (*after_commit)(struct runtime *rt);             /* writer: what may be seen now */
    /* loop thread: an event arrived from the bus, before the writer has it; for live listeners. */
    void (*on_wire)(struct runtime *rt, const Bihuan__Envelope *envelope, const uint8_t *payload, size_t payload_len);
};

/* main() of a daemon: parses flags, opens logs, runs until SIGTERM or SIGINT. Returns the exit code. */
int runtime_main(const struct service *service, int argc, char **argv);

/* --- anywhere ------------------------------------------------------------------------------------------------------
 */
void *runtime_state(struct runtime *rt);
const char *runtime_setting(struct runtime *rt, const char *key); /* never NULL for a known key */
int64_t runtime_setting_int(struct runtime *rt, const char *key);
struct metrics *runtime_metrics(struct runtime *rt);
const struct clock *runtime_clock(struct runtime *rt);
uint32_t runtime_bucket_count(struct runtime *rt);
int runtime_money_scale(struct runtime *rt);
bool runtime_active(struct runtime *rt); /* holds the buckets and is loaded */
bool runtime_stopping(struct runtime *rt);
struct uv_loop_s *runtime_loop(struct runtime *rt); /* loop thread only */

/* Hands `message` to the HANDLE_LOCAL handler `fn`. Blocks while the queue is full (back-pressure); -1 when the daemon
 * stops or isn't active (the caller keeps the message). done(arg, rc, err) is called on the writer thread after commit
 * (rc 0) or when it failed for good; on a lost transaction the runtime tries again by itself after load(). */
typedef void post_done_fn(void *arg, int rc, const struct err *err);
int runtime_post(struct runtime *rt, handler_fn *fn, void *message, post_done_fn *done, void *arg);

/* Sends a request to a service over the bus; loop thread only. `reply` is called once on the loop thread, with the
 * status and payload (a Problem when status >= 400), or 503/504. */
typedef void bus_reply_fn(void *arg, uint32_t status, const uint8_t *payload, size_t len);
void runtime_ask(struct runtime *rt, const char *service, const Bihuan__RequestEnvelope *envelope,
                 const uint8_t *payload, size_t len, bus_reply_fn *reply, void *arg);

/* --- inside a handler or query --------------------------------------------------------------------------------------
 */
struct runtime *tx_runtime(struct tx *tx);
void *tx_state(struct tx *tx); /* the service's state */
struct db *tx_db(struct tx *tx);
struct arena *tx_arena(struct tx *tx);
int64_t tx_now(struct tx *tx);                   /* business time, microseconds UTC; fixed for the handler */
uint16_t tx_bucket(struct tx *tx);               /* of the event; 0 for requests and timers */
const Bihuan__Envelope *tx_event(struct tx *tx); /* NULL unless handling an event */
/* Who asks; NULL for events, timers and local inputs. */
const Bihuan__Principal *tx_principal(struct tx *tx);
const char *tx_language(struct tx *tx); /* "zh" or "en" */
bool tx_may(struct tx *tx, const char *permission);
/* For a service that does again what its own stream says it once did: from here on the call is that person's (NULL: a
 * timer's) in that language at that business time, and what it publishes is dropped, since the stream has it. What was
 * answered or found wrong before is forgotten. The texts must live as long as the call. */
void tx_repeat(struct tx *tx, Bihuan__Principal *principal, const char *language, int64_t now_us);
/* Position up to which `service`'s bucket has been applied, this transaction included. */
uint64_t tx_position(struct tx *tx, const char *service, uint16_t bucket);
/* Last sequence of own stream, this transaction included. */
uint64_t tx_head(struct tx *tx, uint16_t bucket);
/* The first committed event of the own stream that is of a type, from `from` up to `to`, in the table or in an archived
 * file. *out and what it points to live in `arena`; payload as it was packed. A file that is missing or damaged is
 * ERR_UNAVAILABLE. */
struct own_event {
    uint64_t seq;
    const Bihuan__Envelope *envelope;
    const uint8_t *payload;
    size_t payload_len;
};
int tx_own_event(struct tx *tx, uint16_t bucket, uint64_t from, uint64_t to, uint32_t type, struct arena *arena,
                 struct own_event *out, bool *found, struct err *err);

/* Appends an event to the stream of `bucket`; it goes out with the commit. `key` is what it is about. Returns 0 or -1.
 */
int tx_publish(struct tx *tx, uint16_t bucket, uint32_t type, const char *key, const ProtobufCMessage *message,
               struct err *err);
/* The answer of a request or query. The message is packed at once. */
int tx_reply(struct tx *tx, const ProtobufCMessage *message, struct err *err);
/* Adds a problem with one field of the request; a handler that added any must return -1 (tx_refuse does). */
void tx_problem(struct tx *tx, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
size_t tx_problem_count(struct tx *tx);
/* ERR_INVALID with the problems added. Returns -1. */
int tx_refuse(struct tx *tx, struct err *err);

#endif
