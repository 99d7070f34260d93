/* stack: real daemons on a PostgreSQL of the test's own, in a temporary folder, asked over the bus or killed. */
#ifndef BIHUAN_TESTS_SUPPORT_STACK_H
#define BIHUAN_TESTS_SUPPORT_STACK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "bus/message.h"
#include "support/pg.h"

#include <stdbool.h>
#include <sys/types.h>

#define STACK_DAEMONS_MAX 12
#define STACK_SERVICES                                                                                                 \
    {                                                                                                                  \
        "planning", "feedback", "monitoring", "incentive", "gateway"                                                   \
    }

struct stack_daemon {
    char service[32];
    char instance[8];
    pid_t pid; /* 0 when not running */
};

struct stack {
    struct pg pg;
    char dir[64]; /* run, data, logs */
    char clock[64];
    int money_scale;
    int buckets;
    bool one_person;           /* planning lets who wrote a plan publish it: true, unless a test is about approval */
    const char *person;        /* who asks; NULL "tester" */
    const char *subtree;       /* of who asks: a unit's code; NULL everything */
    const char *right;         /* the one permission that they have; NULL "admin" */
    const char *language;      /* of answers: "en"; NULL the service's own */
    const char *extra[16];     /* further flags for every daemon, NULL-terminated: "--key=value" */
    const char *monitoring[8]; /* further flags for monitoring alone */
    int metrics_ports[5];      /* of STACK_SERVICES; 0 none */
    struct stack_daemon daemons[STACK_DAEMONS_MAX];
    int daemon_count;
    void *zmq;
    struct arena arena; /* replies live here until stack_free */
};

/* PostgreSQL runs, no daemon yet. Change clock (default "real"), money_scale (4) and buckets (16) before starting. */
void stack_new(struct stack *stack);
void stack_new_measured(struct stack *stack); /* for benches: see pg_start_measured */
void stack_free(
    struct stack *stack); /* stops everything with SIGTERM; fails the test when a daemon's exit code isn't 0 */

/* Starts a daemon; the same (service, instance) again after stack_kill. */
void stack_start(struct stack *stack, const char *service, const char *instance);
void stack_kill(struct stack *stack, const char *service, const char *instance, int signal);
/* Waits until the service answers and is ready, at most 30 s; else ends the test program with its log's end. */
void stack_wait_ready(struct stack *stack, const char *service);
pid_t stack_pid(struct stack *stack, const char *service, const char *instance);

/* What somebody saw who has just read the plan: fills in version and revision of a step of a plan's version, or of an
 * answer about its targets, where the request names neither. stack_ask does it by itself. */
void stack_seen(struct stack *stack, uint32_t type, const ProtobufCMessage *request);

/* Asks over the bus as a principal with the permission "admin". 0 and *reply (in stack->arena), or -1 with *err holding
 * the problem. Tries again for up to 30 s while the service is unavailable. `reply` may be NULL. */
int stack_ask(struct stack *stack, const char *service, uint32_t type, const ProtobufCMessage *request,
              ProtobufCMessage **reply, struct err *err);
/* The same with a JSON text as request; ends the test when refused. Returns the reply. */
ProtobufCMessage *stack_apply(struct stack *stack, uint32_t type, const char *json);

/* The same where a refusal is wanted: 0, or -1 with *err. */
int stack_try(struct stack *stack, uint32_t type, const char *json, struct err *err);

/* Appends the packed envelope of a request by that principal; valid for a minute. `key` is the idempotency key. */
void stack_pack_envelope(struct stack *stack, uint32_t type, const char *id, const char *key, struct buf *out);

/* The two halves of a question, for a test that does something in between. stack_send returns a socket that the caller
 * closes with zmq_close, NULL where it can't be sent; stack_receive 0 with the status and the reply (a Problem from 400
 * on) behind what `out` holds, or -1 when nothing came within wait_ms. */
void *stack_send(struct stack *stack, const char *service, const char *instance, uint32_t type, const char *key,
                 const ProtobufCMessage *request);
int stack_receive(void *socket, int wait_ms, uint32_t *status, struct buf *out);

/* Calls until(arg) every 20 ms until true; false after `seconds`. */
bool stack_until(bool (*until)(void *arg), void *arg, int seconds);

#endif
