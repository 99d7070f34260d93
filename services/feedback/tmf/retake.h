/* retake: events whose type nobody knew when they came are looked at once more, when the daemon starts and when their
 * feed changes: what knows the type by now takes them in as of the time at which they came, what doesn't leaves them.
 */
#ifndef BIHUAN_FEEDBACK_TMF_RETAKE_H
#define BIHUAN_FEEDBACK_TMF_RETAKE_H

#include "runtime/runtime.h"

/* The feed has changed. */
int tmf_retake_feed(struct tx *tx, uint32_t feed_id, struct err *err);
/* The timer: looks at some of them, until none is left. */
int tmf_retake(struct tx *tx, const void *message, struct err *err);

#endif
