/* about: alerts that aren't about a measure, in the recorded book or in one of a trial: the same rules move both. */
#ifndef BIHUAN_SERVICES_MONITORING_ABOUT_H
#define BIHUAN_SERVICES_MONITORING_ABOUT_H

#include "monitoring/alerts/alert_book.h"

struct about {
    struct tx *tx;
    struct alerts *book; /* of a trial; NULL: the recorded one, which is kept, published and told */
    int64_t at_us;       /* of a trial: the moment that is looked at; business time */
    uint32_t *flapping;  /* of a trial: counts how often an alert began to come and go */
};

struct alerts *about_book(const struct about *about);
/* Business day that it is. */
int32_t about_day(const struct about *about);
/* NULL where the unit isn't known, or there is none and `make` is false. */
struct alert *about_get(const struct about *about, const struct rule *rule, uint32_t unit_id, const char *subject,
                        bool make);
int about_move(const struct about *about, struct alert *alert, enum alert_state to, struct err *err);
/* The feed is back: its alert ends once that lasts (feed_clear_s). */
int about_back(const struct about *about, struct alert *alert, struct err *err);
/* What time alone brings to an alert about a feed or a duty: a feed is back for long enough, what came and went has
 * come to rest. *next_us is lowered to when to look again. */
int about_look(const struct about *about, struct alert *alert, int64_t *next_us, bool *moved, struct err *err);

#endif
