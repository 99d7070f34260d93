/* routes: every path of the API in one table; finds the route of a request. Pure.
 *
 * A route names the message type of the request it turns into; method, service, fields and answer follow from that.
 * Segments in braces are parameters: {id} fills the field `id` of the request message; {service} names the daemon that
 * is asked where every daemon answers the type. A last segment {path} takes all that is left of the path, also nothing.
 */
#ifndef BIHUAN_GATEWAY_ROUTES_H
#define BIHUAN_GATEWAY_ROUTES_H

#include "base/arena.h"
#include "bus/message.h"
#include "gateway/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum route_kind {
    ROUTE_ASK = 0,      /* one request to one service */
    ROUTE_UPLOAD,       /* the same, the body being bytes of a file */
    ROUTE_FILE,         /* the same, answered with a document's bytes where the request asks for a format */
    ROUTE_TMF,          /* the same, the body being a TM Forum event; its sender knows no headers of ours */
    ROUTE_CREATE_TOKEN, /* by the gateway itself */
    ROUTE_STATUS,
    ROUTE_EVENTS,
    ROUTE_OPENAPI,
    ROUTE_LIVE,
    ROUTE_READY,
};

struct route {
    const char *method;
    const char *path;
    enum route_kind kind;
    uint32_t type;          /* of the request message; 0 where there is none */
    const char *permission; /* NULL: no token is asked for; "": any token */
    bool effect;            /* changes something: recorded; a POST needs an Idempotency-Key. Questions about pay are
                               recorded, too (route_is_look) */
    const char *summary;
};

extern const struct route route_table[];
extern const size_t route_count;

#define ROUTE_PARAMS_MAX 4
struct route_match {
    const struct route *route; /* NULL: none */
    struct http_param params[ROUTE_PARAMS_MAX];
    size_t param_count;
    char allow[64]; /* methods of the path where only the method is wrong, else "" */
};

/* Whether a question is about what not everybody may see, so that the look itself is recorded: pay. */
bool route_is_look(const struct route *route);

/* `path` as sent; parameters are decoded into the arena. HEAD finds GET. */
void route_find(const char *method, const char *path, struct arena *arena, struct route_match *out);

/* The value of a path parameter, or NULL. */
const char *route_param(const struct route_match *match, const char *name);

#endif
