/* phases: one target with its curve, of any version, and its days gathered into weeks and months. */
#ifndef BIHUAN_SERVICES_PLANNING_PHASES_H
#define BIHUAN_SERVICES_PLANNING_PHASES_H

#include "planning/targets/targets.h"

/* Amounts of one target in the periods that were asked for, read once each. */
struct phase_amounts {
    struct tx *tx;
    struct slice_key key;
    uint32_t unit_id;
    int64_t *amount;   /* by period id; -1: not read yet, 0: none */
    uint32_t *version; /* by period id */
    struct err *err;
    bool failed;
};

void phase_amounts_init(struct phase_amounts *amounts, struct tx *tx, uint32_t unit_id, const struct slice_key *key,
                        struct err *err);
/* Of the version in force; 0 none, or it couldn't be read (then `failed`). */
int64_t phase_amount(const void *amounts, const struct ref_period *period);

#endif
