/* rule_requests: rules of crediting applied and listed; runs listed. */
#ifndef BIHUAN_INCENTIVE_RULE_REQUESTS_H
#define BIHUAN_INCENTIVE_RULE_REQUESTS_H

#include "incentive/state.h"

/* APPLY_CREDITING_RULES, LIST_CREDITING_RULES, LIST_CREDITING_RUNS */
int rules_apply(struct tx *tx, const void *message, struct err *err);
int rules_list(struct tx *tx, const void *message, struct err *err);
int runs_list(struct tx *tx, const void *message, struct err *err);

#endif
