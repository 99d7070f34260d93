/* weights: named sets of numbers as they are used: as weights of units, and as amounts of cells. */
#ifndef BIHUAN_SERVICES_PLANNING_WEIGHTS_H
#define BIHUAN_SERVICES_PLANNING_WEIGHTS_H

#include "planning/targets/targets.h"
#include "planning/weights/weight_store.h"

struct weight_set {
    const Bihuan__WeightSet *set;
    struct weight_value *rows; /* by channel, product, unit */
    size_t count;
};

/* ERR_NOT_FOUND where there is no such set. */
int weights_load(struct tx *tx, const char *code, struct weight_set *out, struct err *err);

/* by_node[n] of the outline's units for the slice: the unit's own row for channel and product, else for one of them,
 * else for neither; -1 where it has none. */
void weights_fill(const struct weight_set *set, const struct slice_key *key, const struct outline *outline,
                  int64_t *by_node);
/* One value in the same way; -1 none. */
int64_t weights_value(const struct weight_set *set, uint32_t channel_id, uint32_t product_id, uint32_t unit_id);

/* The same, or the sum of what those below the unit have on the day. */
int64_t weights_below(struct tx *tx, const struct weight_set *set, const struct slice_key *key, uint32_t unit_id,
                      int32_t day);

/* A weight as an amount of the measure, rounded half up. */
int64_t weights_amount(struct tx *tx, uint32_t measure_id, int64_t value);

/* The set's rows as cells of its measure. ERR_INVALID where it has none. */
int weights_as_slices(struct tx *tx, const char *code, struct slice **slices, size_t *count, struct err *err);

/* One row of a request; what is wrong becomes a problem. */
void weights_read_row(struct tx *tx, const Bihuan__WeightRow *item, const char *pointer, struct weight_value *out);
void weights_sort(struct weight_set *set);

#endif
