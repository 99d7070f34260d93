/* probe: the health and metrics port: GET /healthz, /readyz, /metrics; and the answer to STATUS. A tiny HTTP/1.0
 * server: one request a connection, nothing else. */
#include "bus/wire.h"
#include "obs/log.h"
#include "runtime/runtime_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MAX     2048
#define CONNECTIONS_MAX 64
#define TIMEOUT_MS      5000

struct probe {
    struct runtime *rt;
    uv_tcp_t server;
    int connections;
    bool stopping;
};

struct visit {
    struct probe *probe;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct buf answer;
    char request[REQUEST_MAX];
    size_t len;
    int handles;
    bool closing;
};

static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool is_ready(struct runtime *rt, char *reason, size_t cap)
{
    runtime_get_reason(rt, reason, cap);
    return atomic_load(&rt->active) && !reason[0];
}

void probe_status(struct runtime *rt, struct buf *out)
{
    Bihuan__StatusReply reply = BIHUAN__STATUS_REPLY__INIT;
    struct arena arena;
    char reason[RUNTIME_REASONS_MAX];

    arena_init(&arena);
    reply.service = (char *)(uintptr_t)rt->service->name;
    reply.instance = rt->instance;
    reply.version = (char *)(uintptr_t)BIHUAN_VERSION;
    reply.active = atomic_load(&rt->active);
    reply.ready = is_ready(rt, reason, sizeof reason);
    reply.reason = reason;
    reply.business_time = clock_business_us(&rt->clock);
    reply.parked = atomic_load(&rt->parked);
    reply.resident_bytes = resident_bytes();
    reply.streams = arena_array(&arena, Bihuan__StreamStatus *, rt->buckets);
    for (uint32_t b = 0; b < rt->buckets; b++) {
        Bihuan__StreamStatus *s = arena_new(&arena, Bihuan__StreamStatus);

        bihuan__stream_status__init(s);
        s->bucket = b;
        s->seq = atomic_load(&rt->heads[b]);
        reply.streams[reply.n_streams++] = s;
    }
    reply.readers = arena_array(&arena, Bihuan__ReaderStatus *, rt->buckets * (uint32_t)(rt->source_count + 1));
    for (int s = 0; s < rt->source_count; s++)
        for (uint32_t b = 0; b < rt->buckets; b++) {
            Bihuan__ReaderStatus *r = arena_new(&arena, Bihuan__ReaderStatus);

            bihuan__reader_status__init(r);
            r->stream = (char *)(uintptr_t)rt->sources[s];
            r->bucket = b;
            r->position = atomic_load(&rt->positions[s][b]);
            r->head = links_head(rt, s, b);
            reply.readers[reply.n_readers++] = r;
        }
    wire_pack(&reply.base, out);
    arena_fini(&arena);
}

static void write_metrics(struct runtime *rt, struct buf *out)
{
    char reason[RUNTIME_REASONS_MAX];

    metrics_gauge(rt->metrics, "ready", "1 when the daemon holds its buckets and nothing blocks it.", "",
                  is_ready(rt, reason, sizeof reason));
    metrics_gauge(rt->metrics, "resident_bytes", "Resident memory.", "", (double)resident_bytes());
    metrics_gauge(rt->metrics, "input_queue_bytes", "Events that wait for the writer.", "",
                  (double)inputs_len(rt->inputs));
    metrics_gauge(rt->metrics, "parked_events", "Events set aside with an error.", "",
                  (double)atomic_load(&rt->parked));
    metrics_write(rt->metrics, out);
}

static void on_closed(uv_handle_t *handle)
{
    struct visit *visit = handle->data;

    if (--visit->handles)
        return;
    visit->probe->connections--;
    buf_fini(&visit->answer);
    free(visit);
}

static void visit_close(struct visit *visit)
{
    if (visit->closing)
        return;
    visit->closing = true;
    uv_close((uv_handle_t *)&visit->timer, on_closed);
    uv_close((uv_handle_t *)&visit->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    visit_close(write->data);
}

static void on_timeout(uv_timer_t *timer)
{
    visit_close(timer->data);
}

static void answer(struct visit *visit, const char *status, const char *type, struct buf *body)
{
    uv_buf_t out;

    buf_printf(&visit->answer, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
               status, type, body->len);
    buf_append(&visit->answer, body->data, body->len);
    out = uv_buf_init((char *)visit->answer.data, (unsigned)visit->answer.len);
    visit->write.data = visit;
    if (uv_write(&visit->write, (uv_stream_t *)&visit->tcp, &out, 1, on_written) != 0)
        visit_close(visit);
}

static void serve(struct visit *visit)
{
    struct runtime *rt = visit->probe->rt;
    struct buf body = { 0 };
    char reason[RUNTIME_REASONS_MAX];

    if (strncmp(visit->request, "GET /metrics ", 13) == 0) {
        write_metrics(rt, &body);
        answer(visit, "200 OK", "text/plain; version=0.0.4; charset=utf-8", &body);
    } else if (strncmp(visit->request, "GET /healthz ", 13) == 0) {
        buf_append_text(&body, "ok\n");
        answer(visit, "200 OK", "text/plain", &body);
    } else if (strncmp(visit->request, "GET /readyz ", 12) == 0) {
        bool ready = is_ready(rt, reason, sizeof reason);

        buf_printf(&body, "%s\n", ready ? "ready" : reason[0] ? reason : "starting");
        answer(visit, ready ? "200 OK" : "503 Service Unavailable", "text/plain", &body);
    } else {
        buf_append_text(&body, "there are /healthz, /readyz and /metrics\n");
        answer(visit, "404 Not Found", "text/plain", &body);
    }
    buf_fini(&body);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct visit *visit = handle->data;

    (void)suggested;
    *buf = uv_buf_init(visit->request + visit->len, (unsigned)(REQUEST_MAX - 1 - visit->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct visit *visit = stream->data;

    (void)buf;
    if (got < 0) {
        visit_close(visit);
        return;
    }
    visit->len += (size_t)got;
    visit->request[visit->len] = 0;
    if (strstr(visit->request, "\r\n\r\n") || strstr(visit->request, "\n\n")) {
        uv_read_stop(stream);
        serve(visit);
    } else if (visit->len == REQUEST_MAX - 1) {
        visit_close(visit);
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    struct probe *probe = server->data;
    struct visit *visit;

    if (status < 0 || !(visit = calloc(1, sizeof *visit)))
        return;
    visit->probe = probe;
    visit->handles = 2;
    probe->connections++;
    uv_tcp_init(&probe->rt->loop, &visit->tcp);
    uv_timer_init(&probe->rt->loop, &visit->timer);
    visit->tcp.data = visit->timer.data = visit;
    if (uv_accept(server, (uv_stream_t *)&visit->tcp) != 0 || probe->connections > CONNECTIONS_MAX) {
        visit_close(visit);
        return;
    }
    uv_timer_start(&visit->timer, on_timeout, TIMEOUT_MS, 0);
    uv_read_start((uv_stream_t *)&visit->tcp, on_alloc, on_read);
}

int probe_start(struct runtime *rt, struct err *err)
{
    struct probe *probe;
    struct sockaddr_in address;
    int port = (int)runtime_setting_int(rt, "metrics_port");
    int rc;

    if (!port)
        return 0;
    probe = calloc(1, sizeof *probe);
    if (!probe)
        abort();
    probe->rt = rt;
    rt->probe = probe;
    uv_ip4_addr(runtime_setting(rt, "metrics_address"), port, &address);
    uv_tcp_init(&rt->loop, &probe->server);
    probe->server.data = probe;
    rc = uv_tcp_bind(&probe->server, (const struct sockaddr *)&address, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&probe->server, 16, on_connection);
    if (rc != 0)
        return err_set(err, "could not listen on %s:%d for metrics: %s", runtime_setting(rt, "metrics_address"), port,
                       uv_strerror(rc));
    return 0;
}

void probe_stop(struct runtime *rt)
{
    if (!rt->probe)
        return;
    uv_close((uv_handle_t *)&rt->probe->server, NULL);
    /* open visits are closed by their timers' walk in runtime.c */
}
