/* pay_cost: what plans cost in a period, and what they will: each payee going on at its rate by the calendar. */
#ifndef BIHUAN_INCENTIVE_PAY_COST_H
#define BIHUAN_INCENTIVE_PAY_COST_H

#include "incentive/ledger/pay_eval.h"

/* By plan; in the arena. */
Bihuan__PayCost **pay_cost_new(const struct pay_plans *plans, struct arena *arena);
/* Adds one payee: what each of its components came to by now; `volume` by feed, `earned` by component. `at` is how far
 * the period has gone; nothing is projected before its first day is complete. */
int pay_cost_add(Bihuan__PayCost **costs, const struct pay_plans *plans, const struct pay_slot *slot,
                 const int64_t *volume, const int64_t *earned, struct phasing_point at, struct arena *scratch,
                 struct err *err);
/* Settles them and moves those with payees to the front; how many there are. */
size_t pay_cost_count(Bihuan__PayCost **costs, const struct pay_plans *plans);
/* How much of the period lies behind its last complete day; den 0: not begun. */
struct phasing_point pay_progress_at(const struct ref_period *period, int32_t as_of);

#endif
