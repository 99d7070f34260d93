/* requests: rows that are recorded within a transaction that is under way. */
#ifndef BIHUAN_FEEDBACK_REQUESTS_H
#define BIHUAN_FEEDBACK_REQUESTS_H

#include "feedback/files/file_store.h"
#include "feedback/mapping/mapping.h"
#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

/* Records the rows of the request as a file of its name; *out is that file, or the one with the same content that came
 * before. Refuses as AppendRecords does. */
int append_records(struct tx *tx, const Bihuan__AppendRecordsRequest *request, struct file_row *out, struct err *err);
/* Reads them into a batch that was initialised, by the feed as it is; row->city is set. Nothing is recorded. */
int append_read(struct tx *tx, const struct mapping *mapping, const Bihuan__AppendRecordsRequest *request,
                struct file_row *row, struct row_batch *batch, struct err *err);

#endif
