/* reissue: after a definition changed, what recorded facts contribute is worked out again, and the difference is
 * published. A bucket at a time, in pieces, between other work; how far it has come is in a table.
 *
 * Facts that come in meanwhile are recorded with the new definition at once, so it doesn't matter whether the walk has
 * passed them.
 */
#ifndef BIHUAN_FEEDBACK_REISSUE_H
#define BIHUAN_FEEDBACK_REISSUE_H

#include "runtime/runtime.h"

/* Asks for all buckets to be walked, from the start, where there are any facts. */
int reissue_ask(struct tx *tx, struct err *err);
/* Timer. */
int reissue_go_on(struct tx *tx, const void *message, struct err *err);
/* Whether a bucket is still to be walked. */
int reissue_pending(struct tx *tx, uint16_t bucket, bool *pending, struct err *err);

#endif
