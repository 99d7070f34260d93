/* zloop: ZeroMQ sockets served by a libuv loop.
 *
 * ZMQ_FD signals edges only, so a uv_poll on it merely wakes the loop; prepare and check handles shared by all sockets ask
 * ZMQ_EVENTS and deliver, at most ZLOOP_TURN messages per socket and loop turn; an idle handle keeps the loop awake while
 * work is left.
 *
 * Lifetime:  zloop_new() to zloop_close(); sockets are closed with it. Closing is deferred to the loop's close callbacks;
 *            run the loop once more before the memory of the zloop's owner goes.
 * Threads:   the loop's own thread only.
 */
#ifndef BIHUAN_BUS_ZLOOP_H
#define BIHUAN_BUS_ZLOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define ZLOOP_TURN   64
#define ZLOOP_FRAMES 4

struct zloop;
struct zsock;

struct zframe {
    const uint8_t *data;
    size_t len;
};

/* One multipart message; frames are borrowed until the callback returns. Messages of more frames are dropped. */
typedef void zsock_message_fn(void *arg, const struct zframe *frames, int count);

/* Keys of CURVE, Z85 text of 40 characters; all NULL: no CURVE. */
struct zkeys {
    const char *public_key;
    const char *secret_key;
    const char *server_key; /* clients only */
};

int zloop_new(struct zloop **out, uv_loop_t *loop, struct err *err);
void zloop_close(struct zloop **zloop);

/* Only peers whose public key (Z85) is listed may connect to CURVE sockets. Copies the list; call before binding. */
int zloop_allow(struct zloop *zloop, const char *const *public_keys, size_t count, struct err *err);

/* type is ZMQ_PUB, ZMQ_SUB, ZMQ_ROUTER or ZMQ_DEALER. message may be NULL for PUB. */
int zsock_new(struct zsock **out, struct zloop *zloop, int type, const struct zkeys *keys, zsock_message_fn *message,
              void *arg, struct err *err);
/* A TCP address that isn't loopback is refused without CURVE keys. */
int zsock_bind(struct zsock *sock, const char *endpoint, struct err *err);
int zsock_connect(struct zsock *sock, const char *endpoint, struct err *err);
int zsock_subscribe(struct zsock *sock, const char *topic, struct err *err);
/* Sends all frames or nothing. false: would block, or nobody is there (the message is gone). */
bool zsock_send(struct zsock *sock, const struct zframe *frames, int count);

#endif
