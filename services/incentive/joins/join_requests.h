/* join_requests: who holds which customer, applied and listed; registered deals and receipts as people ask for them. */
#ifndef BIHUAN_INCENTIVE_JOIN_REQUESTS_H
#define BIHUAN_INCENTIVE_JOIN_REQUESTS_H

#include "runtime/runtime.h"

/* APPLY_CUSTOMER_HOLDINGS, LIST_CUSTOMER_HOLDINGS, LIST_REGISTRATIONS */
int holdings_apply(struct tx *tx, const void *message, struct err *err);
int holdings_list(struct tx *tx, const void *message, struct err *err);
int registrations_list(struct tx *tx, const void *message, struct err *err);
/* LIST_RECEIPTS (receipt_list.c) */
int receipts_list(struct tx *tx, const void *message, struct err *err);

#endif
