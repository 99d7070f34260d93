/* act_table: the requests that are kept as acts, with what does them; see act_requests.h. */
#include "incentive/acts/act_requests.h"
#include "incentive/acts/acts.h"

#include "incentive/cards/card_requests.h"
#include "incentive/closing/closing.h"
#include "incentive/contracts/contracts.h"
#include "incentive/crediting/rule_requests.h"
#include "incentive/disputes/adjust.h"
#include "incentive/joins/join_requests.h"
#include "incentive/disputes/dispute.h"
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_payment.h"
#include "incentive/ledger/pay_period.h"
#include "incentive/plans/pay_plans.h"

#define ACT_DEFINE(NAME, fn)                                                                                           \
    int act_##fn(struct tx *tx, const void *message, struct err *err)                                                  \
    {                                                                                                                  \
        return acts_do(tx, MSG(NAME), message, fn, err);                                                               \
    }
ACT_REQUESTS(ACT_DEFINE)

#define ACT_ROW(NAME, fn) { MSG(NAME), fn },
static const struct {
    uint32_t type;
    handler_fn *fn;
} requests[] = { ACT_REQUESTS(ACT_ROW) };

handler_fn *acts_handler(uint32_t type)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (requests[i].type == type)
            return requests[i].fn;
    return NULL;
}
