/* carry: points above a cap that a line carries into the next period of the same kind, once the one before is closed.
 */
#ifndef BIHUAN_INCENTIVE_CARRY_H
#define BIHUAN_INCENTIVE_CARRY_H

#include "refdata/refdata.h"

#include "bihuan/incentive.pb-c.h"

struct carry {
    uint32_t period_id; /* into which */
    uint32_t unit_id, measure_id, channel_id, product_id;
    int64_t milli;
};

struct carries {
    struct carry *list; /* sorted once settled; owned */
    size_t count, cap;
};

/* Takes over what a closed score carries into a period. */
void carries_add(struct carries *carries, const struct refdata *refdata, uint32_t into_period, uint32_t unit_id,
                 const Bihuan__Score *score);
/* Brings them into order; before the first question. */
void carries_settle(struct carries *carries);
void carries_clear(struct carries *carries);

/* Points carried into a period's line; 0 none. `carries` may be NULL. */
int64_t carries_of(const struct carries *carries, uint32_t period_id, uint32_t unit_id, uint32_t measure_id,
                   uint32_t channel_id, uint32_t product_id);

/* The period of the same kind that begins when the other ends; NULL none. */
const struct ref_period *carry_period(const struct refdata *refdata, int32_t from_day, int32_t until_day);

#endif
