/* archived: files that were moved into the archive just now, looked at again for some minutes: a sender that goes on
 * writing writes into the archive, where nobody would see it. One that was written to comes back into the inbox under
 * its name, to be read as a delivery of its own; what was read of it before stays in the archive. The loader's thread
 * only.
 */
#ifndef BIHUAN_FEEDBACK_ARCHIVED_H
#define BIHUAN_FEEDBACK_ARCHIVED_H

#include "feedback/files/inbox.h"
#include "feedback/files/loader_internal.h"

/* It was moved there as file `id` of the feed; sha256: of what was read. */
void archived_note(struct loader *loader, const struct mapping *mapping, uint64_t id, const char *name,
                   const struct inbox_file *file, const uint8_t sha256[SHA256_LEN]);
/* Looks at those whose time it is. */
void archived_look(struct loader *loader, const struct snapshot *snapshot);
void archived_clear(struct loader *loader);

int intake_grew(struct tx *tx, const void *message, struct err *err); /* struct file_trouble */

#endif
