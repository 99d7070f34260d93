/* runtime_internal: what the files of the runtime share. Not for services.
 *
 *   loop thread                          writer thread                 reader threads
 *   links (bus sockets) ── inputs ──▶    writer: handlers, commits     queries ──▶ handlers, read only
 *                       ◀─ outputs ──    (publish, reply, reset)       (reply) ── outputs ──▶ loop
 */
#ifndef BIHUAN_RUNTIME_RUNTIME_INTERNAL_H
#define BIHUAN_RUNTIME_RUNTIME_INTERNAL_H

#include "archive/archive.h"
#include "auth/principal.h"
#include "base/buf.h"
#include "bus/stream_store.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "bihuan/archive.pb-c.h"

#define SOURCES_MAX  8
#define READERS_MAX  8
#define INSTANCE_LEN 64

/* --- inputs: what waits for the writer -----------------------------------------------------------------------------
 */

struct frame {
    uint8_t *data; /* owned, malloc */
    size_t len;
};

enum input_kind { INPUT_EVENT, INPUT_REQUEST, INPUT_LOCAL };

struct input {
    struct input *next;
    enum input_kind kind;
    const struct handler *handler; /* NULL for events that nobody handles: they only move the position */
    /* events */
    int source;
    uint16_t bucket;
    uint64_t seq;
    struct frame envelope;
    struct frame payload;
    /* requests; `envelope` is the RequestEnvelope */
    struct frame identity;
    int64_t due_us;      /* monotonic */
    bus_reply_fn *reply; /* asked by this very process, instead of identity */
    void *reply_arg;
    /* local inputs */
    void *message;
    post_done_fn *done;
    void *done_arg;
    size_t len; /* of all frames: what counts against the limit */
};

void input_free(struct input *input);

struct inputs;
struct inputs *inputs_new(int64_t gather_us);
void inputs_destroy(struct inputs **inputs);
/* false: full, the caller keeps the input. Events have a limit in bytes, requests in number. */
bool inputs_offer(struct inputs *inputs, struct input *input);
/* Blocks while full; false when stopped or closed to local inputs. */
bool inputs_post(struct inputs *inputs, struct input *input);
/* Waits until something is there or until `until_us` (monotonic), then takes up to max_count inputs and max_len bytes.
 */
struct input *inputs_take(struct inputs *inputs, int64_t until_us, size_t max_count, size_t max_len);
/* Puts a list back in front (what a lost transaction leaves). */
void inputs_unget(struct inputs *inputs, struct input *list);
void inputs_open(struct inputs *inputs, bool open); /* local inputs: while the daemon is active */
void inputs_stop(struct inputs *inputs);            /* wakes everybody; nothing is accepted any more */
void inputs_wake(struct inputs *inputs);
size_t inputs_len(struct inputs *inputs); /* bytes of events that wait */

/* --- outputs: what the loop sends --- */

enum output_kind { OUTPUT_PUBLISH, OUTPUT_REPLY, OUTPUT_RESET };

struct output {
    struct output *next;
    enum output_kind kind;
    uint16_t bucket;       /* PUBLISH; RESET of one stream */
    int source;            /* RESET: index of the service read, -1 all streams */
    struct frame identity; /* REPLY */
    bus_reply_fn *reply;   /* REPLY to this very process */
    void *reply_arg;
    uint32_t status; /* of a reply to this very process */
    struct frame envelope;
    struct frame payload;
    int64_t delay_us; /* RESET: read on from the positions after this long */
};

void output_free(struct output *output);
/* Any thread. Takes the list over. */
void runtime_output(struct runtime *rt, struct output *list);

/* --- the runtime --- */

struct links;
struct probe;
struct writer;
struct readers;
struct keeper;
struct archivist;

/* Who finds that a daemon isn't ready. */
enum runtime_reason {
    REASON_STATE,   /* the writer: starting, standing by, no data base */
    REASON_EVENTS,  /* an event that fails again and again */
    REASON_STREAMS, /* a stream whose writer can't read its archive */
    REASONS,
};

#define RUNTIME_REASON_MAX  256
#define RUNTIME_REASONS_MAX (REASONS * (RUNTIME_REASON_MAX + 2)) /* of all together */

struct runtime {
    const struct service *service;
    struct settings *settings;
    struct clock clock;
    struct metrics *metrics;
    void *state;
    uv_loop_t loop;
    uv_async_t wake;
    uv_signal_t sigterm, sigint;

    char instance[INSTANCE_LEN];
    uint32_t buckets;
    int64_t slow_us; /* a transaction that lasts as long is logged */
    int money_scale;
    uint64_t boot;
    int lock_fd;
    struct principal_public principal_key;
    _Atomic bool have_principal_key;

    struct inputs *inputs;
    struct readers *readers;
    struct writer *writer;
    struct keeper *keeper;
    struct archivist *archivist;
    struct links *links;
    struct probe *probe;

    pthread_mutex_t output_lock;
    struct output *output_first, *output_last;

    const char *sources[SOURCES_MAX + 1]; /* services read, NULL-terminated */
    int source_count;

    /* Written by the writer after commit, read by anyone. */
    _Atomic bool active;
    _Atomic bool stopping;
    _Atomic bool writer_done;
    _Atomic uint64_t incarnation;
    _Atomic uint64_t epoch; /* of the lease that was claimed last */
    _Atomic uint64_t heads[BUCKETS_MAX];
    _Atomic uint64_t positions[SOURCES_MAX][BUCKETS_MAX];
    _Atomic uint64_t parked;
    pthread_mutex_t reason_lock;
    char reasons[REASONS][RUNTIME_REASON_MAX]; /* why it isn't ready; all "" when it is */
};

/* Says why the daemon isn't ready, or with "" that this is over. Each place that finds reasons takes back its own
 * alone. */
void runtime_set_reason(struct runtime *rt, enum runtime_reason which, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* All reasons, one behind the other; "" when there is none. */
void runtime_get_reason(struct runtime *rt, char *out, size_t cap);
int runtime_source_index(const struct runtime *rt, const char *service); /* -1 where it isn't read */
const struct handler *runtime_handler(const struct runtime *rt, enum handler_kind kind, uint32_t type,
                                      const char *source);

/* --- a call ---------------------------------------------------------------------------------------------------------
 */

/* What a writer's transaction has gathered. */
struct batch {
    struct arena arena; /* lives as long as the transaction */
    uint64_t heads[BUCKETS_MAX];
    bool touched[BUCKETS_MAX];
    uint64_t positions[SOURCES_MAX][BUCKETS_MAX];
    uint64_t incarnations[SOURCES_MAX][BUCKETS_MAX];
    struct stream_row *rows;
    size_t row_count, row_cap;
    struct archive_contents archived; /* the last file that own rows were read from */
};

struct tx {
    struct runtime *rt;
    struct db *db;
    struct arena arena;                /* of this call */
    struct batch *batch;               /* NULL for queries */
    struct archive_contents *archived; /* of the thread: rows that are in no table any more */
    int64_t now_us;
    uint16_t bucket;
    const Bihuan__Envelope *event;
    Bihuan__Principal *principal;
    const char *language;
    const char *trace;
    struct buf reply;
    bool replied;
    bool repeats; /* see tx_repeat() */
    Bihuan__FieldProblem **problems;
    size_t problem_count, problem_cap;
};

void tx_init(struct tx *tx, struct runtime *rt, struct db *db, struct batch *batch);
void tx_fini(struct tx *tx);
/* Who asks: checks signature and right, sets principal, language and trace. */
int tx_check_asker(struct tx *tx, const struct handler *handler, const Bihuan__RequestEnvelope *envelope,
                   struct err *err);
/* Unpacks the request or query and calls its handler; the answer is in tx->reply. */
int tx_call(struct tx *tx, const struct handler *handler, const uint8_t *payload, size_t len, struct err *err);
/* Packs the Problem for *err (and the field problems of tx, which may be NULL) behind what `out` holds. */
void tx_pack_problem(const struct tx *tx, const struct err *err, struct buf *out);

/* An output that answers `input`, with `status` and payload copied. */
struct output *output_reply(const struct frame *identity, bus_reply_fn *reply, void *reply_arg, const char *request_id,
                            uint32_t status, const void *payload, size_t len);

/* Handlers that every daemon has: parked events. Ends with HANDLERS_END. */
extern const struct handler builtin_handlers[];

/* --- threads --- */

int writer_start(struct runtime *rt, struct err *err);
void writer_join(struct runtime *rt);

/* The lease of the writer that is active, renewed by a thread of its own. */
#define KEEPER_TTL_S 9
int keeper_start(struct runtime *rt, struct err *err);
void keeper_join(struct runtime *rt);
void keeper_hold(struct runtime *rt, uint64_t epoch, int64_t since_us); /* claimed at since_us */
void keeper_let_go(struct runtime *rt);
bool keeper_lost(struct runtime *rt); /* someone else has it, or it ran out unrenewed */

/* Questions to reader threads. */
struct question {
    struct question *next;
    const struct handler *handler; /* NULL: replay */
    struct frame identity, envelope, payload;
    int64_t due_us;
    bus_reply_fn *reply;
    void *reply_arg;
};
void question_free(struct question *question);
int readers_start(struct runtime *rt, int count, struct err *err);
bool readers_offer(struct runtime *rt, struct question *question); /* false: full, the caller keeps it */
void readers_join(struct runtime *rt);

/* Loop thread. */
int links_start(struct runtime *rt, struct err *err);
void links_send(struct runtime *rt, struct output *output);
void links_room(struct runtime *rt); /* the writer has taken inputs: replay may go on */
/* The last sequence of a stream that is known here: committed, or heard of from its writer. */
uint64_t links_head(const struct runtime *rt, int source, uint32_t bucket);
void links_stop(struct runtime *rt);
/* A request from the bus or from this very process; takes the frames over. */
void links_take_request(struct runtime *rt, struct frame identity, bus_reply_fn *reply, void *reply_arg,
                        struct frame envelope, struct frame payload);

int probe_start(struct runtime *rt, struct err *err);
void probe_stop(struct runtime *rt);
/* Packs a StatusReply. */
void probe_status(struct runtime *rt, struct buf *out);

static inline struct frame frame_copy(const void *data, size_t len)
{
    struct buf buf = { 0 };

    buf_reserve(&buf, len + 1);
    buf_append(&buf, data, len);
    return (struct frame) { buf.data, buf.len };
}

#endif
