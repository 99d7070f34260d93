/* hash: see hash.h. */
#include "base/hash.h"

#include <string.h>

static uint64_t fnv1a(uint64_t h, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++) {
        h ^= p[i];
        h *= 0x100000001b3ULL;
    }
    return h;
}

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
    return hash_mix(fnv1a(0xcbf29ce484222325ULL ^ seed, bytes, len));
}

uint64_t hash_record(const char *sender, const char *key, size_t key_len)
{
    uint32_t sender_len = (uint32_t)strlen(sender);
    uint8_t prefix[4] = { (uint8_t)sender_len, (uint8_t)(sender_len >> 8), (uint8_t)(sender_len >> 16),
                          (uint8_t)(sender_len >> 24) };
    uint64_t h = fnv1a(0xcbf29ce484222325ULL, prefix, sizeof prefix);

    h = fnv1a(h, sender, sender_len);
    return hash_mix(fnv1a(h, key, key_len));
}
