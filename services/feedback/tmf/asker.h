/* asker: the threads that ask senders of TM Forum events for what no event told, and register feeds at their hubs.
 *
 * A few senders at once (setting tmf_askers), each by one thread and at its feed's pace: its resources of a window of
 * time page by page, then by id those of which events came but not what they are; these out of turn too, as soon as an
 * event refers to one. Each page goes through the writer as one step; the window counts as asked for when all of it is
 * recorded, so whatever fails is asked for again. What it knows of a source is only in the tables.
 */
#ifndef BIHUAN_FEEDBACK_TMF_ASKER_H
#define BIHUAN_FEEDBACK_TMF_ASKER_H

#include "base/err.h"
#include "runtime/runtime.h"

struct askers;

int askers_start(struct askers **out, struct runtime *rt, struct err *err);
/* After the writer has ended: joins the threads. Their memory stays: the runtime may still hold messages. */
void askers_stop(struct askers *all);

int on_list_tmf_sources(struct tx *tx, const void *message, struct err *err);
int on_ask_tmf_source(struct tx *tx, const void *message, struct err *err);

#endif
