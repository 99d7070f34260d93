/* contract_pay: what an internal order settles, in the ledger of pay. */
#ifndef BIHUAN_INCENTIVE_CONTRACT_PAY_H
#define BIHUAN_INCENTIVE_CONTRACT_PAY_H

#include "incentive/contracts/contract.h"
#include "incentive/state.h"

/* Adds problems at /order/pay_plan and amounts that its digits can't hold. */
int contract_pay_check(struct tx *tx, const struct contract *contract, struct err *err);

/* Books a settlement into the pay of both, one entry each that come to nothing together, in the period of the plan's
 * cadence that holds the day, or the first behind it whose pay is open. Nothing where the order has no plan or nothing
 * is owed. */
int contract_pay_book(struct tx *tx, const struct contract *contract, struct err *err);

#endif
