/* act_requests: every request that changes something here, as one that is kept as an act. A new request is one line. */
#ifndef BIHUAN_INCENTIVE_ACT_REQUESTS_H
#define BIHUAN_INCENTIVE_ACT_REQUESTS_H

#include "runtime/runtime.h"

#define ACT_REQUESTS(X)                                                                                                \
    X(APPLY_SCORECARDS, cards_apply)                                                                                   \
    X(APPLY_CREDITING_RULES, rules_apply)                                                                              \
    X(APPLY_CUSTOMER_HOLDINGS, holdings_apply)                                                                         \
    X(CLOSE_PERIOD, closing_request)                                                                                   \
    X(APPLY_PAY_PLANS, pay_plans_apply)                                                                                \
    X(CALCULATE_PAY, pay_calculate)                                                                                    \
    X(MOVE_PAY_PERIOD, pay_period_move)                                                                                \
    X(PROPOSE_ADJUSTMENT, adjust_on_propose)                                                                           \
    X(DECIDE_ADJUSTMENT, adjust_on_decide)                                                                             \
    X(EXPORT_PAYMENTS, pay_payment_export)                                                                             \
    X(ACKNOWLEDGE_PAYMENTS, pay_payment_acknowledge)                                                                   \
    X(RAISE_DISPUTE, dispute_raise)                                                                                    \
    X(MOVE_DISPUTE, dispute_move)                                                                                      \
    X(PLACE_INTERNAL_ORDER, contracts_place)                                                                           \
    X(MOVE_INTERNAL_ORDER, contracts_move)                                                                             \
    X(DECIDE_INTERNAL_ORDER, contracts_decide)

/* act_cards_apply() and so on: what stands in the service's table of handlers. */
#define ACT_DECLARE(NAME, fn) int act_##fn(struct tx *tx, const void *message, struct err *err);
ACT_REQUESTS(ACT_DECLARE)
#undef ACT_DECLARE

#endif
