/* verified: see verified.h. */
#include "monitoring/actions/verified.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static uint64_t key_of(uint32_t rule_id, uint32_t unit_id, uint32_t measure_id)
{
    return hash_mix(((uint64_t)rule_id << 32 | unit_id) ^ hash_mix(measure_id));
}

/* Where the key is, or belongs. */
static size_t place_of(const struct verified *verified, uint64_t key)
{
    size_t lo = 0, hi = verified->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (verified->keys[mid] < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool verified_has(const struct verified *verified, uint32_t rule_id, uint32_t unit_id, uint32_t measure_id)
{
    uint64_t key = key_of(rule_id, unit_id, measure_id);
    size_t at = place_of(verified, key);

    return at < verified->count && verified->keys[at] == key;
}

void verified_add(struct verified *verified, uint32_t rule_id, uint32_t unit_id, uint32_t measure_id)
{
    uint64_t key = key_of(rule_id, unit_id, measure_id);
    size_t at;

    if (verified_has(verified, rule_id, unit_id, measure_id))
        return;
    if (verified->count == verified->cap) {
        verified->cap = verified->cap ? 2 * verified->cap : 64;
        verified->keys = realloc(verified->keys, verified->cap * sizeof *verified->keys);
        if (!verified->keys)
            abort();
    }
    at = place_of(verified, key);
    memmove(verified->keys + at + 1, verified->keys + at, (verified->count - at) * sizeof *verified->keys);
    verified->keys[at] = key;
    verified->count++;
}

void verified_clear(struct verified *verified)
{
    verified->count = 0;
}

void verified_fini(struct verified *verified)
{
    free(verified->keys);
    *verified = (struct verified) { NULL, 0, 0 };
}
