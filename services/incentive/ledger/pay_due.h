/* pay_due: who is to be worked out in a calculation: everybody, or those whose credits, inputs or releases have moved
 * since the period's last one. Whom it leaves out comes to what was booked already; a full calculation and `verify` are
 * the check of that.
 *
 * Moved are: units with newer credits or entries, and all above them; payees whose target, days in force, score (their
 * own or the one that they are linked to), rank, carried excess or gate differ; whoever something was booked for; all
 * with a hold-back where days have passed on which something may come free. Everybody where units, products, measures
 * or periods changed, where somebody is no longer paid or by another version of the plan, and when nothing is known.
 */
#ifndef BIHUAN_INCENTIVE_PAY_DUE_H
#define BIHUAN_INCENTIVE_PAY_DUE_H

#include "incentive/ledger/pay_eval.h"
#include "incentive/ledger/pay_memory.h"

struct pay_due {
    const struct pay_known *known; /* NULL: everybody is worked out */
    struct pay_known next;         /* what will be known */
    size_t at;                     /* in next's slots */
    const struct pay_slot *slots;  /* all payees of the period, as next's slots */
};

/* Whether nothing of the period can have moved; it needn't be prepared then. */
bool pay_due_nothing(const struct pay_memory *memory, uint32_t period_id, int32_t as_of);
/* After pay_eval_prepare: leaves in `eval` those alone that are due. */
void pay_due_begin(struct pay_due *due, const struct pay_memory *memory, struct pay_eval *eval, int32_t as_of,
                   bool full);
/* One of them was worked out; in order. */
void pay_due_take(struct pay_due *due, const struct pay_slot *slot, const struct pay_result *results);
/* Of what all go by and came to, whoever was worked out this time. */
uint64_t pay_due_hash(const struct pay_due *due);
void pay_due_fini(struct pay_due *due);

#endif
