/* programmes: the handlers of this room: cross-sell programmes. */
#ifndef BIHUAN_SERVICES_PLANNING_PROGRAMMES_H
#define BIHUAN_SERVICES_PLANNING_PROGRAMMES_H

#include "runtime/runtime.h"

int on_apply_programmes(struct tx *tx, const void *message, struct err *err);
int on_consent_programme(struct tx *tx, const void *message, struct err *err);
int on_end_programme(struct tx *tx, const void *message, struct err *err);
int on_list_programmes(struct tx *tx, const void *message, struct err *err);

#endif
