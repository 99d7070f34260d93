/* listener: TM Forum events in front of a feed: each becomes rows that are recorded as if they had been appended. */
#ifndef BIHUAN_FEEDBACK_TMF_LISTENER_H
#define BIHUAN_FEEDBACK_TMF_LISTENER_H

#include "feedback/mapping/mapping.h"
#include "runtime/runtime.h"

/* What keeps a feed from taking events, with the pointer to it; NULL: it can. Pure. */
const char *tmf_unfit(const struct mapping *mapping, const char **pointer);

int on_receive_tmf(struct tx *tx, const void *message, struct err *err);
int on_list_held(struct tx *tx, const void *message, struct err *err);

/* Timer: events that came more than tmf_keep_days ago go to archive/<feed>/events-<month>. */
int tmf_archive_events(struct tx *tx, const void *message, struct err *err);

#endif
