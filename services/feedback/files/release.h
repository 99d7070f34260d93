/* release: waiting rows read again with the feed as it is now, and as they were mended. */
#ifndef BIHUAN_FEEDBACK_RELEASE_H
#define BIHUAN_FEEDBACK_RELEASE_H

#include "feedback/files/file_store.h"

/* Reads rows that reject_store_list() told. Those that can be read are recorded and leave quarantine, and *released
 * counts them; the others get the reason that holds now. The filter's place moves behind the last of them. */
int release_rows(struct tx *tx, struct reject_filter *filter, const struct db_rows *rows, uint64_t *released,
                 struct err *err);

#endif
