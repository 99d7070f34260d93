/* credit_queries: the ledger of credits as people ask for it. */
#ifndef BIHUAN_INCENTIVE_CREDIT_QUERIES_H
#define BIHUAN_INCENTIVE_CREDIT_QUERIES_H

#include "incentive/state.h"

/* Units and days that a question is about: what the principal may see of them. */
struct credit_scope {
    const uint32_t *units; /* NULL: all */
    size_t unit_count;
    int32_t from_day, until_day; /* until exclusive */
};
/* From a question's texts; without days those of the month with the last complete day. Needs the lock. */
int credit_scope_read(struct incentive *state, struct tx *tx, const char *unit, const char *from, const char *until,
                      struct credit_scope *out, struct err *err);
bool credit_scope_has(const struct credit_scope *scope, uint32_t unit_id);

/* LIST_CREDITS, EXPLAIN_CREDIT, LIST_CREDIT_TOTALS */
int credits_list(struct tx *tx, const void *message, struct err *err);
int credit_explain(struct tx *tx, const void *message, struct err *err);
int credit_totals(struct tx *tx, const void *message, struct err *err);

/* An entry as it is told; needs the lock. In the call's arena. */
Bihuan__CreditEntry *credit_entry_message(const struct incentive *state, struct tx *tx, const struct credit_found *row,
                                          uint16_t measure, int64_t value);

#endif
