/* known_store: which contents a feed has brought before, many asked in one round trip, and which of its files wait. */
#ifndef BIHUAN_FEEDBACK_KNOWN_STORE_H
#define BIHUAN_FEEDBACK_KNOWN_STORE_H

#include "feedback/files/file_store.h"

/* known[i]: file_store_by_content() finds a file with the content of hash i, or one waits under name i. */
int known_store_contents(struct tx *tx, uint32_t feed_id, const uint8_t (*sha256)[SHA256_LEN], const char *const *names,
                         size_t count, bool *known, struct err *err);

/* The row of a file that waits under that name, 0 none. */
int known_store_waiting(struct tx *tx, uint32_t feed_id, const char *name, uint64_t *id, struct err *err);
int known_store_drop_waiting(struct tx *tx, uint64_t id, struct err *err);
int known_store_forget_waiting(struct tx *tx, uint32_t feed_id, const char *name,
                               struct err *err); /* if there is one */
/* The last file that was read whose companion that is: the file's name is `of`, or is so up to its first dot. 0: none.
 */
int known_store_of_companion(struct tx *tx, uint32_t feed_id, const char *of, bool of_base, uint64_t *id,
                             struct err *err);
/* What became of a file afterwards. */
int known_store_note(struct tx *tx, uint64_t id, const char *note, struct err *err);
/* Why a file that waits, or is being read, doesn't go on. */
int known_store_say_why(struct tx *tx, uint64_t id, const char *why, struct err *err);

#endif
