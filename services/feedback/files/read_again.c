/* read_again: see read_again.h. */
#include "feedback/files/read_again.h"

#include "feedback/control/sum_store.h"
#include "feedback/files/again_store.h"
#include "feedback/files/appended.h"
#include "feedback/files/file_store.h"
#include "feedback/files/inbox.h"
#include "feedback/files/loader.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_FILES 500
#define NOTE       "its codes mean something else"

static int by_from(const void *a, const void *b)
{
    return strcmp((*(Bihuan__CodeMapEntry *const *)a)->from, (*(Bihuan__CodeMapEntry *const *)b)->from);
}

static Bihuan__CodeMapEntry **sorted(Bihuan__CodeMapEntry *const *entries, size_t count)
{
    Bihuan__CodeMapEntry **copy = calloc(count + 1, sizeof copy[0]);

    if (!copy)
        abort(); /* no memory */
    for (size_t i = 0; i < count; i++)
        copy[i] = entries[i];
    qsort(copy, count, sizeof copy[0], by_from);
    return copy;
}

/* Mostly a map is the one that it was, or has more behind: it's sorted only where that isn't so. */
bool code_entries_differ(Bihuan__CodeMapEntry *const *old, size_t old_count, Bihuan__CodeMapEntry *const *now,
                         size_t now_count)
{
    Bihuan__CodeMapEntry **by_code = NULL;
    bool differ = false;

    for (size_t i = 0; i < now_count && !differ; i++) {
        Bihuan__CodeMapEntry *const *was = i < old_count && strcmp(old[i]->from, now[i]->from) == 0 ? &old[i] : NULL;

        if (!was && !by_code)
            by_code = sorted(old, old_count);
        if (!was)
            was = bsearch(&now[i], by_code, old_count, sizeof by_code[0], by_from);
        differ = was && strcmp((*was)->to, now[i]->to) != 0;
    }
    free(by_code);
    return differ;
}

bool feed_codes_differ(const Bihuan__Feed *old, const Bihuan__Feed *now)
{
    for (size_t i = 0; i < old->n_maps; i++)
        for (size_t j = 0; j < now->n_maps; j++)
            if (strcmp(old->maps[i]->name, now->maps[j]->name) == 0 &&
                code_entries_differ(old->maps[i]->entries, old->maps[i]->n_entries, now->maps[j]->entries,
                                    now->maps[j]->n_entries))
                return true;
    return false;
}

struct found {
    uint32_t files;
    bool appended; /* among them are some that came by request */
};

static bool is_archived(struct tx *tx, const struct file_row *file)
{
    char path[INBOX_PATH_MAX];

    inbox_archive_path(tx_runtime(tx), file->feed, file->id, file->name, path);
    return access(path, F_OK) == 0;
}

static int one(struct tx *tx, const struct file_row *file, bool dry, struct found *found, struct err *err)
{
    struct err why;

    err_clear(&why);
    if (strcmp(file->state, "loading") == 0) { /* it lies in the inbox, and is begun anew */
        found->files++;
        return dry ? 0 : file_store_retry(tx, file->id, 1, NOTE, err) != 0 ? -1 : sum_store_retry(tx, file->id, err);
    }
    if (!is_archived(tx, file)) {
        bool appended = appended_has(tx, file);

        found->files += appended;
        found->appended = found->appended || appended;
        return 0;
    }
    found->files++;
    if (dry)
        return 0;
    if (inbox_bring_back(tx_runtime(tx), file->feed, file->id, file->name, &why) != 0) {
        log_warn("file_not_read_again", "feed=%s file=\"%s\" error=\"%s\"", file->feed, file->name, why.text);
        found->files--;
        return 0;
    }
    return file_store_retry(tx, file->id, 1, NOTE, err) != 0 ? -1 : sum_store_retry(tx, file->id, err);
}

/* Files of one state, the newest first. */
static int all_in(struct tx *tx, const Bihuan__Feed *feed, const char *state, bool dry, struct found *all,
                  struct err *err)
{
    struct file_filter filter = { .feed = feed->code, .name = "", .state = state, .limit = PAGE_FILES };
    struct file_row *files;
    size_t found = PAGE_FILES;

    while (found == PAGE_FILES) {
        if (file_store_list(tx, &filter, &files, &found, err) != 0)
            return -1;
        for (size_t i = 0; i < found; i++)
            if (one(tx, &files[i], dry, all, err) != 0)
                return -1;
        filter.before = found ? files[found - 1].id : 0;
    }
    return 0;
}

/* Not those that were superseded: of a replaced day only the highest file's rows count. */
static int all(struct tx *tx, const Bihuan__Feed *feed, bool dry, struct found *found, struct err *err)
{
    *found = (struct found) { .files = 0 };
    if (all_in(tx, feed, "loading", dry, found, err) != 0)
        return -1;
    return all_in(tx, feed, "loaded", dry, found, err) != 0 ? -1 : all_in(tx, feed, "partial", dry, found, err);
}

int read_again(struct tx *tx, const Bihuan__Feed *feed, bool dry, uint32_t *count, struct err *err)
{
    struct found found;

    if (all(tx, feed, true, &found, err) != 0)
        return -1;
    *count = found.files;
    return *count && !dry ? again_store_note(tx, feed->code, err) : 0;
}

int read_again_timer(struct tx *tx, const void *message, struct err *err)
{
    struct feedback *feedback = tx_state(tx);
    const struct snapshot *snapshot;
    uint32_t *feeds;
    size_t found;
    int rc = 0;

    (void)message;
    if (again_store_take(tx, &feeds, &found, err) != 0)
        return -1;
    if (found && state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < found; i++) {
        const struct mapping *mapping = snapshot_feed_by_id(snapshot, feeds[i]);
        struct found all_found = { .files = 0 };

        if (mapping)
            rc = all(tx, mapping->feed, false, &all_found, err);
        if (rc == 0 && all_found.appended)
            rc = again_store_appended_begin(tx, mapping->feed_id, err);
        if (rc == 0 && all_found.files) {
            log_info("files_read_again", "feed=%s files=%u", mapping->feed->code, all_found.files);
            loader_wake(feedback->loader);
        }
    }
    return rc;
}
