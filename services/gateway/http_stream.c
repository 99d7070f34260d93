/* http_stream: answers without end. The library pulls bytes; when there are none the connection sleeps. */
#include "gateway/http_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_LEN ((size_t)4096)

static void wake(struct http_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    stream->server->resumed = true;
    MHD_resume_connection(stream->connection);
}

static ssize_t on_pull(void *arg, uint64_t position, char *out, size_t cap)
{
    struct http_stream *stream = arg;
    size_t left = stream->waiting.len - stream->sent;
    size_t take = left < cap ? left : cap;

    (void)position;
    if (take == 0) {
        if (stream->closed)
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    memcpy(out, stream->waiting.data + stream->sent, take);
    stream->sent += take;
    if (stream->sent == stream->waiting.len) {
        buf_reset(&stream->waiting);
        stream->sent = 0;
    }
    return (ssize_t)take;
}

/* The library is through with the connection. */
static void on_free(void *arg)
{
    struct http_stream *stream = arg;

    if (stream->prev)
        stream->prev->next = stream->next;
    else
        stream->server->streams = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
    if (!stream->closed)
        stream->gone(stream->arg);
    buf_fini(&stream->waiting);
    free(stream);
}

struct http_stream *http_respond_stream(struct http_request *request, const struct http_param *headers, size_t count,
                                        http_gone_fn *gone, void *arg)
{
    struct http_server *server = request->server;
    struct http_stream *stream = calloc(1, sizeof *stream);
    struct MHD_Response *response;

    assert(server && request->connection && !request->answered && !request->suspended && "streams open at once");
    if (!stream)
        abort();
    *stream = (struct http_stream) { .server = server, .connection = request->connection, .gone = gone, .arg = arg };
    stream->next = server->streams;
    if (stream->next)
        stream->next->prev = stream;
    server->streams = stream;
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_LEN, on_pull, stream, on_free);
    if (!response)
        abort();
    for (size_t i = 0; i < count; i++)
        MHD_add_response_header(response, headers[i].key, headers[i].value);
    request->answered = true;
    request->status = 200;
    request->response = response;
    return stream;
}

bool http_stream_write(struct http_stream *stream, const void *bytes, size_t len)
{
    if (stream->waiting.len - stream->sent + len > HTTP_STREAM_WAITING_MAX)
        return false;
    if (stream->sent > PIECE_LEN * 8) { /* a slow client: move the rest to the front now and then */
        stream->waiting.len -= stream->sent;
        memmove(stream->waiting.data, stream->waiting.data + stream->sent, stream->waiting.len);
        stream->sent = 0;
    }
    buf_append(&stream->waiting, bytes, len);
    wake(stream);
    return true;
}

void http_stream_close(struct http_stream **stream)
{
    if (!stream || !*stream)
        return;
    (*stream)->closed = true;
    wake(*stream);
    *stream = NULL;
}

void http_stream_end(struct http_stream *stream)
{
    if (!stream->closed) {
        stream->closed = true;
        stream->gone(stream->arg);
    }
    wake(stream);
}
