/* contribution: what an order line contributes to every measure. Pure; the one place where measures meet facts.
 *
 * A measure counts facts of its kind, by default order lines (refdata/fact_kinds.h). Its filter holds when all of its
 * parts hold, and the line's sender is no witness: product (with all below it), channel, state, price off the list,
 * place of use outside the seller's city, age on the day of the fact (of levels as days go by, measures/level.h), and
 * what must be given. Off the list: the amount differs from quantity times list price by more than the band; a list
 * price of 0 is a gift, so any price is off; a product without a list price is never off. Off the policy: the same
 * against the price that policy sets on the day in the line's channel (else in all channels, else the list price).
 * Outside: the city of the place and the city above the credited unit on the day are both known and differ. A cancel
 * row itself contributes nothing (effect.h takes the record's contributions back).
 */
#ifndef BIHUAN_FEEDBACK_CONTRIBUTION_H
#define BIHUAN_FEEDBACK_CONTRIBUTION_H

#include "base/arena.h"
#include "feedback/facts/order_line.h"
#include "feedback/reference/reference.h"

/* Whether the filter of a measure holds for the line. */
bool contribution_holds(const struct reference *reference, const struct ref_measure *measure,
                        const struct order_line *line);

/* Distinct counts aren't among them: what a line counts for there depends on others (measures/distinct.h).
 * Fills line->contributions from the other fields; values of 0 are left out. Arrays in the arena. */
void contribution_compute(const struct reference *reference, struct order_line *line, struct arena *arena);

#endif
