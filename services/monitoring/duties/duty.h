/* duty: one rule over what happens and one subject: what it is so at, and the alerts that follow. For the files of this
 * room. */
#ifndef BIHUAN_SERVICES_MONITORING_DUTY_H
#define BIHUAN_SERVICES_MONITORING_DUTY_H

#include "monitoring/alerts/about.h"
#include "monitoring/duties/duty_store.h"
#include "monitoring/duties/places.h"
#include "monitoring/monitoring.h"

struct duty {
    struct about about;
    struct tx *tx;
    const struct monitoring *m;
    const struct rule *rule;
    const char *subject;
    bool whole; /* each row's words tell of all of them */
    struct place *places;
    size_t count;
    bool moved;
};

/* Brings the alerts of (rule, subject) to where it is so: rows may be reordered. */
int duty_settle(struct duty *duty, struct duty_row *rows, size_t count, struct err *err);

/* One rule as it was at a moment, into the book of a trial: about one subject, or (NULL) about all. */
int duty_replay(const struct about *about, const struct rule *rule, const char *subject, struct err *err);

/* quote_duty.c: settles each customer whose quotes the rule finds fault with; they are the subjects, in the call's
 * arena.
 */
int quotes_settle(struct duty *duty, char ***subjects, size_t *count, struct err *err);

#endif
