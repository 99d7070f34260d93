/* explain: a score line told in words, in Chinese or English, step by step with its numbers. No I/O. */
#ifndef BIHUAN_INCENTIVE_EXPLAIN_H
#define BIHUAN_INCENTIVE_EXPLAIN_H

#include "incentive/scoring/score.h"

/* Fills titles and explanations of all lines and the unit's name; texts live in the arena. */
void explain_score(Bihuan__Score *score, const struct scored_unit *unit, const struct refdata *refdata,
                   struct phasing_point at, bool zh, struct arena *arena);

/* Titles (with channel and product of a slice) and the unit's name only, for a score read from the table. */
void explain_names(Bihuan__Score *score, const struct refdata *refdata, bool zh, struct arena *arena);

/* Why credits of a line carry no points: "" when they do. Static. */
const char *explain_no_points(const Bihuan__ScoreLine *line);

#endif
