/* sse: see sse.h. */
#include "gateway/sse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct event {
    uint64_t number;
    unsigned topic;
    char *name, *json;
};

struct listener {
    struct listener *prev, *next;
    struct sse *sse;
    struct http_stream *stream;
    uint32_t mask, token;
    bool hints_only;
};

struct sse {
    uv_timer_t heartbeat;
    sse_may_fn *may;
    void *may_arg;
    int64_t start;               /* Unix second: ids of another process are not ours */
    uint64_t last;               /* number of the latest event */
    struct event ring[SSE_RING]; /* event n stands at n % SSE_RING */
    struct listener *listeners;
    size_t count;
};

static void remove_listener(struct listener *listener)
{
    struct sse *sse = listener->sse;

    if (listener->prev)
        listener->prev->next = listener->next;
    else
        sse->listeners = listener->next;
    if (listener->next)
        listener->next->prev = listener->prev;
    sse->count--;
    free(listener);
}

static void on_gone(void *arg)
{
    remove_listener(arg);
}

static void let_go(struct listener *listener)
{
    http_stream_close(&listener->stream);
    remove_listener(listener);
}

/* False when the listener is too slow to keep up: the caller lets it go; it comes back with the last id it saw. */
static bool write_event(struct listener *listener, const struct event *event)
{
    struct buf text = { 0 };
    bool good;

    buf_printf(&text, "id: %" PRId64 "-%" PRIu64 "\nevent: %s\ndata: %s\n\n", listener->sse->start, event->number,
               event->name, listener->hints_only ? "{}" : event->json);
    good = http_stream_write(listener->stream, text.data, text.len);
    buf_fini(&text);
    return good;
}

void sse_beat(struct sse *sse)
{
    for (struct listener *listener = sse->listeners, *next; listener; listener = next) {
        next = listener->next;
        if ((sse->may && !sse->may(sse->may_arg, listener->token)) || !http_stream_write(listener->stream, ":\n\n", 3))
            let_go(listener);
    }
}

static void on_heartbeat(uv_timer_t *timer)
{
    sse_beat(timer->data);
}

struct sse *sse_new(uv_loop_t *loop, sse_may_fn *may, void *arg)
{
    struct sse *sse = calloc(1, sizeof *sse);

    if (!sse)
        abort();
    sse->start = (int64_t)time(NULL);
    sse->may = may;
    sse->may_arg = arg;
    uv_timer_init(loop, &sse->heartbeat);
    sse->heartbeat.data = sse;
    uv_timer_start(&sse->heartbeat, on_heartbeat, SSE_HEARTBEAT_MS, SSE_HEARTBEAT_MS);
    uv_unref((uv_handle_t *)&sse->heartbeat);
    return sse;
}

static void on_closed(uv_handle_t *handle)
{
    struct sse *sse = handle->data;

    for (size_t i = 0; i < SSE_RING; i++) {
        free(sse->ring[i].name);
        free(sse->ring[i].json);
    }
    free(sse);
}

void sse_close(struct sse **out)
{
    struct sse *sse = out ? *out : NULL;

    if (!sse)
        return;
    *out = NULL;
    for (struct listener *listener = sse->listeners, *next; listener; listener = next) {
        next = listener->next;
        let_go(listener);
    }
    uv_close((uv_handle_t *)&sse->heartbeat, on_closed);
}

static char *copy(const char *text)
{
    char *out = strdup(text);

    if (!out)
        abort();
    return out;
}

void sse_publish(struct sse *sse, unsigned topic, const char *name, const char *json)
{
    struct event *event = &sse->ring[++sse->last % SSE_RING];

    free(event->name);
    free(event->json);
    *event =
        (struct event) { .number = sse->last, .topic = topic, .name = copy(name), .json = copy(json ? json : "{}") };
    for (struct listener *listener = sse->listeners, *next; listener; listener = next) {
        next = listener->next;
        if ((listener->mask & (1U << topic)) && !write_event(listener, event))
            let_go(listener);
    }
}

/* Sends what came after `last_id`, or says that it isn't known. False when the listener is too slow. */
static bool catch_up(struct listener *listener, const char *last_id)
{
    struct sse *sse = listener->sse;
    int64_t start;
    uint64_t number;
    char rest;

    if (sscanf(last_id, "%" SCNd64 "-%" SCNu64 "%c", &start, &number, &rest) != 2 || start != sse->start ||
        number > sse->last || sse->last - number > SSE_RING) {
        char text[80];
        int len = snprintf(text, sizeof text, "id: %" PRId64 "-%" PRIu64 "\nevent: reset\ndata: {}\n\n", sse->start,
                           sse->last);
        return http_stream_write(listener->stream, text, (size_t)len);
    }
    while (number++ < sse->last) {
        const struct event *event = &sse->ring[number % SSE_RING];
        if ((listener->mask & (1U << event->topic)) && !write_event(listener, event))
            return false;
    }
    return true;
}

void sse_open(struct sse *sse, struct http_request *request, const struct sse_listening *listening,
              const struct http_param *headers, size_t header_count)
{
    struct listener *listener = calloc(1, sizeof *listener);

    if (!listener)
        abort();
    *listener = (struct listener) { .sse = sse,
                                    .mask = listening->mask,
                                    .token = listening->token,
                                    .hints_only = listening->hints_only,
                                    .next = sse->listeners };
    if (listener->next)
        listener->next->prev = listener;
    sse->listeners = listener;
    sse->count++;
    listener->stream = http_respond_stream(request, headers, header_count, on_gone, listener);
    if (listening->last_id ? !catch_up(listener, listening->last_id)
                           : !http_stream_write(listener->stream, ": listening\n\n", 13))
        let_go(listener);
}

size_t sse_listeners(const struct sse *sse)
{
    return sse->count;
}
