/* card_lint: what is doubtful about a scorecard that can be scored by: cliffs, bands that can't be reached or that give
 * less than the one below. Nothing here is refused (what is wrong is: card_check); it is told, with a trial and on
 * asking. */
#ifndef BIHUAN_INCENTIVE_CARD_LINT_H
#define BIHUAN_INCENTIVE_CARD_LINT_H

#include "incentive/cards/card.h"

/* `measure` is the line's, or an index's title; `words` in the language; borrowed for the call. */
typedef void card_finding_fn(void *arg, const char *measure, const char *code, const char *words);
void card_lint(const struct card *card, bool zh, card_finding_fn *finding, void *arg);

#endif
