/* envelope: one posted TM Forum event read, tolerant of what senders really write. Pure.
 *
 * What is tolerated: eventType in any letter case, ending in Event or Notification, Creation for Create, Remove for
 * Delete; missing, then told by @type, by the path, or by what the event holds; unknown, then told by @type or by the
 * resource that the event carries. `event` with the resource under its
 * name in any letter case, or being the resource itself. eventId and eventTime missing; the time under eventTime,
 * timeOccurred or timeOcurred, with or without a zone. A resource known by id, else by externalId (a text, or a list
 * of objects), else by the end of its href.
 */
#ifndef BIHUAN_FEEDBACK_TMF_ENVELOPE_H
#define BIHUAN_FEEDBACK_TMF_ENVELOPE_H

#include "base/arena.h"
#include "base/err.h"
#include "feedback/tmf/json_text.h"
#include "feedback/tmf/words.h"
#include "text/dates.h"

#define TMF_ID_MAX 500 /* bytes of a resource's id */

/* Texts and trees are borrowed from the tree that was read, or live in the arena. */
struct tmf_event {
    enum tmf_resource resource; /* TMF_NONE: nothing that is known here; then id and external are "" */
    bool unknown;               /* nobody knows its type; the resource, if any, is the one that it carries */
    enum tmf_action action;
    const char *type;     /* as sent; "" none */
    const char *event_id; /* "" none */
    const char *time;     /* as sent; "" none */
    bool has_time;        /* `at` is that time, else the time of its arrival */
    int64_t at;           /* microseconds UTC */
    const char *id;       /* of the resource; "" where only `external` is known */
    const char *external; /* "" none */
    const json_t *body;   /* the resource as far as the event tells it; of TMF_NONE all of `event` */
};

/* path: where it was posted, behind the prefix. usual: what the receiver expects where nothing tells; now: business
 * time. ERR_INVALID: no_event (there is no object `event`), no_resource (it names no resource), id_too_long. */
int tmf_event_read(const json_t *root, const char *path, enum tmf_resource usual, const struct zone *zone, int64_t now,
                   struct arena *arena, struct tmf_event *out, struct err *err);

/* The event names its resource, and perhaps an item, a milestone or the parties, but says nothing of it (as MEF's do):
 * what changed must be asked for. */
bool tmf_event_refers(const struct tmf_event *event);

/* A time as TM Forum's bodies have it, microseconds UTC. False: none, or not readable. */
bool tmf_time(const char *text, const struct zone *zone, int64_t *out);

/* What an order's list of items is called, new and old. */
const json_t *tmf_items(const json_t *order);

#endif
