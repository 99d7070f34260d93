/* compare: two senders of the same facts beside each other, record by record. */
#ifndef BIHUAN_FEEDBACK_COMPARE_H
#define BIHUAN_FEEDBACK_COMPARE_H

#include "runtime/runtime.h"

int on_compare_feeds(struct tx *tx, const void *message, struct err *err);

#endif
