/* claim_store: what loaded files say of their feed beyond a day whose file still waits: kept until nothing earlier
 * waits. On the writer. */
#ifndef BIHUAN_FEEDBACK_CLAIM_STORE_H
#define BIHUAN_FEEDBACK_CLAIM_STORE_H

#include "base/err.h"
#include "runtime/runtime.h"

struct claim {
    uint32_t feed_id, unit; /* unit 0: the whole feed */
    int64_t through;
};

/* Raises the claim to `through`; where it says more already it stays. */
int claim_store_put(struct tx *tx, const struct claim *claim, struct err *err);
/* All of them, in the call's arena. */
int claim_store_list(struct tx *tx, struct claim **out, size_t *count, struct err *err);
int claim_store_drop(struct tx *tx, const struct claim *claim, struct err *err);

#endif
