/* pay_query: lists of pay, for those who may see it and of their subtree only. */
#ifndef BIHUAN_INCENTIVE_PAY_QUERY_H
#define BIHUAN_INCENTIVE_PAY_QUERY_H

#include "incentive/state.h"

/* The units that may be seen: `unit` alone, or all at or below `under` (or the principal's subtree) during the period.
 * *units NULL: all. Needs the lock. */
int pay_visible_units(struct incentive *state, struct tx *tx, const char *unit, const char *under,
                      const struct ref_period *period, const uint32_t **units, size_t *count, struct err *err);

/* LIST_PAY, LIST_PAY_ENTRIES, TRY_PAY */
int pay_query_list(struct tx *tx, const void *message, struct err *err);
int pay_query_entries(struct tx *tx, const void *message, struct err *err);
int pay_try(struct tx *tx, const void *message, struct err *err);

#endif
