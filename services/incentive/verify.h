/* verify: memory against tables, running scores against recomputed ones; sums as booked for comparing with feedback. */
#ifndef BIHUAN_INCENTIVE_VERIFY_H
#define BIHUAN_INCENTIVE_VERIFY_H

#include "runtime/runtime.h"

/* VERIFY_SCORES: sums per unit and measure of one bucket; with bucket 0 also what differs, of all buckets. */
int verify_query(struct tx *tx, const void *message, struct err *err);

#endif
