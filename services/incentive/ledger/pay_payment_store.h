/* pay_payment_store: the SQL of payments and their batches. */
#ifndef BIHUAN_INCENTIVE_PAY_PAYMENT_STORE_H
#define BIHUAN_INCENTIVE_PAY_PAYMENT_STORE_H

#include "runtime/runtime.h"

struct pay_payment_row {
    uint64_t batch_id;
    uint32_t unit_id, plan_id, period_id;
    int digits;
    int64_t amount;
    const char *currency;
    const char *state; /* exported, acknowledged; the rest when read */
    int64_t at;
    const char *reference;
};

/* What is owed above zero: all that is booked in closed periods less what was paid. By unit and plan. */
int pay_payment_store_due(struct tx *tx, struct pay_payment_row **rows, size_t *count, struct err *err);
int pay_payment_store_put(struct tx *tx, uint32_t period_id, const char *by, const struct pay_payment_row *rows,
                          size_t count, uint64_t *batch_id, struct err *err);
/* *payments: how many the batch has; *done false where it was acknowledged before, or isn't there (payments 0). */
int pay_payment_store_acknowledge(struct tx *tx, uint64_t batch_id, const char *by, const char *reference,
                                  uint32_t *payments, bool *done, struct err *err);
/* batch_id 0, period_id 0: any; units NULL: all. By batch, unit, plan, behind the place given. */
struct pay_payment_page {
    uint64_t batch_id;
    uint32_t period_id;
    const uint32_t *units;
    size_t unit_count;
    uint64_t after_batch;
    uint32_t after_unit, after_plan, limit;
};
int pay_payment_store_list(struct tx *tx, const struct pay_payment_page *page, struct pay_payment_row **rows,
                           size_t *count, struct err *err);

#endif
