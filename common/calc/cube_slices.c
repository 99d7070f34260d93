/* cube_slices: see cube_slices.h. */
#include "calc/cube_slices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"

#define SLAB_BYTES  ((size_t)2 << 20) /* one huge page */
#define SLAB_CHUNKS (SLAB_BYTES / sizeof(struct cube_chunk))
#define SLOTS_FIRST 1024

/* 20 bits unit, 10 measure, 1 dimension, 16 member, 17 chunk (up to CUBE_DAY_MAX): 64. */
uint64_t cube_slices_key(uint32_t unit, uint32_t measure, enum cube_dimension dimension, uint16_t member, int32_t day)
{
    return (uint64_t)unit << 44 | (uint64_t)measure << 34 | (uint64_t)dimension << 33 | (uint64_t)member << 17 |
           (uint64_t)day / CUBE_CHUNK_DAYS;
}

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* Zeroed; large ones on huge pages where the system gives them: random access otherwise waits for address look-ups. */
static void *new_zeroed(size_t size)
{
    void *memory = NULL;

    if (size < SLAB_BYTES)
        return must(calloc(1, size));
    if (posix_memalign(&memory, SLAB_BYTES, size) != 0)
        must(NULL);
    madvise(memory, size, MADV_HUGEPAGE); /* a hint; refusal changes nothing */
    return memset(memory, 0, size);
}

void cube_slices_fini(struct cube_slices *slices)
{
    for (size_t i = 0; i < slices->slab_count; i++)
        free(slices->slabs[i]);
    free(slices->slabs);
    free(slices->slots);
    *slices = (struct cube_slices) { 0 };
}

/* The key's slot, or the free one where it belongs. */
static struct cube_slot *find_slot(const struct cube_slices *slices, uint64_t key)
{
    size_t mask = slices->slot_count - 1, i = hash_mix(key) & mask;

    while (slices->slots[i].chunk && slices->slots[i].key != key)
        i = (i + 1) & mask;
    return &slices->slots[i];
}

static void grow_slots(struct cube_slices *slices)
{
    struct cube_slices wide = *slices;

    wide.slot_count = slices->slot_count ? slices->slot_count * 2 : SLOTS_FIRST;
    wide.slots = new_zeroed(wide.slot_count * sizeof *wide.slots);
    for (size_t i = 0; i < slices->slot_count; i++)
        if (slices->slots[i].chunk)
            *find_slot(&wide, slices->slots[i].key) = slices->slots[i];
    free(slices->slots);
    *slices = wide;
}

static struct cube_chunk *new_chunk(struct cube_slices *slices, uint64_t key)
{
    size_t slab = slices->chunk_count / SLAB_CHUNKS;
    struct cube_chunk *chunk;

    if (slab == slices->slab_count) {
        slices->slabs = must(realloc(slices->slabs, (slab + 1) * sizeof *slices->slabs));
        slices->slabs[slab] = new_zeroed(SLAB_BYTES);
        slices->slab_count += 1;
    }
    chunk = &slices->slabs[slab][slices->chunk_count % SLAB_CHUNKS];
    slices->chunk_count += 1;
    chunk->key = key;
    return chunk;
}

void cube_slices_prefetch(const struct cube_slices *slices, uint64_t key)
{
    if (slices->slot_count)
        __builtin_prefetch(&slices->slots[hash_mix(key) & (slices->slot_count - 1)]);
}

int64_t *cube_slices_cell(struct cube_slices *slices, uint64_t key, int32_t day)
{
    struct cube_slot *slot;
    int64_t *cell;

    if (slices->chunk_count * 2 >= slices->slot_count) /* at most half full */
        grow_slots(slices);
    slot = find_slot(slices, key);
    if (!slot->chunk)
        *slot = (struct cube_slot) { key, new_chunk(slices, key) };
    cell = &slot->chunk->values[day % CUBE_CHUNK_DAYS];
    __builtin_prefetch(cell, 1);
    return cell;
}

int64_t cube_slices_sum(const struct cube_slices *slices, uint32_t unit, uint32_t measure,
                        enum cube_dimension dimension, uint16_t member, int32_t from_day, int32_t to_day)
{
    int64_t sum = 0;

    if (slices->slot_count == 0)
        return 0;
    for (int64_t start = from_day; start <= to_day; start = (start / CUBE_CHUNK_DAYS + 1) * CUBE_CHUNK_DAYS) {
        int64_t chunk_end = (start / CUBE_CHUNK_DAYS + 1) * CUBE_CHUNK_DAYS - 1;
        int64_t end = chunk_end < to_day ? chunk_end : to_day;
        uint64_t key = cube_slices_key(unit, measure, dimension, member, (int32_t)start);
        const struct cube_chunk *chunk = find_slot(slices, key)->chunk;

        for (int64_t day = start; chunk && day <= end; day++)
            sum += chunk->values[day % CUBE_CHUNK_DAYS];
    }
    return sum;
}

void cube_slices_each(const struct cube_slices *slices, cube_slice_cb *cb, void *arg)
{
    for (size_t i = 0; i < slices->chunk_count; i++) {
        const struct cube_chunk *chunk = &slices->slabs[i / SLAB_CHUNKS][i % SLAB_CHUNKS];
        uint64_t key = chunk->key;

        cb((uint32_t)(key >> 44), (uint32_t)(key >> 34) & 0x3ff, (enum cube_dimension)((key >> 33) & 1),
           (uint16_t)(key >> 17), (int32_t)(key & 0x1ffff) * CUBE_CHUNK_DAYS, chunk->values, arg);
    }
}

size_t cube_slices_memory(const struct cube_slices *slices)
{
    return slices->slot_count * sizeof *slices->slots + slices->slab_count * (sizeof *slices->slabs + SLAB_BYTES);
}
