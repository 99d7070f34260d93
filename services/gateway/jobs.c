/* jobs: see jobs.h. A job goes: queued, posted (the writer has it), finished. */
#include "gateway/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define PATIENCE_MS 50
#define SWEEP_MS    250

struct job {
    struct job *next;                /* in queued or finished */
    struct job *all_prev, *all_next; /* of those whose owner waits; loop thread only */
    struct jobs *jobs;
    struct job_order order;
    bool settled; /* loop thread only */
    int64_t due_us;
    int rc;
    struct err err;
};

struct list {
    struct job *first, *last;
};

struct jobs {
    struct runtime *rt;
    pthread_t thread;
    uv_async_t finished_signal;
    uv_timer_t sweep;
    struct job *all;
    int open_handles;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t queued_signal;
    struct list queued, finished;
    int under_way;
    bool stopping;
    bool closed; /* nobody listens to finished_signal any more */
};

static void put(struct list *list, struct job *job)
{
    job->next = NULL;
    if (list->last)
        list->last->next = job;
    else
        list->first = job;
    list->last = job;
}

static struct job *take(struct list *list)
{
    struct job *job = list->first;

    if (job)
        list->first = job->next;
    if (!list->first)
        list->last = NULL;
    return job;
}

static void jobs_free(struct jobs *jobs)
{
    pthread_cond_destroy(&jobs->queued_signal);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

/* --- loop thread ---------------------------------------------------------------------------------------------------
 */
/* Tells the owner; it is told once. */
static void settle(struct job *job, int rc, const struct err *err)
{
    if (job->settled)
        return;
    job->settled = true;
    if (job->all_prev)
        job->all_prev->all_next = job->all_next;
    else
        job->jobs->all = job->all_next;
    if (job->all_next)
        job->all_next->all_prev = job->all_prev;
    if (job->order.done)
        job->order.done(job->order.arg, rc, err);
}

static void tell(struct jobs *jobs)
{
    struct job *job;

    for (;;) {
        pthread_mutex_lock(&jobs->lock);
        job = take(&jobs->finished);
        if (job)
            jobs->under_way--;
        pthread_mutex_unlock(&jobs->lock);
        if (!job)
            return;
        settle(job, job->rc, &job->err);
        if (job->order.release)
            job->order.release(job->order.message);
        free(job);
    }
}

static void on_finished(uv_async_t *async)
{
    tell(async->data);
}

static void on_sweep(uv_timer_t *timer)
{
    struct jobs *jobs = timer->data;
    int64_t now = clock_monotonic_us();
    struct err err;

    err_fail(&err, ERR_DEADLINE, "deadline", "this gateway could not write in time; nothing was asked of any service");
    for (struct job *job = jobs->all, *next; job; job = next) {
        next = job->all_next;
        if (job->due_us && job->due_us <= now)
            settle(job, -1, &err);
    }
}

/* --- other threads -------------------------------------------------------------------------------------------------
 */
/* What the writer still had when the daemon stopped comes back after the loop has ended, on the loop's thread. */
static void finish(struct job *job, int rc, const struct err *err)
{
    struct jobs *jobs = job->jobs;
    bool closed;

    job->rc = rc;
    if (rc != 0 && err)
        job->err = *err;
    pthread_mutex_lock(&jobs->lock);
    put(&jobs->finished, job);
    closed = jobs->closed;
    if (!closed)
        uv_async_send(&jobs->finished_signal);
    pthread_mutex_unlock(&jobs->lock);
    if (!closed)
        return;
    tell(jobs);
    if (jobs->open_handles == 0 && jobs->under_way == 0)
        jobs_free(jobs);
}

/* Writer thread. */
static void on_posted(void *arg, int rc, const struct err *err)
{
    finish(arg, rc, err);
}

/* The next job; NULL when stopping. */
static struct job *wait_for_job(struct jobs *jobs)
{
    struct job *job;

    pthread_mutex_lock(&jobs->lock);
    while (!jobs->stopping && !jobs->queued.first)
        pthread_cond_wait(&jobs->queued_signal, &jobs->lock);
    job = jobs->stopping ? NULL : take(&jobs->queued);
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

static bool is_stopping(struct jobs *jobs)
{
    bool stopping;

    pthread_mutex_lock(&jobs->lock);
    stopping = jobs->stopping;
    pthread_mutex_unlock(&jobs->lock);
    return stopping;
}

static void post(struct jobs *jobs, struct job *job)
{
    const struct timespec pause = { .tv_nsec = PATIENCE_MS * 1000000L };
    struct err err;

    while (runtime_post(jobs->rt, job->order.fn, job->order.message, on_posted, job) != 0) {
        if (!job->order.patient || runtime_stopping(jobs->rt) || is_stopping(jobs)) {
            err_fail(&err, ERR_UNAVAILABLE, "inactive", "this gateway cannot write now; try again later");
            finish(job, -1, &err);
            return;
        }
        nanosleep(&pause, NULL);
    }
}

static void *run(void *arg)
{
    struct jobs *jobs = arg;
    struct job *job;

    while ((job = wait_for_job(jobs)))
        post(jobs, job);
    return NULL;
}

/* --- outside -------------------------------------------------------------------------------------------------------
 */
int jobs_start(struct jobs **out, struct runtime *rt, struct err *err)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);

    if (!jobs)
        abort();
    jobs->rt = rt;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->queued_signal, NULL);
    uv_timer_init(runtime_loop(rt), &jobs->sweep);
    jobs->sweep.data = jobs->finished_signal.data = jobs;
    jobs->open_handles = 2;
    if (uv_async_init(runtime_loop(rt), &jobs->finished_signal, on_finished) != 0 ||
        uv_timer_start(&jobs->sweep, on_sweep, SWEEP_MS, SWEEP_MS) != 0 ||
        pthread_create(&jobs->thread, NULL, run, jobs) != 0)
        return err_set(err, "could not start the gateway's thread for jobs");
    *out = jobs;
    return 0;
}

static struct job *job_new(struct jobs *jobs, const struct job_order *order)
{
    struct job *job = calloc(1, sizeof *job);

    if (!job)
        abort();
    job->jobs = jobs;
    job->order = *order;
    job->due_us = order->wait_us ? clock_monotonic_us() + order->wait_us : 0;
    job->all_next = jobs->all;
    if (job->all_next)
        job->all_next->all_prev = job;
    jobs->all = job;
    return job;
}

bool jobs_push(struct jobs *jobs, const struct job_order *order)
{
    bool room;

    pthread_mutex_lock(&jobs->lock);
    room = jobs->under_way < JOBS_MAX && !jobs->stopping;
    if (room) {
        put(&jobs->queued, job_new(jobs, order));
        jobs->under_way++;
        pthread_cond_signal(&jobs->queued_signal);
    }
    pthread_mutex_unlock(&jobs->lock);
    return room;
}

static void on_closed(uv_handle_t *handle)
{
    struct jobs *jobs = handle->data;

    if (--jobs->open_handles == 0 && jobs->under_way == 0)
        jobs_free(jobs);
}

void jobs_stop(struct jobs **out)
{
    struct jobs *jobs = out ? *out : NULL;
    struct job *job;
    struct err err;

    if (!jobs)
        return;
    *out = NULL;
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    pthread_cond_signal(&jobs->queued_signal);
    pthread_mutex_unlock(&jobs->lock);
    pthread_join(jobs->thread, NULL);
    err_fail(&err, ERR_UNAVAILABLE, "stopping", "the gateway stops");
    while ((job = take(&jobs->queued)))
        finish(job, -1, &err);
    pthread_mutex_lock(&jobs->lock);
    jobs->closed = true;
    pthread_mutex_unlock(&jobs->lock);
    tell(jobs);
    while (jobs->all) /* the writer has them still */
        settle(jobs->all, -1, &err);
    uv_close((uv_handle_t *)&jobs->finished_signal, on_closed);
    uv_close((uv_handle_t *)&jobs->sweep, on_closed);
}
