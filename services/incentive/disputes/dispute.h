/* dispute: who thinks that a credit, an earning or something missing is wrong says so; it is assigned, decided, and
 * what it comes to is an adjustment that a second person approves. */
#ifndef BIHUAN_INCENTIVE_DISPUTE_H
#define BIHUAN_INCENTIVE_DISPUTE_H

#include "incentive/state.h"

/* What a step makes of a dispute's state; NULL where it can't be taken. Pure. */
const char *dispute_next(const char *state, const char *step);

/* RAISE_DISPUTE, MOVE_DISPUTE, LIST_DISPUTES */
int dispute_raise(struct tx *tx, const void *message, struct err *err);
int dispute_move(struct tx *tx, const void *message, struct err *err);
int dispute_list(struct tx *tx, const void *message, struct err *err);

#endif
