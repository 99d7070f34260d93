/* streams: answers to replay; see streams.c. Not for services. */
#ifndef BIHUAN_RUNTIME_STREAMS_H
#define BIHUAN_RUNTIME_STREAMS_H

#include "runtime/runtime_internal.h"

/* Rows of a stream byte for byte as they were published, for whoever missed them; they come from the table or from one
 * archived file, the asker goes on from there. Needs no principal: peers are known by their bus keys. A file that is
 * missing or damaged is ERR_UNAVAILABLE, "archive_missing" or "archive_damaged": nothing is passed over. */
int streams_replay(struct tx *tx, const uint8_t *payload, size_t len, struct err *err);

#endif
