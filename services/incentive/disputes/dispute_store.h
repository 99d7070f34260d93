/* dispute_store: the SQL of disputes and their steps. */
#ifndef BIHUAN_INCENTIVE_DISPUTE_STORE_H
#define BIHUAN_INCENTIVE_DISPUTE_STORE_H

#include "runtime/runtime.h"

struct dispute_row {
    uint64_t id;
    uint32_t unit_id, period_id;
    const char *about, *line, *component, *expected, *words, *evidence; /* read ones in the call's arena */
    const char *state, *raised_by, *assignee, *decision, *decided_by;
    int64_t raised_at, decided_at; /* 0: not yet */
    int32_t due;                   /* INT32_MIN none */
    uint64_t adjustment_id;
};

/* *id is allotted. */
int dispute_store_put(struct tx *tx, const struct dispute_row *row, uint64_t *id, struct err *err);
/* State, assignee, due, decision, adjustment as they are in the row. */
int dispute_store_move(struct tx *tx, const struct dispute_row *row, struct err *err);
int dispute_store_add_step(struct tx *tx, uint64_t id, const char *step, const char *words, struct err *err);
/* id 0, state "": any; units NULL: all. By id. */
int dispute_store_list(struct tx *tx, uint64_t id, const uint32_t *units, size_t unit_count, const char *state,
                       uint64_t after, uint32_t limit, struct dispute_row **rows, size_t *count, struct err *err);

#endif
