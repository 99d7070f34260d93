/* audit: finished files are compared with the ledger of facts now and then, by the loader's thread on a connection of
 * its own: adding up what a large file brought takes a while, and the writer must not wait for that. */
#ifndef BIHUAN_FEEDBACK_AUDIT_H
#define BIHUAN_FEEDBACK_AUDIT_H

#include "feedback/files/loader_internal.h"

/* Does nothing until some seconds have passed since the last time. */
void audit_run(struct loader *loader);
void audit_fini(struct loader *loader);

#endif
