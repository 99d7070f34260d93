/* filter: see filter.h. A block of 512 bits is chosen by the hash, 6 bits in it by what the hash is mixed to. */
#include "feedback/facts/filter.h"

#include "base/hash.h"

#include <stdlib.h>

#define BITS_PER_KEY 16
#define BLOCK_WORDS  8
#define BLOCK_BITS   512
#define BLOCKS_MIN   512
#define PROBES       6
#define LAYERS_MAX   24

struct layer {
    uint64_t (*blocks)[BLOCK_WORDS];
    size_t block_count; /* a power of two */
    size_t count;       /* keys */
};

struct filter {
    struct layer layers[LAYERS_MAX];
    size_t layer_count;
};

static void add_layer(struct filter *filter, size_t block_count)
{
    struct layer *layer = &filter->layers[filter->layer_count++];

    layer->block_count = block_count;
    layer->blocks = calloc(block_count, sizeof layer->blocks[0]);
    if (!layer->blocks)
        abort();
}

struct filter *filter_new(size_t keys)
{
    struct filter *filter = calloc(1, sizeof *filter);
    size_t block_count = BLOCKS_MIN;

    if (!filter)
        abort();
    while (block_count * BLOCK_BITS < keys * BITS_PER_KEY)
        block_count *= 2;
    add_layer(filter, block_count);
    return filter;
}

void filter_destroy(struct filter **filter)
{
    if (!*filter)
        return;
    for (size_t i = 0; i < (*filter)->layer_count; i++)
        free((*filter)->layers[i].blocks);
    free(*filter);
    *filter = NULL;
}

static uint64_t *block_of(const struct layer *layer, uint64_t hash)
{
    return layer->blocks[(hash >> 35) & (layer->block_count - 1)];
}

/* Not the hash's own bits: they chose the bucket and the block, so they are much the same for all keys of a block. */
static unsigned bit_of(uint64_t mixed, int probe)
{
    return (unsigned)(mixed >> (9 * probe)) & (BLOCK_BITS - 1);
}

static bool layer_perhaps(const struct layer *layer, uint64_t hash, uint64_t mixed)
{
    const uint64_t *block = block_of(layer, hash);

    for (int i = 0; i < PROBES; i++) {
        unsigned bit = bit_of(mixed, i);

        if (!(block[bit / 64] >> (bit % 64) & 1))
            return false;
    }
    return true;
}

void filter_fetch(const struct filter *filter, uint64_t hash)
{
    for (size_t i = filter->layer_count; i-- > 0;)
        __builtin_prefetch(block_of(&filter->layers[i], hash));
}

bool filter_perhaps(const struct filter *filter, uint64_t hash)
{
    uint64_t mixed = hash_mix(hash);

    for (size_t i = filter->layer_count; i-- > 0;)
        if (layer_perhaps(&filter->layers[i], hash, mixed))
            return true;
    return false;
}

void filter_add(struct filter *filter, uint64_t hash)
{
    struct layer *layer = &filter->layers[filter->layer_count - 1];
    uint64_t mixed = hash_mix(hash);
    uint64_t *block;

    if (layer->count * BITS_PER_KEY >= layer->block_count * BLOCK_BITS && filter->layer_count < LAYERS_MAX) {
        add_layer(filter, layer->block_count * 2);
        layer++;
    }
    block = block_of(layer, hash);
    for (int i = 0; i < PROBES; i++) {
        unsigned bit = bit_of(mixed, i);

        block[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    layer->count++;
}

size_t filter_layers(const struct filter *filter)
{
    return filter->layer_count;
}
