/* complete: somebody or a file of its own says to when a feed is complete. */
#ifndef BIHUAN_FEEDBACK_COMPLETE_H
#define BIHUAN_FEEDBACK_COMPLETE_H

#include "runtime/runtime.h"

/* A file whose name is an end mark's. */
struct end_mark {
    uint32_t feed_id;
    uint32_t city; /* whose part of the feed, 0 all of it */
    int32_t day;   /* complete to its end */
};

int on_complete_feed(struct tx *tx, const void *message, struct err *err);
/* HANDLE_LOCAL: a struct end_mark. */
int complete_by_mark(struct tx *tx, const void *message, struct err *err);

#endif
