/* orphans: see orphans.h. */
#include "feedback/files/orphans.h"

#include "feedback/files/inbox.h"
#include "feedback/files/known_store.h"
#include "obs/log.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_US (10 * SECOND) /* how often, at least */

static int64_t wait_us(struct loader *loader, const struct mapping *mapping)
{
    return mapping->sequence.declared ? mapping->sequence.gap_us : runtime_setting_int(loader->rt, "orphan_ms") * 1000;
}

bool orphans_due(struct loader *loader)
{
    int64_t now = clock_monotonic_us(), often = runtime_setting_int(loader->rt, "orphan_ms") * 1000 / 4;

    if (now < loader->orphans_due_us)
        return false;
    loader->orphans_due_us = now + (often < LOOK_US ? often : LOOK_US);
    return true;
}

/* --- the writer's half -----------------------------------------------------------------------------------------------
 */

int intake_orphan(struct tx *tx, const void *message, struct err *err)
{
    struct orphan *orphan = (struct orphan *)(uintptr_t)message;
    struct file_trouble trouble = { .feed_id = orphan->feed_id };
    char path[INBOX_PATH_MAX];

    if (known_store_of_companion(tx, orphan->feed_id, orphan->of, orphan->of_base, &orphan->id, err) != 0)
        return -1;
    inbox_archive_path(tx_runtime(tx), orphan->feed, orphan->id, orphan->name, path);
    if (orphan->id && access(path, F_OK) != 0) /* the daemon stopped between the two, or the file was read without */
        return known_store_forget_waiting(tx, orphan->feed_id, orphan->name, err);
    orphan->id = 0;
    snprintf(trouble.name, sizeof trouble.name, "%s", orphan->name);
    snprintf(trouble.why, sizeof trouble.why, "%s", orphan->why);
    return intake_trouble(tx, &trouble, err);
}

/* --- the loader's half -----------------------------------------------------------------------------------------------
 */

struct names {
    char **items;
    size_t count, cap;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(struct names *names, const char *name)
{
    if (names->count == names->cap) {
        names->cap = names->cap ? 2 * names->cap : 64;
        names->items = realloc(names->items, names->cap * sizeof names->items[0]);
        if (!names->items)
            abort();
    }
    names->items[names->count++] = strdup(name);
}

/* Splits the folder into companions and what the others would have as theirs, in order. */
static void list(struct loader *loader, const struct mapping *mapping, struct names *companions, struct names *wanted)
{
    char path[INBOX_PATH_MAX], companion[INBOX_PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    inbox_path(loader->rt, mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && (entry = readdir(folder)) != NULL) {
        if (!inbox_name_ok(entry->d_name))
            continue;
        if (control_is_companion(&mapping->control, entry->d_name)) {
            add_name(companions, entry->d_name);
            continue;
        }
        control_companion(&mapping->control, entry->d_name, companion, sizeof companion);
        add_name(wanted, companion);
    }
    if (folder)
        closedir(folder);
    if (wanted->count)
        qsort(wanted->items, wanted->count, sizeof wanted->items[0], by_name);
}

static void drop(struct names *names)
{
    while (names->count)
        free(names->items[--names->count]);
    free(names->items);
}

static int take(struct loader *loader, const struct mapping *mapping, const char *name, struct err *err)
{
    static const char WHY[] = "the file that it is the companion of is not there yet";
    struct orphan *orphan = &loader->orphan;
    const char *feed = mapping->feed->code;

    if (!sights_failed(&loader->sights, feed, name, WHY))
        return 0;
    *orphan = (struct orphan) { .feed_id = mapping->feed_id, .of_base = mapping->control.of_base, .why = WHY };
    snprintf(orphan->feed, sizeof orphan->feed, "%s", feed);
    snprintf(orphan->name, sizeof orphan->name, "%s", name);
    snprintf(orphan->of, sizeof orphan->of, "%.*s", (int)(strlen(name) - strlen(mapping->control.suffix)), name);
    if (loader_post(loader, &loader->step, intake_orphan, orphan) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    if (loader_wait(loader, &loader->step, err) != 0)
        return -1;
    sights_told(&loader->sights, feed, name, WHY);
    if (orphan->id)
        return inbox_put_away(loader->rt, feed, orphan->id, name, err);
    log_warn("companion_waits", "feed=%s file=\"%s\" error=\"%s\"", feed, name, WHY);
    return 0;
}

int orphans_look(struct loader *loader, const struct mapping *mapping, struct err *err)
{
    struct names companions = { 0 }, wanted = { 0 };
    int rc = 0;

    if (mapping->control.by != CONTROL_COMPANION)
        return 0;
    list(loader, mapping, &companions, &wanted);
    for (size_t i = 0; i < companions.count && rc == 0 && !runtime_stopping(loader->rt); i++)
        if ((!wanted.count ||
             !bsearch(&companions.items[i], wanted.items, wanted.count, sizeof wanted.items[0], by_name)) &&
            sights_same_us(&loader->sights, mapping->feed->code, companions.items[i]) >= wait_us(loader, mapping))
            rc = take(loader, mapping, companions.items[i], err);
    drop(&companions);
    drop(&wanted);
    return rc;
}
