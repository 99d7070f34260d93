/* compare: a unit's standing among its peers. Pure. */
#ifndef BIHUAN_SERVICES_MONITORING_COMPARE_H
#define BIHUAN_SERVICES_MONITORING_COMPARE_H

#include <stddef.h>
#include <stdint.h>

struct compare_standing {
    uint32_t rank; /* 1 is furthest ahead; equal gaps share it */
    int32_t median_bp;
    size_t best;
};
/* gaps[own] among count > 0 of them; `scratch` has room for count. */
struct compare_standing compare_stand(const int32_t *gaps, size_t count, size_t own, int32_t *scratch);

#endif
