/* audit: see audit.h. */
#include "feedback/files/audit.h"

#include "obs/log.h"
#include "runtime/clock.h"

/* Few at a time, so that the writer, which notes them, is never held up; the next soon where there are more. */
#define FILES_MAX 500
#define SOON_US   INT64_C(1000000)
#define REST_US   INT64_C(5000)

static bool connect_once(struct loader *loader, struct err *err)
{
    if (!loader->audit_db)
        return db_open(&loader->audit_db, runtime_setting(loader->rt, "database_url"), "feedback", true, err) == 0;
    return db_alive(loader->audit_db) || db_reopen(loader->audit_db, err) == 0;
}

/* The numbers live in the loader's arena, since the writer may still hold them when the daemon stops. */
static int compare(struct loader *loader, struct err *err)
{
    arena_reset(&loader->audit_arena);
    if (!connect_once(loader, err) || totals_store_find(loader->audit_db, loader->rt, &loader->audit_arena, FILES_MAX,
                                                        REST_US, &loader->audit_found, err) != 0)
        return -1;
    if (!loader->audit_found.count)
        return 0;
    if (loader_post(loader, &loader->step, totals_settle, &loader->audit_found) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take totals now");
    return loader_wait(loader, &loader->step, err);
}

void audit_run(struct loader *loader)
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

void audit_fini(struct loader *loader)
{
    db_close(&loader->audit_db);
    arena_fini(&loader->audit_arena);
}
