/* keeper: keeps the lease while the writer works: a thread and a connection of its own, since a long load, a closing or
 * the filling of a filter may hold the writer beyond a lease. It only tells the writer when the lease is lost; what a
 * writer may commit is decided by the fence alone. */
#include "bus/lease_store.h"
#include "obs/log.h"
#include "runtime/runtime_internal.h"

#include <stdlib.h>

#define RENEW_US (KEEPER_TTL_S * INT64_C(1000000) / 3)
#define RETRY_US (500 * INT64_C(1000))

struct keeper {
    struct runtime *rt;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped, held;
    uint64_t epoch;
    int64_t renewed_us; /* when the lease was last known to be ours */
    int64_t next_us;
    bool lost; /* until the next hold */
    struct db *db;
};

static int renew(struct keeper *keeper, uint64_t epoch, bool *held, struct err *err)
{
    struct runtime *rt = keeper->rt;

    if (!keeper->db && db_open(&keeper->db, runtime_setting(rt, "database_url"), rt->service->name, false, err) != 0)
        return -1;
    if (!db_alive(keeper->db) && db_reopen(keeper->db, err) != 0)
        return -1;
    return lease_store_renew(keeper->db, rt->instance, epoch, KEEPER_TTL_S, rt->buckets, held, err);
}

/* With the lock held; gives it away while the data base is asked. */
static void turn(struct keeper *keeper)
{
    int64_t begin = clock_monotonic_us();
    uint64_t epoch = keeper->epoch;
    bool held = false;
    struct err err;
    int rc;

    pthread_mutex_unlock(&keeper->lock);
    rc = renew(keeper, epoch, &held, &err);
    if (rc != 0)
        log_warn("lease_not_renewed", "error=\"%s\"", err.text);
    pthread_mutex_lock(&keeper->lock);
    if (!keeper->held || keeper->epoch != epoch)
        return; /* another lease by now */
    if (rc == 0 && held)
        keeper->renewed_us = begin;
    keeper->next_us = begin + (rc == 0 ? RENEW_US : RETRY_US);
    if ((rc == 0 && !held) || clock_monotonic_us() - keeper->renewed_us > KEEPER_TTL_S * SECOND) {
        keeper->held = false;
        keeper->lost = true;
        inputs_wake(keeper->rt->inputs);
    }
}

static void wait_until(struct keeper *keeper, int64_t until_us)
{
    struct timespec at = { .tv_sec = until_us / 1000000, .tv_nsec = (until_us % 1000000) * 1000 };

    pthread_cond_timedwait(&keeper->changed, &keeper->lock, &at);
}

static void *keeper_main(void *arg)
{
    struct keeper *keeper = arg;

    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stopped) {
        if (!keeper->held)
            pthread_cond_wait(&keeper->changed, &keeper->lock);
        else if (clock_monotonic_us() < keeper->next_us)
            wait_until(keeper, keeper->next_us);
        else
            turn(keeper);
    }
    pthread_mutex_unlock(&keeper->lock);
    db_close(&keeper->db);
    return NULL;
}

static void set(struct keeper *keeper, bool held, uint64_t epoch, int64_t since_us)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->held = held;
    keeper->lost = false;
    keeper->epoch = epoch;
    keeper->renewed_us = since_us;
    keeper->next_us = since_us + RENEW_US;
    pthread_cond_signal(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_hold(struct runtime *rt, uint64_t epoch, int64_t since_us)
{
    set(rt->keeper, true, epoch, since_us);
}

void keeper_let_go(struct runtime *rt)
{
    set(rt->keeper, false, 0, 0);
}

bool keeper_lost(struct runtime *rt)
{
    bool lost;

    pthread_mutex_lock(&rt->keeper->lock);
    lost = rt->keeper->lost;
    pthread_mutex_unlock(&rt->keeper->lock);
    return lost;
}

int keeper_start(struct runtime *rt, struct err *err)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    pthread_condattr_t attr;

    if (!keeper)
        abort();
    keeper->rt = rt;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&keeper->thread, NULL, keeper_main, keeper) != 0) {
        free(keeper);
        return err_set(err, "could not start the lease's thread");
    }
    rt->keeper = keeper;
    return 0;
}

void keeper_join(struct runtime *rt)
{
    struct keeper *keeper = rt->keeper;

    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stopped = true;
    pthread_cond_signal(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    pthread_mutex_destroy(&keeper->lock);
    pthread_cond_destroy(&keeper->changed);
    free(keeper);
    rt->keeper = NULL;
}
