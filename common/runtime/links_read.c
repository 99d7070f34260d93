/* links_read: reading the streams of other daemons without gaps. See links.c for the idea. */
#include "bus/wire.h"
#include "obs/log.h"
#include "runtime/links_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_ROWS    256
#define REPLAY_BYTES   (1u << 20)
#define REPLAY_WAIT_US (3 * SECOND)
#define REFUSED_US     (2 * SECOND)       /* before a stream that can't be read on is asked for again */
#define QUEUE_ROOM     ((size_t)12 << 20) /* replay asks for more while the writer's queue is below this */

struct replay_arg {
    struct peer *peer;
    uint16_t bucket;
};

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
bool links_take_event(struct peer *peer, struct zframe packed, struct zframe payload, bool live)
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
            links_ask_replay(peer, (uint16_t)envelope->bucket);
        return true;
    }
    if (clock_monotonic_us() < stream->hold_until_us)
        return false;
    if (!offer_event(peer, envelope, packed, payload))
        return false;
    stream->next++;
    return true;
}

/* A writer that can't read its archive says which file is missing: nothing is passed over, the stream waits. */
static void take_refusal(struct peer *peer, uint16_t bucket, const uint8_t *payload, size_t len)
{
    struct stream *stream = &peer->streams[bucket];
    Bihuan__Problem *problem = bihuan__problem__unpack(NULL, len, payload);

    if (problem && strncmp(problem->code, "archive_", 8) == 0) {
        if (!stream->refused)
            log_error("stream_refused", "stream=%s bucket=%u seq=%" PRIu64 " error=\"%s\"", peer->service, bucket,
                      stream->next, problem->detail);
        peer->links->refused += !stream->refused;
        stream->refused = true;
        stream->hold_until_us = clock_monotonic_us() + REFUSED_US;
        runtime_set_reason(peer->links->rt, REASON_STREAMS, "stream %s/%u waits at %" PRIu64 ": %s", peer->service,
                           bucket, stream->next, problem->detail);
    }
    if (problem)
        bihuan__problem__free_unpacked(problem, NULL);
}

static void forget_refusal(struct links *links, struct stream *stream)
{
    if (!stream->refused)
        return;
    stream->refused = false;
    if (--links->refused == 0)
        runtime_set_reason(links->rt, REASON_STREAMS, "%s", ""); /* what was missed says so again */
}

static void on_replayed(void *arg, uint32_t status, const uint8_t *payload, size_t len)
{
    struct replay_arg *replay = arg;
    struct peer *peer = replay->peer;
    struct stream *stream = &peer->streams[replay->bucket];
    Bihuan__ReplayReply *reply = status == 200 ? bihuan__replay_reply__unpack(NULL, len, payload) : NULL;
    bool room = true;

    stream->asked_at_us = 0;
    if (reply)
        forget_refusal(peer->links, stream);
    else if (status >= 400)
        take_refusal(peer, replay->bucket, payload, len);
    if (reply && reply->horizon > stream->next && reply->head >= stream->next)
        runtime_set_reason(peer->links->rt, REASON_STREAMS,
                           "stream %s/%u no longer holds %" PRIu64 ": rebuild from its archive", peer->service,
                           replay->bucket, stream->next);
    for (size_t i = 0; reply && room && i < reply->n_envelope && i < reply->n_payload; i++)
        room = links_take_event(peer, (struct zframe) { reply->envelope[i].data, reply->envelope[i].len },
                                (struct zframe) { reply->payload[i].data, reply->payload[i].len }, false);
    if (reply && (reply->head > stream->head || (!reply->n_envelope && reply->head < stream->next)))
        stream->head = reply->head; /* lower: what was told of a head was wrong, or the writer came back with less */
    if (reply && reply->n_envelope && stream->head >= stream->next)
        links_ask_replay(peer, replay->bucket);
    if (reply)
        bihuan__replay_reply__free_unpacked(reply, NULL);
    free(replay);
}

void links_ask_replay(struct peer *peer, uint16_t bucket)
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
    links_next_id(links, id);
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
    links_send_ask(links, peer, (struct frame) { packed.data, packed.len },
                   (struct frame) { payload.data, payload.len }, now + REPLAY_WAIT_US, id, on_replayed, arg);
}

void links_check_streams(struct peer *peer, int64_t now)
{
    for (uint32_t b = 0; b < peer->links->rt->buckets; b++) {
        struct stream *stream = &peer->streams[b];

        if (stream->asked_at_us && now - stream->asked_at_us > REPLAY_WAIT_US + SECOND)
            stream->asked_at_us = 0;
        if (stream->head >= stream->next)
            links_ask_replay(peer, (uint16_t)b);
    }
}

/* One stream, or all of them for source -1. */
void links_reset_streams(struct links *links, int source, uint16_t bucket, int64_t delay_us)
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
            if (source < 0) /* by another instance it may have been read on */
                forget_refusal(links, stream);
            if (stream->head >= stream->next)
                links_ask_replay(peer, (uint16_t)b);
        }
    }
}

uint64_t links_head(const struct runtime *rt, int source, uint32_t bucket)
{
    const struct links *links = rt->links;
    uint64_t head = atomic_load(&rt->positions[source][bucket]);

    for (int i = 0; links && i < links->peer_count; i++)
        if (links->peers[i].source == source && links->peers[i].streams[bucket].head > head)
            head = links->peers[i].streams[bucket].head;
    return head;
}

static void on_told(void *arg, uint32_t status, const uint8_t *payload, size_t len)
{
    (void)arg;
    (void)status;
    (void)payload;
    (void)len;
}

/* Tells each writer how far its streams are committed here, so that rows go once they were read. */
void links_tell_positions(struct links *links)
{
    struct runtime *rt = links->rt;
    uint64_t seqs[BUCKETS_MAX];

    for (int i = 0; i < links->peer_count; i++) {
        const struct peer *peer = &links->peers[i];
        Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
        Bihuan__ReadUpToRequest request = BIHUAN__READ_UP_TO_REQUEST__INIT;
        struct buf packed = { 0 };

        if (peer->source < 0 || peer->active < 0)
            continue;
        for (uint32_t b = 0; b < rt->buckets; b++)
            seqs[b] = atomic_load(&rt->positions[peer->source][b]);
        request.reader = (char *)(uintptr_t)rt->service->name;
        request.seq = seqs;
        request.n_seq = rt->buckets;
        wire_pack(&request.base, &packed);
        envelope.type = MSG(READ_UP_TO);
        envelope.deadline_ms = (uint32_t)(REPLAY_WAIT_US / 1000);
        runtime_ask(rt, peer->service, &envelope, packed.data, packed.len, on_told, NULL);
        buf_fini(&packed);
    }
}
