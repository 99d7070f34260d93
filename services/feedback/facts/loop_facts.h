/* loop_facts: what planning, monitoring and incentive say of the loop itself, recorded as facts.
 *
 * Of each unit that a guide asks: one fact "placed" on the day it was issued and one "completed" when it acknowledged;
 * training held and materials there likewise, under kinds of their own. Of each deliverable: "placed" on its due day,
 * or on the day it was approved before, and "completed" on the day it was approved. The quantity of what is completed
 * is 1 where it was in time, else 0: a measure that counts says how many, one of quantities how many in time. Of each
 * certificate, at each unit where the person works: "completed" on the day it was issued, "cancelled" on the first day
 * without it; with its product. What this service knows by itself (reports from the field) comes by
 * loop_facts_record().
 */
#ifndef BIHUAN_FEEDBACK_LOOP_FACTS_H
#define BIHUAN_FEEDBACK_LOOP_FACTS_H

#include "refdata/fact_kinds.h"
#include "runtime/runtime.h"

/* A fact that this service tells of the loop. A higher version replaces the one before; `cancel` takes the record back
 * on `day`, for good: told again, it needs another key. */
struct loop_fact {
    const char *key;
    uint32_t unit;
    uint8_t state; /* its rank; of no matter for a cancel */
    bool cancel;
    int32_t version; /* from 1 */
    int32_t day;
    int64_t occurred_at;
    int64_t quantity;
    int64_t amount; /* 0 for kinds that have none */
};
/* Of one kind. What is told again changes nothing; of one version told otherwise the first counts. */
int loop_facts_record(struct tx *tx, enum fact_kind kind, const struct loop_fact *items, size_t count, struct err *err);

int on_guide_issued(struct tx *tx, const void *message, struct err *err);
int on_guide_acknowledged(struct tx *tx, const void *message, struct err *err);
int on_deliverable_moved(struct tx *tx, const void *message, struct err *err);
int on_certificate_issued(struct tx *tx, const void *message, struct err *err);
int on_certificate_expired(struct tx *tx, const void *message, struct err *err);
/* Of an internal order that settled with something owed one fact at each of both units, on the day it was settled:
 * "earned" and "paid" of a payment, "compensated" and "owed" of damages, the amount below 0 at the unit that owes. */
int on_claim_moved(struct tx *tx, const void *message, struct err *err);
/* Of a corrective action one fact "opened" on its day; of each of its rounds "due" on its day due, or on the day it was
 * claimed done before, "done" when its owner claimed it, and "verified" or "failed" on the business day whose data said
 * so, which lies within the action's period. The quantity is 1, of what is done 0 where it was late. */
int on_action_changed(struct tx *tx, const void *message, struct err *err);

#endif
