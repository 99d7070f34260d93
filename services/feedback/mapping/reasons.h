/* reasons: words for why a row waits in quarantine; the list is RejectReason in proto/bihuan/feedback.proto. Pure. */
#ifndef BIHUAN_FEEDBACK_REASONS_H
#define BIHUAN_FEEDBACK_REASONS_H

#include "base/arena.h"

#include "bihuan/feedback.pb-c.h"

#define REASON(name) BIHUAN__REJECT_REASON__REJECT_REASON_##name

/* "unmapped"; "" of NONE and of numbers that are none. */
const char *reason_word(Bihuan__RejectReason reason);
/* The reason of that word, as readers of rows say it; NONE where the list doesn't have it. */
Bihuan__RejectReason reason_parse(const char *word);

/* What is to be done about a row that takes another amount, quantity ... of the record back than it has. */
const char *reason_of_reversal(struct arena *arena, const char *key, const char *differs);

#endif
