/* request: turns path parameters, query and body of an HTTP request into the request message of its route. Pure. */
#ifndef BIHUAN_GATEWAY_REQUEST_H
#define BIHUAN_GATEWAY_REQUEST_H

#include "base/arena.h"
#include "gateway/http.h"
#include "gateway/routes.h"

#include <protobuf-c/protobuf-c.h>

#include "bihuan/envelope.pb-c.h"

/* Bytes of one piece of an uploaded file. */
#define UPLOAD_CHUNK_MAX ((size_t)512 << 10)

struct request_source {
    const struct route_match *match;
    const struct http_param *query;
    size_t query_count;
    const uint8_t *body;
    size_t body_len;
    const char *content_type; /* NULL: none given */
};

/* NULL and *out set (in the arena), or why not. Fields are set by name: path parameters, then query parameters (`limit`
 * and `cursor` also reach into the field `page`), then the JSON object in the body. What no field is called is refused.
 */
Bihuan__Problem *request_build(const struct request_source *source, struct arena *arena, ProtobufCMessage **out);

/* The message has a field `dry_run` and it is set. */
bool request_is_dry_run(const ProtobufCMessage *message);

/* "zh" or "en" by an Accept-Language header, which may be NULL. */
const char *request_language(const char *accept);

#endif
