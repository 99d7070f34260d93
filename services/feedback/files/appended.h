/* appended: rows that came by request, TM Forum events among them, are read again since their codes mean something
 * else: out of archive/<feed>/appended-<day>, where inbox_note_rows() put them.
 *
 * The writer does it, a little each second, each request as one file that is read anew. What stands there twice, was
 * rolled back or was torn when the power went is told by its hash.
 */
#ifndef BIHUAN_FEEDBACK_APPENDED_H
#define BIHUAN_FEEDBACK_APPENDED_H

#include "feedback/files/file_store.h"
#include "runtime/runtime.h"

/* Whether the file is one of rows that came by request, as far as one can see: its day has such rows. */
bool appended_has(struct tx *tx, const struct file_row *file);
/* The timer: reads some of those of feeds that were noted (again_store_appended_begin), until none is left. */
int appended_go_on(struct tx *tx, const void *message, struct err *err);

#endif
