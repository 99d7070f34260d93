/* queries: lists of scores and closings. */
#ifndef BIHUAN_INCENTIVE_QUERIES_H
#define BIHUAN_INCENTIVE_QUERIES_H

#include "runtime/runtime.h"

int query_scores(struct tx *tx, const void *message, struct err *err);
int query_closings(struct tx *tx, const void *message, struct err *err);

#endif
