/* pay_calc: a calculation: the open period and what came late for closed ones, booked as differences to the ledger. */
#ifndef BIHUAN_INCENTIVE_PAY_CALC_H
#define BIHUAN_INCENTIVE_PAY_CALC_H

#include "incentive/ledger/pay_ledger.h"
#include "incentive/ledger/pay_period_store.h"

/* CALCULATE_PAY, VERIFY_PAY */
int pay_calculate(struct tx *tx, const void *message, struct err *err);
int pay_verify(struct tx *tx, const void *message, struct err *err);

/* The period by code, known and with plans that pay it, or an error with what helps. */
int pay_period_by_code(struct incentive *state, const char *code, const struct ref_period **out, struct err *err);

#endif
