/* cut_store: the SQL of what was cut completely, and which slices there are to be parts of it. */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_STORE_H
#define BIHUAN_SERVICES_PLANNING_CUT_STORE_H

#include "planning/ledger/cells.h"
#include "runtime/runtime.h"

/* The target of the unit, and those of all below it, are what the parts have. In the call's arena. */
struct cut_row {
    uint32_t period_id; /* of the whole */
    enum axis axis;
    struct slice_key key; /* so too */
    uint32_t unit_id;
    uint32_t *into; /* over periods: those, ascending by id */
    size_t into_count;
    const char *person, *reason;
    int64_t at;
    bool by_hand; /* said by somebody: it changes the plan, over periods too */
    bool first;   /* a cut over channels or products of a target that had no part there before */
};

/* Of one period: over channels and products as its version says, over periods in any case. measure 0: all. By measure,
 * axis, channel, product, unit. */
int cut_store_load(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t measure_id, struct cut_row **rows,
                   size_t *count, struct err *err);
/* Those over periods of which the period is a part. */
int cut_store_longer(struct tx *tx, uint32_t period_id, uint32_t measure_id, struct cut_row **rows, size_t *count,
                     struct err *err);
/* Writes one; version as in cut_store_load. */
int cut_store_put(struct tx *tx, const struct cut_row *row, uint32_t version, struct err *err);
int cut_store_remove(struct tx *tx, const struct cut_row *row, uint32_t version, struct err *err);
/* Those of one version once more, under another. */
int cut_store_copy(struct tx *tx, uint32_t period_id, uint32_t from, uint32_t to, struct err *err);

/* The slices that a version has of a measure, by key. */
int cut_store_keys(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t measure_id, struct slice_key **keys,
                   size_t *count, struct err *err);

#endif
