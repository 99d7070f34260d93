/* by_slice: of which channels and products a gap is made. */
#ifndef BIHUAN_SERVICES_MONITORING_BY_SLICE_H
#define BIHUAN_SERVICES_MONITORING_BY_SLICE_H

#include "monitoring/monitoring.h"

struct by_slice {
    uint32_t unit_id;
    const struct ref_measure *measure; /* adds up */
    const struct ref_period *period;   /* with a curve */
    int32_t day;
    bool by_product; /* else by channel */
};

/* The ten that are behind most, worst first, in the call's arena: only what has a target of its own at the unit. */
int by_slice(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err);

#endif
