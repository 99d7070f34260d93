/* http_server: libmicrohttpd inside the libuv loop.
 *
 * The library's epoll descriptor is watched by a uv_poll. After each run it is asked how long it can wait, which arms a
 * one-shot timer. A resumed connection doesn't show on the descriptor before the next run, so a prepare handle runs it
 * before the loop sleeps.
 */
#include "gateway/http_internal.h"

#include "obs/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTION_MEMORY ((size_t)16 << 10)
#define SWEEP_MS          1000

static void pump(struct http_server *server)
{
    unsigned long long wait_ms;

    MHD_run(server->daemon);
    if (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES)
        uv_timer_start(&server->timer, server->timer.timer_cb, wait_ms, 0);
    else
        uv_timer_stop(&server->timer);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    pump(handle->data);
}

static void on_timer(uv_timer_t *handle)
{
    pump(handle->data);
}

static void on_prepare(uv_prepare_t *handle)
{
    struct http_server *server = handle->data;

    while (server->resumed) {
        server->resumed = false;
        pump(server);
    }
}

/* Shuts connections whose header or body has been coming for too long; the library then sees the end. */
static void on_sweep(uv_timer_t *handle)
{
    struct http_server *server = handle->data;
    int64_t now = (int64_t)uv_now(server->loop);

    for (struct http_connection *connection = server->connections; connection; connection = connection->next)
        if (connection->deadline_ms && connection->deadline_ms <= now) {
            connection->deadline_ms = 0;
            shutdown(connection->fd, SHUT_RDWR);
        }
}

static void on_connection(void *arg, struct MHD_Connection *library, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = arg;
    struct http_connection *connection = *context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        connection = calloc(1, sizeof *connection);
        if (!connection)
            abort();
        connection->fd = MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        connection->deadline_ms = (int64_t)uv_now(server->loop) + server->options.header_ms;
        connection->next = server->connections;
        if (connection->next)
            connection->next->prev = connection;
        server->connections = connection;
        *context = connection;
        return;
    }
    if (!connection)
        return;
    if (connection->prev)
        connection->prev->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    free(connection);
    *context = NULL;
}

/* Escapes are decoded by ourselves, strictly. */
static size_t keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg;
    (void)connection;
    return strlen(text);
}

static void on_library_log(void *arg, const char *fmt, va_list ap)
{
    char text[512];

    (void)arg;
    vsnprintf(text, sizeof text, fmt, ap);
    log_debug("http_library", "text=\"%s\"", text);
}

static int parse_address(const struct http_options *options, struct sockaddr_storage *out, struct err *err)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    memset(out, 0, sizeof *out);
    if (uv_ip4_addr(options->address, options->port, &v4) == 0)
        memcpy(out, &v4, sizeof v4);
    else if (uv_ip6_addr(options->address, options->port, &v6) == 0)
        memcpy(out, &v6, sizeof v6);
    else
        return err_fail(err, ERR_INVALID, "bad_address", "http_address \"%s\" is not an IP address", options->address);
    return 0;
}

static int start_library(struct http_server *server, struct err *err)
{
    struct sockaddr_storage address;
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    if (parse_address(&server->options, &address, err) != 0)
        return -1;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    server->daemon = MHD_start_daemon(
        flags, server->options.port, NULL, NULL, http_on_access, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_log,
        NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)server->options.connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)((server->options.idle_ms + 999) / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_END);
    if (!server->daemon)
        return err_fail(err, ERR_UNAVAILABLE, "no_port", "could not listen on %s port %u: %s", server->options.address,
                        server->options.port, strerror(errno));
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return 0;
}

static void open_handles(struct http_server *server)
{
    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

    uv_poll_init(server->loop, &server->poll, fd);
    uv_timer_init(server->loop, &server->timer);
    uv_timer_init(server->loop, &server->sweep);
    uv_prepare_init(server->loop, &server->prepare);
    server->poll.data = server->timer.data = server->sweep.data = server->prepare.data = server;
    server->open_handles = 4;
    uv_poll_start(&server->poll, UV_READABLE, on_poll);
    uv_timer_start(&server->timer, on_timer, 0, 0);
    uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_prepare_start(&server->prepare, on_prepare);
}

int http_start(struct http_server **out, uv_loop_t *loop, const struct http_options *options, struct err *err)
{
    struct http_server *server = calloc(1, sizeof *server);

    if (!server)
        abort();
    server->loop = loop;
    server->options = *options;
    if (start_library(server, err) != 0) {
        free(server);
        return -1;
    }
    open_handles(server);
    *out = server;
    return 0;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

uint32_t http_connections(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

static void on_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;

    if (--server->open_handles == 0)
        free(server);
}

/* Everything that sleeps is woken up, as the library demands before its end. */
static void wake_all(struct http_server *server)
{
    for (struct http_stream *stream = server->streams, *next; stream; stream = next) {
        next = stream->next;
        http_stream_end(stream);
    }
    for (struct http_request *request = server->requests; request; request = request->next)
        if (request->suspended)
            http_abandon(request);
}

void http_stop(struct http_server **out)
{
    struct http_server *server = out ? *out : NULL;

    if (!server)
        return;
    *out = NULL;
    server->stopping = true;
    wake_all(server);
    MHD_run(server->daemon);
    uv_poll_stop(&server->poll);
    MHD_stop_daemon(server->daemon);
    for (struct http_request *request = server->requests, *next; request; request = next) {
        next = request->next;
        server->bodies_len -= request->body.len;
        request->prev = request->next = NULL;
        request->server = NULL;
    }
    server->requests = NULL;
    uv_close((uv_handle_t *)&server->poll, on_closed);
    uv_close((uv_handle_t *)&server->timer, on_closed);
    uv_close((uv_handle_t *)&server->sweep, on_closed);
    uv_close((uv_handle_t *)&server->prepare, on_closed);
}
