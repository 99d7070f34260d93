/* batch_internal: what the files of one transaction share: batch.c runs it, batch_events.c an event, batch_requests.c a
 * request. Writer thread only. */
#ifndef BIHUAN_RUNTIME_BATCH_INTERNAL_H
#define BIHUAN_RUNTIME_BATCH_INTERNAL_H

#include "runtime/writer_internal.h"

/* What one run of a batch leaves behind, besides the data base. */
struct run {
    struct writer *writer;
    struct output *first, *last; /* replies, sent after the commit */
    struct output *resets;       /* streams that must be read on from their positions, sent whatever becomes of us */
    struct input *guilty;        /* the input that failed for good */
    bool reload;                 /* committed, but memory may be half-changed: an event was parked */
    bool refresh; /* ... by a request that was refused, of a service whose load() may be called at any time */
};

static inline struct batch *batch_of(struct run *run)
{
    return &run->writer->batch;
}

/* Sent after the commit. */
void batch_add_output(struct run *run, struct output *output);
/* The stream is read on from its position, after `delay_us`. source -1: all streams. */
void batch_want_reset(struct run *run, int source, uint16_t bucket, int64_t delay_us);
/* Behind a handler that returned `rc`. */
int batch_settle(const struct tx *tx, int rc, struct err *err);

/* 0: applied, skipped or held; -1: the transaction is lost. */
int batch_run_event(struct run *run, struct tx *tx, struct input *input, struct err *err);

/* 0: answered, be it with a refusal; -1: the transaction is lost. */
int batch_run_request(struct run *run, struct tx *tx, struct input *input, struct err *err);
/* Answers with the problem; `tx` may be NULL. */
void batch_reply_problem(struct run *run, const struct tx *tx, const struct input *input, const char *id,
                         const struct err *err);

#endif
