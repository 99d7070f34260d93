/* pay_period: the states of a period's pay: open, calculated, reviewed, closed, paid, with who and when. */
#ifndef BIHUAN_INCENTIVE_PAY_PERIOD_H
#define BIHUAN_INCENTIVE_PAY_PERIOD_H

#include "incentive/ledger/pay_period_store.h"
#include "incentive/state.h"

/* Keeps a step and publishes PAY_PERIOD_MOVED. */
int pay_period_step(struct tx *tx, const struct ref_period *period, const struct pay_period_row *row, const char *step,
                    const char *reason, struct err *err);
/* The period with its sums and steps; in the call's arena. */
int pay_period_message(struct tx *tx, const struct ref_period *period, const struct pay_period_row *row,
                       Bihuan__PayPeriod **out, struct err *err);

/* MOVE_PAY_PERIOD, LIST_PAY_PERIODS */
int pay_period_move(struct tx *tx, const void *message, struct err *err);
int pay_period_list(struct tx *tx, const void *message, struct err *err);

#endif
