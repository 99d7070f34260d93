/* pack: small files that wait are recorded together, a group in one transaction: what a commit costs is shared.
 *
 * It takes files from the front of a list while they are small, whole, and of a feed without control; everything else
 * is left to file_reader, as is a group whose transaction fails.
 */
#ifndef BIHUAN_FEEDBACK_PACK_H
#define BIHUAN_FEEDBACK_PACK_H

#include "feedback/files/loader_internal.h"

#define PACK_FILES 32

struct pack;

/* Any number of files from names[0..count): how many were dealt with, 0 where the first isn't one for a pack. */
size_t pack_run(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping, char *const *names,
                size_t count);
void pack_destroy(struct pack **pack);

int intake_pack(struct tx *tx, const void *message, struct err *err); /* struct pack */

#endif
