/* stale: whether somebody who acts on a version saw what it is now. */
#ifndef BIHUAN_SERVICES_PLANNING_STALE_H
#define BIHUAN_SERVICES_PLANNING_STALE_H

#include "planning/targets/targets.h"

/* What somebody saw: both above 0. */
struct seen {
    uint32_t version, revision;
};

/* 0 where `row` is the version that was seen and neither a target of it changed nor a step was taken since; what units
 * answered in between doesn't matter. Else ERR_INVALID (nothing named) or ERR_CONFLICT "stale", with what changed. */
int stale_check(struct tx *tx, const struct ref_period *period, const struct version_row *row, struct seen seen,
                struct err *err);
/* The same of some units: acts that touched a target of theirs, and what they answered. */
int stale_check_of(struct tx *tx, const struct ref_period *period, const struct version_row *row, struct seen seen,
                   const uint32_t *units, size_t count, struct err *err);
/* The same of all at and below the units on the period's first day, in its latest version, for who edits: where neither
 * version nor revision is named nothing is asked. */
int stale_check_below(struct tx *tx, const struct ref_period *period, struct seen seen, const uint32_t *tops,
                      size_t count, struct err *err);

#endif
