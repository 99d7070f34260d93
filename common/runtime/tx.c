/* tx: what a handler sees of its call. See runtime.h. */
#include "runtime/runtime_internal.h"

#include "bus/wire.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_VERSION 1000

void tx_init(struct tx *tx, struct runtime *rt, struct db *db, struct batch *batch)
{
    *tx = (struct tx) { .rt = rt, .db = db, .batch = batch, .language = "en", .trace = "" };
    tx->archived = batch ? &batch->archived : NULL;
    arena_init(&tx->arena);
    tx->now_us = clock_business_us(&rt->clock);
}

void tx_fini(struct tx *tx)
{
    arena_fini(&tx->arena);
    buf_fini(&tx->reply);
    free(tx->problems);
    tx->problems = NULL;
}

struct runtime *tx_runtime(struct tx *tx)
{
    return tx->rt;
}

void *tx_state(struct tx *tx)
{
    return tx->rt->state;
}

struct db *tx_db(struct tx *tx)
{
    return tx->db;
}

struct arena *tx_arena(struct tx *tx)
{
    return &tx->arena;
}

int64_t tx_now(struct tx *tx)
{
    return tx->now_us;
}

uint16_t tx_bucket(struct tx *tx)
{
    return tx->bucket;
}

const Bihuan__Envelope *tx_event(struct tx *tx)
{
    return tx->event;
}

const Bihuan__Principal *tx_principal(struct tx *tx)
{
    return tx->principal;
}

const char *tx_language(struct tx *tx)
{
    return tx->language;
}

bool tx_may(struct tx *tx, const char *permission)
{
    return tx->principal && principal_may(tx->principal, permission);
}

void tx_repeat(struct tx *tx, Bihuan__Principal *principal, const char *language, int64_t now_us)
{
    tx->principal = principal;
    tx->language = strcmp(language, "zh") == 0 ? "zh" : "en";
    tx->now_us = now_us;
    tx->repeats = true;
    tx->replied = false;
    tx->problem_count = 0;
}

uint64_t tx_position(struct tx *tx, const char *service, uint16_t bucket)
{
    int source = runtime_source_index(tx->rt, service);

    assert(source >= 0);
    return tx->batch ? tx->batch->positions[source][bucket] : atomic_load(&tx->rt->positions[source][bucket]);
}

uint64_t tx_head(struct tx *tx, uint16_t bucket)
{
    return tx->batch ? tx->batch->heads[bucket] : atomic_load(&tx->rt->heads[bucket]);
}

static struct stream_row *push_row(struct batch *batch)
{
    if (batch->row_count == batch->row_cap) {
        batch->row_cap = batch->row_cap ? batch->row_cap * 2 : 64;
        batch->rows = realloc(batch->rows, batch->row_cap * sizeof *batch->rows);
        if (!batch->rows)
            abort();
    }
    return &batch->rows[batch->row_count++];
}

int tx_publish(struct tx *tx, uint16_t bucket, uint32_t type, const char *key, const ProtobufCMessage *message,
               struct err *err)
{
    Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
    struct batch *batch = tx->batch;
    struct buf payload = { 0 };
    struct buf packed = { 0 };
    struct stream_row *row;

    assert(batch && bucket < tx->rt->buckets);
    if (tx->repeats)
        return 0;
    if (wire_pack_payload(message, &envelope, &payload, err) != 0) {
        buf_fini(&payload);
        return -1;
    }
    envelope.stream = (char *)(uintptr_t)tx->rt->service->name;
    envelope.bucket = bucket;
    envelope.incarnation = atomic_load(&tx->rt->incarnation);
    envelope.seq = ++batch->heads[bucket];
    envelope.type = type;
    envelope.schema_version = SCHEMA_VERSION;
    envelope.occurred_at = tx->now_us;
    envelope.published_at = clock_real_us();
    envelope.trace = (char *)(uintptr_t)tx->trace;
    envelope.key = (char *)(uintptr_t)(key ? key : "");
    wire_pack(&envelope.base, &packed);
    batch->touched[bucket] = true;
    row = push_row(batch);
    *row = (struct stream_row) { .bucket = bucket,
                                 .seq = envelope.seq,
                                 .type = type,
                                 .envelope = arena_memdup(&batch->arena, packed.data, packed.len),
                                 .envelope_len = packed.len,
                                 .payload = arena_memdup(&batch->arena, payload.data, payload.len),
                                 .payload_len = payload.len };
    buf_fini(&packed);
    buf_fini(&payload);
    return 0;
}

int tx_reply(struct tx *tx, const ProtobufCMessage *message, struct err *err)
{
    buf_reset(&tx->reply);
    wire_pack(message, &tx->reply);
    if (tx->reply.len > MESSAGE_MAX_LEN)
        return err_fail(err, ERR_TOO_LARGE, "reply_too_large",
                        "the answer of %zu bytes is too large: ask for a smaller"
                        " page",
                        tx->reply.len);
    tx->replied = true;
    return 0;
}

void tx_problem(struct tx *tx, const char *pointer, const char *code, const char *fmt, ...)
{
    Bihuan__FieldProblem *problem = arena_new(&tx->arena, Bihuan__FieldProblem);
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bihuan__field_problem__init(problem);
    problem->pointer = arena_strdup(&tx->arena, pointer);
    problem->code = arena_strdup(&tx->arena, code);
    problem->message = arena_strdup(&tx->arena, text);
    if (tx->problem_count == tx->problem_cap) {
        tx->problem_cap = tx->problem_cap ? tx->problem_cap * 2 : 16;
        tx->problems = realloc(tx->problems, tx->problem_cap * sizeof(Bihuan__FieldProblem *));
        if (!tx->problems)
            abort();
    }
    tx->problems[tx->problem_count++] = problem;
}

size_t tx_problem_count(struct tx *tx)
{
    return tx->problem_count;
}

int tx_refuse(struct tx *tx, struct err *err)
{
    assert(tx->problem_count > 0);
    return err_fail(err, ERR_INVALID, "invalid", "%s%s", tx->problems[0]->message,
                    tx->problem_count > 1 ? " (and more, see errors)" : "");
}

/* A problem list longer than this helps nobody and may not fit an answer. */
#define PROBLEMS_SHOWN 200

void tx_pack_problem(const struct tx *tx, const struct err *err, struct buf *out)
{
    Bihuan__Problem problem = BIHUAN__PROBLEM__INIT;

    problem.status = (uint32_t)err_http_status(err->cls);
    problem.code = (char *)(uintptr_t)err->code;
    problem.detail = (char *)(uintptr_t)err->text;
    if (tx) {
        problem.n_errors = tx->problem_count < PROBLEMS_SHOWN ? tx->problem_count : PROBLEMS_SHOWN;
        problem.errors = tx->problems;
    }
    wire_pack(&problem.base, out);
}

/* Once for all threads; until the gateway has made it there is none. */
static int read_principal_key(struct tx *tx, struct err *err)
{
    struct runtime *rt = tx->rt;
    const char *path = runtime_setting(rt, "principal_key_file");
    int rc = 0;

    if (atomic_load(&rt->have_principal_key))
        return 0;
    if (!*path)
        path = arena_printf(&tx->arena, "%s/principal.pub", runtime_setting(rt, "data_dir"));
    pthread_mutex_lock(&rt->reason_lock);
    if (!atomic_load(&rt->have_principal_key)) {
        rc = principal_public_read(&rt->principal_key, path, err);
        if (rc == 0)
            atomic_store(&rt->have_principal_key, true);
    }
    pthread_mutex_unlock(&rt->reason_lock);
    return rc;
}

int tx_check_asker(struct tx *tx, const struct handler *handler, const Bihuan__RequestEnvelope *envelope,
                   struct err *err)
{
    struct runtime *rt = tx->rt;

    tx->language = strcmp(envelope->language, "zh") == 0 ? "zh" : "en";
    tx->trace = envelope->trace;
    if (read_principal_key(tx, err) != 0)
        return -1;
    if (principal_verify(&rt->principal_key, envelope->principal, envelope->signature, clock_real_us(), &tx->arena,
                         &tx->principal, err) != 0)
        return -1;
    if (tx->principal->subtree[0] && !handler->scoped)
        return err_fail(err, ERR_FORBIDDEN, "whole_only",
                        "\"%s\" sees the unit \"%s\" and what is below it only; this needs"
                        " somebody who sees everything",
                        tx->principal->person, tx->principal->subtree);
    return principal_require(tx->principal, handler->permission, err);
}

int tx_call(struct tx *tx, const struct handler *handler, const uint8_t *payload, size_t len, struct err *err)
{
    const struct message_type *type = message_type_find(handler->type);
    ProtobufCMessage *message = NULL;

    if (message_unpack(type->payload, payload, len, &tx->arena, &message, err) != 0)
        return -1;
    if (handler->fn(tx, message, err) != 0)
        return -1;
    if (tx->problem_count)
        return tx_refuse(tx, err);
    if (!tx->replied)
        return err_set(err, "handler %s gave no answer", handler->name);
    return 0;
}
