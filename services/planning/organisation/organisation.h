/* organisation: the handlers of this room. */
#ifndef BIHUAN_SERVICES_PLANNING_ORGANISATION_H
#define BIHUAN_SERVICES_PLANNING_ORGANISATION_H

#include "runtime/runtime.h"

/* people.c */
int on_apply_people(struct tx *tx, const void *message, struct err *err);
int on_list_people(struct tx *tx, const void *message, struct err *err);

#endif
