/* fits: how well products sell through channels, as decomposition asks for it; and bounds as messages. */
#ifndef BIHUAN_SERVICES_PLANNING_FITS_H
#define BIHUAN_SERVICES_PLANNING_FITS_H

#include "planning/targets/targets.h"
#include "planning/weights/weight_store.h"

struct fits {
    struct tx *tx;
    const Bihuan__Fit **items;
    size_t count, cap;
};

/* All, in the call's arena. */
int fits_load(struct tx *tx, struct fits *out, struct err *err);
/* Of the product or the nearest above it that has one; NULL: nothing is said, which is allowed. */
const Bihuan__Fit *fits_find(const struct fits *fits, uint32_t product_id, uint32_t channel_id);

Bihuan__TargetBound *bound_message(struct tx *tx, const char *period, const struct bound_row *row);

#endif
