/* jobs: work of the loop thread that needs the writer: handed over without ever blocking the loop, answered on the
 * loop.
 *
 * runtime_post() blocks while the writer's queue is full, so a thread of its own calls it. At most JOBS_MAX are under
 * way; then jobs_push() says so and the caller refuses its request. A job that takes too long is given up by its owner,
 * but the writer may still do it later: so the message has a life of its own.
 * Threads: everything but the handlers themselves runs on the loop thread.
 */
#ifndef BIHUAN_GATEWAY_JOBS_H
#define BIHUAN_GATEWAY_JOBS_H

#include "runtime/runtime.h"

#include <stdbool.h>

#define JOBS_MAX 4096

struct jobs;

/* rc 0 after the commit, or -1 and *err. Called once for every job that was taken, also when the daemon stops. */
typedef void job_done_fn(void *arg, int rc, const struct err *err);

struct job_order {
    handler_fn *fn; /* a HANDLE_LOCAL handler, gets `message` */
    void *message;
    void (*release)(void *message); /* when nobody needs it any more; NULL: nothing to do */
    bool patient;                   /* waits until the daemon is active instead of failing */
    int64_t wait_us;                /* then done() is called with ERR_DEADLINE; 0: for ever */
    job_done_fn *done;              /* may be NULL */
    void *arg;
};

int jobs_start(struct jobs **out, struct runtime *rt, struct err *err);
/* Fails what isn't done yet; the memory goes when the loop has run the close callbacks and the writer has let go. NULL
 * or *NULL: nothing to do. */
void jobs_stop(struct jobs **jobs);

/* Copies the order. False: too many are under way; nothing happens, the message stays the caller's. */
bool jobs_push(struct jobs *jobs, const struct job_order *order);

#endif
