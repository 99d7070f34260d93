/* orphans: companions in the inbox whose file isn't there: put away where it was read before, else told after a while.
 * On the loader's thread, but for the step of the writer. */
#ifndef BIHUAN_FEEDBACK_ORPHANS_H
#define BIHUAN_FEEDBACK_ORPHANS_H

#include "feedback/files/loader_internal.h"

/* Looks at one feed's folder. -1: the daemon can't take anything for now. */
int orphans_look(struct loader *loader, const struct mapping *mapping, struct err *err);
/* Whether it's time for that, in this round of looks. */
bool orphans_due(struct loader *loader);

int intake_orphan(struct tx *tx, const void *message, struct err *err); /* struct orphan */

#endif
