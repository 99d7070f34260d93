/* fresh: see fresh.h. */
#include "planning/edits/fresh.h"

/* What a node's topmost cells below it have together. */
struct sums {
    uint32_t *above; /* by node: the next node above with a cell; OUTLINE_NONE: none */
    int64_t *amount, *hedge;
};

static void add(struct sums *sums, uint32_t node, int64_t amount, int64_t hedge)
{
    if (sums->above[node] == OUTLINE_NONE)
        return;
    sums->amount[sums->above[node]] += amount;
    sums->hedge[sums->above[node]] += hedge;
}

static int64_t part_of(int64_t hedge_left, int64_t amount_left, int64_t amount)
{
    if (hedge_left <= 0 || amount <= 0)
        return 0;
    return amount < amount_left ? (int64_t)((__int128)hedge_left * amount / amount_left) : hedge_left;
}

void fresh_hedges(const struct outline *outline, const int64_t *amount, int64_t *hedge, const bool *fresh,
                  struct arena *arena)
{
    uint32_t count = outline->count + outline->strays;
    struct sums sums = { arena_array(arena, uint32_t, count), arena_array(arena, int64_t, count),
                         arena_array(arena, int64_t, count) };

    for (uint32_t n = 0; n < count; n++) { /* parents come first */
        uint32_t parent = outline->parent[n];

        sums.above[n] = parent == OUTLINE_NONE || amount[parent] >= 0 ? parent : sums.above[parent];
        if (amount[n] >= 0 && !fresh[n])
            add(&sums, n, amount[n], hedge[n]);
    }
    for (uint32_t n = 0; n < count; n++) {
        uint32_t above = sums.above[n];

        if (!fresh[n])
            continue;
        hedge[n] = above == OUTLINE_NONE
                       ? 0
                       : part_of(hedge[above] - sums.hedge[above], amount[above] - sums.amount[above], amount[n]);
        if (hedge[n] < sums.hedge[n])
            hedge[n] = sums.hedge[n];
        add(&sums, n, amount[n], hedge[n]);
    }
}
