/* practice: practice cards that planning issued, and what became of their measure; the handlers of this room. */
#ifndef BIHUAN_SERVICES_MONITORING_PRACTICE_H
#define BIHUAN_SERVICES_MONITORING_PRACTICE_H

#include "runtime/runtime.h"

/* planning's GUIDE_ISSUED: keeps practice cards. */
int on_practice_issued(struct tx *tx, const void *message, struct err *err);
int on_get_practice_effect(struct tx *tx, const void *message, struct err *err);

#endif
