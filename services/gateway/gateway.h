/* gateway: the daemon's own state and what its files share. See README.md for the way of a request. */
#ifndef BIHUAN_GATEWAY_GATEWAY_H
#define BIHUAN_GATEWAY_GATEWAY_H

#include "auth/principal.h"
#include "gateway/audit.h"
#include "gateway/http.h"
#include "gateway/jobs.h"
#include "gateway/sse.h"
#include "gateway/token_cache.h"
#include "runtime/runtime.h"

#include "bihuan/gateway.pb-c.h"

struct gateway {
    struct runtime *rt;
    struct principal_secret key;
    struct http_server *http;
    struct jobs *jobs;
    struct sse *sse;
    struct token_cache *tokens;
    uv_timer_t hints; /* sends topics in hint_mask as hints */
    uint32_t hint_mask;
    int64_t deadline_us;     /* of a request */
    struct audit_head audit; /* writer thread only */
    int64_t ready_at_us;     /* monotonic time of the last answer to /readyz, and what it was */
    bool ready;
    bool first_done; /* the first token is made */
};

extern const struct service gateway_service;

/* The services that a status or readiness question goes to; NULL-terminated. */
extern const char *const gateway_services[];

/* --- call.c: one HTTP request --- */
void call_begin(struct http_request *request, void *gateway);

/* --- status.c --- */
/* Every service's state; those that don't answer have a reason. Called once, on the loop thread. The replies are freed
 * after it returns. */
typedef void status_done_fn(void *arg, const Bihuan__StatusReply *const *replies, size_t count);
void status_ask(struct gateway *gateway, const Bihuan__Principal *principal, uint32_t deadline_ms, status_done_fn *done,
                void *arg);
bool status_all_ready(const Bihuan__StatusReply *const *replies, size_t count);
void status_write(const Bihuan__StatusReply *const *replies, size_t count, struct buf *out);

/* --- topics.c: events of the bus as topics of the stream --- */
#define TOPICS_ALL "plan, feed, alert, action, progress, score"
int topics_start(struct gateway *gateway);
void topics_stop(struct gateway *gateway);
void topics_on_wire(struct runtime *rt, const Bihuan__Envelope *envelope, const uint8_t *payload, size_t len);
/* Bits of the topics in "alert,score" (NULL: all) that the principal may see. -1: `bad` is a word that is no topic. */
int topics_parse(const char *list, const Bihuan__Principal *principal, uint32_t *mask, char bad[32]);

/* --- handlers.c: work on the writer thread; messages of jobs --- */
int on_audit(struct tx *tx, const void *row, struct err *err); /* struct audit_row */

int on_create_token(struct tx *tx, const void *row, struct err *err); /* struct token_row; id 0: made before */
int on_first_token(struct tx *tx, const void *gateway, struct err *err);
void token_row_to_message(const struct token_row *row, struct arena *arena, Bihuan__Token *out);

#endif
