/* top: those at the top of each group of peers, and the lines in which they are ahead of the middle of it. */
#ifndef BIHUAN_INCENTIVE_TOP_H
#define BIHUAN_INCENTIVE_TOP_H

#include "incentive/state.h"

/* The value in the middle, the lower of two; 0 of nothing. Sorts the values. */
int64_t top_median(int64_t *values, size_t count);

/* LIST_TOP */
int top_list(struct tx *tx, const void *message, struct err *err);

#endif
