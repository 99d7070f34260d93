/* weeks: laws that cut a longer period over weeks, where its months are there, too: weeks must fit what months have, so
 * that days have both (reach.h).
 *
 * Where months change, or weeks by what is above them, weeks are shared anew by the days of what months have, as a cut
 * over weeks does. Where an edit is about a week the months of its days follow it, each by the weight that the calendar
 * gives those days. What doesn't fit in the end is refused.
 */
#ifndef BIHUAN_SERVICES_PLANNING_WEEKS_H
#define BIHUAN_SERVICES_PLANNING_WEEKS_H

#include "planning/axes/reach.h"
#include "planning/axes/space.h"
#include "planning/targets/outline.h"

/* A law over weeks with the months beside them; in the space's arena. */
struct weeks {
    struct law *law;
    struct sheet **week, **month; /* by day */
    size_t week_count, month_count;
    struct reach *reach;
    bool *moved;                 /* by unit (reach.h) */
    int64_t *of_week, *of_month; /* scratch: of one unit */
};

/* *found false: the law isn't one over weeks, or no months follow each other through its period with targets. */
int weeks_find(struct space *space, struct law *law, struct weeks *out, bool *found, struct err *err);

/* The first week at which the unit's don't fit its months; NULL: they do, or it hasn't both, or they don't come to the
 * same. `was`: before the edit. */
const struct sheet *weeks_broken(const struct weeks *weeks, uint32_t unit, bool was, int64_t *nearest);

/* An edit that is about weeks: the months of their days follow. *led: some did. */
int weeks_lead(struct space *space, bool *led, struct err *err);
/* The next step's edits begin here. */
void weeks_step(struct space *space);

/* Refuses with ERR_CONFLICT "weeks_differ" where weeks that fitted don't any more. */
int weeks_check(struct space *space, struct err *err);

/* What columns (weeks that share) have together up to each of them, by node * columns, for spread.h. False: nothing is
 * known of any unit. */
bool weeks_bound(const struct weeks *weeks, const struct outline *outline, struct sheet *const *columns, size_t count,
                 int64_t *least, int64_t *most);

#endif
