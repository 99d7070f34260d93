/* check_axes: whether what was cut completely is still what its parts have together. */
#ifndef BIHUAN_SERVICES_PLANNING_CHECK_AXES_H
#define BIHUAN_SERVICES_PLANNING_CHECK_AXES_H

#include "planning/lint/check.h"

/* Reports LINT_CUT_DIFFERS for each unit where it isn't: over channels and products in the version at hand; over
 * periods between it (where it is its period's latest) and the latest of the others, whether they are in force or not.
 */
int check_axes(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err);
/* Such a finding in words. */
char *axes_words(struct tx *tx, const struct lint_finding *f);

#endif
