/* loop_facts: what planning says of the loop itself, recorded as facts.
 *
 * Of each unit that a guide asks: one fact "placed" on the day it was issued and one "completed" when it acknowledged;
 * training held and materials there likewise, under kinds of their own. Of each deliverable: "placed" on its due day,
 * or on the day it was approved before, and "completed" on the day it was approved. The quantity of what is completed
 * is 1 where it was in time, else 0: a measure that counts says how many, one of quantities how many in time. Of each
 * certificate, at each unit where the person works: "completed" on the day it was issued, "cancelled" on the first day
 * without it; with its product.
 */
#ifndef BIHUAN_FEEDBACK_LOOP_FACTS_H
#define BIHUAN_FEEDBACK_LOOP_FACTS_H

#include "runtime/runtime.h"

int on_guide_issued(struct tx *tx, const void *message, struct err *err);
int on_guide_acknowledged(struct tx *tx, const void *message, struct err *err);
int on_deliverable_moved(struct tx *tx, const void *message, struct err *err);
int on_certificate_issued(struct tx *tx, const void *message, struct err *err);
int on_certificate_expired(struct tx *tx, const void *message, struct err *err);

#endif
