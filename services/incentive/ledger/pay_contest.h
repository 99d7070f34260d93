/* pay_contest: who won a contest: what every payee of a plan sold of a measure on its days, ranked (1, 2, 2, 4). */
#ifndef BIHUAN_INCENTIVE_PAY_CONTEST_H
#define BIHUAN_INCENTIVE_PAY_CONTEST_H

#include "calc/rank.h"
#include "incentive/ledger/pay_eval.h"

/* Fills score, rank and eligible of entries whose id is a unit: all that the plan pays. Who sold nothing, or less than
 * the contest's threshold, isn't ranked. Goes by the sums of the days that count, in memory. */
int pay_contest_rank(const struct pay_eval *eval, const struct payplan *plan, const struct payplan_component *component,
                     struct rank_entry *entries, size_t count, struct err *err);

#endif
