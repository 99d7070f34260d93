/* known_store: which contents a feed has brought before, many asked in one round trip. */
#ifndef BIHUAN_FEEDBACK_KNOWN_STORE_H
#define BIHUAN_FEEDBACK_KNOWN_STORE_H

#include "feedback/files/file_store.h"

/* known[i]: file_store_by_content() finds a file with the content of hash i. */
int known_store_contents(struct tx *tx, uint32_t feed_id, const uint8_t (*sha256)[SHA256_LEN], size_t count,
                         bool *known, struct err *err);

#endif
