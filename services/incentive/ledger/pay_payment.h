/* pay_payment: what is payable goes to payroll as a batch, and payroll's answer comes back. */
#ifndef BIHUAN_INCENTIVE_PAY_PAYMENT_H
#define BIHUAN_INCENTIVE_PAY_PAYMENT_H

#include "incentive/state.h"

/* EXPORT_PAYMENTS, ACKNOWLEDGE_PAYMENTS, LIST_PAYMENTS */
int pay_payment_export(struct tx *tx, const void *message, struct err *err);
int pay_payment_acknowledge(struct tx *tx, const void *message, struct err *err);
int pay_payment_list(struct tx *tx, const void *message, struct err *err);

#endif
