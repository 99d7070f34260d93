/* adjust_store: the SQL of adjustments. */
#ifndef BIHUAN_INCENTIVE_ADJUST_STORE_H
#define BIHUAN_INCENTIVE_ADJUST_STORE_H

#include "runtime/runtime.h"

struct adjust_row {
    uint64_t id;
    uint32_t unit_id, period_id, plan_id;
    int digits;
    int64_t amount;
    const char *reason, *state, *maker, *checker; /* read ones in the call's arena */
    int64_t made_at, checked_at;                  /* checked_at 0: not yet */
    uint64_t dispute_id;
    const char *decision; /* why it was decided so; "" not said, or not yet; in the call's arena */
};

/* *id is allotted. */
int adjust_store_put(struct tx *tx, const struct adjust_row *row, uint64_t *id, struct err *err);
/* True in *done where it was proposed still. */
int adjust_store_decide(struct tx *tx, uint64_t id, const char *state, const char *checker, const char *decision,
                        bool *done, struct err *err);
/* units NULL: all; state "" any; id 0 any. By id. */
int adjust_store_list(struct tx *tx, uint64_t id, const uint32_t *units, size_t unit_count, const char *state,
                      uint64_t after, uint32_t limit, struct adjust_row **rows, size_t *count, struct err *err);

#endif
