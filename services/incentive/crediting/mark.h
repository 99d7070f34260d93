/* mark: how far the feeds are complete, together. No I/O.
 *
 * A feed's mark says "complete up to `through`" as of certain positions of feedback's streams; it counts once this
 * service has read that far. The installation is complete up to the earliest mark of the feeds that aren't silent; when
 * all are silent, up to the latest.
 */
#ifndef BIHUAN_INCENTIVE_MARK_H
#define BIHUAN_INCENTIVE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mark {
    uint32_t feed_id;
    int64_t through_us; /* exclusive */
    bool silent;
    uint64_t *seq; /* by bucket; owned */
    size_t seq_count;
};

struct marks {
    struct mark *list;
    size_t count, cap;
};

/* A copy of seq is kept. The same mark again replaces the one before. */
void marks_add(struct marks *marks, uint32_t feed_id, int64_t through_us, bool silent, const uint64_t *seq,
               size_t seq_count);
void marks_set_silent(struct marks *marks, uint32_t feed_id, bool silent);
/* The feed's latest mark that counts, 0 none. */
int64_t marks_of_feed(const struct marks *marks, uint32_t feed_id, const uint64_t *positions, size_t buckets);
/* The installation's; 0 while no feed has a mark that counts. */
int64_t marks_through(const struct marks *marks, const uint64_t *positions, size_t buckets);
/* Forgets the feed's marks below `through_us`. */
void marks_prune(struct marks *marks, uint32_t feed_id, int64_t through_us);
void marks_clear(struct marks *marks);

#endif
