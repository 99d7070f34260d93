/* target_map: amounts of targets by all that they are of, found in one step. An amount of 0 is the same as none. */
#ifndef BIHUAN_REFDATA_TARGET_MAP_H
#define BIHUAN_REFDATA_TARGET_MAP_H

#include <stddef.h>
#include <stdint.h>

/* What a target is of: ids, 0 all. Channels and products stay below 65,536. */
struct target_key {
    uint32_t period, unit, measure, channel, product;
};

/* Zeroed before first use. */
struct target_map {
    struct target *slots;
    size_t slot_count, used;
};

void target_map_put(struct target_map *map, const struct target_key *key, int64_t amount);
int64_t target_map_get(const struct target_map *map, const struct target_key *key);
/* Fetches the place in memory of what is asked for soon. */
void target_map_fetch(const struct target_map *map, const struct target_key *key);
void target_map_fini(struct target_map *map);

#endif
