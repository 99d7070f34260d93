/* replace_store: the SQL of days that are replaced as a whole. */
#ifndef BIHUAN_FEEDBACK_REPLACE_STORE_H
#define BIHUAN_FEEDBACK_REPLACE_STORE_H

#include "runtime/runtime.h"

/* The day's file with the highest number among those read to their end; *id 0 where the file has no day or number. */
int replace_store_highest(struct tx *tx, uint64_t file_id, uint64_t *id, int64_t *number, struct err *err);

struct replace_key {
    uint16_t bucket;
    const char *key;
};
/* Records of the sender that files of that file's day have, all in versions below `version`; by bucket and key, in the
 * call's arena. */
int replace_store_left_out(struct tx *tx, uint64_t file_id, int16_t sender, int32_t version, struct replace_key **out,
                           size_t *count, struct err *err);
/* Files of the day with lower numbers, read to their end, are superseded. */
int replace_store_supersede(struct tx *tx, uint64_t highest, struct err *err);

#endif
