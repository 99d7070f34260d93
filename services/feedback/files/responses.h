/* responses: what the sender is told of a file: a file in outbox/<feed>/ beside each file received, where the feed asks
 * for it.
 *
 *   <name>.right   every row was recorded, or is known
 *   <name>.wrong   some rows wait: each of them as it came (of UTF-16 feeds as UTF-8), behind it ^reason^column
 *   <name>.bad     the file was refused
 *
 * The first line says "name^read^accepted^duplicate^superseded^suspended^filtered", for a refused file "name^why".
 * That one is due is noted in the transaction that finishes the file, that it was written in a later one; in between it
 * may be written again, with the same bytes, and is put in place by renaming. So a crash neither loses nor doubles it.
 */
#ifndef BIHUAN_FEEDBACK_RESPONSES_H
#define BIHUAN_FEEDBACK_RESPONSES_H

#include "feedback/files/file_store.h"

/* In the transaction that finishes a file. */
int response_note(struct tx *tx, uint64_t file_id, struct err *err);
int responses_write(struct tx *tx, const void *message, struct err *err); /* timer */

#endif
