/* refit: see refit.h. */
#include "planning/axes/refit.h"

#include "calc/decompose.h"
#include "calc/fixed.h"

/* The topmost cells below a node, which may be deeper than its children. */
static void find_cells(const struct grid *grid, uint32_t node, uint32_t *cells, size_t *count)
{
    const struct outline *o = grid->outline;

    for (uint32_t c = 0; c < o->child_count[node]; c++) {
        uint32_t child = o->first_child[node] + c;

        if (grid->amount[child] != GRID_NONE)
            cells[(*count)++] = child;
        else
            find_cells(grid, child, cells, count);
    }
}

static bool is_full(const struct grid *grid, uint32_t node)
{
    const struct outline *o = grid->outline;

    for (uint32_t c = 0; c < o->child_count[node]; c++)
        if (grid->amount[o->first_child[node] + c] == GRID_NONE)
            return false;
    return true;
}

static int share_below(struct grid *grid, uint32_t node, const bool *given, uint32_t *cells,
                       struct decompose_part *parts, struct arena *arena, struct err *err)
{
    int64_t left = grid->amount[node], old = 0;
    size_t count = 0, free = 0;

    find_cells(grid, node, cells, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t amount = grid->amount[cells[i]];

        if (given[cells[i]]) {
            left -= amount > left && left >= 0 ? left + 1 : amount;
            continue;
        }
        old = fixed_add_saturated(old, amount);
        parts[free] = (struct decompose_part) { .id = free, .weight = amount, .upper = DECOMPOSE_FREE };
        cells[free++] = cells[i];
    }
    if (!free || left < 0)
        return 0;
    if (!is_full(grid, node) && old < left)
        left = old;
    if (left == old)
        return 0;
    if (decompose_split(left, parts, free, arena, err) != 0)
        return -1;
    for (size_t i = 0; i < free; i++)
        grid->amount[cells[i]] = parts[i].share;
    return 0;
}

int refit(struct grid *grid, uint32_t top, const bool *given, struct arena *arena, struct err *err)
{
    const struct outline *o = grid->outline;
    uint32_t *cells = arena_array(arena, uint32_t, o->count);
    struct decompose_part *parts = arena_array(arena, struct decompose_part, o->count);
    bool *below = arena_array(arena, bool, o->count);

    for (uint32_t n = top; n < o->count; n++) { /* parents come first */
        below[n] = n == top || (o->parent[n] != OUTLINE_NONE && o->parent[n] >= top && below[o->parent[n]]);
        if (below[n] && grid->amount[n] != GRID_NONE && o->child_count[n] &&
            share_below(grid, n, given, cells, parts, arena, err) != 0)
            return -1;
    }
    return 0;
}
