/* arena: see arena.h. Blocks double up to 1 MB; a larger request gets a block of its own. */
#include "base/arena.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK_LEN ((size_t)16 << 10)
#define MAX_BLOCK_LEN   ((size_t)1 << 20)
#define TRIM_ABOVE_LEN  ((size_t)32 << 20)

struct arena_block {
    struct arena_block *next;
    size_t cap;
    size_t len;
    _Alignas(16) uint8_t bytes[];
};

static void *pb_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void pb_free(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena) { .allocator = { .alloc = pb_alloc, .free = pb_free, .allocator_data = arena } };
}

static void push_block(struct arena *arena, size_t need)
{
    size_t cap = arena->head ? arena->head->cap * 2 : FIRST_BLOCK_LEN;
    struct arena_block *block;

    if (cap > MAX_BLOCK_LEN)
        cap = MAX_BLOCK_LEN;
    if (cap < need)
        cap = need;
    block = malloc(sizeof *block + cap);
    if (!block)
        abort();
    block->next = arena->head;
    block->cap = cap;
    block->len = 0;
    arena->head = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t need = (size + 15) & ~(size_t)15;
    void *out;

    if (need < size)
        abort();
    if (!arena->head || arena->head->cap - arena->head->len < need)
        push_block(arena, need);
    out = arena->head->bytes + arena->head->len;
    arena->head->len += need;
    arena->used_len += need;
    memset(out, 0, need);
    return out;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->head;
    bool large = arena->used_len > TRIM_ABOVE_LEN;

    if (!keep)
        return;
    for (struct arena_block *block = keep->next; block;) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    keep->next = NULL;
    keep->len = 0;
    arena->used_len = 0;
    if (keep->cap > MAX_BLOCK_LEN) {
        free(keep);
        arena->head = NULL;
    }
    if (large) /* each thread's heap would keep what its largest call ever needed */
        malloc_trim(0);
}

void arena_fini(struct arena *arena)
{
    arena_reset(arena);
    free(arena->head);
    arena->head = NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_alloc(arena, len + 1);

    memcpy(out, text, len);
    return out;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t len)
{
    void *out = arena_alloc(arena, len ? len : 1);

    if (len)
        memcpy(out, bytes, len);
    return out;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list ap;
    int len;
    char *out;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    out = arena_alloc(arena, (size_t)len + 1);
    va_start(ap, fmt);
    vsnprintf(out, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return out;
}
