/* http_internal: what the files of the HTTP server share. */
#ifndef BIHUAN_GATEWAY_HTTP_INTERNAL_H
#define BIHUAN_GATEWAY_HTTP_INTERNAL_H

#include "gateway/http.h"

#include <microhttpd.h>

/* One TCP connection, for the deadlines that the library doesn't keep. */
struct http_connection {
    struct http_connection *prev, *next;
    int fd;
    int64_t deadline_ms; /* loop time at which the socket is shut; 0 none */
};

struct http_request {
    struct http_request *prev, *next;  /* of the server */
    struct http_server *server;        /* NULL when it stopped before the handler answered */
    struct MHD_Connection *connection; /* NULL when the library is through with it */
    struct http_connection *socket;
    struct arena arena;
    struct buf body;
    size_t swallowed; /* of a body that was refused */
    struct http_defect defect;
    const char *method, *path, *address;
    struct http_param *query;
    size_t query_count;
    struct MHD_Response *response;
    uint32_t status;
    bool dispatched; /* the handler has been called */
    bool answered;
    bool suspended;
};

struct http_stream {
    struct http_stream *prev, *next; /* of the server */
    struct http_server *server;
    struct MHD_Connection *connection;
    struct buf waiting;
    size_t sent; /* of `waiting` */
    http_gone_fn *gone;
    void *arg;
    bool suspended;
    bool closed; /* by its owner: gone() isn't called any more */
};

struct http_server {
    uv_loop_t *loop;
    struct http_options options;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;     /* when the library wants to run again */
    uv_timer_t sweep;     /* deadlines */
    uv_prepare_t prepare; /* after something was resumed */
    int open_handles;
    bool resumed;
    bool stopping;
    uint16_t port;
    size_t bodies_len;
    struct http_connection *connections;
    struct http_request *requests;
    struct http_stream *streams;
};

/* http.c */
enum MHD_Result http_on_access(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *bytes, size_t *len, void **context);
void http_on_completed(void *server, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode why);
/* Answers 503 to a request that sleeps. */
void http_abandon(struct http_request *request);

/* http_strict.c: fills request->defect where the head breaks a rule of ours. */
void http_check_head(struct http_request *request, const char *version);
/* Copies path and query of the request. */
void http_read_target(struct http_request *request, const char *url);

/* http_stream.c */
void http_stream_end(struct http_stream *stream);

#endif
