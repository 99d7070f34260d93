/* pay_period_store: the SQL of periods of pay and their steps. */
#ifndef BIHUAN_INCENTIVE_PAY_PERIOD_STORE_H
#define BIHUAN_INCENTIVE_PAY_PERIOD_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive_pay.pb-c.h"

struct pay_period_row {
    uint32_t period_id;
    const char *state; /* open where there is no row; texts in the call's arena */
    uint32_t run_id, looked_run;
    const char *hash;
};

int pay_period_store_get(struct tx *tx, uint32_t period_id, struct pay_period_row *out, struct err *err);
/* All that aren't open, by id. */
int pay_period_store_all(struct tx *tx, struct pay_period_row **out, size_t *count, struct err *err);
int pay_period_store_put(struct tx *tx, const struct pay_period_row *row, struct err *err);

int pay_period_store_add_step(struct tx *tx, uint32_t period_id, const char *step, const char *reason, uint32_t run_id,
                              struct err *err);
int pay_period_store_steps(struct tx *tx, uint32_t period_id, Bihuan__PayStep ***steps, size_t *count, struct err *err);

static inline bool pay_period_is_closed(const struct pay_period_row *row)
{
    return row->state[0] == 'c' ? row->state[1] == 'l' : row->state[0] == 'p'; /* closed, paid */
}

#endif
