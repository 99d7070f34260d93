/* snapshot: see snapshot.h. */
#include "feedback/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct snapshot *snapshot_new(int money_scale)
{
    static _Atomic uint64_t generations;
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);

    if (!snapshot)
        abort();
    atomic_store(&snapshot->refs, 1);
    snapshot->generation = atomic_fetch_add(&generations, 1) + 1;
    arena_init(&snapshot->arena);
    snapshot->reference = reference_new(money_scale);
    return snapshot;
}

struct snapshot *snapshot_hold(struct snapshot *snapshot)
{
    if (snapshot)
        atomic_fetch_add(&snapshot->refs, 1);
    return snapshot;
}

void snapshot_drop(struct snapshot **at)
{
    struct snapshot *snapshot = at ? *at : NULL;

    if (at)
        *at = NULL;
    if (!snapshot || atomic_fetch_sub(&snapshot->refs, 1) != 1)
        return;
    for (size_t i = 0; i < snapshot->mapping_count; i++)
        mapping_fini(&snapshot->mappings[i]);
    reference_destroy(&snapshot->reference);
    arena_fini(&snapshot->arena);
    free(snapshot);
}

static bool has_map(const Bihuan__Feed *feed, const char *name)
{
    for (size_t i = 0; i < feed->n_maps; i++)
        if (strcmp(feed->maps[i]->name, name) == 0)
            return true;
    return false;
}

const Bihuan__Feed *snapshot_with_maps(const struct snapshot *snapshot, const Bihuan__Feed *feed, struct arena *arena)
{
    Bihuan__Feed *whole = NULL;

    for (size_t i = 0; i < snapshot->code_map_count; i++) {
        const Bihuan__SenderCodeMap *shared = snapshot->code_maps[i];
        Bihuan__CodeMap *map;

        if (strcmp(shared->sender, feed->sender) != 0 || has_map(feed, shared->name))
            continue;
        if (!whole) {
            whole = arena_memdup(arena, feed, sizeof *feed);
            whole->maps = arena_array(arena, Bihuan__CodeMap *, feed->n_maps + snapshot->code_map_count);
            for (size_t k = 0; k < feed->n_maps; k++)
                whole->maps[k] = feed->maps[k];
        }
        map = whole->maps[whole->n_maps++] = arena_new(arena, Bihuan__CodeMap);
        bihuan__code_map__init(map);
        map->name = shared->name;
        map->pass = shared->pass;
        map->entries = shared->entries;
        map->n_entries = shared->n_entries;
    }
    return whole ? whole : feed;
}

const struct mapping *snapshot_feed(const struct snapshot *snapshot, const char *code)
{
    for (size_t i = 0; i < snapshot->mapping_count; i++)
        if (strcmp(snapshot->mappings[i].feed->code, code) == 0)
            return &snapshot->mappings[i];
    return NULL;
}

const struct mapping *snapshot_feed_by_id(const struct snapshot *snapshot, uint32_t id)
{
    for (size_t i = 0; i < snapshot->mapping_count; i++)
        if (snapshot->mappings[i].feed_id == id)
            return &snapshot->mappings[i];
    return NULL;
}

static const char *loop_sender(enum fact_kind kind)
{
    const struct fact_kind_info *info = fact_kind_info(kind);

    return info && info->loop_sender ? info->loop_sender : "";
}

const char *snapshot_sender_name(const struct snapshot *snapshot, int16_t id)
{
    for (size_t i = 0; i < snapshot->sender_count; i++)
        if (snapshot->senders[i].id == id)
            return snapshot->senders[i].name;
    return loop_sender(fact_kind_of_sender(id));
}

const char *snapshot_subject_sender(const struct snapshot *snapshot, int16_t id)
{
    for (size_t i = 0; i < snapshot->sender_count; i++)
        if (snapshot->senders[i].id == id)
            return snapshot->senders[i].subject_of ? snapshot->senders[i].subject_of : "";
    return "";
}

int16_t snapshot_sender_id(const struct snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < snapshot->sender_count; i++)
        if (strcmp(snapshot->senders[i].name, name) == 0)
            return snapshot->senders[i].id;
    for (int kind = 0; *name && kind < FACT_KIND_LIMIT; kind++)
        if (strcmp(loop_sender((enum fact_kind)kind), name) == 0)
            return fact_kind_sender((enum fact_kind)kind);
    return 0;
}
