/* links_internal: what the files of links share: links.c sockets, heartbeats, outputs, start and stop; links_read.c
 * streams without gaps; links_ask.c requests to other daemons; links_serve.c requests from them. Loop thread only. */
#ifndef BIHUAN_RUNTIME_LINKS_INTERNAL_H
#define BIHUAN_RUNTIME_LINKS_INTERNAL_H

#include "bus/zloop.h"
#include "runtime/runtime_internal.h"

#include <uthash.h>

#define PEERS_MAX     SOURCES_MAX
#define INSTANCES_MAX 4

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
    bool refused; /* its writer can't read its archive; asked again now and then */
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
    int refused; /* streams that are */
    uv_timer_t tick;
    int ticks;
    struct arena arena;
    char public_key[41], secret_key[41];
};

/* links_read.c */
/* One event, live or replayed. False when the writer's queue is full. */
bool links_take_event(struct peer *peer, struct zframe packed, struct zframe payload, bool live);
void links_ask_replay(struct peer *peer, uint16_t bucket);
void links_check_streams(struct peer *peer, int64_t now);
/* One stream, or all of them for source -1. */
void links_reset_streams(struct links *links, int source, uint16_t bucket, int64_t delay_us);
void links_tell_positions(struct links *links);

/* links_ask.c */
void links_next_id(struct links *links, char id[24]);
/* Takes the frames over; calls reply once. */
void links_send_ask(struct links *links, struct peer *peer, struct frame envelope, struct frame payload, int64_t due_us,
                    const char *id, bus_reply_fn *reply, void *arg);
void links_ask_done(struct links *links, struct ask *ask);
void links_on_dealer(void *arg, const struct zframe *frames, int count);
/* To the instance that is active now, what went to another. */
void links_resend_asks(struct peer *peer);
void links_check_asks(struct links *links, int64_t now);
void links_reply_unavailable(bus_reply_fn *reply, void *arg, const char *service, enum err_class cls);

/* links_serve.c */
void links_on_router(void *arg, const struct zframe *frames, int count);

#endif
