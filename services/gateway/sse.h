/* sse: server-sent events to any number of listeners, the last SSE_RING kept for those who come back.
 *
 * An event has a topic and JSON data. Its id is "<start of this process>-<number>"; a listener that names the last id
 * it saw gets what came after, or the event `reset` when that is no longer known: it must read everything afresh.
 * Listeners that may not see all units get the topic without the data: a hint to ask again under their own rights.
 * A stream ends with the token it was opened with: at the next heartbeat after that ended or was revoked. Threads: the
 * loop thread only.
 */
#ifndef BIHUAN_GATEWAY_SSE_H
#define BIHUAN_GATEWAY_SSE_H

#include "gateway/http.h"

#include <stdbool.h>
#include <stdint.h>

#define SSE_RING         1000
#define SSE_HEARTBEAT_MS 15000

struct sse;

/* May the holder of this token still listen? Asked with every heartbeat. */
typedef bool sse_may_fn(void *arg, uint32_t token);

/* may NULL: everybody may. */
struct sse *sse_new(uv_loop_t *loop, sse_may_fn *may, void *arg);
/* Ends all streams; deferred to the loop's close callback. NULL or *NULL: nothing to do. */
void sse_close(struct sse **sse);

/* topic: its number, below 32, and its name. `json` NULL: {}. */
void sse_publish(struct sse *sse, unsigned topic, const char *name, const char *json);

struct sse_listening {
    uint32_t mask; /* topics */
    uint32_t token;
    bool hints_only;
    const char *last_id; /* NULL: from now on */
};

/* Answers the request with the stream. */
void sse_open(struct sse *sse, struct http_request *request, const struct sse_listening *listening,
              const struct http_param *headers, size_t header_count);
/* What the timer does every SSE_HEARTBEAT_MS: ends the streams whose token did, tells the others that all is well. */
void sse_beat(struct sse *sse);
size_t sse_listeners(const struct sse *sse);

#endif
