/* slice_sums: what a unit and all beneath it did, by channel or by product, summed from the table when somebody asks.
 */
#ifndef BIHUAN_SERVICES_MONITORING_SLICE_SUMS_H
#define BIHUAN_SERVICES_MONITORING_SLICE_SUMS_H

#include "monitoring/monitoring.h"

struct slice_range {
    uint32_t unit_id;
    const struct ref_measure *measure; /* adds up, or a level: then all up to to_day, by the tree of that day */
    int32_t from_day, to_day;          /* both counted */
    bool by_product;                   /* else by channel */
    int32_t known_day;                 /* without what came late after this day (known.h); 0: all */
};

/* Adds to sums[member], member < limit; 0 is what has none. */
int slice_sums(struct tx *tx, const struct slice_range *range, int64_t *sums, uint32_t limit, struct err *err);

#endif
