/* adjust: amounts by hand: proposed by one person, booked when another approved them. */
#ifndef BIHUAN_INCENTIVE_ADJUST_H
#define BIHUAN_INCENTIVE_ADJUST_H

#include "incentive/disputes/adjust_store.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/plans/pay_plans.h"
#include "incentive/state.h"

/* Proposes; *id is allotted. `amount` is a signed decimal in the plan's digits. The period's pay must be open. Adds
 * problems with pointers below /adjustment. */
int adjust_propose(struct tx *tx, const struct pay_plans *plans, const struct ref_unit *unit,
                   const struct ref_period *period, const char *plan, const char *amount, const char *reason,
                   uint64_t dispute_id, uint64_t *id, struct err *err);

/* Books an amount that is no calculation's (unit, plan, amount, digits, cause, reference are the caller's) into a
 * period whose pay is open; one that was reviewed has to be reviewed again, for the reason given. ERR_CONFLICT
 * "already_closed". */
int adjust_book(struct tx *tx, struct pay_entry_row *entry, const struct ref_period *period, const char *reason,
                struct err *err);

/* PROPOSE_ADJUSTMENT, DECIDE_ADJUSTMENT, LIST_ADJUSTMENTS */
int adjust_on_propose(struct tx *tx, const void *message, struct err *err);
int adjust_on_decide(struct tx *tx, const void *message, struct err *err);
int adjust_list(struct tx *tx, const void *message, struct err *err);

#endif
