/* archived: see archived.h. */
#include "feedback/files/archived.h"

#include "feedback/files/known_store.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_US (10 * 60 * SECOND) /* so long in all, ever more rarely */
#define FIRST_US (SECOND / 5)       /* the first look comes after quiet_ms, at least this */
#define KEPT_MAX 20000              /* the newest; more than that in ten minutes are small ones */

struct archived {
    uint32_t feed_id;
    uint64_t id;
    char *feed, *name;
    struct stat at;
    uint8_t sha256[SHA256_LEN];
    int64_t wait, due, until;
};

struct archive {
    struct archived items[KEPT_MAX];
    size_t count, next; /* next: the oldest, where all are taken */
};

static void drop(struct archived *item)
{
    free(item->feed);
    free(item->name);
    *item = (struct archived) { .id = 0 };
}

void archived_note(struct loader *loader, const struct mapping *mapping, uint64_t id, const char *name,
                   const struct inbox_file *file, const uint8_t sha256[SHA256_LEN])
{
    int64_t now = clock_monotonic_us(), quiet = runtime_setting_int(loader->rt, "quiet_ms") * 1000;
    struct archived *item;

    if (!loader->archive && !(loader->archive = calloc(1, sizeof *loader->archive)))
        abort();
    item = &loader->archive->items[loader->archive->next];
    loader->archive->next = (loader->archive->next + 1) % KEPT_MAX;
    if (loader->archive->count < KEPT_MAX)
        loader->archive->count++;
    drop(item);
    *item = (struct archived) { .feed_id = mapping->feed_id,
                                .id = id,
                                .feed = strdup(mapping->feed->code),
                                .name = strdup(name),
                                .at = file->at,
                                .wait = quiet > FIRST_US ? quiet : FIRST_US,
                                .until = now + WATCH_US };
    item->due = now + item->wait;
    memcpy(item->sha256, sha256, SHA256_LEN);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* What was sent with a file that was refused for being short is right now. */
static void bring_companion(struct loader *loader, const struct mapping *mapping, const struct archived *item)
{
    char companion[INBOX_PATH_MAX];
    struct err ignored; /* it may have been read without one */

    if (!mapping || mapping->control.by != CONTROL_COMPANION)
        return;
    control_companion(&mapping->control, item->name, companion, sizeof companion);
    (void)inbox_bring_back(loader->rt, item->feed, item->id, companion, &ignored);
}

static void tell(struct loader *loader, const struct archived *item, const struct stat *now)
{
    struct file_trouble *trouble = &loader->trouble;
    struct err ignored;

    log_warn("file_grew", "feed=%s file=\"%s\" id=%" PRIu64 " read=%lld is=%lld", item->feed, item->name, item->id,
             (long long)item->at.st_size, (long long)now->st_size);
    *trouble = (struct file_trouble) { .feed_id = item->feed_id, .id = item->id };
    snprintf(
        trouble->why, sizeof trouble->why,
        "it was written to after it was read: %lld bytes were read, %lld are there now; what it has become is read as"
        " a delivery of its own",
        (long long)item->at.st_size, (long long)now->st_size);
    if (loader_post(loader, &loader->step, intake_grew, trouble) == 0) /* else the log has it */
        (void)loader_wait(loader, &loader->step, &ignored);
}

int intake_grew(struct tx *tx, const void *message, struct err *err)
{
    const struct file_trouble *trouble = message;

    return known_store_note(tx, trouble->id, trouble->why, err);
}

/* False: nobody wrote to it after all, or it is to be looked at again. */
static bool take_back(struct loader *loader, const struct mapping *mapping, struct archived *item,
                      const struct stat *now)
{
    bool touched = false;
    struct err err;

    if (inbox_take_back(loader->rt, item->feed, item->id, item->name, (uint64_t)item->at.st_size, item->sha256,
                        &touched, &err) != 0) {
        log_warn("file_grew", "feed=%s file=\"%s\" id=%" PRIu64 " error=\"%s\"", item->feed, item->name, item->id,
                 err.text);
        return false;
    }
    if (touched) {
        item->at = *now;
        return false;
    }
    bring_companion(loader, mapping, item);
    tell(loader, item, now);
    return true;
}

static void look_at(struct loader *loader, const struct snapshot *snapshot, struct archived *item, int64_t now)
{
    char path[INBOX_PATH_MAX];
    struct stat at;

    inbox_archive_path(loader->rt, item->feed, item->id, item->name, path);
    if (stat(path, &at) != 0 || at.st_dev != item->at.st_dev || at.st_ino != item->at.st_ino ||
        (!is_same(&at, &item->at) && take_back(loader, snapshot_feed_by_id(snapshot, item->feed_id), item, &at)) ||
        now >= item->until) {
        drop(item);
        return;
    }
    item->wait *= 2;
    item->due = now + item->wait < item->until ? now + item->wait : item->until; /* the last look is at the end */
}

void archived_look(struct loader *loader, const struct snapshot *snapshot)
{
    int64_t now = clock_monotonic_us();

    for (size_t i = 0; loader->archive && i < loader->archive->count && !runtime_stopping(loader->rt); i++)
        if (loader->archive->items[i].name && loader->archive->items[i].due <= now)
            look_at(loader, snapshot, &loader->archive->items[i], now);
}

void archived_clear(struct loader *loader)
{
    for (size_t i = 0; loader->archive && i < loader->archive->count; i++)
        drop(&loader->archive->items[i]);
    free(loader->archive);
    loader->archive = NULL;
}
