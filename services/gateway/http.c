/* http: requests and their answers. See http.h. */
#include "gateway/http_internal.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How much of a body that is too large is read before the connection is cut: enough for most clients to see the 413. */
#define SWALLOW_MAX ((size_t)8 << 20)

static int64_t now_ms(const struct http_server *server)
{
    return (int64_t)uv_now(server->loop);
}

static const char *print_address(struct arena *arena, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";

    if (info && info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr, text, sizeof text);
    else if (info && info->client_addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr, text,
                  sizeof text);
    return arena_strdup(arena, text);
}

static struct http_request *request_new(struct http_server *server, struct MHD_Connection *connection, const char *url,
                                        const char *method, const char *version)
{
    struct http_request *request = calloc(1, sizeof *request);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    if (!request)
        abort();
    arena_init(&request->arena);
    request->server = server;
    request->connection = connection;
    request->socket = info ? info->socket_context : NULL;
    request->method = arena_strdup(&request->arena, method);
    request->address = print_address(&request->arena, connection);
    request->next = server->requests;
    if (request->next)
        request->next->prev = request;
    server->requests = request;
    http_read_target(request, url);
    http_check_head(request, version);
    if (request->socket)
        request->socket->deadline_ms = now_ms(server) + server->options.body_ms;
    return request;
}

static void drop_body(struct http_request *request)
{
    request->server->bodies_len -= request->body.len;
    buf_fini(&request->body);
}

static void request_free(struct http_request *request)
{
    struct http_server *server = request->server;

    if (server) {
        server->bodies_len -= request->body.len;
        if (request->prev)
            request->prev->next = request->next;
        else
            server->requests = request->next;
        if (request->next)
            request->next->prev = request->prev;
    }
    buf_fini(&request->body);
    arena_fini(&request->arena);
    free(request);
}

static enum MHD_Result send_answer(struct http_request *request)
{
    enum MHD_Result result = MHD_queue_response(request->connection, request->status, request->response);

    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

/* Hands the request to the handler, and answers or puts the connection to sleep. */
static enum MHD_Result dispatch(struct http_request *request)
{
    struct http_server *server = request->server;

    request->dispatched = true;
    if (request->socket)
        request->socket->deadline_ms = 0;
    server->options.handler(request, server->options.arg);
    if (request->answered)
        return send_answer(request);
    assert(!request->defect.status && "a defect is answered at once");
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static void refuse_body(struct http_request *request, uint32_t status, const char *code, const char *detail)
{
    drop_body(request);
    request->defect = (struct http_defect) { .status = status, .code = code, .detail = detail };
}

/* False cuts the connection. */
static bool take_body(struct http_request *request, const char *bytes, size_t len)
{
    struct http_server *server = request->server;

    if (request->defect.status) { /* the answer can only be sent when the body has ended */
        request->swallowed += len;
        return request->swallowed <= SWALLOW_MAX;
    }
    if (len > server->options.body_len_max - request->body.len) {
        refuse_body(request, 413, "body_too_large", "the body is larger than the limit; send less at a time");
        return true;
    }
    if (server->bodies_len + len > server->options.bodies_len_max) {
        refuse_body(request, 503, "bodies_limit", "too many requests with large bodies at once; try again later");
        return true;
    }
    buf_append(&request->body, bytes, len);
    server->bodies_len += len;
    return true;
}

enum MHD_Result http_on_access(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *bytes, size_t *len, void **context)
{
    struct http_request *request = *context;
    size_t got = *len;

    if (!request) {
        request = request_new(server, connection, url, method, version);
        *context = request;
        return request->defect.status ? dispatch(request) : MHD_YES;
    }
    if (got > 0) {
        *len = 0;
        return take_body(request, bytes, got) ? MHD_YES : MHD_NO;
    }
    if (!request->dispatched)
        return dispatch(request);
    return send_answer(request);
}

void http_on_completed(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode why)
{
    struct http_server *server = arg;
    struct http_request *request = *context;

    (void)connection;
    (void)why;
    if (!request)
        return;
    *context = NULL;
    if (request->socket)
        request->socket->deadline_ms = now_ms(server) + server->options.idle_ms + server->options.header_ms;
    request->connection = NULL;
    if (request->response) {
        MHD_destroy_response(request->response);
        request->response = NULL;
    }
    if (request->answered || !request->dispatched)
        request_free(request);
}

/* Stores the answer and wakes the connection up; an orphan is freed. */
static void answer(struct http_request *request, uint32_t status, struct MHD_Response *response)
{
    assert(!request->answered);
    request->answered = true;
    if (!request->connection) {
        MHD_destroy_response(response);
        request_free(request);
        return;
    }
    request->status = status;
    request->response = response;
    if (request->suspended) {
        request->suspended = false;
        request->server->resumed = true;
        MHD_resume_connection(request->connection);
    }
}

static void add_headers(struct http_request *request, struct MHD_Response *response, const struct http_param *headers,
                        size_t count)
{
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (request->defect.status || request->server->stopping)
        MHD_add_response_header(response, "Connection", "close");
    for (size_t i = 0; i < count; i++)
        MHD_add_response_header(response, headers[i].key, headers[i].value);
}

/* The library frees the memory with free(), where buf's memory comes from. */
void http_respond(struct http_request *request, uint32_t status, const struct http_param *headers, size_t count,
                  struct buf *body)
{
    struct MHD_Response *response;
    struct buf empty = { 0 };

    if (!body)
        body = &empty;
    if (!request->server) { /* the server is gone */
        buf_fini(body);
        request_free(request);
        return;
    }
    response = MHD_create_response_from_buffer(body->len, body->data,
                                               body->data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
        abort();
    *body = (struct buf) { 0 };
    add_headers(request, response, headers, count);
    answer(request, status, response);
}

/* Gives the connection its 503 and leaves the request to whoever still holds it. */
void http_abandon(struct http_request *request)
{
    static char text[] = "stopping\n";
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);

    if (!response)
        abort();
    MHD_add_response_header(response, "Connection", "close");
    request->suspended = false;
    request->status = 503;
    request->response = response;
    MHD_resume_connection(request->connection);
}

/* --- what a handler may ask ----------------------------------------------------------------------------------------
 */
const struct http_defect *http_defect(const struct http_request *request)
{
    return &request->defect;
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const struct http_param *http_query(const struct http_request *request, size_t *count)
{
    *count = request->query_count;
    return request->query;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const uint8_t *http_body(const struct http_request *request, size_t *len)
{
    *len = request->body.len;
    return request->body.data;
}

const char *http_address(const struct http_request *request)
{
    return request->address;
}

struct arena *http_arena(struct http_request *request)
{
    return &request->arena;
}
