/* state: what feedback keeps in memory; a cache of its tables.
 *
 * Threads: `current`, `dirty` and `filters` are the writer's. `shown` is what others see, under `lock`.
 */
#ifndef BIHUAN_FEEDBACK_STATE_H
#define BIHUAN_FEEDBACK_STATE_H

#include "feedback/facts/filter.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

#include <pthread.h>
#include <stdatomic.h>

struct askers;
struct loader;

struct feedback {
    pthread_mutex_t lock;
    struct snapshot *shown;
    struct snapshot *current;
    bool dirty; /* the tables say something else than `current` */
    struct filter *filters[BUCKETS_MAX];
    struct loader *loader;
    struct askers *askers;
    _Atomic uint64_t releases; /* counts files that operators released; the loader then looks anew at those that wait */
    uint64_t last_file;        /* writer: number of the last file, 0 not read yet; may leave one out after a refusal */
    bool retake_asking, retake_asked; /* writer: events of unknown type are looked at once more since the start: asked
                                         for in this transaction, in one that was committed */
    uint8_t unfit_event[16];          /* writer: digest of the last of them that failed */
    int64_t missing_due_us;           /* writer: monotonic time at which missing files are looked for next */
};

/* Writer: the snapshot of this transaction, built from the tables where something changed. Borrowed. */
int state_snapshot(struct tx *tx, const struct snapshot **out, struct err *err);
/* Any thread: the committed one, NULL while there is none. The caller drops it. */
struct snapshot *state_shown(struct feedback *feedback);
/* Writer: the filter of a bucket; all are filled from the table on first use. */
int state_filter(struct tx *tx, uint16_t bucket, struct filter **out, struct err *err);

/* Hooks of the service, see runtime.h. */
int state_load(struct tx *tx, struct err *err);
void state_drop(struct runtime *rt);
int state_before_commit(struct tx *tx, struct err *err);
void state_after_commit(struct runtime *rt);

#endif
