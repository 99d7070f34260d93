/* share_days: how weeks share what a longer period has where its months are there, too: by the days of what the months
 * have, as a cut over weeks does (cut_knots.h), so that weeks stay the sums of their days. */
#ifndef BIHUAN_SERVICES_PLANNING_SHARE_DAYS_H
#define BIHUAN_SERVICES_PLANNING_SHARE_DAYS_H

#include "planning/axes/space.h"

/* The slices of shorter periods of a kind that goes before those of a law over periods. In the space's arena. */
struct share_days {
    const struct law *law;
    struct sheet **knots;
    size_t count; /* 0: the law is of another axis, or there are none */
    const struct outline *outline;
    int64_t **own; /* by knot and node of the outline: what it has beside those below it */
};

int share_days_find(struct space *space, const struct law *law, struct share_days *out, struct err *err);
/* Some knot has another amount of the unit than before. */
bool share_days_changed(const struct share_days *days, uint32_t unit);
/* Of any unit that the law is about. */
bool share_days_any_changed(const struct space *space, const struct share_days *days);

/* Takes up what the knots have at the nodes. */
void share_days_take(struct space *space, struct share_days *days, const struct outline *outline);
/* What a node's own amount comes to in each part of the law by its days, in 1/scale of a unit; `weights` as long as
 * `parts`. False: the knots don't fit the amount, and say nothing. */
bool share_days_weigh(const struct share_days *days, uint32_t node, int64_t amount, int64_t scale,
                      struct sheet *const *parts, size_t count, struct arena *scratch, int64_t *weights);

#endif
