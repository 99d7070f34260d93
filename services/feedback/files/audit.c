/* audit: see audit.h. */
#include "feedback/files/audit.h"

#include "obs/log.h"
#include "runtime/clock.h"

#include <time.h>

/* Few at a time, so that the writer, which notes them, is never held up; the next soon where there are more. */
#define FILES_MAX 500
#define SOON_US   INT64_C(1000000)
#define LOOK_US   INT64_C(500000) /* whether the daemon is active by now */

static int connect_once(struct loader *loader, struct err *err)
{
    struct db **db = &loader->audit_ledger.db;

    if (*db && db_alive(*db))
        return 0;
    if (*db ? db_reopen(*db, err) : db_open(db, runtime_setting(loader->rt, "database_url"), "feedback", true, err))
        return -1;
    return db_run(*db, LEDGER_SETTINGS, err);
}

/* The numbers live in the loader's arena, since the writer may still hold them when the daemon stops. */
static int compare(struct loader *loader, struct err *err)
{
    arena_reset(&loader->audit_arena);
    if (connect_once(loader, err) != 0 ||
        totals_store_find(loader->audit_ledger.db, &loader->audit_arena, FILES_MAX, &loader->audit_found, err) != 0)
        return -1;
    if (!loader->audit_found.count)
        return 0;
    if (ledger_add_up(&loader->audit_ledger, &loader->audit_found, err) != 0)
        return -1;
    if (loader_post(loader, &loader->audit_step, totals_settle, &loader->audit_found) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take totals now");
    return loader_wait(loader, &loader->audit_step, err);
}

static void run(struct loader *loader)
{
    int64_t now = clock_monotonic_us();
    struct err err;

    if (now < loader->audit_due_us || !runtime_active(loader->rt))
        return;
    loader->audit_due_us = now + runtime_setting_int(loader->rt, "audit_ms") * 1000;
    err_clear(&err);
    if (compare(loader, &err) == 0 && loader->audit_found.count == FILES_MAX)
        loader->audit_due_us = now + SOON_US;
    else if (err.cls != ERR_NONE && !runtime_stopping(loader->rt))
        log_warn("audit_waits", "error=\"%s\"", err.text);
}

/* Until the next is due, or the daemon stops. */
static void wait_for_next(struct loader *loader)
{
    int64_t left = loader->audit_due_us - clock_monotonic_us();
    struct timespec at;

    left = left > LOOK_US || left <= 0 ? LOOK_US : left;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += left * 1000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    pthread_mutex_lock(&loader->lock);
    if (!runtime_stopping(loader->rt))
        pthread_cond_timedwait(&loader->changed, &loader->lock, &at);
    pthread_mutex_unlock(&loader->lock);
}

static void *audit_main(void *arg)
{
    struct loader *loader = arg;

    while (!runtime_stopping(loader->rt)) {
        run(loader);
        wait_for_next(loader);
    }
    return NULL;
}

int audit_start(struct loader *loader, struct err *err)
{
    arena_init(&loader->audit_arena);
    loader->audit_ledger = (struct ledger) {
        .rest = { .rt = loader->rt, .least_us = runtime_setting_int(loader->rt, "audit_rest_ms") * 1000 }
    };
    loader->audit_step.loader = loader;
    if (pthread_create(&loader->audit_thread, NULL, audit_main, loader) != 0)
        return err_set(err, "could not start the audit's thread");
    return 0;
}

void audit_stop(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
    pthread_join(loader->audit_thread, NULL);
    db_close(&loader->audit_ledger.db);
    arena_fini(&loader->audit_arena);
}
