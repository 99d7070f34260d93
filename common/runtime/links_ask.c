/* links_ask: requests to other daemons: sent to the active instance, sent again when another takes over, answered in
 * time or with an error. */
#include "bus/wire.h"
#include "runtime/links_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void links_next_id(struct links *links, char id[24])
{
    snprintf(id, 24, "%" PRIx64, ++links->ask_id);
}

/* --- asking --- */

void links_reply_unavailable(bus_reply_fn *reply, void *arg, const char *service, enum err_class cls)
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
void links_send_ask(struct links *links, struct peer *peer, struct frame envelope, struct frame payload, int64_t due_us,
                    const char *id, bus_reply_fn *reply, void *arg)
{
    struct ask *ask = calloc(1, sizeof *ask);

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

void links_ask_done(struct links *links, struct ask *ask)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyser can't follow uthash */
    HASH_DEL(links->asks, ask);
    free(ask->envelope.data);
    free(ask->payload.data);
    free(ask);
}

void links_on_dealer(void *arg, const struct zframe *frames, int count)
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

        links_ask_done(links, ask);
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

    links_next_id(links, id);
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
        links_send_ask(links, peer, (struct frame) { packed.data, packed.len }, frame_copy(payload, len),
                       clock_monotonic_us() + own.deadline_ms * INT64_C(1000), id, reply, arg);
        return;
    }
    buf_fini(&packed);
    links_reply_unavailable(reply, arg, service, ERR_UNAVAILABLE);
}

void links_resend_asks(struct peer *peer)
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

void links_check_asks(struct links *links, int64_t now)
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

        links_ask_done(links, ask);
        links_reply_unavailable(reply, arg, peer->service, never_sent ? ERR_UNAVAILABLE : ERR_DEADLINE);
    }
}
