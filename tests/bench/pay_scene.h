/* pay_scene: what pay is measured on: a province of outlets with targets and a pay plan of eight components, a
 * quarter's credits, and batches of facts on top. */
#ifndef BIHUAN_TESTS_BENCH_PAY_SCENE_H
#define BIHUAN_TESTS_BENCH_PAY_SCENE_H

#include "support/stack.h"

#define PAY_SCENE_MEASURES 8
#define PAY_SCENE_PAIRS    4    /* contributions of a record */
#define PAY_SCENE_BATCH    5000 /* contributions that come together */

/* Starts planning, a fake feedback and incentive, and applies everything; the credits are written into the table as
 * intake does, since it is pay that is measured. Exits where it can't. */
void pay_scene_start(struct stack *stack, uint64_t contributions, uint32_t payees);

/* Publishes batch number `n` of new orders, all over the province; returns how many events of feedback's there are by
 * now. */
long pay_scene_batch(struct stack *stack, uint32_t n, uint32_t payees);
/* One order more of one payee. */
long pay_scene_order(struct stack *stack, uint32_t payee);

#endif
