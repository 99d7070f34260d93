/* judge: timers and questions about files that should have come. */
#ifndef BIHUAN_FEEDBACK_JUDGE_H
#define BIHUAN_FEEDBACK_JUDGE_H

#include "runtime/runtime.h"

int judge_missing(struct tx *tx, const void *message, struct err *err); /* timer */
int on_list_missing(struct tx *tx, const void *message, struct err *err);

#endif
