/* pay_basis: what each component of each payee goes by: from what is known now, or as a calculation kept it. */
#ifndef BIHUAN_INCENTIVE_PAY_BASIS_H
#define BIHUAN_INCENTIVE_PAY_BASIS_H

#include "incentive/ledger/pay_eval.h"

int pay_basis_live(struct pay_eval *eval, struct err *err);
int pay_basis_of_run(struct pay_eval *eval, struct err *err);

#endif
