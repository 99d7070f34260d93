/* contracts: internal orders between units as they are asked for; the rules stand in contract.h.
 *
 * Rights: contract.act places orders and takes the steps of a side whose unit the principal may see; contract.decide
 * takes those of the arbiter. Nobody answers what they asked for themselves, or decides it. An order is seen by whoever
 * may see one of its three units.
 */
#ifndef BIHUAN_INCENTIVE_CONTRACTS_H
#define BIHUAN_INCENTIVE_CONTRACTS_H

#include "incentive/contracts/contract.h"
#include "incentive/state.h"

#include "bihuan/incentive_contracts.pb-c.h"

/* PLACE_INTERNAL_ORDER, MOVE_INTERNAL_ORDER, DECIDE_INTERNAL_ORDER, LIST_INTERNAL_ORDERS, LIST_CONTRACT_BALANCES */
int contracts_place(struct tx *tx, const void *message, struct err *err);
int contracts_move(struct tx *tx, const void *message, struct err *err);
int contracts_decide(struct tx *tx, const void *message, struct err *err);
int contracts_list(struct tx *tx, const void *message, struct err *err);
int contracts_balances(struct tx *tx, const void *message, struct err *err);

/* What nobody did in time lapses or trips, by the call's day. *moved (may be NULL): whether anything did. */
int contracts_trip(struct tx *tx, bool *moved, struct err *err);
int contracts_timer(struct tx *tx, const void *unused, struct err *err);

/* In the call's arena; without steps. */
Bihuan__InternalOrder *contracts_message(struct tx *tx, const struct contract *contract);

#endif
