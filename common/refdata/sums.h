/* sums: what a measure, or a part of a ratio, comes to at units: of what adds up the sum over from..to, of a level what
 * there is at the end of `to`, by the tree of that day, and 1 for NULL, which a level is divided by. */
#ifndef BIHUAN_REFDATA_SUMS_H
#define BIHUAN_REFDATA_SUMS_H

#include "calc/cube.h"
#include "refdata/refdata.h"

/* Both days are counted. */
int measure_sum(const struct refdata *refdata, const struct cube *cube, const struct ref_measure *part, uint32_t unit,
                int32_t from_day, int32_t to_day, int64_t *sum, struct err *err);
/* For all units at once: sums[unit] for unit < unit_limit, which is at least tree_unit_limit(). */
int measure_sum_all(const struct refdata *refdata, const struct cube *cube, const struct ref_measure *part,
                    int32_t from_day, int32_t to_day, struct arena *scratch, int64_t *sums, uint32_t unit_limit,
                    struct err *err);

#endif
