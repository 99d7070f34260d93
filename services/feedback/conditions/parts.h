/* parts: the marks of a feed's cities, and what they come to for the feed as a whole. On the writer. */
#ifndef BIHUAN_FEEDBACK_CONDITIONS_PARTS_H
#define BIHUAN_FEEDBACK_CONDITIONS_PARTS_H

#include "feedback/conditions/conditions.h"

/* Begins the feed's whole and the cities that it waits for from the start, as far as their units are known and they
 * aren't among `parts` already. */
int parts_begin(struct tx *tx, uint32_t feed_id, const Bihuan__FeedCities *cities, const struct part *parts,
                size_t count, const struct reference *reference, struct err *err);

/* One city's part is complete to `through`; a mark never goes back. *now_through: to when it is. */
int parts_say(struct tx *tx, const struct mapping *mapping, uint32_t unit, int64_t through, int64_t *now_through,
              struct err *err);
/* All parts that there are. */
int parts_say_all(struct tx *tx, const struct mapping *mapping, int64_t through, struct err *err);
/* Each part to behind its latest event, at most to now. */
int parts_say_events(struct tx *tx, const struct mapping *mapping, struct err *err);

/* The least mark of the parts that aren't silent, of all where all are. *has false: one of them has none yet, or there
 * are no parts (*any false). */
int parts_least(struct tx *tx, const struct mapping *mapping, bool *any, bool *has, int64_t *least, struct err *err);

#endif
