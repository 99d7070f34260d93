/* mark_store: the SQL of the feeds' marks. */
#ifndef BIHUAN_INCENTIVE_MARK_STORE_H
#define BIHUAN_INCENTIVE_MARK_STORE_H

#include "incentive/crediting/mark.h"
#include "runtime/runtime.h"

int mark_store_put(struct tx *tx, uint32_t feed_id, int64_t through_us, bool silent, const uint64_t *seq,
                   size_t seq_count, struct err *err);
int mark_store_set_silent(struct tx *tx, uint32_t feed_id, bool silent, struct err *err);
int mark_store_prune(struct tx *tx, uint32_t feed_id, int64_t below_us, struct err *err);
int mark_store_load(struct tx *tx, struct marks *marks, struct err *err);

#endif
