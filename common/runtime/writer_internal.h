/* writer_internal: the writer's own state; writer.c holds the thread, batch.c one transaction. */
#ifndef BIHUAN_RUNTIME_WRITER_INTERNAL_H
#define BIHUAN_RUNTIME_WRITER_INTERNAL_H

#include "runtime/runtime_internal.h"

#define TIMERS_MAX 16

struct writer {
    struct runtime *rt;
    pthread_t thread;
    struct db *db;
    uint64_t epoch;
    bool migrated;
    int64_t forget_at_us;
    struct batch batch;
    const struct handler *timers[TIMERS_MAX];
    int64_t timer_due_us[TIMERS_MAX];
    int timer_count;
    size_t solo;  /* inputs still to be run one by one, after a batch failed */
    bool careful; /* ... and the writes of each are looked at before the next, so that the guilty one is known */
    /* A stream that waits because its next event fails: tried again at blocked_until. */
    int64_t blocked_until_us[SOURCES_MAX][BUCKETS_MAX];
    uint64_t failed_seq[SOURCES_MAX][BUCKETS_MAX];
    int failed_times[SOURCES_MAX][BUCKETS_MAX];
    int blocked_count;
};

enum batch_result {
    BATCH_DONE,
    BATCH_LOST,   /* rolled back: memory must be dropped and loaded again; inputs are back in the queue */
    BATCH_FENCED, /* another instance holds the buckets */
};

/* Runs the inputs (a list, taken over) in one transaction, commits, and sends; without any the timers that are due. */
enum batch_result batch_run(struct writer *writer, struct input *list);

/* Reads heads and positions into the batch and the runtime. Inside a transaction. */
int batch_load(struct writer *writer, struct err *err);

/* A transaction's skeleton around `fn`: used for load(). */
int batch_call(struct writer *writer, int (*fn)(struct tx *tx, struct err *err), struct err *err);

#endif
