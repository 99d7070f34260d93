/* sse: server-sent events to any number of listeners, the last SSE_RING kept for those who come back.
 *
 * An event has a topic and JSON data. Its id is "<start of this process>-<number>"; a listener that names the last id
 * it saw gets what came after, or the event `reset` when that is no longer known: it must read everything afresh.
 * Listeners that may not see all units get the topic without the data: a hint to ask again under their own rights.
 * Threads: the loop thread only.
 */
#ifndef BIHUAN_GATEWAY_SSE_H
#define BIHUAN_GATEWAY_SSE_H

#include "gateway/http.h"

#include <stdbool.h>
#include <stdint.h>

#define SSE_RING         1000
#define SSE_HEARTBEAT_MS 15000

struct sse;

struct sse *sse_new(uv_loop_t *loop);
/* Ends all streams; deferred to the loop's close callback. NULL or *NULL: nothing to do. */
void sse_close(struct sse **sse);

/* topic: its number, below 32, and its name. `json` NULL: {}. */
void sse_publish(struct sse *sse, unsigned topic, const char *name, const char *json);

/* Answers the request with the stream of the topics in `mask`. last_id NULL: from now on. */
void sse_open(struct sse *sse, struct http_request *request, uint32_t mask, bool hints_only, const char *last_id,
              const struct http_param *headers, size_t header_count);
size_t sse_listeners(const struct sse *sse);

#endif
