/* recredit: credits of open days worked out anew after rules, units, products, people or measures changed: day after
 * day from the recorded rows, the differences booked as entries. Each step is a transaction of its own. */
#ifndef BIHUAN_INCENTIVE_RECREDIT_H
#define BIHUAN_INCENTIVE_RECREDIT_H

#include "incentive/state.h"

/* Wants all open days from `from_day` on worked out anew; joins the run under way, if there is one. Nothing to do where
 * there are no rules. The caller holds the lock for writing. */
int recredit_want(struct incentive *state, struct tx *tx, int32_t from_day, const char *cause, struct err *err);

/* Whether a run is under way: scores and closes wait for it. */
bool recredit_under_way(const struct incentive *state);

/* Goes on up to a day (exclusive), as an act of the own stream says that it did. */
int recredit_to(struct tx *tx, int32_t to_day, struct err *err);
/* Timer: goes on for a moment. */
int recredit_timer(struct tx *tx, const void *unused, struct err *err);

#endif
