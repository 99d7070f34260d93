/* nth: see nth.h. */
#include "feedback/mapping/nth.h"

#include <stdlib.h>

#define SLOTS_FIRST 1024

/* The slot where the hash stands, or the free one where it would. */
static size_t find(const struct nth *nth, uint64_t hash)
{
    size_t at = hash & (nth->slots - 1);

    while (nth->hashes[at] && nth->hashes[at] != hash)
        at = (at + 1) & (nth->slots - 1);
    return at;
}

static void grow(struct nth *nth)
{
    struct nth grown = { .slots = nth->slots ? nth->slots * 2 : SLOTS_FIRST, .used = nth->used };

    grown.hashes = calloc(grown.slots, sizeof grown.hashes[0]);
    grown.counts = calloc(grown.slots, sizeof grown.counts[0]);
    if (!grown.hashes || !grown.counts)
        abort(); /* no memory */
    for (size_t i = 0; i < nth->slots; i++) {
        size_t at;

        if (!nth->hashes[i])
            continue;
        at = find(&grown, nth->hashes[i]);
        grown.hashes[at] = nth->hashes[i];
        grown.counts[at] = nth->counts[i];
    }
    nth_reset(nth);
    *nth = grown;
}

uint32_t nth_count(struct nth *nth, uint64_t hash)
{
    size_t at;

    if (nth->used >= nth->slots / 4 * 3 && nth->used < NTH_KEYS_MAX)
        grow(nth);
    hash += !hash;
    at = find(nth, hash);
    if (!nth->hashes[at]) {
        if (nth->used == NTH_KEYS_MAX)
            return 0;
        nth->hashes[at] = hash;
        nth->used++;
    }
    return ++nth->counts[at];
}

void nth_reset(struct nth *nth)
{
    free(nth->hashes);
    free(nth->counts);
    *nth = (struct nth) { 0 };
}
