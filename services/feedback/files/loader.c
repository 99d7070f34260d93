/* loader: see loader.h. */
#include "feedback/files/end_marks.h"
#include "feedback/files/loader_internal.h"

#include "feedback/files/audit.h"
#include "feedback/files/inbox.h"
#include "feedback/files/pack.h"
#include "obs/log.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS   100
#define RETRY_MS  1000
#define NAMES_MAX 4096 /* files taken up in one look at a folder */

/* --- talking with the writer ---------------------------------------------------------------------------------------
 */

static void on_done(void *arg, int rc, const struct err *err)
{
    struct ticket *ticket = arg;
    struct loader *loader = ticket->loader;

    pthread_mutex_lock(&loader->lock);
    ticket->busy = false;
    ticket->rc = rc;
    if (rc != 0 && err)
        ticket->err = *err;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

int loader_post(struct loader *loader, struct ticket *ticket, handler_fn *fn, void *message)
{
    pthread_mutex_lock(&loader->lock);
    ticket->busy = true;
    ticket->rc = 0;
    pthread_mutex_unlock(&loader->lock);
    if (runtime_post(loader->rt, fn, message, on_done, ticket) == 0)
        return 0;
    ticket->busy = false;
    ticket->rc = -1;
    return -1;
}

int loader_wait(struct loader *loader, struct ticket *ticket, struct err *err)
{
    int rc;

    pthread_mutex_lock(&loader->lock);
    while (ticket->busy && !runtime_stopping(loader->rt)) {
        struct timespec at;

        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_nsec += WAIT_MS * 1000000;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&loader->changed, &loader->lock, &at);
    }
    rc = ticket->busy ? err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops") : ticket->rc;
    if (!ticket->busy && rc != 0)
        *err = ticket->err;
    pthread_mutex_unlock(&loader->lock);
    return rc;
}

/* --- looking -------------------------------------------------------------------------------------------------------
 */

struct look {
    int64_t quiet_us;
    bool unsettled; /* something is there that was written to just now */
    char *names[NAMES_MAX];
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file is complete when nobody has written to it for a while. One that was renamed in keeps its older time of
 * writing, so it is taken at once. */
static bool is_quiet(const char *path, int64_t quiet_us, bool *regular)
{
    struct stat at;
    int64_t age;

    *regular = stat(path, &at) == 0 && S_ISREG(at.st_mode);
    if (!*regular)
        return false;
    age = clock_real_us() - ((int64_t)at.st_mtim.tv_sec * SECOND + at.st_mtim.tv_nsec / 1000);
    return age >= quiet_us || age < -SECOND; /* a time to come says nothing */
}

static void look_at(struct loader *loader, const char *feed, struct look *look)
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    inbox_path(loader->rt, feed, "", path);
    folder = opendir(path);
    while (folder && (entry = readdir(folder)) != NULL && look->count < NAMES_MAX) {
        bool regular;

        if (!inbox_name_ok(entry->d_name))
            continue;
        inbox_path(loader->rt, feed, entry->d_name, path);
        if (is_quiet(path, look->quiet_us, &regular))
            look->names[look->count++] = strdup(entry->d_name);
        else if (regular)
            look->unsettled = true;
    }
    if (folder)
        closedir(folder);
    qsort(look->names, look->count, sizeof look->names[0], by_name);
}

static void complain(struct loader *loader, const struct mapping *mapping, const char *name, const struct err *err)
{
    if (!runtime_stopping(loader->rt))
        log_warn("file_waits", "feed=%s file=\"%s\" error=\"%s\"", mapping->feed->code, name, err->text);
}

static bool is_newest(struct loader *loader, const struct snapshot *snapshot)
{
    struct snapshot *shown = state_shown(loader->feedback);
    bool newest = !shown || shown->generation == snapshot->generation;

    snapshot_drop(&shown);
    return newest;
}

/* Reads what waits for one feed; false when something went wrong. */
static bool serve_feed(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping,
                       struct look *look)
{
    size_t packed = 0; /* files before this one are done with */
    bool ok = true;
    struct err err;
    size_t data;

    look->count = 0;
    if (inbox_make(loader->rt, mapping->feed->code, &err) != 0) {
        log_warn("inbox", "feed=%s error=\"%s\"", mapping->feed->code, err.text);
        return false;
    }
    look_at(loader, mapping->feed->code, look);
    if (!is_newest(loader, snapshot)) { /* a file may be here that is to be read as its feed is now */
        while (look->count)
            free(look->names[--look->count]);
        look->unsettled = true;
        return true;
    }
    data = end_marks_last(mapping, look->names, look->count);
    for (size_t i = 0; i < data && ok && !runtime_stopping(loader->rt); i++) {
        err_clear(&err);
        if (i >= packed)
            packed = i + pack_run(loader, snapshot, mapping, look->names + i, data - i);
        if (i >= packed && !runtime_stopping(loader->rt) &&
            file_reader_run(loader, snapshot, mapping, look->names[i], &err) != 0) {
            complain(loader, mapping, look->names[i], &err);
            ok = false;
        }
    }
    if (ok && !runtime_stopping(loader->rt) &&
        end_marks_take(loader, snapshot, mapping, look->names + data, look->count - data, &err) != 0) {
        complain(loader, mapping, look->names[data], &err);
        ok = false;
    }
    while (look->count)
        free(look->names[--look->count]);
    return ok;
}

static void watch(struct loader *loader, const char *feed)
{
    char path[INBOX_PATH_MAX];

    inbox_path(loader->rt, feed, "", path);
    if (loader->inotify_fd >= 0) /* watching twice is the same watch */
        (void)inotify_add_watch(loader->inotify_fd, path, IN_CLOSE_WRITE | IN_MOVED_TO);
}

/* How long to sleep before the next look. */
static int64_t look_around(struct loader *loader)
{
    struct snapshot *snapshot = runtime_active(loader->rt) ? state_shown(loader->feedback) : NULL;
    static struct look look;
    int64_t pause_ms = runtime_setting_int(loader->rt, "scan_ms");
    int64_t quiet_ms = runtime_setting_int(loader->rt, "quiet_ms");
    bool ok = true;

    look = (struct look) { .quiet_us = quiet_ms * 1000 };
    for (size_t i = 0; snapshot && i < snapshot->mapping_count && ok; i++) {
        ok = serve_feed(loader, snapshot, &snapshot->mappings[i], &look);
        watch(loader, snapshot->mappings[i].feed->code);
    }
    snapshot_drop(&snapshot);
    if (!ok)
        return RETRY_MS;
    if (look.unsettled && quiet_ms / 4 + 10 < pause_ms)
        return quiet_ms / 4 + 10;
    return pause_ms;
}

static void drain(int fd)
{
    char bytes[4096];

    while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0)
        ;
}

static void *loader_main(void *arg)
{
    struct loader *loader = arg;

    while (!runtime_stopping(loader->rt)) {
        struct pollfd fds[2] = { { loader->wake_fd, POLLIN, 0 }, { loader->inotify_fd, POLLIN, 0 } };
        int64_t pause_ms;

        drain(loader->inotify_fd);
        drain(loader->wake_fd);
        pause_ms = look_around(loader);
        if (!runtime_active(loader->rt) && pause_ms > WAIT_MS)
            pause_ms = WAIT_MS;
        (void)poll(fds, 2, (int)pause_ms);
    }
    return NULL;
}

/* --- start and stop ------------------------------------------------------------------------------------------------
 */

int loader_start(struct loader **out, struct runtime *rt, struct err *err)
{
    static struct loader one; /* a process has one; it outlives the inputs that hold its tickets */
    struct loader *loader = &one;

    loader->rt = rt;
    loader->feedback = runtime_state(rt);
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->changed, NULL);
    loader->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    loader->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loader->step.loader = loader;
    for (int i = 0; i < SLOTS; i++) {
        loader->slots[i].ticket.loader = loader;
        row_batch_init(&loader->slots[i].batch);
    }
    *out = loader;
    if (pthread_create(&loader->thread, NULL, loader_main, loader) != 0)
        return err_set(err, "could not start the loader thread");
    return audit_start(loader, err);
}

void loader_wake(struct loader *loader)
{
    uint64_t one = 1;

    if (loader && write(loader->wake_fd, &one, sizeof one) < 0)
        return; /* it will look by itself */
}

void loader_stop(struct loader *loader)
{
    loader_wake(loader);
    pthread_join(loader->thread, NULL);
    audit_stop(loader);
    for (int i = 0; i < SLOTS; i++)
        row_batch_fini(&loader->slots[i].batch);
    waits_clear(&loader->waits);
    pack_destroy(&loader->pack);
    close(loader->inotify_fd);
    close(loader->wake_fd);
}
