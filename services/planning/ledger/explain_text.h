/* explain_text: figures of an explanation as texts. */
#ifndef BIHUAN_SERVICES_PLANNING_EXPLAIN_TEXT_H
#define BIHUAN_SERVICES_PLANNING_EXPLAIN_TEXT_H

#include "planning/targets/targets.h"

/* whole / of as an amount of the measure with six further decimals, rounded down; without them where it is too large.
 * of > 0. In the call's arena. */
char *share_text(struct tx *tx, uint32_t measure_id, __int128 whole, __int128 of);

/* What one weight of a mix said. `part` NULL: the weight that stands behind the mix: the fit of a channel or product
 * (`across`), else equal parts. `level`: values are the measure's own. -1: nothing. */
Bihuan__CutFigure *figure_message(struct tx *tx, uint32_t measure_id, const Bihuan__MixPart *part, bool across,
                                  bool level, int64_t value, int64_t of);

#endif
