/* jobs: work of the loop thread that needs the writer: handed over without ever blocking the loop, answered on the
 * loop.
 *
 * runtime_post() blocks while the writer's queue is full, so a thread of its own calls it. At most JOBS_MAX are under
 * way; then jobs_push() says so and the caller refuses its request.
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

int jobs_start(struct jobs **out, struct runtime *rt, struct err *err);
/* Fails what isn't done yet; the memory goes when the loop has run the close callback. NULL or *NULL: nothing to do. */
void jobs_stop(struct jobs **jobs);

/* `fn` is a HANDLE_LOCAL handler and gets `message`, which stays the caller's. `patient`: waits until the daemon is
 * active instead of failing. False: too many are under way; nothing happens. */
bool jobs_push(struct jobs *jobs, handler_fn *fn, void *message, bool patient, job_done_fn *done, void *arg);

#endif
