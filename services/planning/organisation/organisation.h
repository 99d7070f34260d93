/* organisation: the handlers of this room. */
#ifndef BIHUAN_SERVICES_PLANNING_ORGANISATION_H
#define BIHUAN_SERVICES_PLANNING_ORGANISATION_H

#include "runtime/runtime.h"

/* people.c */
int on_apply_people(struct tx *tx, const void *message, struct err *err);
int on_list_people(struct tx *tx, const void *message, struct err *err);

/* reorganise.c, hand_over.c */
int on_move_unit(struct tx *tx, const void *message, struct err *err);
int on_merge_units(struct tx *tx, const void *message, struct err *err);
int on_close_unit(struct tx *tx, const void *message, struct err *err);
int on_hand_over(struct tx *tx, const void *message, struct err *err);
int on_list_reorganisations(struct tx *tx, const void *message, struct err *err);

#endif
