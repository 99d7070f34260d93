/* arena: memory for one call, freed at once.
 *
 * The runtime gives each handler an arena; what comes from it lives until the handler's transaction ends. Allocation
 * aborts the process when the machine has no memory (a crash is the normal way to stop). Not thread-safe.
 */
#ifndef BIHUAN_BASE_ARENA_H
#define BIHUAN_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used_len;              /* bytes handed out since the last reset */
    ProtobufCAllocator allocator; /* lets protobuf-c unpack into this arena; free is a no-op */
};

void arena_init(struct arena *arena);
/* Forgets everything handed out; keeps one block for the next call. */
void arena_reset(struct arena *arena);
void arena_fini(struct arena *arena);

/* Zeroed, aligned to 16. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
#define arena_new(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
void *arena_memdup(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
