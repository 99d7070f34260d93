/* plan_targets: what account managers agreed to with their customers' plans, handed in as their bottom-up targets. */
#ifndef BIHUAN_SERVICES_PLANNING_PLAN_TARGETS_H
#define BIHUAN_SERVICES_PLANNING_PLAN_TARGETS_H

#include "planning/plans/plan_store.h"

/* After an account plan came into force: the sum of the agreed figures of all plans in force of the same unit, period
 * and measure becomes the unit's draft in the target ledger, beside what is cut from above. */
int plan_hand_in_target(struct tx *tx, const struct work_plan *plan, struct err *err);

#endif
