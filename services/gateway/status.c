/* status: asks every service for its state and gathers the answers. */
#include "gateway/gateway.h"

#include "text/json_out.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES 5

const char *const gateway_services[] = { "planning", "feedback", "monitoring", "incentive", "gateway", NULL };

struct round {
    struct arena arena;
    size_t waiting;
    const Bihuan__StatusReply *replies[SERVICES];
    status_done_fn *done;
    void *arg;
};

/* One question of a round. */
struct question {
    struct round *round;
    size_t index;
};

static const Bihuan__StatusReply *no_answer(struct arena *arena, size_t index, const char *reason)
{
    Bihuan__StatusReply *reply = arena_new(arena, Bihuan__StatusReply);

    bihuan__status_reply__init(reply);
    reply->service = (char *)gateway_services[index];
    reply->reason = arena_strdup(arena, reason);
    return reply;
}

static const Bihuan__StatusReply *read_reply(struct arena *arena, size_t index, uint32_t status, const uint8_t *payload,
                                             size_t len)
{
    ProtobufCMessage *message;
    struct err err;
    bool good = status < 400;

    if (message_unpack(good ? &bihuan__status_reply__descriptor : &bihuan__problem__descriptor, payload, len, arena,
                       &message, &err) != 0)
        return no_answer(arena, index, err.text);
    if (!good)
        return no_answer(arena, index, ((const Bihuan__Problem *)(const void *)message)->detail);
    return (const Bihuan__StatusReply *)(const void *)message;
}

static void on_reply(void *arg, uint32_t status, const uint8_t *payload, size_t len)
{
    struct question *question = arg;
    struct round *round = question->round;

    round->replies[question->index] = read_reply(&round->arena, question->index, status, payload, len);
    if (--round->waiting > 0)
        return;
    round->done(round->arg, round->replies, SERVICES);
    arena_fini(&round->arena);
    free(round);
}

static void ask_one(struct gateway *gateway, const Bihuan__Principal *principal, uint32_t deadline_ms,
                    struct round *round, size_t index)
{
    Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
    struct question *question = arena_new(&round->arena, struct question);

    question->round = round;
    question->index = index;
    envelope.id = (char *)gateway_services[index];
    envelope.type = MSG(STATUS);
    envelope.deadline_ms = deadline_ms;
    principal_sign(&gateway->key, principal, &round->arena, &envelope.principal, &envelope.signature);
    runtime_ask(gateway->rt, gateway_services[index], &envelope, NULL, 0, on_reply, question);
}

void status_ask(struct gateway *gateway, const Bihuan__Principal *principal, uint32_t deadline_ms, status_done_fn *done,
                void *arg)
{
    struct round *round = calloc(1, sizeof *round);

    if (!round)
        abort();
    arena_init(&round->arena);
    round->done = done;
    round->arg = arg;
    round->waiting = SERVICES;
    for (size_t i = 0; i < SERVICES; i++)
        ask_one(gateway, principal, deadline_ms, round, i);
}

bool status_all_ready(const Bihuan__StatusReply *const *replies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!replies[i]->ready)
            return false;
    return true;
}

void status_write(const Bihuan__StatusReply *const *replies, size_t count, struct buf *out)
{
    struct json_out json;

    json_out_init(&json, out);
    json_out_object(&json);
    json_out_field_bool(&json, "ready", status_all_ready(replies, count));
    json_out_key(&json, "services");
    json_out_array(&json);
    for (size_t i = 0; i < count; i++)
        pbjson_write(&replies[i]->base, &json);
    json_out_array_end(&json);
    json_out_object_end(&json);
}
