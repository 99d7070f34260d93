/* jobs: see jobs.h. A job goes: queued, posted (the writer has it), finished. */
#include "gateway/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define PATIENCE_MS 50

struct job {
    struct job *next;
    struct jobs *jobs;
    handler_fn *fn;
    void *message;
    bool patient;
    job_done_fn *done;
    void *arg;
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
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t queued_signal;
    struct list queued, finished;
    int under_way;
    bool stopping;
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

static void finish(struct job *job, int rc, const struct err *err)
{
    struct jobs *jobs = job->jobs;

    job->rc = rc;
    if (rc != 0 && err)
        job->err = *err;
    pthread_mutex_lock(&jobs->lock);
    put(&jobs->finished, job);
    uv_async_send(&jobs->finished_signal);
    pthread_mutex_unlock(&jobs->lock);
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

    while (runtime_post(jobs->rt, job->fn, job->message, on_posted, job) != 0) {
        if (!job->patient || runtime_stopping(jobs->rt) || is_stopping(jobs)) {
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

/* Loop thread: tells the owners. */
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
        job->done(job->arg, job->rc, &job->err);
        free(job);
    }
}

static void on_finished(uv_async_t *async)
{
    tell(async->data);
}

int jobs_start(struct jobs **out, struct runtime *rt, struct err *err)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);

    if (!jobs)
        abort();
    jobs->rt = rt;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->queued_signal, NULL);
    if (uv_async_init(runtime_loop(rt), &jobs->finished_signal, on_finished) != 0 ||
        pthread_create(&jobs->thread, NULL, run, jobs) != 0)
        return err_set(err, "could not start the gateway's thread for jobs");
    jobs->finished_signal.data = jobs;
    *out = jobs;
    return 0;
}

bool jobs_push(struct jobs *jobs, handler_fn *fn, void *message, bool patient, job_done_fn *done, void *arg)
{
    struct job *job;
    bool room;

    pthread_mutex_lock(&jobs->lock);
    room = jobs->under_way < JOBS_MAX && !jobs->stopping;
    if (room) {
        job = calloc(1, sizeof *job);
        if (!job)
            abort();
        *job =
            (struct job) { .jobs = jobs, .fn = fn, .message = message, .patient = patient, .done = done, .arg = arg };
        put(&jobs->queued, job);
        jobs->under_way++;
        pthread_cond_signal(&jobs->queued_signal);
    }
    pthread_mutex_unlock(&jobs->lock);
    return room;
}

static void on_closed(uv_handle_t *handle)
{
    struct jobs *jobs = handle->data;

    pthread_cond_destroy(&jobs->queued_signal);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
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
    tell(jobs);
    uv_close((uv_handle_t *)&jobs->finished_signal, on_closed);
}
