/* lint_parts: whether channels and products are more than what they are parts of. Pure; one of the rules of lint. */
#ifndef BIHUAN_SERVICES_PLANNING_LINT_PARTS_H
#define BIHUAN_SERVICES_PLANNING_LINT_PARTS_H

#include "planning/lint/lint.h"

/* Reports LINT_CHANNELS_DIFFER and LINT_PRODUCTS_DIFFER for each target that its channels, or the products directly
 * below it, are more than; they may be less. Where a part has no target itself, it has at least what the units below it
 * have of it, or its channels, or the products below it, whichever is most. */
void lint_parts(const struct lint_input *input, lint_report *report, void *arg);

#endif
