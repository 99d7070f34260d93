/* wording: what a notice says: templates as data, filled with values. Pure.
 *
 * A template is found by event, kind of rule and language; a receiver's own go before the usual ones. {name} in it is
 * replaced by the value of that name, {{ by a brace. */
#ifndef BIHUAN_SERVICES_MONITORING_WORDING_H
#define BIHUAN_SERVICES_MONITORING_WORDING_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#include "bihuan/monitoring.pb-c.h"

struct wording_value {
    const char *name;
    const char *value;
};

struct wording {
    const char *title, *text;
};

extern const char WORDING_EVENTS[]; /* "fired, worsened, ..." */
extern const char WORDING_NAMES[];  /* "unit, code, ..." */
/* Whether there are templates for such an event. */
bool wording_event(const char *event);
/* The first {name} in a template that has no value; NULL where all are known. In the arena. */
const char *wording_unknown(struct arena *arena, const char *text);

/* own: of the receiver, by the kind of rule. The usual ones go by `group`: the kind, or what its alerts have in common:
 * "ratio", a lag of a ratio or level; "about", of what isn't a measure; "unwatched", that nobody judges any more. Never
 * without a title. */
struct wording wording_find(Bihuan__NoticeTemplate *const *own, size_t own_count, const char *event, const char *kind,
                            const char *group, bool zh);
/* Appends the text with its names replaced; one without a value is left out. */
void wording_fill(const char *text, const struct wording_value *values, size_t count, struct buf *out);
const char *wording_severity(const char *severity, bool zh);

#endif
