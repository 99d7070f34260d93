/* try_cards: scorecards tried on a period's facts: the scores and ranks that they would give. Nothing is written. */
#ifndef BIHUAN_INCENTIVE_TRY_CARDS_H
#define BIHUAN_INCENTIVE_TRY_CARDS_H

#include "incentive/scoring/score.h"
#include "incentive/state.h"

/* Cards made for a trial, beside those in force. */
struct try_cards {
    struct card **made; /* own */
    size_t made_count;
    struct card **cards; /* those that score: made, and those in force whose place none takes; in the call's arena */
    size_t count;
};

/* Checks the documents (problems are added to the call) and makes them; 0 also where there are problems. A line over a
 * slice that no card in force asks for is a problem: its sums aren't kept. With the state's lock. */
int try_cards_make(struct incentive *state, struct tx *tx, Bihuan__Scorecard *const *docs, size_t count,
                   struct try_cards *out, struct err *err);
void try_cards_fini(struct try_cards *cards);

/* All scores of the period by them. */
int try_cards_score(struct incentive *state, struct tx *tx, const struct ref_period *period, struct try_cards *cards,
                    struct scoring *out, struct err *err);

#endif
