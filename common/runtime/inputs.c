/* inputs: the writer's queue. One mutex; a list in order of arrival. See runtime_internal.h. */
#include "runtime/clock.h"
#include "runtime/runtime_internal.h"

#include <stdlib.h>
#include <time.h>

/* Events that wait in memory, per daemon. Above it PUB messages are left to replay. */
#define EVENT_BYTES_MAX ((size_t)24 << 20)
#define REQUESTS_MAX    1000
#define LOCALS_MAX      4
/* Requests of one transaction: enough to share its commit, few enough that the first needn't wait long for the last. */
#define TURN_REQUESTS 16
#define GATHER_BYTES  ((size_t)1 << 20) /* of events: no more are waited for */
/* Events that nobody here handles move a position and nothing else: while they are alone a few commits a second do. */
#define PASSING_US (50 * INT64_C(1000))
/* What a peer commits at once comes one message after another, and would be cut in two by a wait that is shorter than
 * that: as long as more of it comes the wait begins anew, but not longer than this. */
#define GATHER_MOST_US 2000
/* Small messages of one commit follow each other faster. */
#define FEW_BYTES ((size_t)16 << 10)
#define AWAKE     (-1)

struct inputs {
    pthread_mutex_t lock;
    pthread_cond_t some; /* something to take */
    pthread_cond_t room; /* for local inputs */
    struct input *first, *last;
    size_t event_bytes;
    int requests, locals;
    size_t handled;       /* events that have a handler */
    int64_t gather_us;    /* how long these wait for more of them */
    int64_t since_us;     /* when the first of those that wait came ... */
    int64_t last_us;      /* ... and the last event */
    int64_t gathering_us; /* the writer sleeps until so long after it: an event like those needn't wake it; or AWAKE */
    bool open, stopped, woken;
};

void input_free(struct input *input)
{
    if (!input)
        return;
    free(input->envelope.data);
    free(input->payload.data);
    free(input->identity.data);
    free(input);
}

struct inputs *inputs_new(int64_t gather_us)
{
    struct inputs *inputs = calloc(1, sizeof *inputs);
    pthread_condattr_t attr;

    if (!inputs)
        abort();
    inputs->gather_us = gather_us;
    inputs->gathering_us = AWAKE;
    pthread_mutex_init(&inputs->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&inputs->some, &attr);
    pthread_cond_init(&inputs->room, &attr);
    pthread_condattr_destroy(&attr);
    return inputs;
}

void inputs_destroy(struct inputs **inputs_at)
{
    struct inputs *inputs = *inputs_at;

    *inputs_at = NULL;
    if (!inputs)
        return;
    for (struct input *input = inputs->first; input;) {
        struct input *next = input->next;

        if (input->kind == INPUT_LOCAL && input->done) {
            struct err err;

            err_fail(&err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
            input->done(input->done_arg, -1, &err);
        }
        input_free(input);
        input = next;
    }
    pthread_mutex_destroy(&inputs->lock);
    pthread_cond_destroy(&inputs->some);
    pthread_cond_destroy(&inputs->room);
    free(inputs);
}

static void account(struct inputs *inputs, const struct input *input, int sign)
{
    switch (input->kind) {
    case INPUT_EVENT:
        inputs->event_bytes = sign > 0 ? inputs->event_bytes + input->len : inputs->event_bytes - input->len;
        if (input->handler)
            inputs->handled = sign > 0 ? inputs->handled + 1 : inputs->handled - 1;
        break;
    case INPUT_REQUEST:
        inputs->requests += sign;
        break;
    case INPUT_LOCAL:
        inputs->locals += sign;
        break;
    }
}

/* How long what waits may wait for more: events alone, and few of them. */
static int64_t gather_time(const struct inputs *inputs)
{
    if (inputs->requests || inputs->locals || inputs->event_bytes >= GATHER_BYTES)
        return 0;
    if (!inputs->handled && inputs->gather_us <= PASSING_US)
        return PASSING_US;
    return inputs->gather_us < GATHER_MOST_US && inputs->event_bytes < FEW_BYTES ? inputs->gather_us / 4
                                                                                 : inputs->gather_us;
}

/* When what waits has waited long enough. */
static int64_t gather_end(const struct inputs *inputs)
{
    int64_t time = gather_time(inputs), most = time < GATHER_MOST_US ? GATHER_MOST_US : time;
    bool anew = inputs->handled && time && inputs->last_us + time < inputs->since_us + most;

    return anew ? inputs->last_us + time : inputs->since_us + (inputs->handled && time ? most : time);
}

static void append(struct inputs *inputs, struct input *input)
{
    input->next = NULL;
    if (inputs->last) {
        inputs->last->next = input;
    } else {
        inputs->first = input;
        inputs->since_us = input->kind == INPUT_EVENT ? clock_monotonic_us() : 0;
    }
    inputs->last = input;
    if (input->kind == INPUT_EVENT)
        inputs->last_us = clock_monotonic_us();
    account(inputs, input, 1);
    if (gather_time(inputs) != inputs->gathering_us)
        pthread_cond_signal(&inputs->some);
}

bool inputs_offer(struct inputs *inputs, struct input *input)
{
    bool ok;

    pthread_mutex_lock(&inputs->lock);
    ok = !inputs->stopped &&
         (input->kind == INPUT_EVENT ? inputs->event_bytes < EVENT_BYTES_MAX : inputs->requests < REQUESTS_MAX);
    if (ok)
        append(inputs, input);
    pthread_mutex_unlock(&inputs->lock);
    return ok;
}

bool inputs_post(struct inputs *inputs, struct input *input)
{
    bool ok;

    pthread_mutex_lock(&inputs->lock);
    while (!inputs->stopped && inputs->open && inputs->locals >= LOCALS_MAX)
        pthread_cond_wait(&inputs->room, &inputs->lock);
    ok = !inputs->stopped && inputs->open;
    if (ok)
        append(inputs, input);
    pthread_mutex_unlock(&inputs->lock);
    return ok;
}

static struct timespec moment(int64_t at_us)
{
    return (struct timespec) { .tv_sec = at_us / 1000000, .tv_nsec = (at_us % 1000000) * 1000 };
}

/* Events of one source come one after another: a commit for each of them would keep the disk busy for nothing. */
static void gather(struct inputs *inputs, int64_t until_us)
{
    while (!inputs->stopped && !inputs->woken) {
        int64_t end_us = gather_end(inputs);
        struct timespec at;

        end_us = end_us < until_us ? end_us : until_us;
        if (gather_time(inputs) == 0 || clock_monotonic_us() >= end_us)
            break;
        at = moment(end_us);
        inputs->gathering_us = gather_time(inputs);
        (void)pthread_cond_timedwait(&inputs->some, &inputs->lock, &at);
    }
    inputs->gathering_us = AWAKE;
}

static void wait_until(struct inputs *inputs, int64_t until_us)
{
    struct timespec at = moment(until_us);

    while (!inputs->first && !inputs->stopped && !inputs->woken)
        if (pthread_cond_timedwait(&inputs->some, &inputs->lock, &at) != 0)
            break;
    if (inputs->first)
        gather(inputs, until_us);
    inputs->woken = false;
}

struct input *inputs_take(struct inputs *inputs, int64_t until_us, size_t max_count, size_t max_len)
{
    struct input *list;
    struct input *last = NULL;
    size_t len = 0;
    int requests = 0;

    pthread_mutex_lock(&inputs->lock);
    wait_until(inputs, until_us);
    list = inputs->first;
    for (size_t n = 0; inputs->first && n < max_count && (n == 0 || len < max_len) && requests < TURN_REQUESTS; n++) {
        last = inputs->first;
        requests += last->kind == INPUT_REQUEST;
        len += last->len;
        inputs->first = last->next;
        account(inputs, last, -1);
    }
    if (last)
        last->next = NULL;
    if (!inputs->first)
        inputs->last = NULL;
    pthread_cond_broadcast(&inputs->room);
    pthread_mutex_unlock(&inputs->lock);
    return last ? list : NULL;
}

void inputs_unget(struct inputs *inputs, struct input *list)
{
    struct input *last = list;

    if (!list)
        return;
    pthread_mutex_lock(&inputs->lock);
    for (struct input *input = list; input; input = input->next) {
        account(inputs, input, 1);
        last = input;
    }
    last->next = inputs->first;
    inputs->since_us = 0; /* they have waited */
    inputs->first = list;
    if (!inputs->last)
        inputs->last = last;
    pthread_mutex_unlock(&inputs->lock);
}

void inputs_open(struct inputs *inputs, bool open)
{
    pthread_mutex_lock(&inputs->lock);
    inputs->open = open;
    pthread_cond_broadcast(&inputs->room);
    pthread_mutex_unlock(&inputs->lock);
}

void inputs_stop(struct inputs *inputs)
{
    pthread_mutex_lock(&inputs->lock);
    inputs->stopped = true;
    pthread_cond_broadcast(&inputs->room);
    pthread_cond_broadcast(&inputs->some);
    pthread_mutex_unlock(&inputs->lock);
}

void inputs_wake(struct inputs *inputs)
{
    pthread_mutex_lock(&inputs->lock);
    inputs->woken = true;
    pthread_cond_broadcast(&inputs->some);
    pthread_mutex_unlock(&inputs->lock);
}

size_t inputs_len(struct inputs *inputs)
{
    size_t len;

    pthread_mutex_lock(&inputs->lock);
    len = inputs->event_bytes;
    pthread_mutex_unlock(&inputs->lock);
    return len;
}
