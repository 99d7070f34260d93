/* queries: lists of scores and closings. */
#ifndef BIHUAN_INCENTIVE_QUERIES_H
#define BIHUAN_INCENTIVE_QUERIES_H

#include "runtime/runtime.h"

/* Which units a question is about that the principal may see: one, those below one, or all that they may (NULL). Needs
 * the lock. */
struct incentive;
struct score_page;
int query_units(struct incentive *state, struct tx *tx, const char *unit, const char *under, int32_t day,
                struct score_page *page, struct err *err);
/* The period asked for; "" the one that holds the last complete day. */
struct ref_period;
int query_period(struct incentive *state, struct tx *tx, const char *code, const struct ref_period **out,
                 struct err *err);

int query_scores(struct tx *tx, const void *message, struct err *err);
int query_closings(struct tx *tx, const void *message, struct err *err);

#endif
