/* ranking: ranks, grades and honours of scored units. No I/O.
 *
 * Units of a card and of its refinements are ranked together, by the card's ranking: in groups of peers, higher score
 * first, ties by the attainments of declared measures, equal in all of them equal in rank (1, 2, 2, 4). A target below
 * the least one isn't ranked. Grades by points go by the score; grades by shares cut each group's ranked units by
 * largest remainder, best grade first, and equal ranks get the better of their grades.
 */
#ifndef BIHUAN_INCENTIVE_RANKING_H
#define BIHUAN_INCENTIVE_RANKING_H

#include "incentive/scoring/score.h"

/* `cards`: those that score the period. */
void rank_units(const struct refdata *refdata, struct card *const *cards, size_t card_count,
                const struct ref_period *period, int32_t day, struct scored_unit *units, size_t count);

/* How many of `ranked` units get each of the grades by shares: comes to `ranked`. */
void rank_quotas(const Bihuan__ScorecardRanking *ranking, uint32_t ranked, uint32_t *quotas);

#endif
