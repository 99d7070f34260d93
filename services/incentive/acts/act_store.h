/* act_store: acts as the own stream holds them, and how far they have been done again. */
#ifndef BIHUAN_INCENTIVE_ACT_STORE_H
#define BIHUAN_INCENTIVE_ACT_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive_acts.pb-c.h"

/* The first act from `from` up to `to` in the own stream; *out and what it points to live in `arena`. */
int act_store_next(struct tx *tx, uint64_t from, uint64_t to, struct arena *arena, const Bihuan__ActTaken **out,
                   uint64_t *seq, bool *found, struct err *err);

int act_store_rebuild(struct tx *tx, bool *begun, uint64_t *next, uint64_t *last, struct err *err);
int act_store_put_rebuild(struct tx *tx, uint64_t next, uint64_t last, struct err *err);
/* Whether anything was read or made here, beside the own stream. */
int act_store_is_empty(struct tx *tx, bool *empty, struct err *err);

#endif
