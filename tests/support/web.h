/* web: a client of the gateway's HTTP API for tests. */
#ifndef BIHUAN_TESTS_SUPPORT_WEB_H
#define BIHUAN_TESTS_SUPPORT_WEB_H

#include "support/stack.h"

#include <jansson.h>

struct web {
    int port;
    char token[64]; /* of the first token */
};

struct web_reply {
    long status;
    char content_type[96];
    char *text;   /* the body */
    json_t *json; /* NULL where the body isn't JSON */
};

/* A port of loopback that nobody has just now. */
int web_free_port(void);

/* Starts the gateway of the stack on a free port and waits for it and for its first token. */
void web_start(struct web *web, struct stack *stack);
/* A further gateway "b" beside it, on a port of its own: waits until it answers, which is before it holds anything. */
void web_start_standby(struct web *web, struct stack *stack, const struct web *first);

/* method and path ("/api/v1/units?limit=1"); body NULL: none. token NULL: none. key NULL: no Idempotency-Key. Ends the
 * test program when no answer comes. */
struct web_reply web_ask(const struct web *web, const char *method, const char *path, const char *token,
                         const char *key, const char *body);
/* The same with the first token and a fresh key; ends the test program with the body unless the status is 200. */
struct web_reply web_do(const struct web *web, const char *method, const char *path, const char *body);
void web_reply_free(struct web_reply *reply);
/* "services.0.ready" and the like, as text in a static buffer; "" where there is nothing. */
const char *web_text(const struct web_reply *reply, const char *path);

#endif
