/* zloop: see zloop.h. */
#include "bus/zloop.h"

#include "obs/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define SOCKETS_MAX 64

/* PUB drops beyond this; replay heals. In messages, each at most a few 10 kB. */
#define HIGH_WATER 256

struct zsock {
    struct zloop *zloop;
    void *zmq;
    int type;
    bool curve;
    zsock_message_fn *message;
    void *arg;
    uv_poll_t poll;
    bool stirred; /* its descriptor was signalled, or it was used, since it was last asked what it holds */
};

struct zloop {
    uv_loop_t *loop;
    void *context;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    struct zsock *sockets[SOCKETS_MAX];
    int socket_count;
    int closing; /* handles whose close callback is still to come */
    void *zap;   /* REP socket that answers who may connect; NULL without CURVE */
    char (*allowed)[41];
    size_t allowed_count;
};

static bool is_readable(void *zmq)
{
    int events = 0;
    size_t len = sizeof events;

    while (zmq_getsockopt(zmq, ZMQ_EVENTS, &events, &len) != 0) /* it was interrupted, with the signal taken away */
        if (errno != EINTR)
            return false;
    return events & ZMQ_POLLIN;
}

/* Asking costs two system calls, so only sockets are asked with which something happened: whatever arrives signals the
 * descriptor until it is asked, and every use may take that signal away. */
static bool has_message(struct zsock *sock)
{
    sock->stirred = sock->stirred && is_readable(sock->zmq);
    return sock->stirred && sock->message;
}

/* Receives one multipart message; false when there is none. */
static bool deliver_one(struct zsock *sock)
{
    zmq_msg_t parts[ZLOOP_FRAMES];
    struct zframe frames[ZLOOP_FRAMES];
    int count = 0;
    int surplus = 0;
    bool more = true;

    while (more) {
        zmq_msg_t extra;
        zmq_msg_t *part = count < ZLOOP_FRAMES ? &parts[count] : &extra;

        zmq_msg_init(part);
        if (zmq_msg_recv(part, sock->zmq, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(part);
            break;
        }
        more = zmq_msg_more(part);
        if (part == &extra) {
            surplus++;
            zmq_msg_close(part);
            continue;
        }
        frames[count] = (struct zframe) { zmq_msg_data(part), zmq_msg_size(part) };
        count++;
    }
    if (count > 0 && !surplus)
        sock->message(sock->arg, frames, count);
    else if (surplus)
        log_warn("message_dropped", "reason=frames count=%d", count + surplus);
    for (int i = 0; i < count; i++)
        zmq_msg_close(&parts[i]);
    return count > 0;
}

static bool is_allowed(const struct zloop *zloop, const uint8_t *key, size_t len)
{
    char text[41];

    if (len != 32 || !zmq_z85_encode(text, key, 32))
        return false;
    for (size_t i = 0; i < zloop->allowed_count; i++)
        if (strcmp(zloop->allowed[i], text) == 0)
            return true;
    return false;
}

/* ZAP 1.0 (ZeroMQ RFC 27): frames version, request id, domain, address, identity, mechanism, credentials. */
static void serve_zap(struct zloop *zloop)
{
    while (zloop->zap && is_readable(zloop->zap)) {
        char request[8][256];
        size_t lens[8] = { 0 };
        int count = 0;
        int more = 1;
        size_t more_len = sizeof more;
        bool ok;

        while (more && count < 8) {
            int n = zmq_recv(zloop->zap, request[count], sizeof request[count], 0);

            if (n < 0)
                return;
            lens[count++] = (size_t)n < sizeof request[0] ? (size_t)n : sizeof request[0];
            zmq_getsockopt(zloop->zap, ZMQ_RCVMORE, &more, &more_len);
        }
        ok = count == 7 && lens[5] == 5 && memcmp(request[5], "CURVE", 5) == 0 &&
             is_allowed(zloop, (const uint8_t *)request[6], lens[6]);
        if (!ok)
            log_warn("bus_peer_refused", "address=%.*s", count > 3 ? (int)lens[3] : 0, count > 3 ? request[3] : "");
        zmq_send(zloop->zap, "1.0", 3, ZMQ_SNDMORE);
        zmq_send(zloop->zap, request[1], count > 1 ? lens[1] : 0, ZMQ_SNDMORE);
        zmq_send(zloop->zap, ok ? "200" : "400", 3, ZMQ_SNDMORE);
        zmq_send(zloop->zap, ok ? "OK" : "key not allowed", ok ? 2 : 15, ZMQ_SNDMORE);
        zmq_send(zloop->zap, "", 0, ZMQ_SNDMORE);
        zmq_send(zloop->zap, "", 0, 0);
    }
}

static void serve(struct zloop *zloop)
{
    bool left = false;

    serve_zap(zloop);
    for (int i = 0; i < zloop->socket_count; i++) {
        struct zsock *sock = zloop->sockets[i];

        for (int n = 0; n < ZLOOP_TURN && has_message(sock); n++)
            if (!deliver_one(sock))
                break;
        left = left || has_message(sock);
    }
    if (!left)
        uv_idle_stop(&zloop->idle);
}

static void on_idle(uv_idle_t *handle)
{
    (void)handle;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct zloop *zloop = handle->data;

    for (int i = 0; i < zloop->socket_count; i++)
        if (has_message(zloop->sockets[i])) {
            uv_idle_start(&zloop->idle, on_idle);
            return;
        }
    if (zloop->zap && is_readable(zloop->zap))
        uv_idle_start(&zloop->idle, on_idle);
}

static void on_check(uv_check_t *handle)
{
    serve(handle->data);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct zsock *sock = handle->data;

    (void)status;
    (void)events;
    sock->stirred = true;
}

int zloop_new(struct zloop **out, uv_loop_t *loop, struct err *err)
{
    struct zloop *zloop = calloc(1, sizeof *zloop);

    if (!zloop)
        abort();
    zloop->loop = loop;
    zloop->context = zmq_ctx_new();
    if (!zloop->context) {
        free(zloop);
        return err_set(err, "could not make a ZeroMQ context: %s", zmq_strerror(errno));
    }
    uv_prepare_init(loop, &zloop->prepare);
    uv_check_init(loop, &zloop->check);
    uv_idle_init(loop, &zloop->idle);
    zloop->prepare.data = zloop->check.data = zloop->idle.data = zloop;
    uv_prepare_start(&zloop->prepare, on_prepare);
    uv_check_start(&zloop->check, on_check);
    *out = zloop;
    return 0;
}

static void zloop_free(struct zloop *zloop)
{
    for (int i = 0; i < zloop->socket_count; i++) {
        zmq_close(zloop->sockets[i]->zmq);
        free(zloop->sockets[i]);
    }
    if (zloop->zap)
        zmq_close(zloop->zap);
    zmq_ctx_term(zloop->context);
    free(zloop->allowed);
    free(zloop);
}

static void on_closed(uv_handle_t *handle)
{
    struct zloop *zloop = handle->type == UV_POLL ? ((struct zsock *)handle->data)->zloop : handle->data;

    if (--zloop->closing == 0)
        zloop_free(zloop);
}

void zloop_close(struct zloop **zloop_at)
{
    struct zloop *zloop = *zloop_at;

    *zloop_at = NULL;
    if (!zloop)
        return;
    zloop->closing = 3 + zloop->socket_count;
    uv_close((uv_handle_t *)&zloop->prepare, on_closed);
    uv_close((uv_handle_t *)&zloop->check, on_closed);
    uv_close((uv_handle_t *)&zloop->idle, on_closed);
    for (int i = 0; i < zloop->socket_count; i++)
        uv_close((uv_handle_t *)&zloop->sockets[i]->poll, on_closed);
}

int zloop_allow(struct zloop *zloop, const char *const *public_keys, size_t count, struct err *err)
{
    zloop->allowed = calloc(count ? count : 1, sizeof *zloop->allowed);
    if (!zloop->allowed)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (strlen(public_keys[i]) != 40)
            return err_set(err, "bus key \"%s\" is not 40 characters of Z85", public_keys[i]);
        memcpy(zloop->allowed[i], public_keys[i], 41);
    }
    zloop->allowed_count = count;
    zloop->zap = zmq_socket(zloop->context, ZMQ_REP);
    if (!zloop->zap || zmq_bind(zloop->zap, "inproc://zeromq.zap.01") != 0)
        return err_set(err, "could not serve ZAP: %s", zmq_strerror(errno));
    return 0;
}

static void set_int(void *zmq, int option, int value)
{
    (void)zmq_setsockopt(zmq, option, &value, sizeof value);
}

static void set_options(struct zsock *sock)
{
    set_int(sock->zmq, ZMQ_LINGER, 0); /* the table is the truth; nothing is worth waiting for */
    set_int(sock->zmq, ZMQ_SNDHWM, HIGH_WATER);
    set_int(sock->zmq, ZMQ_RCVHWM, HIGH_WATER);
    set_int(sock->zmq, ZMQ_RECONNECT_IVL, 50);
    set_int(sock->zmq, ZMQ_RECONNECT_IVL_MAX, 1000);
    set_int(sock->zmq, ZMQ_HEARTBEAT_IVL, 1000);
    set_int(sock->zmq, ZMQ_HEARTBEAT_TIMEOUT, 3000);
    set_int(sock->zmq, ZMQ_CONNECT_TIMEOUT, 2000);
    if (sock->type == ZMQ_ROUTER) {
        set_int(sock->zmq, ZMQ_ROUTER_MANDATORY, 1);
        set_int(sock->zmq, ZMQ_SNDHWM, 4096);
    }
    if (sock->type == ZMQ_DEALER)
        set_int(sock->zmq, ZMQ_IMMEDIATE, 1);
    if (sock->type == ZMQ_ROUTER || sock->type == ZMQ_SUB) {
        int64_t limit = 8 << 20; /* a message above is a broken or hostile peer: its connection is cut */

        (void)zmq_setsockopt(sock->zmq, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    }
}

static int set_keys(struct zsock *sock, const struct zkeys *keys, struct err *err)
{
    int rc;

    if (!keys || !keys->secret_key)
        return 0;
    rc = zmq_setsockopt(sock->zmq, ZMQ_CURVE_SECRETKEY, keys->secret_key, 41);
    rc |= zmq_setsockopt(sock->zmq, ZMQ_CURVE_PUBLICKEY, keys->public_key, 41);
    if (keys->server_key) {
        rc |= zmq_setsockopt(sock->zmq, ZMQ_CURVE_SERVERKEY, keys->server_key, 41);
    } else {
        set_int(sock->zmq, ZMQ_CURVE_SERVER, 1);
        rc |= zmq_setsockopt(sock->zmq, ZMQ_ZAP_DOMAIN, "bihuan", 6);
    }
    if (rc != 0)
        return err_set(err, "could not set CURVE keys: %s", zmq_strerror(errno));
    sock->curve = true;
    return 0;
}

int zsock_new(struct zsock **out, struct zloop *zloop, int type, const struct zkeys *keys, zsock_message_fn *message,
              void *arg, struct err *err)
{
    struct zsock *sock = calloc(1, sizeof *sock);
    int fd;
    size_t fd_len = sizeof fd;

    if (!sock || zloop->socket_count == SOCKETS_MAX)
        abort();
    sock->zloop = zloop;
    sock->type = type;
    sock->message = message;
    sock->arg = arg;
    sock->zmq = zmq_socket(zloop->context, type);
    if (!sock->zmq) {
        free(sock);
        return err_set(err, "could not make a ZeroMQ socket: %s", zmq_strerror(errno));
    }
    set_options(sock);
    if (set_keys(sock, keys, err) != 0) {
        zmq_close(sock->zmq);
        free(sock);
        return -1;
    }
    (void)zmq_getsockopt(sock->zmq, ZMQ_FD, &fd, &fd_len);
    uv_poll_init(zloop->loop, &sock->poll, fd);
    sock->poll.data = sock;
    sock->stirred = true;
    uv_poll_start(&sock->poll, UV_READABLE, on_poll);
    zloop->sockets[zloop->socket_count++] = sock;
    *out = sock;
    return 0;
}

static bool is_private(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) != 0 || strncmp(endpoint, "tcp://127.", 10) == 0 ||
           strncmp(endpoint, "tcp://[::1]", 11) == 0 || strncmp(endpoint, "tcp://localhost:", 16) == 0;
}

int zsock_bind(struct zsock *sock, const char *endpoint, struct err *err)
{
    if (!sock->curve && !is_private(endpoint))
        return err_set(err,
                       "will not bind \"%s\" without CURVE keys: set bus_secret_key_file and bus_allowed_keys, or use"
                       " ipc:// or loopback",
                       endpoint);
    sock->stirred = true;
    if (zmq_bind(sock->zmq, endpoint) != 0)
        return err_set(err, "could not bind \"%s\": %s", endpoint, zmq_strerror(errno));
    return 0;
}

int zsock_connect(struct zsock *sock, const char *endpoint, struct err *err)
{
    if (!sock->curve && !is_private(endpoint))
        return err_set(err, "will not connect to \"%s\" without CURVE keys", endpoint);
    sock->stirred = true;
    if (zmq_connect(sock->zmq, endpoint) != 0)
        return err_set(err, "could not connect to \"%s\": %s", endpoint, zmq_strerror(errno));
    return 0;
}

int zsock_subscribe(struct zsock *sock, const char *topic, struct err *err)
{
    sock->stirred = true;
    if (zmq_setsockopt(sock->zmq, ZMQ_SUBSCRIBE, topic, strlen(topic)) != 0)
        return err_set(err, "could not subscribe to \"%s\": %s", topic, zmq_strerror(errno));
    return 0;
}

bool zsock_send(struct zsock *sock, const struct zframe *frames, int count)
{
    sock->stirred = true;
    for (int i = 0; i < count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);

        if (zmq_send(sock->zmq, frames[i].data, frames[i].len, flags) < 0)
            return false; /* only the first frame can fail: the rest follow it into the same pipe */
    }
    return true;
}
