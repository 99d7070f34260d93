/* card_requests: scorecards applied and listed. */
#ifndef BIHUAN_INCENTIVE_CARD_REQUESTS_H
#define BIHUAN_INCENTIVE_CARD_REQUESTS_H

#include "incentive/state.h"

/* APPLY_SCORECARDS, LIST_SCORECARDS */
int cards_apply(struct tx *tx, const void *message, struct err *err);
int cards_list(struct tx *tx, const void *message, struct err *err);

#endif
