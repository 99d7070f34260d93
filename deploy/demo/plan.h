/* plan: targets of a quarter, cut from the province's total down the tree by capacity, exact at every level. */
#ifndef BIHUAN_DEMO_PLAN_H
#define BIHUAN_DEMO_PLAN_H

#include "province.h"

struct plan {
    int64_t *amounts; /* of unit u and measure m at [u * MEASURE_COUNT + m]; yuan or pieces */
    /* Sums of the people by channel, of each unit: [(u * CHANNEL_COUNT + c) * MEASURE_COUNT + m]. */
    int64_t *by_channel;
};

/* scale multiplies the whole. */
void plan_make(struct plan *plan, const struct province *province, enum quarter quarter, int scale);
void plan_free(struct plan *plan);

int64_t plan_amount(const struct plan *plan, int unit, enum measure measure);
int64_t plan_channel_amount(const struct plan *plan, int unit, enum channel channel, enum measure measure);

#endif
