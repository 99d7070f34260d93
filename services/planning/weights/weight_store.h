/* weight_store: the SQL of weights, bounds and of what units handed in. */
#ifndef BIHUAN_SERVICES_PLANNING_WEIGHT_STORE_H
#define BIHUAN_SERVICES_PLANNING_WEIGHT_STORE_H

#include "planning/ledger/cells.h"
#include "runtime/runtime.h"

#define WEIGHT_SCALE 4 /* decimals of weights */

struct weight_value {
    uint32_t set_id, channel_id, product_id, unit_id;
    int64_t value; /* 10^-WEIGHT_SCALE */
    bool learned;  /* from facts, not typed in */
};
/* What was learned leaves what was typed in as it is. */
int weight_store_put(struct tx *tx, const struct weight_value *rows, size_t count, struct err *err);
/* Present values of the keys of `rows`, -1 where there is none; where a learned row meets a typed one, the row's own.
 */
int weight_store_present(struct tx *tx, const struct weight_value *rows, size_t count, int64_t *values,
                         struct err *err);
/* All of a set by channel, product, unit. */
int weight_store_load(struct tx *tx, uint32_t set_id, struct weight_value **rows, size_t *count, struct err *err);
/* Behind `after` in order of set, channel, product, unit; set or unit 0: all. */
int weight_store_page(struct tx *tx, uint32_t set_id, uint32_t unit_id, const struct weight_value *after,
                      uint32_t limit, struct weight_value **rows, size_t *count, struct err *err);

struct bound_row {
    struct slice_key key;
    uint32_t unit_id;
    bool locked;
    int64_t floor, ceiling; /* -1 none */
    uint32_t floor_ppm, ceiling_ppm;
    const char *against; /* code of a weight set; "" none */
    const char *reason, *person;
    int64_t at;  /* of who set it; not read by putting */
    uint64_t no; /* of a step; 0 else */
};
/* Both keep what was set, or that it was taken away, as a step. */
int bound_store_put(struct tx *tx, uint32_t period_id, const struct bound_row *row, struct err *err);
int bound_store_remove(struct tx *tx, uint32_t period_id, const struct bound_row *row, struct err *err);
/* What was ever set, oldest first, behind step `after`; unit 0: all. */
int bound_store_steps(struct tx *tx, uint32_t period_id, uint32_t unit_id, uint64_t after, uint32_t limit,
                      struct bound_row **rows, size_t *count, struct err *err);
/* By slice, unit; behind `after` (NULL: from the first), limit 0: all; unit, measure 0: all. */
int bound_store_load(struct tx *tx, uint32_t period_id, uint32_t measure_id, uint32_t unit_id,
                     const struct bound_row *after, uint32_t limit, struct bound_row **rows, size_t *count,
                     struct err *err);

struct draft_row {
    struct slice_key key;
    uint32_t unit_id;
    int64_t amount;
    const char *reason, *person;
    int64_t at;
};
int draft_store_put(struct tx *tx, uint32_t period_id, const struct draft_row *rows, size_t count, struct err *err);
/* All of a period by slice, unit; measure 0: all. */
int draft_store_load(struct tx *tx, uint32_t period_id, uint32_t measure_id, struct draft_row **rows, size_t *count,
                     struct err *err);

#endif
