/* call: the way of one request: route, token, permission, message, record, service, answer. See README.md. */
#include "gateway/answer.h"

#include "gateway/openapi.h"
#include "gateway/problem.h"
#include "gateway/request.h"
#include "gateway/tokens.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bihuan/feedback.pb-c.h"

#define IDEMPOTENCY_KEY_MAX 128
#define PRINCIPAL_GRACE     (60 * SECOND) /* clocks of gateway and services may differ that much */

/* --- beginning -----------------------------------------------------------------------------------------------------
 */
/* 48 bits of milliseconds and 80 random ones in Crockford's base 32: sorts by time. */
static void make_id(char out[REQUEST_ID_LEN + 1])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t ms = (uint64_t)clock_real_us() / 1000;
    uint8_t random[16];

    randombytes_buf(random, sizeof random);
    for (int i = 9; i >= 0; i--, ms >>= 5)
        out[i] = digits[ms & 31];
    for (int i = 0; i < 16; i++)
        out[10 + i] = digits[random[i] & 31];
    out[REQUEST_ID_LEN] = '\0';
}

/* 0, or the request has been refused. */
static int authenticate(struct call *call)
{
    const char *header = http_header(call->http, "Authorization");
    int64_t now = clock_real_us();

    if (!header || strncasecmp(header, "Bearer ", 7) != 0) {
        answer_refuse(call, 401, "no_token", "this needs a bearer token: Authorization: Bearer bih_...");
        return -1;
    }
    switch (token_cache_find(call->gateway->tokens, header + 7 + strspn(header + 7, " "), now,
                             now + call->gateway->deadline_us + PRINCIPAL_GRACE, call->arena, &call->principal,
                             &call->token)) {
    case TOKEN_GOOD:
        return 0;
    case TOKEN_NOT_LOADED:
        answer_refuse(call, 503, "not_loaded", "this gateway has not read its tokens yet; try again");
        return -1;
    case TOKEN_ENDED:
        answer_refuse(call, 401, "token_ended", "this token has ended; ask an administrator for a new one");
        return -1;
    case TOKEN_REVOKED:
        answer_refuse(call, 401, "token_revoked", "this token was revoked");
        return -1;
    case TOKEN_UNKNOWN:
    default:
        answer_refuse(call, 401, "unknown_token", "this token is not known here");
        return -1;
    }
}

/* --- asking a service ----------------------------------------------------------------------------------------------
 */
static const char *service_of(const struct call *call)
{
    const struct message_type *type = message_type_find(call->match.route->type);

    return *type->service ? type->service : route_param(&call->match, "service");
}

static void ask(struct call *call)
{
    Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
    size_t len = protobuf_c_message_get_packed_size(call->message);
    uint8_t *payload = arena_alloc(call->arena, len + 1);

    protobuf_c_message_pack(call->message, payload);
    envelope.id = call->id;
    envelope.type = call->match.route->type;
    envelope.deadline_ms = (uint32_t)(call->gateway->deadline_us / 1000);
    envelope.idempotency_key = (char *)(call->idempotency_key ? call->idempotency_key : "");
    envelope.trace = call->id;
    envelope.language = (char *)call->language;
    principal_sign(&call->gateway->key, &call->principal, call->arena, &envelope.principal, &envelope.signature);
    runtime_ask(call->gateway->rt, service_of(call), &envelope, payload, len, answer_reply, call);
}

static void on_token_made(void *arg, int rc, const struct err *err)
{
    struct token_made *made = arg;
    struct call *call = made->call;

    if (rc != 0)
        answer_error(call, err);
    else if (!made->row.id)
        answer_refuse(call, 409, "token_made",
                      "this request made a token before, whose secret was shown then; revoke that one and ask again "
                      "with another Idempotency-Key");
    else
        answer_message(call, tokens_reply(made, call->arena));
}

static void make_token(struct call *call)
{
    struct token_made *made = tokens_make(call, (const Bihuan__CreateTokenRequest *)(void *)call->message);
    const struct job_order order = { .fn = on_create_token,
                                     .message = made,
                                     .release = tokens_release,
                                     .wait_us = call->gateway->deadline_us,
                                     .done = on_token_made,
                                     .arg = made };

    if (jobs_push(call->gateway->jobs, &order))
        return;
    tokens_release(made);
    answer_refuse(call, 429, "busy", "too many requests are under way; try again");
}

static void act(struct call *call)
{
    if (call->match.route->kind == ROUTE_CREATE_TOKEN)
        make_token(call);
    else
        ask(call);
}

/* Nothing with effect happens unrecorded. */
static void on_asked(void *arg, int rc, const struct err *err)
{
    struct call *call = arg;

    if (rc != 0) {
        answer_error(call, err);
        return;
    }
    call->recorded = true;
    if (runtime_stopping(call->gateway->rt))
        answer_refuse(call, 503, "stopping", "the gateway stops; send the request again with the same Idempotency-Key");
    else
        act(call);
}

static void record_and_act(struct call *call)
{
    size_t len;
    const uint8_t *body = http_body(call->http, &len);

    audit_hash_body(call->body_hash, body, len);
    if (!answer_record(call, "asked", 0, on_asked))
        answer_refuse(call, 429, "busy", "too many requests are under way; try again");
}

/* --- checks --------------------------------------------------------------------------------------------------------
 */
/* A POST with effect may be sent twice by a client that lost the answer: its key makes it count once. A sender of
 * events gives none; feedback knows an event again by what it says. */
static int check_idempotency_key(struct call *call)
{
    const char *key = http_header(call->http, "Idempotency-Key");

    if (call->match.route->kind == ROUTE_TMF)
        return 0;
    if (key && *key && strlen(key) <= IDEMPOTENCY_KEY_MAX && strspn(key, " ") == 0) {
        call->idempotency_key = arena_strdup(call->arena, key);
        return 0;
    }
    answer_refuse(call, 400, key ? "bad_idempotency_key" : "no_idempotency_key",
                  "a request with effect needs the header Idempotency-Key: a text of your own, up to %d bytes, the "
                  "same when you send the request again",
                  IDEMPOTENCY_KEY_MAX);
    return -1;
}

/* Of a file only the beginning and the end of its upload are recorded. */
static bool is_middle_of_upload(const struct call *call)
{
    const Bihuan__UploadChunkRequest *chunk;

    if (call->match.route->type != MSG(UPLOAD_CHUNK))
        return false;
    chunk = (const Bihuan__UploadChunkRequest *)(const void *)call->message;
    return chunk->offset > 0 && !chunk->last;
}

static int build(struct call *call)
{
    struct request_source source = { .match = &call->match, .content_type = http_header(call->http, "Content-Type") };
    Bihuan__Problem *problem;

    source.query = http_query(call->http, &source.query_count);
    source.body = http_body(call->http, &source.body_len);
    problem = request_build(&source, call->arena, &call->message);
    if (!problem && call->match.route->kind == ROUTE_CREATE_TOKEN)
        problem = tokens_check((const Bihuan__CreateTokenRequest *)(void *)call->message, &call->principal,
                               call->arena);
    if (problem)
        answer_problem(call, problem);
    return problem ? -1 : 0;
}

static void begin_ask(struct call *call)
{
    const struct route *route = call->match.route;
    const char *service = service_of(call);
    bool known = false;

    for (size_t i = 0; gateway_services[i]; i++)
        known = known || strcmp(gateway_services[i], service) == 0;
    if (!known) {
        answer_refuse(call, 404, "unknown_service", "there is no service \"%s\"", service);
        return;
    }
    if (build(call) != 0)
        return;
    if (route_is_look(route)) {
        record_and_act(call);
        return;
    }
    if (!route->effect || request_is_dry_run(call->message) || is_middle_of_upload(call)) {
        act(call);
        return;
    }
    if ((strcmp(route->method, "POST") != 0 && !http_header(call->http, "Idempotency-Key")) ||
        check_idempotency_key(call) == 0) /* what else but a POST is safe to repeat without one, too */
        record_and_act(call);
}

/* --- routes that aren't one question to one service ----------------------------------------------------------------
 */
static void on_status(void *arg, const Bihuan__StatusReply *const *replies, size_t count)
{
    struct buf body = { 0 };

    status_write(replies, count, &body);
    answer_json(arg, 200, &body);
}

static void answer_ready(struct call *call, bool ready)
{
    struct buf body = { 0 };

    buf_printf(&body, "{\"ready\":%s}", ready ? "true" : "false");
    answer_json(call, ready ? 200 : 503, &body);
}

static void on_ready(void *arg, const Bihuan__StatusReply *const *replies, size_t count)
{
    struct call *call = arg;

    call->gateway->ready = status_all_ready(replies, count);
    call->gateway->ready_at_us = clock_monotonic_us();
    answer_ready(call, call->gateway->ready);
}

/* Anybody may ask, so the daemons are asked at most once a second. */
static void begin_ready(struct call *call)
{
    static char *right[] = { (char *)"status.read" };

    if (call->gateway->ready_at_us && clock_monotonic_us() - call->gateway->ready_at_us < SECOND) {
        answer_ready(call, call->gateway->ready);
        return;
    }
    call->principal.person = (char *)"gateway";
    call->principal.permissions = right;
    call->principal.n_permissions = 1;
    call->principal.ends_at = clock_real_us() + PRINCIPAL_GRACE;
    status_ask(call->gateway, &call->principal, 2000, on_ready, call);
}

static void begin_events(struct call *call)
{
    const struct http_param headers[] = { { "Content-Type", "text/event-stream" },
                                          { "X-Request-Id", call->id },
                                          { "X-Bihuan-UTC-Offset", runtime_setting(call->gateway->rt, "utc_offset") },
                                          { "Cache-Control", "no-store" } };
    struct sse_listening listening = { .token = call->token,
                                       .hints_only = *call->principal.subtree != '\0',
                                       .last_id = http_header(call->http, "Last-Event-ID") };
    const char *topics = NULL;
    size_t count;
    const struct http_param *query = http_query(call->http, &count);
    char bad[32];

    for (size_t i = 0; i < count; i++) {
        if (strcmp(query[i].key, "topics") == 0) {
            topics = query[i].value;
        } else {
            answer_refuse(call, 400, "unknown_parameter", "there is no parameter \"%.100s\" here", query[i].key);
            return;
        }
    }
    if (topics_parse(topics, &call->principal, &listening.mask, bad) != 0)
        answer_refuse(call, 400, "unknown_topic", "there is no topic \"%s\"; there are %s", bad, TOPICS_ALL);
    else if (!listening.mask)
        answer_refuse(call, 403, "permission", "\"%s\" may see none of these topics", call->principal.person);
    else
        sse_open(call->gateway->sse, call->http, &listening, headers, sizeof headers / sizeof headers[0]);
}

static void begin_kind(struct call *call)
{
    struct buf body = { 0 };

    switch (call->match.route->kind) {
    case ROUTE_LIVE:
        buf_append_text(&body, "{\"alive\":true}");
        answer_json(call, 200, &body);
        break;
    case ROUTE_READY:
        begin_ready(call);
        break;
    case ROUTE_OPENAPI:
        openapi_write(&body);
        answer_json(call, 200, &body);
        break;
    case ROUTE_STATUS:
        status_ask(call->gateway, &call->principal, 2000, on_status, call);
        break;
    case ROUTE_EVENTS:
        begin_events(call);
        break;
    case ROUTE_ASK:
    case ROUTE_FILE:
    case ROUTE_UPLOAD:
    case ROUTE_TMF:
    case ROUTE_CREATE_TOKEN:
        begin_ask(call);
        break;
    }
}

static void begin_route(struct call *call)
{
    const char *permission = call->match.route->permission;
    struct err err;

    if (permission) {
        if (authenticate(call) != 0)
            return;
        if (principal_require(&call->principal, permission, &err) != 0) {
            answer_error(call, &err);
            return;
        }
    }
    begin_kind(call);
}

void call_begin(struct http_request *request, void *gateway)
{
    struct call *call = arena_new(http_arena(request), struct call);
    const struct http_defect *defect = http_defect(request);

    call->gateway = gateway;
    call->http = request;
    call->arena = http_arena(request);
    call->began_us = clock_monotonic_us();
    call->language = request_language(http_header(request, "Accept-Language"));
    bihuan__principal__init(&call->principal);
    make_id(call->id);
    if (defect->status) {
        answer_refuse(call, defect->status, defect->code, "%s", defect->detail);
        return;
    }
    route_find(http_method(request), http_path(request), call->arena, &call->match);
    if (call->match.route)
        begin_route(call);
    else if (call->match.allow[0])
        answer_refuse(call, 405, "method_not_allowed", "%s is not possible here; possible is %s", http_method(request),
                      call->match.allow);
    else
        answer_refuse(call, 404, "unknown_path", "there is nothing at %.200s; see /api/v1/openapi.json",
                      http_path(request));
}
