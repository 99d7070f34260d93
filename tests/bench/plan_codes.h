/* plan_codes: what the check of a plan is to find, as the tables say, and publishing in spite of it: of nothing else.
 */
#ifndef BIHUAN_TESTS_BENCH_PLAN_CODES_H
#define BIHUAN_TESTS_BENCH_PLAN_CODES_H

#include "bihuan/planning_targets.pb-c.h"
#include "support/stack.h"

/* Codes in quotes, by commas, that the check of the period's last version is to find; where it found others it says so
 * and counts it in *wrong. In the stack's arena, as below. */
const char *plan_codes(struct stack *stack, const char *period, const Bihuan__LintPlanReply *lint, int *wrong);

/* The request that publishes the first of the periods with all that is tied to it: the others (NULL-terminated). */
const char *plan_consents(struct stack *stack, const char *const *periods, int *wrong);

#endif
