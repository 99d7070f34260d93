/* filter: see filter.h. A block of 512 bits is chosen by the hash's high half, 3 bits in it by the low half. */
#include "feedback/filter.h"

#include <stdlib.h>

#define BITS_PER_KEY 12
#define BLOCK_WORDS  8
#define BLOCK_BITS   512
#define BLOCKS_MIN   1024
#define PROBES       3

struct filter {
    uint64_t (*blocks)[BLOCK_WORDS];
    size_t block_count; /* a power of two */
    size_t count;
};

struct filter *filter_new(size_t keys)
{
    struct filter *filter = calloc(1, sizeof *filter);

    if (!filter)
        abort();
    filter->block_count = BLOCKS_MIN;
    while (filter->block_count * BLOCK_BITS < keys * BITS_PER_KEY)
        filter->block_count *= 2;
    filter->blocks = calloc(filter->block_count, sizeof filter->blocks[0]);
    if (!filter->blocks)
        abort();
    return filter;
}

void filter_destroy(struct filter **filter)
{
    if (!*filter)
        return;
    free((*filter)->blocks);
    free(*filter);
    *filter = NULL;
}

static uint64_t *block_of(const struct filter *filter, uint64_t hash)
{
    return filter->blocks[(hash >> 35) & (filter->block_count - 1)];
}

/* Not the lowest bits: they chose the bucket (at most 256), so they are the same for all keys here. */
static unsigned bit_of(uint64_t hash, int probe)
{
    return (unsigned)(hash >> (8 + 9 * probe)) & (BLOCK_BITS - 1);
}

bool filter_perhaps(const struct filter *filter, uint64_t hash)
{
    const uint64_t *block = block_of(filter, hash);

    for (int i = 0; i < PROBES; i++) {
        unsigned bit = bit_of(hash, i);

        if (!(block[bit / 64] >> (bit % 64) & 1))
            return false;
    }
    return true;
}

void filter_add(struct filter *filter, uint64_t hash)
{
    uint64_t *block = block_of(filter, hash);

    for (int i = 0; i < PROBES; i++) {
        unsigned bit = bit_of(hash, i);

        block[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    filter->count++;
}

bool filter_full(const struct filter *filter)
{
    return filter->count * BITS_PER_KEY > filter->block_count * BLOCK_BITS;
}

size_t filter_count(const struct filter *filter)
{
    return filter->count;
}
