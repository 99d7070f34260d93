/* column_conflict: why what units have can't be spread over columns (shorter periods, channels, products) within
 * bounds: an irreducible set of them that contradicts what one unit has, or each other. Pure.
 */
#ifndef BIHUAN_SERVICES_PLANNING_COLUMN_CONFLICT_H
#define BIHUAN_SERVICES_PLANNING_COLUMN_CONFLICT_H

#include "planning/cuts/spread.h"

/* One bound of the set. `amount`: none that somebody set; the unit has no more than that over all columns, or (where
 * units below it have some) keeps no more than that beside them. */
struct column_bound {
    uint32_t node;
    size_t column;
    bool is_upper, amount;
    int64_t value;
};

struct column_conflict {
    uint32_t node;     /* whose amount it is about */
    bool total_counts; /* that is part of it */
    struct column_bound *bounds;
    size_t count;
};

/* After spread_down() refused: the smallest such set among those found, in the arena. False: no unit's amount alone
 * shows one; what several amounts ask for together may still leave no way. */
bool column_conflict_find(const struct spread *spread, struct arena *arena, struct column_conflict *out);

#endif
