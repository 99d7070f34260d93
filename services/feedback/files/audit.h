/* audit: finished files are compared with the ledger of facts now and then, by a thread and on a connection of their
 * own: adding up what a large file brought takes a while, and neither the writer nor the next file must wait for that.
 */
#ifndef BIHUAN_FEEDBACK_AUDIT_H
#define BIHUAN_FEEDBACK_AUDIT_H

#include "feedback/files/loader_internal.h"

int audit_start(struct loader *loader, struct err *err);
/* Once the runtime stops; joins the thread. */
void audit_stop(struct loader *loader);

#endif
