/* requests: rows that are recorded within a transaction that is under way. */
#ifndef BIHUAN_FEEDBACK_REQUESTS_H
#define BIHUAN_FEEDBACK_REQUESTS_H

#include "feedback/files/file_store.h"
#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

/* Records the rows of the request as a file of its name; *out is that file, or the one with the same content that came
 * before. Refuses as AppendRecords does. */
int append_records(struct tx *tx, const Bihuan__AppendRecordsRequest *request, struct file_row *out, struct err *err);

#endif
