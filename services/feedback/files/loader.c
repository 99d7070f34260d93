/* loader: see loader.h. */
#include "feedback/files/end_marks.h"
#include "feedback/files/loader_internal.h"

#include "feedback/files/archived.h"
#include "feedback/files/audit.h"
#include "feedback/files/inbox.h"
#include "feedback/files/orphans.h"
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

#define WAIT_MS  100
#define RETRY_MS 1000
#define TURN_US  (10 * SECOND) /* after so long it's another feed's turn */
#define BAD_MAX  3             /* so many files of a feed in one round that the writer fails over */

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
    bool unsettled; /* something is there that was written to just now, or that is still to be taken */
    bool down;      /* nothing of any feed can be taken for now */
    char **names;
    size_t count, cap;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(struct look *look, const char *name)
{
    if (look->count == look->cap) {
        look->cap = look->cap ? 2 * look->cap : 256;
        look->names = realloc(look->names, look->cap * sizeof look->names[0]);
        if (!look->names)
            abort();
    }
    look->names[look->count++] = strdup(name);
}

/* A name that the data base couldn't hold, or nobody read: the file is taken under one that says it in other words. */
static void mend_name(struct loader *loader, const struct mapping *mapping, const char *name, struct look *look)
{
    const char *feed = mapping->feed->code;
    char to[INBOX_NAME_MAX + 1];
    struct err err;

    inbox_name_mend(name, mapping->rows.csv.encoding, to);
    if (inbox_rename(loader->rt, feed, name, to, &err) == 0) {
        log_warn("file_renamed",
                 "feed=%s file=\"%s\" error=\"its name isn't UTF-8, or is too long: it is taken as this\"", feed, to);
        look->unsettled = true;
    } else if (sights_failed(&loader->sights, feed, name, err.text)) {
        log_warn("file_waits", "feed=%s file=\"%s\" error=\"%s\"", feed, to, err.text);
        sights_told(&loader->sights, feed, name, err.text);
    }
}

static void look_at_file(struct loader *loader, const struct mapping *mapping, const char *name, struct look *look)
{
    const char *feed = mapping->feed->code;
    char path[INBOX_PATH_MAX];
    struct stat at;

    inbox_path(loader->rt, feed, name, path);
    if (stat(path, &at) != 0 || !S_ISREG(at.st_mode))
        return;
    switch (sights_look(&loader->sights, feed, name, &at, look->quiet_us)) {
    case SIGHT_MOVES:
        look->unsettled = true;
        break;
    case SIGHT_RESTS:
        if (inbox_name_ok(name))
            add_name(look, name);
        else
            mend_name(loader, mapping, name, look);
        break;
    case SIGHT_LEFT_ALONE:
        break;
    }
}

static void look_at(struct loader *loader, const struct mapping *mapping, struct look *look)
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    inbox_path(loader->rt, mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && (entry = readdir(folder)) != NULL)
        if (!inbox_name_left_alone(entry->d_name))
            look_at_file(loader, mapping, entry->d_name, look);
    if (folder)
        closedir(folder);
    if (look->count)
        qsort(look->names, look->count, sizeof look->names[0], by_name);
}

/* --- what can't be taken -------------------------------------------------------------------------------------------
 */

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

/* Whether it's this file that can't be taken; else the daemon can't take any for now. */
static bool is_of_file(const struct err *err)
{
    switch (err->cls) {
    case ERR_UNAVAILABLE:
        return strcmp(err->code, "file_io") == 0;
    case ERR_CONFLICT:
    case ERR_BUSY:
    case ERR_DEADLINE:
    case ERR_FENCED:
        return false;
    default:
        return true;
    }
}

/* People see it among the feed's files. */
static int tell_trouble(struct loader *loader, const struct mapping *mapping, const char *name, const struct err *err)
{
    struct file_trouble *trouble = &loader->trouble;
    struct err ignored;

    *trouble = (struct file_trouble) { .feed_id = mapping->feed_id, .id = loader->open.id };
    snprintf(trouble->name, sizeof trouble->name, "%s", name);
    snprintf(trouble->why, sizeof trouble->why, "%s", err->text);
    if (loader_post(loader, &loader->step, intake_trouble, trouble) != 0)
        return -1;
    return loader_wait(loader, &loader->step, &ignored);
}

/* A file failed. True: the others are gone on with, and it is tried again later. */
static bool pass_over(struct loader *loader, const struct mapping *mapping, const char *name, const struct err *err,
                      struct look *look)
{
    const char *feed = mapping->feed->code;

    if (runtime_stopping(loader->rt))
        return false;
    if (!is_of_file(err)) {
        complain(loader, mapping, name, err);
        look->down = err->cls != ERR_CONFLICT; /* which is about the file as it was a moment ago */
        return false;
    }
    if (!sights_failed(&loader->sights, feed, name, err->text))
        return true;
    complain(loader, mapping, name, err);
    if (tell_trouble(loader, mapping, name, err) != 0)
        return false;
    sights_told(&loader->sights, feed, name, err->text);
    return true;
}

/* --- taking --------------------------------------------------------------------------------------------------------
 */

/* The first `data` of the names; false when nothing more can be taken for now. */
static bool read_files(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping,
                       struct look *look, size_t data)
{
    int64_t until = clock_monotonic_us() + TURN_US;
    size_t packed = 0; /* files before this one are done with */
    unsigned bad = 0;
    struct err err;

    for (size_t i = 0; i < data && !runtime_stopping(loader->rt); i++) {
        if (clock_monotonic_us() > until) {
            look->unsettled = true;
            break;
        }
        err_clear(&err);
        if (i >= packed)
            packed = i + pack_run(loader, snapshot, mapping, look->names + i, data - i);
        if (i < packed || runtime_stopping(loader->rt) ||
            file_reader_run(loader, snapshot, mapping, look->names[i], &err) == 0)
            continue;
        if (!pass_over(loader, mapping, look->names[i], &err, look) || (err.cls != ERR_UNAVAILABLE && ++bad == BAD_MAX))
            return false;
    }
    return true;
}

static bool take_marks(struct loader *loader, const struct snapshot *snapshot, const struct mapping *mapping,
                       const struct look *look, size_t data)
{
    struct err err;

    if (runtime_stopping(loader->rt) ||
        end_marks_take(loader, snapshot, mapping, look->names + data, look->count - data, &err) == 0)
        return true;
    complain(loader, mapping, look->names[data], &err);
    return false;
}

/* Reads what waits for one feed; false when something went wrong. */
static bool serve_feed(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping,
                       struct look *look)
{
    bool ok = true;
    struct err err;
    size_t data;

    if (inbox_make(loader->rt, mapping->feed->code, &err) != 0) {
        log_warn("inbox", "feed=%s error=\"%s\"", mapping->feed->code, err.text);
        return false;
    }
    look_at(loader, mapping, look);
    if (is_newest(loader, snapshot)) {
        data = end_marks_last(mapping, look->names, look->count);
        ok = read_files(loader, snapshot, mapping, look, data) && take_marks(loader, snapshot, mapping, look, data);
    } else {
        look->unsettled = true; /* a file may be here that is to be read as its feed is now */
    }
    while (look->count)
        free(look->names[--look->count]);
    return ok;
}

static bool find_orphans(struct loader *loader, const struct mapping *mapping, struct look *look)
{
    struct err err;

    if (look->down || orphans_look(loader, mapping, &err) == 0)
        return true;
    complain(loader, mapping, loader->orphan.name, &err);
    return false;
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
    struct look look;
    int64_t pause_ms = runtime_setting_int(loader->rt, "scan_ms");
    int64_t quiet_ms = runtime_setting_int(loader->rt, "quiet_ms");
    bool ok = true, orphans;

    look = (struct look) { .quiet_us = quiet_ms * 1000 };
    orphans = snapshot && orphans_due(loader);
    sights_begin(&loader->sights);
    for (size_t i = 0; snapshot && i < snapshot->mapping_count && !look.down;
         i++) { /* what one feed has is no matter of another's */
        ok = serve_feed(loader, snapshot, &snapshot->mappings[i], &look) && ok;
        if (orphans)
            ok = find_orphans(loader, &snapshot->mappings[i], &look) && ok;
        watch(loader, snapshot->mappings[i].feed->code);
    }
    if (snapshot && !look.down) {
        sights_end(&loader->sights);
        archived_look(loader, snapshot);
    }
    snapshot_drop(&snapshot);
    free(look.names);
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
    sights_clear(&loader->sights);
    archived_clear(loader);
    pack_destroy(&loader->pack);
    close(loader->inotify_fd);
    close(loader->wake_fd);
}
