/* answer: see answer.h. */
#include "gateway/answer.h"

#include "gateway/problem.h"
#include "obs/log.h"
#include "text/json_out.h"
#include "text/pbjson.h"

#include "bihuan/feedback_tmf.pb-c.h"
#include "bihuan/monitoring_brief.pb-c.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- record --------------------------------------------------------------------------------------------------------
 */
/* A row under way to the writer, with texts of its own: the call may be gone before it is written. */
struct record {
    struct audit_row row; /* first: it is the job's message */
    struct arena arena;
};

static void record_free(void *message)
{
    struct record *record = message;

    arena_fini(&record->arena);
    free(record);
}

static void on_answer_recorded(void *arg, int rc, const struct err *err)
{
    (void)arg;
    if (rc != 0)
        log_warn("audit_answer_lost", "error=\"%s\"", err->text);
}

bool answer_record(struct call *call, const char *stage, uint32_t status, job_done_fn *done)
{
    struct record *record = calloc(1, sizeof *record);
    struct job_order order;
    struct arena *arena;

    if (!record)
        abort();
    arena = &record->arena;
    arena_init(arena);
    record->row = (struct audit_row) { .at_us = clock_real_us(),
                                       .stage = stage,
                                       .request_id = arena_strdup(arena, call->id),
                                       .person = arena_strdup(arena, call->principal.person),
                                       .address = arena_strdup(arena, http_address(call->http)),
                                       .method = arena_strdup(arena, http_method(call->http)),
                                       .path = arena_strdup(arena, http_path(call->http)),
                                       .status = (int32_t)status };
    memcpy(record->row.body_hash, call->body_hash, AUDIT_HASH_LEN);
    order = (struct job_order) { .fn = on_audit,
                                 .message = record,
                                 .release = record_free,
                                 .done = done ? done : on_answer_recorded,
                                 .arg = call,
                                 .wait_us = done ? call->gateway->deadline_us : 0 };
    if (call->gateway->jobs && jobs_push(call->gateway->jobs, &order))
        return true;
    record_free(record);
    return false;
}

/* --- answers -------------------------------------------------------------------------------------------------------
 */
static void count(const struct call *call, uint32_t status)
{
    struct metrics *metrics = runtime_metrics(call->gateway->rt);
    const struct route *route = call->match.route;
    double seconds = (double)(clock_monotonic_us() - call->began_us) / 1e6;
    char labels[160];

    snprintf(labels, sizeof labels, "method=\"%s\",route=\"%s\",status=\"%u\"", route ? route->method : "",
             route ? route->path : "", status);
    metrics_count(metrics, "requests_total", "HTTP requests answered.", labels, 1);
    metrics_observe(metrics, "request_duration_seconds", "Time from the whole request to its answer.", "", seconds);
    if (call->gateway->http)
        metrics_gauge(metrics, "connections", "Open HTTP connections.", "", http_connections(call->gateway->http));
}

/* type and body NULL: an answer without a body. */
static void respond(struct call *call, uint32_t status, const char *type, struct buf *body)
{
    struct http_param headers[8];
    size_t n = 0;

    if (type)
        headers[n++] = (struct http_param) { "Content-Type", type };
    headers[n++] = (struct http_param) { "X-Request-Id", call->id };
    headers[n++] = (struct http_param) { "Content-Language", call->language };
    headers[n++] = (struct http_param) { "X-Bihuan-UTC-Offset", runtime_setting(call->gateway->rt, "utc_offset") };
    if (status == 401)
        headers[n++] = (struct http_param) { "WWW-Authenticate", "Bearer realm=\"bihuan\"" };
    if (status == 405)
        headers[n++] = (struct http_param) { "Allow", call->match.allow };
    if (status == 429 || status == 503)
        headers[n++] = (struct http_param) { "Retry-After", "1" };
    if (call->recorded && !answer_record(call, "answered", status, NULL))
        log_warn("audit_answer_lost", "request=%s status=%u error=\"too many jobs\"", call->id, status);
    count(call, status);
    http_respond(call->http, status, headers, n, body);
}

void answer_json(struct call *call, uint32_t status, struct buf *body)
{
    respond(call, status, "application/json", body);
}

void answer_message(struct call *call, const ProtobufCMessage *message)
{
    struct buf body = { 0 };
    struct json_out json;

    json_out_init(&json, &body);
    pbjson_write(message, &json);
    answer_json(call, 200, &body);
}

void answer_problem(struct call *call, const Bihuan__Problem *problem)
{
    struct buf body = { 0 };

    problem_write(problem, call->id, call->language, &body);
    respond(call, problem->status, "application/problem+json", &body);
}

void answer_refuse(struct call *call, uint32_t status, const char *code, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    answer_problem(call, problem_new(call->arena, status, code, "%s", text));
}

void answer_error(struct call *call, const struct err *err)
{
    answer_problem(call, problem_of(call->arena, err));
}

/* A service that refuses with a status HTTP doesn't know as such is our mistake. */
static void answer_refusal(struct call *call, uint32_t status, const uint8_t *payload, size_t len)
{
    ProtobufCMessage *message;
    Bihuan__Problem *problem;
    struct err err;

    if (message_unpack(&bihuan__problem__descriptor, payload, len, call->arena, &message, &err) != 0) {
        answer_error(call, &err);
        return;
    }
    problem = (Bihuan__Problem *)(void *)message;
    problem->status = status <= 599 ? status : 500;
    if (call->match.route->kind == ROUTE_TMF && status == 422)
        problem->status = 400; /* the word for it in these APIs */
    answer_problem(call, problem);
}

/* What the sender of an event waits for: nothing, or the subscription that it delivers to. */
static void answer_event(struct call *call, const Bihuan__ReceiveTmfReply *reply)
{
    struct buf body = { 0 };
    struct json_out json;

    if (reply->status != 201) {
        respond(call, reply->status, NULL, NULL);
        return;
    }
    json_out_init(&json, &body);
    json_out_object(&json);
    json_out_field_text(&json, "id", reply->id);
    json_out_field_text(&json, "callback", http_path(call->http));
    json_out_field_text(&json, "query", "");
    json_out_field_text(&json, "@type", "EventSubscription");
    json_out_object_end(&json);
    answer_json(call, 201, &body);
}

/* A document, or where none was asked for, what it would be made of. */
static void answer_file(struct call *call, const Bihuan__GetBriefReply *reply)
{
    struct buf body = { 0 };

    if (!reply->content_type[0]) {
        answer_message(call, &reply->base);
        return;
    }
    buf_append(&body, reply->content.data, reply->content.len);
    respond(call, 200, reply->content_type, &body);
}

void answer_reply(void *arg, uint32_t status, const uint8_t *payload, size_t len)
{
    struct call *call = arg;
    ProtobufCMessage *message;
    struct err err;

    if (status >= 400) {
        answer_refusal(call, status, payload, len);
        return;
    }
    if (message_unpack(message_type_find(call->match.route->type)->reply, payload, len, call->arena, &message, &err) !=
        0) {
        log_error("bad_reply", "request=%s error=\"%s\"", call->id, err.text);
        err.cls = ERR_INTERNAL;
        answer_error(call, &err);
        return;
    }
    if (call->match.route->kind == ROUTE_TMF)
        answer_event(call, (const Bihuan__ReceiveTmfReply *)(void *)message);
    else if (call->match.route->kind == ROUTE_FILE)
        answer_file(call, (const Bihuan__GetBriefReply *)(void *)message);
    else
        answer_message(call, message);
}
