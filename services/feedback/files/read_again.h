/* read_again: files of a feed are read again, since its codes mean something else. */
#ifndef BIHUAN_FEEDBACK_READ_AGAIN_H
#define BIHUAN_FEEDBACK_READ_AGAIN_H

#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

/* Whether an entry that stands in both maps means something else in the second; what is new or gone in it doesn't
 * matter: no row was recorded by the one, and what was by the other stands. Pure. */
bool code_entries_differ(Bihuan__CodeMapEntry *const *old, size_t old_count, Bihuan__CodeMapEntry *const *now,
                         size_t now_count);
/* The same of a feed's own maps, by their names. */
bool feed_codes_differ(const Bihuan__Feed *old, const Bihuan__Feed *now);

/* Has all finished files of the feed that are in the archive read again, soon, by readers that know the feed as it is
 * then, and what came by request (appended.h) as well; *count: how many there are. dry: only counts. */
int read_again(struct tx *tx, const Bihuan__Feed *feed, bool dry, uint32_t *count, struct err *err);
/* Timer: brings the files back whose feeds were noted, and has appended.h begin. */
int read_again_timer(struct tx *tx, const void *message, struct err *err);

#endif
