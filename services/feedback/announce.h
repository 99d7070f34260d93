/* announce: effects as FACTS_RECORDED: gathered by column, about 256 rows a message, one bucket and sender at a time.
 *
 * announce_flush() must be called before the bucket or the sender changes and at the end.
 */
#ifndef BIHUAN_FEEDBACK_ANNOUNCE_H
#define BIHUAN_FEEDBACK_ANNOUNCE_H

#include "feedback/effect.h"
#include "runtime/runtime.h"

#define ANNOUNCE_ROWS 256

struct announce;

/* In the call's arena. */
struct announce *announce_new(struct tx *tx, uint64_t planning_seq);
void announce_to(struct announce *announce, uint16_t bucket, const char *sender);
/* take_back: the line is undone, its contributions count with the sign turned. */
int announce_line(struct announce *announce, const struct effect_line *line, bool take_back, struct err *err);
/* What it takes to come from one effect to the other; nothing when they are equal. */
int announce_change(struct announce *announce, const struct effect *old, const struct effect *now, struct err *err);
int announce_flush(struct announce *announce, struct err *err);

#endif
