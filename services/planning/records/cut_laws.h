/* cut_laws: decompositions and what was cut completely before: which slices may be cut, what is recorded, and what
 * follows over all axes. */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_LAWS_H
#define BIHUAN_SERVICES_PLANNING_CUT_LAWS_H

#include "planning/records/cut_store.h"
#include "planning/cuts/cut.h"

/* Whether a slice is one of the parts of a cut over channels or products. */
bool cut_row_holds(struct tx *tx, const struct cut_row *row, const struct slice_key *part);
/* The cut over channels or products that makes the source a sum of other sources; NULL: none. */
const struct cut_row *cut_whole_of(const struct cut *cut, const struct slice *source);
/* Over units wholes follow their parts where all slices are cut: they are no sources then. Over periods a part is cut
 * together with its whole, or not at all. */
int cut_choose(struct cut *cut, struct err *err);

/* Books what the decomposition came to, with all that follows: those above and beside the unit, and over the other
 * axes. Records what was cut completely. */
int cut_book(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err);

/* The latter alone; and one such row, unless it was said at or above the unit. *version: of the draft that it was
 * recorded in, where one was needed. */
int cut_record(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err);
int cut_record_row(struct tx *tx, const struct ref_period *period, const struct cut_row *row, uint32_t *version,
                   struct err *err);
/* Takes one back. ERR_NOT_FOUND where it isn't there. */
int cut_forget_row(struct tx *tx, const struct ref_period *period, const struct cut_row *row, uint32_t *version,
                   struct err *err);

#endif
