/* loader: the thread that watches the inbox and reads files, ahead of the writer by a few batches.
 *
 * It reads, decodes, maps and sorts one batch while the writer records the one before, and posts each as one step
 * (intake.h). Files of all feeds are taken in the order of their names, one at a time. What it knows about a file is
 * only in the tables: after any failure it forgets everything, looks again, and goes on at the committed place.
 */
#ifndef BIHUAN_FEEDBACK_LOADER_H
#define BIHUAN_FEEDBACK_LOADER_H

#include "base/err.h"
#include "runtime/runtime.h"

struct loader;

int loader_start(struct loader **out, struct runtime *rt, struct err *err);
void loader_wake(struct loader *loader); /* any thread: look now */
/* After the writer has ended: joins the thread. Its memory stays: the runtime may still hold messages. */
void loader_stop(struct loader *loader);

#endif
