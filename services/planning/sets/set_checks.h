/* set_checks: the check of a set's versions, each beside the others as they would come into force together. */
#ifndef BIHUAN_SERVICES_PLANNING_SET_CHECKS_H
#define BIHUAN_SERVICES_PLANNING_SET_CHECKS_H

#include "planning/sets/plan_set.h"
#include "planning/lint/check.h"

/* One for each member, in their order, loaded and not run; in the call's arena. They borrow the set. ERR_CONFLICT
 * "no_targets" where one has no cell. */
int set_checks_load(struct tx *tx, const struct plan_set *set, struct check **out, struct err *err);
int set_checks_run(struct tx *tx, struct check *checks, size_t count, struct err *err);

/* Cells above 0: what is published. */
uint32_t slices_lines(const struct slice *slices, size_t count);
/* ERR_CONFLICT "no_targets" where none of the set has any: a month may have nothing beside others. */
int set_checks_lines(const struct plan_set *set, const struct check *checks, struct err *err);

/* Of one version that is looked at: loaded, with its set where it is in the works. */
int set_checks_of(struct tx *tx, struct check *check, struct err *err);

#endif
