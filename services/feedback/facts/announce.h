/* announce: effects as FACTS_RECORDED: gathered by column, about 256 rows a message, one bucket and sender at a time.
 *
 * A line whose measures credit both the seller and the unit that the line names is two rows, one for each. One that
 * contributes to nothing is a row where effect_is_told() says so, unless its sender is a witness.
 * announce_flush() must be called before the bucket or the sender changes and at the end.
 */
#ifndef BIHUAN_FEEDBACK_ANNOUNCE_H
#define BIHUAN_FEEDBACK_ANNOUNCE_H

#include "feedback/facts/effect.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

#define ANNOUNCE_ROWS 256

struct announce;

/* In the call's arena. */
struct announce *announce_new(struct tx *tx, const struct snapshot *snapshot);
void announce_to(struct announce *announce, uint16_t bucket, int16_t sender);
/* take_back: the line is undone, its contributions count with the sign turned. */
int announce_line(struct announce *announce, const struct effect_line *line, bool take_back, struct err *err);
/* What it takes to come from one effect to the other; nothing when they are equal. */
int announce_change(struct announce *announce, const struct effect *old, const struct effect *now, struct err *err);
int announce_flush(struct announce *announce, struct err *err);

#endif
