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
#include "obs/log.h"
#include "runtime/links_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define TICK_MS         50
#define HEARTBEAT_TICKS 4
#define TELL_TICKS      40 /* readers say how far they are */
#define PEER_ALIVE_US   (2 * SECOND)

static const char *const DOMAIN_SERVICES[] = { "planning", "feedback", "monitoring", "incentive", NULL };

/* --- heartbeats --- */

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
    links_resend_asks(peer);
    for (size_t i = 0; i < beat->n_bucket && i < beat->n_seq; i++) {
        struct stream *stream;

        if (beat->bucket[i] >= peer->links->rt->buckets)
            continue;
        stream = &peer->streams[beat->bucket[i]];
        if (beat->seq[i] > stream->head)
            stream->head = beat->seq[i];
        if (peer->source >= 0 && stream->head >= stream->next)
            links_ask_replay(peer, (uint16_t)beat->bucket[i]);
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
        (void)links_take_event(peer, frames[1], frames[2], true);
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

/* --- outputs --- */

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
        links_reset_streams(links, output->source, output->bucket, output->delay_us);
        break;
    }
    output_free(output);
}

void links_room(struct runtime *rt)
{
    uv_async_send(&rt->wake);
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
            links_check_streams(peer, now);
    }
    links_check_asks(links, now);
    if (links->ticks % HEARTBEAT_TICKS == 0)
        send_heartbeat(links);
    if (links->ticks % TELL_TICKS == TELL_TICKS - 1 && atomic_load(&links->rt->active))
        links_tell_positions(links);
    links->ticks++;
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
            zsock_new(&instance->dealer, links->zloop, ZMQ_DEALER, &keys, links_on_dealer, peer, err) != 0 ||
            zsock_connect(instance->dealer, endpoints[i].req, err) != 0)
            return -1;
        peer->sub = sub;
    }
    return 0;
}

#define KEYS_MAX 16 /* that may connect */

/* Reads "public\nsecret\n" (Z85), and the keys that may connect. */
static int read_keys(struct links *links, struct err *err)
{
    const char *path = runtime_setting(links->rt, "bus_secret_key_file");
    const char *allowed = runtime_setting(links->rt, "bus_allowed_keys");
    char list[KEYS_MAX][41];
    const char *keys[KEYS_MAX];
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
    for (const char *at = allowed; *at;) {
        size_t len = strcspn(at, ",");

        if (count == KEYS_MAX)
            return err_set(err, "bus_allowed_keys has more than %d keys: a group of daemons may share one", KEYS_MAX);
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
        zsock_new(&links->router, links->zloop, ZMQ_ROUTER, use, links_on_router, links, err) != 0 ||
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

        links_ask_done(links, ask);
        links_reply_unavailable(reply, arg, service, ERR_UNAVAILABLE);
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
