/* mapped: see mapped.h. */
#include "planning/axes/mapped.h"

/* What each has that those below it don't have of it. */
static void find_own(struct mapped_side part, uint32_t limit, int64_t *own)
{
    for (uint32_t u = 0; u < limit; u++) {
        uint32_t above = u;

        if (part.amount[u] <= 0)
            continue;
        own[u] += part.amount[u];
        do
            above = part.parent[above];
        while (above != TREE_NONE && part.amount[above] == MAPPED_NONE);
        if (above != TREE_NONE)
            own[above] -= part.amount[u];
    }
}

void mapped_add(struct mapped_side part, struct mapped_side whole, uint32_t limit, int64_t *own, int64_t *sums)
{
    find_own(part, limit, own);
    for (uint32_t u = 0; u < limit; u++) {
        int64_t more = own[u];
        uint32_t at = u;

        own[u] = 0;
        while (more && at != TREE_NONE && whole.amount[at] == MAPPED_NONE && whole.parent[at] == TREE_NONE)
            at = part.parent[at];
        for (; more && at != TREE_NONE; at = whole.parent[at])
            sums[at] += more;
    }
}
