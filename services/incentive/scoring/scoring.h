/* scoring: brings the stored scores up to what is booked, and tells what moved. */
#ifndef BIHUAN_INCENTIVE_SCORING_H
#define BIHUAN_INCENTIVE_SCORING_H

#include "incentive/scoring/score.h"
#include "incentive/state.h"

/* The last complete business day by the marks that count; NO_DAY none. */
int32_t scoring_complete_day(struct incentive *state, struct tx *tx);

/* Packs one score as it is stored. In the arena. */
const uint8_t *scoring_pack(const struct scored_unit *unit, const struct refdata *refdata,
                            const struct ref_period *period, int32_t as_of, struct arena *arena, size_t *len);

/* Where scoring finds its sums. */
struct score_sums scoring_sums(const struct incentive *state);

/* Last day of a period that counts when the installation is complete up to state->as_of. */
int32_t scoring_as_of(const struct incentive *state, const struct ref_period *period);

/* Stores what changed of one period's scores and publishes SCORES_MOVED. The caller holds the lock for writing. */
int scoring_store(struct incentive *state, struct tx *tx, const struct scoring *scoring, struct err *err);

/* Timer: recomputes every period that runs, when something changed and the setting's interval has passed. */
/* Scores all running periods now, where anything moved since they were scored. The caller has begun to write (it can no
 * longer refuse). */
int scoring_bring_up(struct incentive *state, struct tx *tx, struct err *err);
int scoring_timer(struct tx *tx, const void *unused, struct err *err);

#endif
