/* cube_slices: the cube's slices by channel and product, for cube.c alone.
 *
 * One open-addressing table from (unit, measure, dimension, member, chunk of 32 days), packed into 64 bits, to a chunk.
 * Chunks come in slabs, so a cell's address holds until cube_slices_fini(). Zero-initialised is empty.
 */
#ifndef BIHUAN_CALC_CUBE_SLICES_H
#define BIHUAN_CALC_CUBE_SLICES_H

#include "calc/cube.h"

struct cube_chunk {
    uint64_t key;
    int64_t values[CUBE_CHUNK_DAYS];
};

struct cube_slot {
    uint64_t key;
    struct cube_chunk *chunk; /* NULL: free */
};

struct cube_slices {
    struct cube_slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t chunk_count;
    struct cube_chunk **slabs;
    size_t slab_count;
};

void cube_slices_fini(struct cube_slices *slices);

/* Packs a slice's key; all parts are in range (cube.c checks). */
uint64_t cube_slices_key(uint32_t unit, uint32_t measure, enum cube_dimension dimension, uint16_t member, int32_t day);

/* Starts loading the key's slot. An add waits for memory and for little else, so it asks for all it needs first. */
void cube_slices_prefetch(const struct cube_slices *slices, uint64_t key);
/* The cell, made if need be; never NULL. */
int64_t *cube_slices_cell(struct cube_slices *slices, uint64_t key, int32_t day);
/* from_day >= 0. */
int64_t cube_slices_sum(const struct cube_slices *slices, uint32_t unit, uint32_t measure,
                        enum cube_dimension dimension, uint16_t member, int32_t from_day, int32_t to_day);
void cube_slices_each(const struct cube_slices *slices, cube_slice_cb *cb, void *arg);
size_t cube_slices_memory(const struct cube_slices *slices);

#endif
