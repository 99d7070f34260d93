/* pay_close: freezing a period's pay: a sealed statement for each payee; and reading them. */
#ifndef BIHUAN_INCENTIVE_PAY_CLOSE_H
#define BIHUAN_INCENTIVE_PAY_CLOSE_H

#include "incentive/ledger/pay_period_store.h"
#include "incentive/state.h"

/* Writes all statements and sets row->hash. Refused (ERR_CONFLICT) while the period's scores aren't closed, and where
 * what was calculated isn't what there is now. */
int pay_close(struct incentive *state, struct tx *tx, const struct ref_period *period, struct pay_period_row *row,
              struct err *err);

/* Makes the key pair that statements are signed with where there is none yet. */
int pay_keys_ensure(struct runtime *rt, struct err *err);

/* GET_PAY_STATEMENT, GET_STATEMENT_KEY */
int pay_statement_get(struct tx *tx, const void *message, struct err *err);
int pay_statement_key(struct tx *tx, const void *message, struct err *err);

#endif
