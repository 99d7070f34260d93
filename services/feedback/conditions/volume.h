/* volume: how many records a feed, and each city's part of it, brings by business day. */
#ifndef BIHUAN_FEEDBACK_CONDITIONS_VOLUME_H
#define BIHUAN_FEEDBACK_CONDITIONS_VOLUME_H

#include "feedback/files/row_batch.h"
#include "runtime/runtime.h"

/* Adds the batch's fresh records (of counts) to the volumes, for the feed as a whole and for the city that each is of;
 * where the feed's cities are known by their rows' units, also notes their latest events. */
int volume_note(struct tx *tx, const struct snapshot *snapshot, const struct row_batch *batch,
                const struct record_counts *counts, struct err *err);

#endif
