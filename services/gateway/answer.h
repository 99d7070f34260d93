/* answer: one HTTP request on its way, and how its answer is written. */
#ifndef BIHUAN_GATEWAY_ANSWER_H
#define BIHUAN_GATEWAY_ANSWER_H

#include "gateway/gateway.h"
#include "gateway/routes.h"

#include "bihuan/envelope.pb-c.h"

#define REQUEST_ID_LEN 26

/* Lives in the request's arena: gone once it is answered. */
struct call {
    struct gateway *gateway;
    struct http_request *http;
    struct arena *arena;
    char id[REQUEST_ID_LEN + 1]; /* ULID: time and randomness */
    const char *language;
    int64_t began_us; /* monotonic */
    struct route_match match;
    Bihuan__Principal principal;
    uint32_t token; /* id of the token that it came with */
    const char *idempotency_key;
    ProtobufCMessage *message;
    bool recorded; /* in the audit record: the answer is too */
    uint8_t body_hash[AUDIT_HASH_LEN];
};

/* Each answers the request: the call is gone afterwards. */
void answer_json(struct call *call, uint32_t status, struct buf *body); /* body is taken over */
void answer_message(struct call *call, const ProtobufCMessage *message);
void answer_problem(struct call *call, const Bihuan__Problem *problem);
void answer_refuse(struct call *call, uint32_t status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void answer_error(struct call *call, const struct err *err);
/* What a service replied. A bus_reply_fn; arg is the call. */
void answer_reply(void *call, uint32_t status, const uint8_t *payload, size_t len);

/* Appends to the audit record. done NULL: nobody waits. False: too much is under way. */
bool answer_record(struct call *call, const char *stage, uint32_t status, job_done_fn *done);

#endif
