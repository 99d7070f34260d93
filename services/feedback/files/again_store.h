/* again_store: feeds whose files are to be read again. On the writer. */
#ifndef BIHUAN_FEEDBACK_AGAIN_STORE_H
#define BIHUAN_FEEDBACK_AGAIN_STORE_H

#include "runtime/runtime.h"

int again_store_note(struct tx *tx, const char *feed, struct err *err);
/* Their ids, in the call's arena; they are noted no more. */
int again_store_take(struct tx *tx, uint32_t **feeds, size_t *count, struct err *err);

#endif
