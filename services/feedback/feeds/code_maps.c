/* code_maps: code maps that all feeds of a sender share are applied and listed. */
#include "feedback/feeds/code_map_store.h"
#include "feedback/handlers.h"
#include "feedback/files/read_again.h"
#include "feedback/state.h"

#include "bihuan/common.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEN_MAX 64
#define TEXT_LEN_MAX 200
#define ENTRIES_MAX  100000
#define PAGE_DEFAULT 100
#define PAGE_MAX     500
#define CHANGES_MAX  200

/* --- checking --------------------------------------------------------------------------------------------------------
 */

static void check_entry(struct tx *tx, size_t item, size_t index, const Bihuan__CodeMapEntry *entry)
{
    char pointer[80];

    snprintf(pointer, sizeof pointer, "/items/%zu/entries/%zu/from", item, index);
    if (!entry->from[0] || strlen(entry->from) > TEXT_LEN_MAX || strlen(entry->to) > TEXT_LEN_MAX)
        tx_problem(tx, pointer, "missing", "an entry says what stands in the file, of 1 to %d bytes, and our code",
                   TEXT_LEN_MAX);
}

static int by_from(const void *a, const void *b)
{
    return strcmp((*(Bihuan__CodeMapEntry *const *)a)->from, (*(Bihuan__CodeMapEntry *const *)b)->from);
}

/* A copy in the order of `from`. */
static Bihuan__CodeMapEntry **sorted(struct tx *tx, const Bihuan__SenderCodeMap *map)
{
    Bihuan__CodeMapEntry **entries = arena_array(tx_arena(tx), Bihuan__CodeMapEntry *, map->n_entries + 1);

    if (map->n_entries)
        memcpy(entries, map->entries, map->n_entries * sizeof entries[0]);
    qsort(entries, map->n_entries, sizeof entries[0], by_from);
    return entries;
}

static void check_map(struct tx *tx, size_t item, const Bihuan__SenderCodeMap *map)
{
    Bihuan__CodeMapEntry **entries = sorted(tx, map);
    char pointer[80];

    snprintf(pointer, sizeof pointer, "/items/%zu/sender", item);
    if (!map->sender[0] || strlen(map->sender) > NAME_LEN_MAX || strchr(map->sender, '/'))
        tx_problem(tx, pointer, "missing", "name the sender, as its feeds do");
    snprintf(pointer, sizeof pointer, "/items/%zu/name", item);
    if (!map->name[0] || strlen(map->name) > NAME_LEN_MAX)
        tx_problem(tx, pointer, "missing", "a map has a name of 1 to %d bytes", NAME_LEN_MAX);
    snprintf(pointer, sizeof pointer, "/items/%zu/entries", item);
    if (map->n_entries > ENTRIES_MAX)
        tx_problem(tx, pointer, "too_many", "a map has at most %d entries", ENTRIES_MAX);
    for (size_t i = 0; i < map->n_entries; i++) {
        check_entry(tx, item, i, map->entries[i]);
        if (i && by_from(&entries[i - 1], &entries[i]) == 0)
            tx_problem(tx, pointer, "twice", "\"%.80s\" stands twice in map \"%.64s\"", entries[i]->from, map->name);
    }
}

static void check_items(struct tx *tx, const Bihuan__ApplyCodeMapsRequest *request)
{
    for (size_t i = 0; i < request->n_items; i++) {
        check_map(tx, i, request->items[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(request->items[i]->sender, request->items[j]->sender) == 0 &&
                strcmp(request->items[i]->name, request->items[j]->name) == 0)
                tx_problem(tx, "/items", "twice", "map \"%.64s\" of sender \"%.64s\" stands twice in the request",
                           request->items[i]->name, request->items[i]->sender);
    }
}

/* --- applying --------------------------------------------------------------------------------------------------------
 */

/* The old map with the new one's entries in it; what `merge` asks for. */
static void merge(struct tx *tx, const Bihuan__SenderCodeMap *old, Bihuan__SenderCodeMap *map)
{
    Bihuan__CodeMapEntry **fresh = sorted(tx, map),
                         **all = arena_array(tx_arena(tx), Bihuan__CodeMapEntry *, old->n_entries + map->n_entries + 1);
    size_t count = 0;

    for (size_t i = 0; i < old->n_entries; i++)
        if (!map->n_entries || !bsearch(&old->entries[i], fresh, map->n_entries, sizeof fresh[0], by_from))
            all[count++] = old->entries[i];
    for (size_t i = 0; i < map->n_entries; i++)
        all[count++] = map->entries[i];
    map->entries = all;
    map->n_entries = count;
    map->pass = old->pass;
}

static bool is_equal(struct tx *tx, const Bihuan__SenderCodeMap *a, const Bihuan__SenderCodeMap *b)
{
    size_t len = bihuan__sender_code_map__get_packed_size(a);
    uint8_t *x, *y;

    if (len != bihuan__sender_code_map__get_packed_size(b))
        return false;
    x = arena_alloc(tx_arena(tx), len + 1);
    y = arena_alloc(tx_arena(tx), len + 1);
    bihuan__sender_code_map__pack(a, x);
    bihuan__sender_code_map__pack(b, y);
    return memcmp(x, y, len) == 0;
}

static void add_change(struct tx *tx, Bihuan__ApplyReply *reply, const Bihuan__SenderCodeMap *map, const char *action,
                       const char *difference)
{
    Bihuan__Change *change = arena_new(tx_arena(tx), Bihuan__Change);

    if (reply->n_changes == CHANGES_MAX)
        return;
    bihuan__change__init(change);
    change->code = arena_printf(tx_arena(tx), "%s/%s", map->sender, map->name);
    change->action = (char *)(uintptr_t)action;
    change->difference = (char *)(uintptr_t)difference;
    reply->changes[reply->n_changes++] = change;
}

/* Files of all feeds that look codes up in it. */
static int read_feeds_again(struct tx *tx, const Bihuan__SenderCodeMap *map, bool dry, uint32_t *again, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    for (size_t i = 0; i < snapshot->mapping_count; i++) {
        const Bihuan__Feed *feed = snapshot->mappings[i].feed;
        bool uses = false;
        uint32_t count;

        for (size_t c = 0; strcmp(feed->sender, map->sender) == 0 && c < feed->n_columns; c++)
            uses = uses || strcmp(feed->columns[c]->map, map->name) == 0;
        if (!uses)
            continue;
        if (read_again(tx, feed, dry, &count, err) != 0)
            return -1;
        *again += count;
    }
    return 0;
}

static int apply_map(struct tx *tx, const Bihuan__ApplyCodeMapsRequest *request, Bihuan__SenderCodeMap *map,
                     Bihuan__ApplyReply *reply, struct err *err)
{
    struct feedback *feedback = tx_state(tx);
    Bihuan__SenderCodeMap **old;
    uint32_t again = 0;
    size_t count;

    if (code_map_store_list(tx, map->sender, map->name, "", "", 1, tx_arena(tx), &old, &count, err) != 0)
        return -1;
    if (count && request->merge)
        merge(tx, old[0], map);
    if (count && is_equal(tx, old[0], map)) {
        reply->unchanged++;
        return 0;
    }
    if (count && code_entries_differ(old[0]->entries, old[0]->n_entries, map->entries, map->n_entries) &&
        read_feeds_again(tx, map, request->dry_run, &again, err) != 0)
        return -1;
    reply->created += !count;
    reply->changed += count != 0;
    add_change(tx, reply, map, count ? "changed" : "created",
               again ? arena_printf(tx_arena(tx), "%u files are read again: codes mean something else", again) : "");
    if (request->dry_run)
        return 0;
    feedback->dirty = true; /* the feeds are compiled anew */
    return code_map_store_put(tx, map, err);
}

int on_apply_code_maps(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCodeMapsRequest *request = message;
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;

    check_items(tx, request);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    reply.dry_run = request->dry_run;
    reply.changes = arena_array(tx_arena(tx), Bihuan__Change *, CHANGES_MAX);
    for (size_t i = 0; i < request->n_items; i++)
        if (apply_map(tx, request, request->items[i], &reply, err) != 0)
            return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

int on_list_code_maps(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCodeMapsRequest *request = message;
    Bihuan__ListCodeMapsReply reply = BIHUAN__LIST_CODE_MAPS_REPLY__INIT;
    struct arena *arena = tx_arena(tx);
    char *after = arena_strdup(arena, request->page ? request->page->cursor : ""), *slash = strchr(after, '/');
    uint32_t limit = request->page && request->page->limit ? request->page->limit : PAGE_DEFAULT;

    if (limit > PAGE_MAX)
        limit = PAGE_MAX;
    if (slash)
        *slash++ = 0;
    if (code_map_store_list(tx, request->sender, request->name, after, slash ? slash : "", limit + 1, arena,
                            &reply.items, &reply.n_items, err) != 0)
        return -1;
    if (reply.n_items > limit) {
        const Bihuan__SenderCodeMap *last = reply.items[limit - 1];

        reply.n_items = limit;
        reply.next = arena_printf(arena, "%s/%s", last->sender, last->name);
    }
    return tx_reply(tx, &reply.base, err);
}
