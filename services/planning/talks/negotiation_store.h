/* negotiation_store: the SQL of where units stand with their targets. */
#ifndef BIHUAN_SERVICES_PLANNING_NEGOTIATION_STORE_H
#define BIHUAN_SERVICES_PLANNING_NEGOTIATION_STORE_H

#include "planning/talks/negotiation.h"
#include "runtime/runtime.h"

#include "bihuan/planning_targets.pb-c.h"

struct talk_row {
    uint32_t unit_id;
    enum talk_state state;
    uint32_t reminders;
    int64_t since;
    uint32_t revision;                   /* of the version, that its last step made */
    const Bihuan__NegotiationStep *asks; /* what is asked for, NULL nothing */
};

/* TALK_OPEN where nothing is known of the unit. */
int negotiation_store_get(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, struct talk_row *row,
                          struct err *err);
int negotiation_store_put(struct tx *tx, uint32_t period_id, uint32_t version, const struct talk_row *row,
                          const Bihuan__NegotiationStep *step, struct err *err);
int negotiation_store_steps(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id,
                            Bihuan__NegotiationStep ***steps, size_t *count, struct err *err);
/* Whether the person took a step from above for the unit, and whether the last request of the unit is theirs. */
int negotiation_store_spoke(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, const char *person,
                            bool *offered, bool *asked, struct err *err);
/* By unit behind `after`. */
int negotiation_store_page(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t after, uint32_t limit,
                           struct talk_row **rows, size_t *count, struct err *err);
/* Units that accepted, ascending. */
int negotiation_store_accepted(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t **units, size_t *count,
                               struct err *err);
/* Units whose request has no answer. */
int negotiation_store_asking(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t **units, size_t *count,
                             struct err *err);

#endif
