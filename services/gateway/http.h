/* http: the HTTP server of the gateway, on the daemon's libuv loop. Handlers see this interface alone.
 *
 * Idea:      a request is handed over whole, after its body was read. The handler answers at once or later; meanwhile
 *            the connection sleeps. A streamed answer (server-sent events) is written to until it is closed.
 * Lifetime:  a request belongs to the handler until http_respond() or http_respond_stream(), one of which must be
 * called exactly once, also when the client went away or the server stopped (then nothing is sent). Threads:   the loop
 * thread only. A handler may be called, and gone() too, from inside of any loop callback. Limits:    connections, bytes
 * of one body and of all bodies waiting, time for a header, for a body, for silence. Strictness: doubled or combined
 * length headers, a missing or doubled Host, broken percent escapes, invalid UTF-8 and NUL in path or query are refused
 * with 400 and the connection is closed.
 */
#ifndef BIHUAN_GATEWAY_HTTP_H
#define BIHUAN_GATEWAY_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct http_server;
struct http_request;
struct http_stream;

struct http_param {
    const char *key;
    const char *value;
};

/* Why the server itself refuses a request; the handler still writes the answer, at once. */
struct http_defect {
    uint32_t status; /* 0: none */
    const char *code;
    const char *detail;
};

typedef void http_handler_fn(struct http_request *request, void *arg);

struct http_options {
    const char *address; /* IPv4 or IPv6 in digits */
    uint16_t port;       /* 0: any free one */
    uint32_t connections_max;
    size_t body_len_max;
    size_t bodies_len_max; /* of all requests together; above it a request gets 503 */
    int64_t header_ms;     /* for a whole header, however slowly it drips */
    int64_t body_ms;
    int64_t idle_ms; /* between requests */
    http_handler_fn *handler;
    void *arg;
};

int http_start(struct http_server **out, uv_loop_t *loop, const struct http_options *options, struct err *err);
uint16_t http_port(const struct http_server *server);
uint32_t http_connections(const struct http_server *server);
/* Ends listening, answers 503 to what waits, ends streams (gone() is called), closes. *server is NULL at once; the
 * memory goes when the loop has run the close callbacks. NULL or *NULL: nothing to do. */
void http_stop(struct http_server **server);

/* --- a request: texts are valid until it is answered ---------------------------------------------------------------
 */
const struct http_defect *http_defect(const struct http_request *request);
const char *http_method(const struct http_request *request);
/* As sent, without the query: percent escapes are still there. */
const char *http_path(const struct http_request *request);
/* Decoded, in order. */
const struct http_param *http_query(const struct http_request *request, size_t *count);
/* NULL where it is missing. Only within the handler call. */
const char *http_header(const struct http_request *request, const char *name);
const uint8_t *http_body(const struct http_request *request, size_t *len);
const char *http_address(const struct http_request *request); /* of the peer, in digits */
struct arena *http_arena(struct http_request *request);

/* Decodes %xx into the arena. NULL where an escape is broken, or the result holds NUL or isn't UTF-8. */
char *http_unescape(struct arena *arena, const char *text, size_t len);

/* --- answers -------------------------------------------------------------------------------------------------------
 */
/* `body` is taken over and left empty; NULL: none. Headers are copied. */
void http_respond(struct http_request *request, uint32_t status, const struct http_param *headers, size_t count,
                  struct buf *body);

/* The client left, or the server stops: the stream is no longer the caller's. Not called after http_stream_close(). */
typedef void http_gone_fn(void *arg);
/* Status 200 and a body without end. */
struct http_stream *http_respond_stream(struct http_request *request, const struct http_param *headers, size_t count,
                                        http_gone_fn *gone, void *arg);
/* Bytes that wait for a slow client are kept up to HTTP_STREAM_WAITING_MAX; beyond it the call does nothing and returns
 * false: the caller closes. */
#define HTTP_STREAM_WAITING_MAX ((size_t)512 << 10)
bool http_stream_write(struct http_stream *stream, const void *bytes, size_t len);
/* What was written is still sent. */
void http_stream_close(struct http_stream **stream);

#endif
