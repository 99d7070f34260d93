/* money: amounts in TM Forum bodies, added up as decimals. Pure; no double. */
#ifndef BIHUAN_FEEDBACK_TMF_MONEY_H
#define BIHUAN_FEEDBACK_TMF_MONEY_H

#include "base/arena.h"
#include "feedback/tmf/json_text.h"

#include <stdbool.h>
#include <stdint.h>

#define TMF_MONEY_SCALE 6 /* decimals of a sum */

/* A sum on its way. */
struct tmf_sum {
    int64_t units;      /* of 10^-TMF_MONEY_SCALE */
    bool any;           /* something was added */
    const char *unit;   /* currency; "mixed" where there are several; "" none */
    const char *unread; /* the first text that is no amount; NULL all are. Borrowed */
};

enum tmf_sign { TMF_AS_IT_IS, TMF_LESS /* subtracted, whatever its sign */ };

/* Adds a Money {unit, value}; v4 writes amounts of some resources as {unit, amount}. Nothing where there is none. */
void tmf_sum_money(struct tmf_sum *sum, const json_t *money, enum tmf_sign sign);
/* Adds a list of OrderPrice: tax included, else duty free. Of priceType discount or allowance they subtract; so do
 * alterations of these types. Other alterations count where their amount has a sign of its own, that is below 0.
 * type: only prices of this type, in any letter case; NULL all. */
void tmf_sum_prices(struct tmf_sum *sum, const json_t *prices, const char *type);
/* "-12.5": no more decimals than needed; the unread text where there is one; "" of an empty sum. In the arena. */
const char *tmf_sum_text(const struct tmf_sum *sum, bool negative, struct arena *arena);

#endif
