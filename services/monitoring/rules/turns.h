/* turns: what became of feeds, duties and opportunities, as it is kept for rules that are tried. */
#ifndef BIHUAN_SERVICES_MONITORING_TURNS_H
#define BIHUAN_SERVICES_MONITORING_TURNS_H

#include "monitoring/kinds/kind.h"
#include "runtime/runtime.h"

#define TURNS_KEEP_DAYS 400

/* Business time of what is handled: that of the event's cause, so that a stream read again later gives the same. */
int64_t turns_now(struct tx *tx);
/* Notes that turns are kept from now on, once. */
int turns_begin(struct tx *tx, struct err *err);
/* The business day on which that was; INT32_MAX not yet. */
int turns_first_day(struct tx *tx, int32_t *out, struct err *err);
/* Turns of long ago that something later stands for. */
int turns_forget(struct tx *tx, struct err *err);

/* A moment at which something was said that concerns rules of the kind. */
struct turns_moment {
    int64_t at_us;
    const char *subject; /* NULL: all of the kind */
};
/* Those of a span of business time (the first excluded), in order, in the call's arena; at most `most`. None of quotes:
 * they count by their days. Of opportunities the ends of the hours in which any was said. */
int turns_moments(struct tx *tx, const struct kind *kind, int64_t from_us, int64_t until_us, size_t most,
                  struct turns_moment **out, size_t *count, struct err *err);
/* Since when the turns that rules of the kind need are complete, business time; 0: they need none, or the beginning
 * isn't known. */
int turns_since(struct tx *tx, const struct kind *kind, int64_t *out, struct err *err);

#endif
