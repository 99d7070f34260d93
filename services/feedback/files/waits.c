/* waits: see waits.h. */
#include "feedback/files/waits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEY_MAX 512

struct waits {
    UT_hash_handle hh;
    uint64_t releases;
    char key[KEY_MAX];
};

static struct waits *find(struct waits *waits, const char *feed, const char *name, char key[KEY_MAX])
{
    struct waits *entry;

    snprintf(key, KEY_MAX, "%s/%s", feed, name);
    HASH_FIND_STR(waits, key, entry);
    return entry;
}

bool waits_has(struct waits **waits, uint64_t releases, const char *feed, const char *name)
{
    char key[KEY_MAX];
    const struct waits *entry = find(*waits, feed, name, key);

    return entry && entry->releases == releases;
}

void waits_put(struct waits **waits, uint64_t releases, const char *feed, const char *name)
{
    char key[KEY_MAX];
    struct waits *entry = find(*waits, feed, name, key);

    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            abort();
        memcpy(entry->key, key, sizeof key);
        HASH_ADD_STR(*waits, key, entry);
    }
    entry->releases = releases;
}

void waits_drop(struct waits **waits, const char *feed, const char *name)
{
    char key[KEY_MAX];
    struct waits *entry = find(*waits, feed, name, key);

    if (!entry)
        return;
    HASH_DEL(*waits, entry);
    free(entry);
}

void waits_clear(struct waits **waits)
{
    struct waits *entry = *waits;

    HASH_CLEAR(hh, *waits); /* the table alone: its entries stay chained */
    while (entry) {
        struct waits *next = entry->hh.next;

        free(entry);
        entry = next;
    }
}
