/* payplan_lint: what is doubtful about a plan that can be computed: each with the consent that lets it pass. Pure.
 *
 *   cliff             one unit more changes the pay at once: a slab or flat band, a threshold, a floor
 *   unreachable_band  a band that can't change what is paid: the cap is reached below it
 *   falling_rate      a band pays less than the one below it
 *   rich              a band pays more than half of an amount
 *
 * Of a table with axes each row is looked at, and the steps between them: a cliff where an axis reaches a band that
 * pays otherwise, an unreachable_band where it pays the same, where an axis of the bands' own quantity makes cells that
 * can't be reached, and where a class isn't paid at all.
 */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_LINT_H
#define BIHUAN_PAYPLAN_PAYPLAN_LINT_H

#include "payplan/payplan.h"

/* `words` in the language; borrowed for the call. `consented`: the plan's document stands for it. */
typedef void payplan_finding_fn(void *arg, const char *component, const char *code, const char *words, bool consented);

/* Returns how many there are without consent. */
size_t payplan_lint(const struct payplan *plan, bool zh, payplan_finding_fn *finding, void *arg);

/* The words of consents. */
bool payplan_consent_known(const char *word);

#endif
