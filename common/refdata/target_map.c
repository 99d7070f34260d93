/* target_map: see target_map.h. */
#include "refdata/target_map.h"

#include "base/hash.h"

#include <stdlib.h>

struct target {
    uint64_t low;   /* unit, measure */
    uint64_t high;  /* period, channel, product */
    int64_t amount; /* 0 empty slot */
};

static uint64_t low_of(const struct target_key *key)
{
    return (uint64_t)key->unit << 32 | key->measure;
}

static uint64_t high_of(const struct target_key *key)
{
    return (uint64_t)key->period << 32 | key->channel << 16 | key->product;
}

#define ALIKE 8  /* units that lie side by side, of the same else: who asks for one asks for the next soon */
#define APART 16 /* steps from one such group to the next, before the slots are searched one by one */

static size_t first_slot(const struct target_map *map, uint64_t low, uint64_t high)
{
    uint64_t unit = low >> 32;
    uint64_t group = hash_mix((unit / ALIKE << 32 | (uint32_t)low) ^ hash_mix(high));

    return (group * ALIKE + unit % ALIKE) & (map->slot_count - 1);
}

static struct target *slot_of(const struct target_map *map, uint64_t low, uint64_t high)
{
    size_t slot = first_slot(map, low, high);
    size_t steps = 0;

    while (map->slots[slot].amount && (map->slots[slot].low != low || map->slots[slot].high != high))
        slot = (slot + (steps++ < APART ? ALIKE : 1)) & (map->slot_count - 1);
    return &map->slots[slot];
}

static void grow(struct target_map *map)
{
    struct target_map grown = { .slot_count = map->slot_count ? map->slot_count * 2 : 1024 };

    grown.slots = calloc(grown.slot_count, sizeof *grown.slots);
    if (!grown.slots)
        abort();
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].amount) {
            *slot_of(&grown, map->slots[i].low, map->slots[i].high) = map->slots[i];
            grown.used++;
        }
    free(map->slots);
    *map = grown;
}

void target_map_put(struct target_map *map, const struct target_key *key, int64_t amount)
{
    struct target *slot;

    if (map->used * 2 >= map->slot_count)
        grow(map);
    slot = slot_of(map, low_of(key), high_of(key));
    map->used += slot->amount == 0;
    *slot = (struct target) { low_of(key), high_of(key), amount };
}

int64_t target_map_get(const struct target_map *map, const struct target_key *key)
{
    return map->slot_count ? slot_of(map, low_of(key), high_of(key))->amount : 0;
}

void target_map_fetch(const struct target_map *map, const struct target_key *key)
{
    if (map->slot_count)
        __builtin_prefetch(&map->slots[first_slot(map, low_of(key), high_of(key))]);
}

void target_map_fini(struct target_map *map)
{
    free(map->slots);
    *map = (struct target_map) { 0 };
}
