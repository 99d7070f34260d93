/* reasons: words for why a row waits in quarantine; the list is RejectReason in proto/bihuan/feedback.proto. Pure. */
#ifndef BIHUAN_FEEDBACK_REASONS_H
#define BIHUAN_FEEDBACK_REASONS_H

#include "bihuan/feedback.pb-c.h"

#define REASON(name) BIHUAN__REJECT_REASON__REJECT_REASON_##name

/* "unmapped"; "" of NONE and of numbers that are none. */
const char *reason_word(Bihuan__RejectReason reason);
/* The reason of that word, as readers of rows say it; NONE where the list doesn't have it. */
Bihuan__RejectReason reason_parse(const char *word);

#endif
