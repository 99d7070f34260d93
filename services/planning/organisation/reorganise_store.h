/* reorganise_store: the SQL of the record of reorganisations, and of the targets that they touch. */
#ifndef BIHUAN_SERVICES_PLANNING_REORGANISE_STORE_H
#define BIHUAN_SERVICES_PLANNING_REORGANISE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning_organisation.pb-c.h"

/* Gives it the next id and keeps it. */
int reorganise_store_add(struct tx *tx, Bihuan__Reorganisation *change, struct err *err);
/* Newest first, below id `before` (0: from the newest), of a unit and person ("" any); in the call's arena. */
int reorganise_store_list(struct tx *tx, const char *unit, const char *person, uint32_t before, uint32_t limit,
                          Bihuan__Reorganisation ***items, size_t *count, struct err *err);

struct touched {
    uint32_t period_id, unit_id, drafts, published; /* published: lines of the last version */
};
/* Targets of these units in these periods, by period and unit, without empty ones; in the call's arena. */
int reorganise_store_targets(struct tx *tx, const int32_t *periods, size_t period_count, const int32_t *units,
                             size_t unit_count, struct touched **rows, size_t *count, struct err *err);

#endif
