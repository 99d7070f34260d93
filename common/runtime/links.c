/* links: the loop's side of the bus: publishing, reading streams without gaps, requests in and out, heartbeats.
 *
 * Reading: events come over SUB as a hint. Per stream `next` is the sequence that the writer's queue needs. What is
 * older is ignored; a jump, or a heartbeat ahead of us, makes us ask the writer's ROUTER for stored rows, one bounded
 * answer at a time and only while our queue has room. A reset (after a lost transaction, or when an event must wait)
 * sets `next` back behind the committed position; everything after it comes again from the table.
 */
#include "base/hash.h"
#include "bus/endpoint.h"
#include "bus/wire.h"
#include "bus/zloop.h"
#include "obs/log.h"
#include "runtime/runtime_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <zmq.h>

#define PEERS_MAX       SOURCES_MAX
#define INSTANCES_MAX   4
#define TICK_MS         50
#define HEARTBEAT_TICKS 4
#define REPLAY_ROWS     256
#define REPLAY_BYTES    (1u << 20)
#define REPLAY_WAIT_US  (3 * SECOND)
#define QUEUE_ROOM      ((size_t)12 << 20) /* replay asks for more while the writer's queue is below this */
#define PEER_ALIVE_US   (2 * SECOND)

static const char *const DOMAIN_SERVICES[] = { "planning", "feedback", "monitoring", "incentive", NULL };

struct instance {
    struct zsock *dealer;
    char name[INSTANCE_LEN]; /* from its heartbeat */
    uint64_t boot;
};

struct stream {
    uint64_t next;
    uint64_t head;
    int64_t asked_at_us; /* a replay answer is outstanding since then; 0 none */
    int64_t hold_until_us;
};

struct peer {
    struct links *links;
    const char *service;
    int source; /* index in rt->sources, -1: only listened to */
    struct zsock *sub;
    struct instance instances[INSTANCES_MAX];
    int instance_count;
    int active;           /* index of the instance that holds the buckets, -1 unknown */
    int64_t active_at_us; /* its last heartbeat */
    struct stream streams[BUCKETS_MAX];
};

struct ask {
    UT_hash_handle hh;
    char id[24];
    struct peer *peer;
    uint64_t boot; /* of the instance it went to */
    struct frame envelope, payload;
    int64_t due_us;
    bus_reply_fn *reply;
    void *arg;
};

struct links {
    struct runtime *rt;
    struct zloop *zloop;
    struct zsock *pub, *router;
    struct peer peers[PEERS_MAX];
    int peer_count;
    struct ask *asks;
    uint64_t ask_id;
    uv_timer_t tick;
    int ticks;
    struct arena arena;
    char public_key[41], secret_key[41];
};

struct replay_arg {
    struct peer *peer;
    uint16_t bucket;
};

static void ask_replay(struct peer *peer, uint16_t bucket);

/* --- reading streams -------------------------------------------------------------------------------------------------
 */

/* Hands one event to the writer. False when its queue is full. */
static bool offer_event(struct peer *peer, const Bihuan__Envelope *envelope, struct zframe packed,
                        struct zframe payload)
{
    struct runtime *rt = peer->links->rt;
    struct input *input = calloc(1, sizeof *input);

    if (!input)
        abort();
    input->kind = INPUT_EVENT;
    input->handler = runtime_handler(rt, HANDLER_EVENT, envelope->type, peer->service);
    input->source = peer->source;
    input->bucket = (uint16_t)envelope->bucket;
    input->seq = envelope->seq;
    input->envelope = frame_copy(packed.data, packed.len);
    input->payload = frame_copy(payload.data, payload.len);
    input->len = packed.len + payload.len;
    if (inputs_offer(rt->inputs, input))
        return true;
    input_free(input);
    return false;
}

/* One event, live or replayed. Returns false when the queue is full. */
static bool take_event(struct peer *peer, struct zframe packed, struct zframe payload, bool live)
{
    struct links *links = peer->links;
    struct runtime *rt = links->rt;
    Bihuan__Envelope *envelope;
    struct stream *stream;

    arena_reset(&links->arena);
    envelope = packed.len <= 65536 ? bihuan__envelope__unpack(&links->arena.allocator, packed.len, packed.data) : NULL;
    if (!envelope || strcmp(envelope->stream, peer->service) != 0 || envelope->bucket >= rt->buckets ||
        payload.len > MESSAGE_MAX_LEN) {
        metrics_count(rt->metrics, "messages_dropped_total", "Malformed or oversized bus messages.", "", 1);
        log_warn("message_dropped", "from=%s bytes=%zu reason=malformed", peer->service, packed.len + payload.len);
        return true; /* if it was a real one, replay brings it from the table */
    }
    if (live && rt->service->on_wire)
        rt->service->on_wire(rt, envelope, payload.data, payload.len);
    if (peer->source < 0)
        return true;
    stream = &peer->streams[envelope->bucket];
    if (envelope->seq > stream->head)
        stream->head = envelope->seq;
    if (!atomic_load(&rt->active) || envelope->seq != stream->next) {
        if (envelope->seq > stream->next)
            ask_replay(peer, (uint16_t)envelope->bucket);
        return true;
    }
    if (clock_monotonic_us() < stream->hold_until_us)
        return false;
    if (!offer_event(peer, envelope, packed, payload))
        return false;
    stream->next++;
    return true;
}

static void on_replayed(void *arg, uint32_t status, const uint8_t *payload, size_t len)
{
    struct replay_arg *replay = arg;
    struct peer *peer = replay->peer;
    struct stream *stream = &peer->streams[replay->bucket];
    Bihuan__ReplayReply *reply = status == 200 ? bihuan__replay_reply__unpack(NULL, len, payload) : NULL;
    bool room = true;

    stream->asked_at_us = 0;
    if (reply && reply->horizon > stream->next && reply->head >= stream->next)
        runtime_set_reason(peer->links->rt, "stream %s/%u no longer holds %" PRIu64 ": rebuild from its archive",
                           peer->service, replay->bucket, stream->next);
    for (size_t i = 0; reply && room && i < reply->n_envelope && i < reply->n_payload; i++)
        room = take_event(peer, (struct zframe) { reply->envelope[i].data, reply->envelope[i].len },
                          (struct zframe) { reply->payload[i].data, reply->payload[i].len }, false);
    if (reply && reply->head > stream->head)
        stream->head = reply->head;
    if (reply && reply->n_envelope && stream->head >= stream->next)
        ask_replay(peer, replay->bucket);
    if (reply)
        bihuan__replay_reply__free_unpacked(reply, NULL);
    free(replay);
}

static void send_ask(struct links *links, struct peer *peer, uint32_t type, const char *idempotency_key,
                     struct frame envelope, struct frame payload, int64_t due_us, const char *id, bus_reply_fn *reply,
                     void *arg);

static void next_id(struct links *links, char id[24])
{
    snprintf(id, 24, "%" PRIx64, ++links->ask_id);
}

static void ask_replay(struct peer *peer, uint16_t bucket)
{
    struct links *links = peer->links;
    struct stream *stream = &peer->streams[bucket];
    Bihuan__ReplayRequest request = BIHUAN__REPLAY_REQUEST__INIT;
    Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
    int64_t now = clock_monotonic_us();
    struct replay_arg *arg;
    struct buf packed = { 0 };
    struct buf payload = { 0 };
    char id[24];

    if (!atomic_load(&links->rt->active) || stream->asked_at_us || now < stream->hold_until_us || peer->active < 0 ||
        inputs_len(links->rt->inputs) > QUEUE_ROOM)
        return;
    next_id(links, id);
    request.bucket = bucket;
    request.from_seq = stream->next;
    request.max_rows = REPLAY_ROWS;
    request.max_bytes = REPLAY_BYTES;
    wire_pack(&request.base, &payload);
    envelope.id = id;
    envelope.type = MSG(REPLAY);
    envelope.deadline_ms = (uint32_t)(REPLAY_WAIT_US / 1000);
    wire_pack(&envelope.base, &packed);
    arg = malloc(sizeof *arg);
    if (!arg)
        abort();
    *arg = (struct replay_arg) { peer, bucket };
    stream->asked_at_us = now;
    metrics_count(links->rt->metrics, "replays_total", "Requests for missed stream rows.", "", 1);
    send_ask(links, peer, MSG(REPLAY), "", (struct frame) { packed.data, packed.len },
             (struct frame) { payload.data, payload.len }, now + REPLAY_WAIT_US, id, on_replayed, arg);
}

/* --- asking
 * ------------------------------------------------------------------------------------------------------------ */

static void reply_unavailable(bus_reply_fn *reply, void *arg, const char *service, enum err_class cls)
{
    struct buf out = { 0 };
    struct err err;

    if (cls == ERR_DEADLINE)
        err_fail(&err, cls, "deadline", "%s did not answer in time", service);
    else
        err_fail(&err, cls, "unavailable", "%s is not reachable now; it starts or its data base is away: try again",
                 service);
    tx_pack_problem(NULL, &err, &out);
    reply(arg, (uint32_t)err_http_status(cls), out.data, out.len);
    buf_fini(&out);
}

static bool transmit(const struct ask *ask)
{
    const struct peer *peer = ask->peer;
    const struct zframe frames[] = { { NULL, 0 },
                                     { ask->envelope.data, ask->envelope.len },
                                     { ask->payload.data, ask->payload.len } };

    return peer->active >= 0 && zsock_send(peer->instances[peer->active].dealer, frames, 3);
}

/* Takes the frames over. */
static void send_ask(struct links *links, struct peer *peer, uint32_t type, const char *idempotency_key,
                     struct frame envelope, struct frame payload, int64_t due_us, const char *id, bus_reply_fn *reply,
                     void *arg)
{
    struct ask *ask = calloc(1, sizeof *ask);

    (void)type;
    (void)idempotency_key;
    if (!ask)
        abort();
    snprintf(ask->id, sizeof ask->id, "%s", id);
    ask->peer = peer;
    ask->envelope = envelope;
    ask->payload = payload;
    ask->due_us = due_us;
    ask->reply = reply;
    ask->arg = arg;
    HASH_ADD_STR(links->asks, id, ask);
    if (transmit(ask)) /* what could not be sent goes with the next heartbeat of the peer */
        ask->boot = peer->instances[peer->active].boot;
}

static void ask_done(struct links *links, struct ask *ask)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyser can't follow uthash */
    HASH_DEL(links->asks, ask);
    free(ask->envelope.data);
    free(ask->payload.data);
    free(ask);
}

static void on_dealer(void *arg, const struct zframe *frames, int count)
{
    struct peer *peer = arg;
    struct links *links = peer->links;
    Bihuan__ReplyEnvelope *envelope = count == 3 ? bihuan__reply_envelope__unpack(NULL, frames[1].len, frames[1].data)
                                                 : NULL;
    struct ask *ask = NULL;

    if (!envelope)
        return;
    HASH_FIND_STR(links->asks, envelope->id, ask);
    if (ask) { /* else: answered before, or too late */
        bus_reply_fn *reply = ask->reply;
        void *reply_arg = ask->arg;

        ask_done(links, ask);
        reply(reply_arg, envelope->status, frames[2].data, frames[2].len);
    }
    bihuan__reply_envelope__free_unpacked(envelope, NULL);
}

void runtime_ask(struct runtime *rt, const char *service, const Bihuan__RequestEnvelope *envelope,
                 const uint8_t *payload, size_t len, bus_reply_fn *reply, void *arg)
{
    struct links *links = rt->links;
    Bihuan__RequestEnvelope own = *envelope;
    struct buf packed = { 0 };
    char id[24];

    next_id(links, id);
    own.id = id;
    wire_pack(&own.base, &packed);
    if (strcmp(service, rt->service->name) == 0) {
        links_take_request(rt, (struct frame) { NULL, 0 }, reply, arg, (struct frame) { packed.data, packed.len },
                           frame_copy(payload, len));
        return;
    }
    for (int i = 0; i < links->peer_count; i++) {
        struct peer *peer = &links->peers[i];

        if (strcmp(peer->service, service) != 0)
            continue;
        send_ask(links, peer, own.type, own.idempotency_key, (struct frame) { packed.data, packed.len },
                 frame_copy(payload, len), clock_monotonic_us() + own.deadline_ms * INT64_C(1000), id, reply, arg);
        return;
    }
    buf_fini(&packed);
    reply_unavailable(reply, arg, service, ERR_UNAVAILABLE);
}

/* --- heartbeats
 * ---------------------------------------------------------------------------------------------------------- */

static void resend_asks(struct peer *peer)
{
    struct links *links = peer->links;
    struct ask *ask;
    struct ask *next;
    uint64_t boot = peer->instances[peer->active].boot;

    HASH_ITER(hh, links->asks, ask, next)
    {
        if (ask->peer == peer && ask->boot != boot && transmit(ask))
            ask->boot = boot;
    }
}

/* Which of our connections leads to the instance of this heartbeat: its name is the end of its endpoint's name. */
static int find_instance(struct peer *peer, const char *name)
{
    for (int i = 0; i < peer->instance_count; i++)
        if (strcmp(peer->instances[i].name, name) == 0)
            return i;
    return peer->instance_count == 1 ? 0 : -1;
}

static void take_heartbeat(struct peer *peer, const Bihuan__Heartbeat *beat)
{
    int index = find_instance(peer, beat->instance);

    if (!beat->active || index < 0)
        return;
    peer->instances[index].boot = beat->boot;
    peer->active_at_us = clock_monotonic_us();
    peer->active = index;
    resend_asks(peer);
    for (size_t i = 0; i < beat->n_bucket && i < beat->n_seq; i++) {
        struct stream *stream;

        if (beat->bucket[i] >= peer->links->rt->buckets)
            continue;
        stream = &peer->streams[beat->bucket[i]];
        if (beat->seq[i] > stream->head)
            stream->head = beat->seq[i];
        if (peer->source >= 0 && stream->head >= stream->next)
            ask_replay(peer, (uint16_t)beat->bucket[i]);
    }
}

static void on_sub(void *arg, const struct zframe *frames, int count)
{
    struct peer *peer = arg;

    if (count == 2 && frames[0].len >= 3 && memcmp(frames[0].data, WIRE_HEARTBEAT_TOPIC, 3) == 0) {
        Bihuan__Heartbeat *beat = bihuan__heartbeat__unpack(NULL, frames[1].len, frames[1].data);

        if (beat && strcmp(beat->service, peer->service) == 0)
            take_heartbeat(peer, beat);
        if (beat)
            bihuan__heartbeat__free_unpacked(beat, NULL);
        return;
    }
    if (count == 3)
        (void)take_event(peer, frames[1], frames[2], true);
    else
        metrics_count(peer->links->rt->metrics, "messages_dropped_total", "Malformed or oversized bus messages.", "",
                      1);
}

static void send_heartbeat(struct links *links)
{
    struct runtime *rt = links->rt;
    Bihuan__Heartbeat beat = BIHUAN__HEARTBEAT__INIT;
    uint32_t buckets[BUCKETS_MAX];
    uint64_t seqs[BUCKETS_MAX];
    struct buf packed = { 0 };

    beat.service = (char *)(uintptr_t)rt->service->name;
    beat.instance = rt->instance;
    beat.boot = rt->boot;
    beat.active = atomic_load(&rt->active);
    beat.incarnation = atomic_load(&rt->incarnation);
    for (uint32_t b = 0; beat.active && b < rt->buckets; b++) {
        buckets[b] = b;
        seqs[b] = atomic_load(&rt->heads[b]);
    }
    beat.bucket = buckets;
    beat.seq = seqs;
    beat.n_bucket = beat.n_seq = beat.active ? rt->buckets : 0;
    wire_pack(&beat.base, &packed);
    (void)zsock_send(
        links->pub,
        (const struct zframe[]) { { (const uint8_t *)WIRE_HEARTBEAT_TOPIC, 3 }, { packed.data, packed.len } }, 2);
    buf_fini(&packed);
}

/* --- requests in
 * ----------------------------------------------------------------------------------------------------------- */

static void refuse(struct runtime *rt, struct frame *identity, bus_reply_fn *reply, void *reply_arg, const char *id,
                   const struct err *err)
{
    struct buf out = { 0 };

    tx_pack_problem(NULL, err, &out);
    links_send(rt,
               output_reply(identity, reply, reply_arg, id, (uint32_t)err_http_status(err->cls), out.data, out.len));
    buf_fini(&out);
}

static bool offer_request(struct runtime *rt, const struct handler *handler, struct frame identity, bus_reply_fn *reply,
                          void *reply_arg, struct frame envelope, struct frame payload, int64_t due_us)
{
    struct input *input = calloc(1, sizeof *input);

    if (!input)
        abort();
    *input = (struct input) { .kind = INPUT_REQUEST,
                              .handler = handler,
                              .identity = identity,
                              .envelope = envelope,
                              .payload = payload,
                              .due_us = due_us,
                              .reply = reply,
                              .reply_arg = reply_arg,
                              .len = payload.len };
    if (inputs_offer(rt->inputs, input))
        return true;
    free(input);
    return false;
}

static bool offer_question(struct runtime *rt, const struct handler *handler, struct frame identity,
                           bus_reply_fn *reply, void *reply_arg, struct frame envelope, struct frame payload,
                           int64_t due_us)
{
    struct question *question = calloc(1, sizeof *question);

    if (!question)
        abort();
    *question = (struct question) { .handler = handler,
                                    .identity = identity,
                                    .envelope = envelope,
                                    .payload = payload,
                                    .due_us = due_us,
                                    .reply = reply,
                                    .reply_arg = reply_arg };
    if (readers_offer(rt, question))
        return true;
    free(question);
    return false;
}

/* Finds the room for a request: writer, reader or the loop itself. 0 taken, 1 answered here, -1 with *err. */
static int dispatch(struct runtime *rt, const Bihuan__RequestEnvelope *request, struct frame identity,
                    bus_reply_fn *reply, void *reply_arg, struct frame envelope, struct frame payload, struct err *err)
{
    const struct handler *handler = runtime_handler(rt, HANDLER_REQUEST, request->type, NULL);
    int64_t due_us = clock_monotonic_us() + request->deadline_ms * INT64_C(1000);
    bool ok;

    if (request->type == MSG(STATUS)) {
        struct buf out = { 0 };

        probe_status(rt, &out);
        links_send(rt, output_reply(&identity, reply, reply_arg, request->id, 200, out.data, out.len));
        buf_fini(&out);
        return 1;
    }
    if (handler && !atomic_load(&rt->active)) {
        char reason[256];

        runtime_get_reason(rt, reason, sizeof reason);
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "%s is not ready: %s", rt->service->name,
                        reason[0] ? reason : "it starts");
    }
    if (handler) {
        ok = offer_request(rt, handler, identity, reply, reply_arg, envelope, payload, due_us);
    } else {
        handler = runtime_handler(rt, HANDLER_QUERY, request->type, NULL);
        if (!handler && request->type != MSG(REPLAY))
            return err_fail(err, ERR_NOT_FOUND, "no_such_request", "%s does not answer requests of type %u",
                            rt->service->name, request->type);
        ok = offer_question(rt, handler, identity, reply, reply_arg, envelope, payload, due_us);
    }
    if (!ok)
        return err_fail(err, ERR_BUSY, "busy", "%s has too many requests waiting; try again", rt->service->name);
    return 0;
}

void links_take_request(struct runtime *rt, struct frame identity, bus_reply_fn *reply, void *reply_arg,
                        struct frame envelope, struct frame payload)
{
    Bihuan__RequestEnvelope *request = envelope.len <= 65536
                                           ? bihuan__request_envelope__unpack(NULL, envelope.len, envelope.data)
                                           : NULL;
    struct err err;
    int rc;

    err_clear(&err);
    if (!request)
        rc = err_fail(&err, ERR_INVALID, "bad_envelope", "could not decode the request's envelope");
    else if (payload.len > MESSAGE_MAX_LEN)
        rc = err_fail(&err, ERR_TOO_LARGE, "message_too_large", "a request of %zu bytes is over the limit of %zu",
                      payload.len, MESSAGE_MAX_LEN);
    else
        rc = dispatch(rt, request, identity, reply, reply_arg, envelope, payload, &err);
    if (rc < 0)
        refuse(rt, &identity, reply, reply_arg, request ? request->id : "", &err);
    if (rc != 0) {
        free(identity.data);
        free(envelope.data);
        free(payload.data);
    }
    if (request)
        bihuan__request_envelope__free_unpacked(request, NULL);
}

static void on_router(void *arg, const struct zframe *frames, int count)
{
    struct links *links = arg;

    if (count != 4 || frames[1].len != 0) {
        metrics_count(links->rt->metrics, "messages_dropped_total", "Malformed or oversized bus messages.", "", 1);
        log_warn("message_dropped", "from=request frames=%d reason=malformed", count);
        return;
    }
    links_take_request(links->rt, frame_copy(frames[0].data, frames[0].len), NULL, NULL,
                       frame_copy(frames[2].data, frames[2].len), frame_copy(frames[3].data, frames[3].len));
}

/* --- outputs
 * --------------------------------------------------------------------------------------------------------------- */

/* One stream, or all of them for source -1. */
static void reset_streams(struct links *links, int source, uint16_t bucket, int64_t delay_us)
{
    struct runtime *rt = links->rt;
    int64_t hold = delay_us ? clock_monotonic_us() + delay_us : 0;

    for (int i = 0; i < links->peer_count; i++) {
        struct peer *peer = &links->peers[i];

        for (uint32_t b = 0; peer->source >= 0 && b < rt->buckets; b++) {
            struct stream *stream = &peer->streams[b];

            if (source >= 0 && (peer->source != source || b != bucket))
                continue;

            stream->next = atomic_load(&rt->positions[peer->source][b]) + 1;
            stream->hold_until_us = hold;
            if (stream->head >= stream->next)
                ask_replay(peer, (uint16_t)b);
        }
    }
}

static void publish(struct links *links, const struct output *output)
{
    char topic[64];
    int len = snprintf(topic, sizeof topic, "%s.%u.", links->rt->service->name, output->bucket);

    (void)zsock_send(links->pub,
                     (const struct zframe[]) { { (const uint8_t *)topic, (size_t)len },
                                               { output->envelope.data, output->envelope.len },
                                               { output->payload.data, output->payload.len } },
                     3);
}

void links_send(struct runtime *rt, struct output *output)
{
    struct links *links = rt->links;

    switch (output->kind) {
    case OUTPUT_PUBLISH:
        publish(links, output);
        break;
    case OUTPUT_REPLY:
        if (output->reply)
            output->reply(output->reply_arg, output->status, output->payload.data, output->payload.len);
        else if (!zsock_send(links->router,
                             (const struct zframe[]) { { output->identity.data, output->identity.len },
                                                       { NULL, 0 },
                                                       { output->envelope.data, output->envelope.len },
                                                       { output->payload.data, output->payload.len } },
                             4))
            log_debug("reply_dropped", "reason=\"the asker is gone\"");
        break;
    case OUTPUT_RESET:
        reset_streams(links, output->source, output->bucket, output->delay_us);
        break;
    }
    output_free(output);
}

/* --- start, tick, stop
 * ------------------------------------------------------------------------------------------------------ */

static void check_streams(struct peer *peer, int64_t now)
{
    for (uint32_t b = 0; b < peer->links->rt->buckets; b++) {
        struct stream *stream = &peer->streams[b];

        if (stream->asked_at_us && now - stream->asked_at_us > REPLAY_WAIT_US + SECOND)
            stream->asked_at_us = 0;
        if (stream->head >= stream->next)
            ask_replay(peer, (uint16_t)b);
    }
}

void links_room(struct runtime *rt)
{
    uv_async_send(&rt->wake);
}

static void check_asks(struct links *links, int64_t now)
{
    struct ask *ask;
    struct ask *next;

    HASH_ITER(hh, links->asks, ask, next)
    {
        struct peer *peer = ask->peer;
        bool lost = peer->active < 0 && ask->boot == 0 && ask->due_us - now < 25 * SECOND;

        if (ask->due_us > now && !lost)
            continue;
        bus_reply_fn *reply = ask->reply;
        void *arg = ask->arg;
        bool never_sent = ask->boot == 0;

        ask_done(links, ask);
        reply_unavailable(reply, arg, peer->service, never_sent ? ERR_UNAVAILABLE : ERR_DEADLINE);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct links *links = timer->data;
    int64_t now = clock_monotonic_us();

    for (int i = 0; i < links->peer_count; i++) {
        struct peer *peer = &links->peers[i];

        if (peer->active >= 0 && now - peer->active_at_us > PEER_ALIVE_US)
            peer->active = -1;
        if (peer->source >= 0 && atomic_load(&links->rt->active))
            check_streams(peer, now);
    }
    check_asks(links, now);
    if (links->ticks++ % HEARTBEAT_TICKS == 0)
        send_heartbeat(links);
}

static int connect_peer(struct links *links, const char *service, int source, struct err *err)
{
    struct runtime *rt = links->rt;
    struct peer *peer = &links->peers[links->peer_count++];
    struct endpoint endpoints[INSTANCES_MAX];
    int count = endpoint_peers(runtime_setting(rt, "bus_peers"), runtime_setting(rt, "run_dir"), service, endpoints,
                               INSTANCES_MAX, err);
    char topic[64];

    if (count < 0)
        return -1;
    peer->links = links;
    peer->service = service;
    peer->source = source;
    peer->active = -1;
    for (uint32_t b = 0; b < rt->buckets; b++)
        peer->streams[b].next = 1;
    snprintf(topic, sizeof topic, "%s.", service);
    for (int i = 0; i < count; i++) {
        struct zkeys keys = { links->public_key[0] ? links->public_key : NULL,
                              links->secret_key[0] ? links->secret_key : NULL,
                              endpoints[i].server_key[0] ? endpoints[i].server_key : NULL };
        struct instance *instance = &peer->instances[peer->instance_count++];
        struct zsock *sub;
        const char *dash = strrchr(endpoints[i].req, '-');

        if (!keys.server_key)
            keys = (struct zkeys) { NULL, NULL, NULL };
        /* ipc://run/planning-a.req: the name is "a"; elsewhere it is the position in the list: a, b, c */
        if (strncmp(endpoints[i].req, "ipc://", 6) == 0 && dash)
            snprintf(instance->name, sizeof instance->name, "%.*s", (int)(strlen(dash + 1) - 4), dash + 1);
        else
            snprintf(instance->name, sizeof instance->name, "%c", 'a' + i);
        if (zsock_new(&sub, links->zloop, ZMQ_SUB, &keys, on_sub, peer, err) != 0 ||
            zsock_subscribe(sub, topic, err) != 0 || zsock_subscribe(sub, WIRE_HEARTBEAT_TOPIC, err) != 0 ||
            zsock_connect(sub, endpoints[i].pub, err) != 0 ||
            zsock_new(&instance->dealer, links->zloop, ZMQ_DEALER, &keys, on_dealer, peer, err) != 0 ||
            zsock_connect(instance->dealer, endpoints[i].req, err) != 0)
            return -1;
        peer->sub = sub;
    }
    return 0;
}

/* Reads "public\nsecret\n" (Z85), and the keys that may connect. */
static int read_keys(struct links *links, struct err *err)
{
    const char *path = runtime_setting(links->rt, "bus_secret_key_file");
    const char *allowed = runtime_setting(links->rt, "bus_allowed_keys");
    char list[16][41];
    const char *keys[16];
    size_t count = 0;
    FILE *file;

    if (!path[0])
        return 0;
    file = fopen(path, "r");
    if (!file)
        return err_set(err, "could not open bus_secret_key_file \"%s\"", path);
    if (fscanf(file, "%40s %40s", links->public_key, links->secret_key) != 2) {
        fclose(file);
        return err_set(err, "\"%s\" does not hold a public and a secret key", path);
    }
    fclose(file);
    for (const char *at = allowed; *at && count < 16;) {
        size_t len = strcspn(at, ",");

        snprintf(list[count], sizeof list[count], "%.*s", (int)len, at);
        keys[count] = list[count];
        count++;
        at += len + (at[len] == ',');
    }
    return zloop_allow(links->zloop, keys, count, err);
}

static int bind_own(struct links *links, struct err *err)
{
    struct runtime *rt = links->rt;
    const char *setting = runtime_setting(rt, "bus_bind");
    struct zkeys keys = { links->public_key, links->secret_key, NULL };
    const struct zkeys *use = links->secret_key[0] ? &keys : NULL;
    struct endpoint own;
    char base[ENDPOINT_MAX];

    if (setting[0])
        snprintf(base, sizeof base, "%s", setting);
    else
        snprintf(base, sizeof base, "ipc://%s/%s-%s", runtime_setting(rt, "run_dir"), rt->service->name, rt->instance);
    if (endpoint_parse(&own, base, err) != 0 ||
        zsock_new(&links->pub, links->zloop, ZMQ_PUB, use, NULL, NULL, err) != 0 ||
        zsock_bind(links->pub, own.pub, err) != 0 ||
        zsock_new(&links->router, links->zloop, ZMQ_ROUTER, use, on_router, links, err) != 0 ||
        zsock_bind(links->router, own.req, err) != 0)
        return -1;
    return 0;
}

int links_start(struct runtime *rt, struct err *err)
{
    struct links *links = calloc(1, sizeof *links);

    if (!links)
        abort();
    rt->links = links;
    links->rt = rt;
    links->ask_id = hash_mix(rt->boot) & UINT64_C(0xffffffff00000000);
    arena_init(&links->arena);
    if (zloop_new(&links->zloop, &rt->loop, err) != 0 || read_keys(links, err) != 0 || bind_own(links, err) != 0)
        return -1;
    for (int s = 0; s < rt->source_count; s++)
        if (connect_peer(links, rt->sources[s], s, err) != 0)
            return -1;
    for (int i = 0; rt->service->on_wire && !rt->source_count && DOMAIN_SERVICES[i]; i++)
        if (connect_peer(links, DOMAIN_SERVICES[i], -1, err) != 0)
            return -1;
    uv_timer_init(&rt->loop, &links->tick);
    links->tick.data = links;
    uv_timer_start(&links->tick, on_tick, 0, TICK_MS);
    return 0;
}

void links_stop(struct runtime *rt)
{
    struct links *links = rt->links;
    struct ask *ask;
    struct ask *next;

    if (!links)
        return;
    HASH_ITER(hh, links->asks, ask, next)
    {
        bus_reply_fn *reply = ask->reply;
        void *arg = ask->arg;
        const char *service = ask->peer->service;

        ask_done(links, ask);
        reply_unavailable(reply, arg, service, ERR_UNAVAILABLE);
    }
    if (links->tick.data)
        uv_close((uv_handle_t *)&links->tick, NULL);
    zloop_close(&links->zloop);
    (void)uv_run(&rt->loop, UV_RUN_NOWAIT); /* runs the close callbacks that still use the timer's memory */
    (void)uv_run(&rt->loop, UV_RUN_NOWAIT);
    arena_fini(&links->arena);
    free(links);
    rt->links = NULL;
}
