/* pay_plan_store: the SQL of the versions of pay plans. */
#ifndef BIHUAN_INCENTIVE_PAY_PLAN_STORE_H
#define BIHUAN_INCENTIVE_PAY_PLAN_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive_pay.pb-c.h"

int pay_plan_store_put(struct tx *tx, const Bihuan__PayPlan *plan, struct err *err);
/* One version; NULL in *out where there is none. In the call's arena. */
int pay_plan_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__PayPlan **out, struct err *err);
/* Those that a calculation went by, by id. */
int pay_plan_store_of_run(struct tx *tx, uint32_t run_id, Bihuan__PayPlan ***plans, size_t *count, struct err *err);

#endif
