/* hash: stable 64-bit hashes. The values are part of the stored data (buckets, content hashes): never change them. */
#ifndef BIHUAN_BASE_HASH_H
#define BIHUAN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a over the bytes, finished with the 64-bit mix of MurmurHash3 so that low bits are usable. */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);

/* The 64-bit finaliser alone; spreads small integers. */
static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33;
    return x;
}

/* Bucket of a record: `sender` and its key, length-prefixed so that ("a","b:c") and ("a:b","c") differ.
 * bucket_count is a power of two, fixed at installation. */
uint64_t hash_record(const char *sender, const char *key, size_t key_len);
static inline uint16_t hash_bucket(uint64_t record_hash, uint32_t bucket_count)
{
    return (uint16_t)(record_hash & (bucket_count - 1));
}

#endif
