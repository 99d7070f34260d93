/* grid: see grid.h. */
#include "planning/edits/grid.h"

#include "calc/decompose.h"

#include <string.h>

static int refuse(struct grid *grid, uint32_t node, const char *code, const char *words, struct err *err)
{
    grid->culprit = node;
    return err_fail(err, ERR_CONFLICT, code, "%s", words);
}

/* The i-th of those below a node: its children, then the closed units that stand there; OUTLINE_NONE: another's. */
static uint32_t below_at(const struct outline *o, uint32_t node, uint32_t i)
{
    uint32_t stray;

    if (i < o->child_count[node])
        return o->first_child[node] + i;
    stray = o->count + i - o->child_count[node];
    return o->parent[stray] == node ? stray : OUTLINE_NONE;
}

/* Whether the node's children have cells that add up to it. */
static bool is_whole(const struct grid *grid, uint32_t node)
{
    const struct outline *o = grid->outline;
    int64_t sum = 0;
    bool any = false;

    for (uint32_t i = 0; i < o->child_count[node] + o->strays; i++) {
        uint32_t child = below_at(o, node, i);
        int64_t amount = child == OUTLINE_NONE ? GRID_NONE : grid->amount[child];

        any = any || amount != GRID_NONE;
        sum += amount == GRID_NONE ? 0 : amount;
    }
    return any && sum == grid->amount[node];
}

/* What the topmost cells below a node have together. */
static int64_t beneath(const struct grid *grid, uint32_t node)
{
    const struct outline *o = grid->outline;
    int64_t sum = 0;

    for (uint32_t i = 0; i < o->child_count[node] + o->strays; i++) {
        uint32_t child = below_at(o, node, i);

        if (child != OUTLINE_NONE)
            sum += grid->amount[child] != GRID_NONE ? grid->amount[child] : beneath(grid, child);
    }
    return sum;
}

/* The nodes that an amount of `top` is cut over, breadth first: `map` says which they are in the grid. */
static size_t cut_nodes(const struct grid *grid, uint32_t top, struct decompose_node *nodes, uint32_t *map)
{
    const struct outline *o = grid->outline;
    size_t count = 1;

    map[0] = top;
    nodes[0] = (struct decompose_node) { .parent = DECOMPOSE_NONE };
    for (size_t n = 0; n < count; n++) {
        uint32_t node = map[n];

        nodes[n].part = (struct decompose_part) { .id = o->unit[node],
                                                  .weight = grid->amount[node],
                                                  .lower = n ? grid->lower[node] : 0,
                                                  .upper = n ? grid->upper[node] : DECOMPOSE_FREE };
        if (n && node >= o->count) /* closed: gives, and takes nothing */
            nodes[n].part.upper = grid->amount[node];
        nodes[n].first_child = (uint32_t)count;
        if (!is_whole(grid, node)) { /* stays as it is below, and is never less than that */
            int64_t least = beneath(grid, node);

            if (n && least <= grid->amount[node] && least > nodes[n].part.lower)
                nodes[n].part.lower = least;
            continue;
        }
        for (uint32_t i = 0; i < o->child_count[node] + o->strays; i++) {
            uint32_t child = below_at(o, node, i);

            if (child == OUTLINE_NONE || grid->amount[child] == GRID_NONE)
                continue;
            map[count] = child;
            nodes[count++] = (struct decompose_node) { .parent = (uint32_t)n };
            nodes[n].child_count++;
        }
    }
    return count;
}

/* `top` becomes `amount`, what is below it is cut anew; `fixed` (another node of it, or OUTLINE_NONE) becomes
 * `fixed_amount`. */
static int cut_anew(struct grid *grid, uint32_t top, int64_t amount, uint32_t fixed, int64_t fixed_amount,
                    struct arena *arena, struct err *err)
{
    uint32_t most = grid->outline->count + grid->outline->strays;
    struct decompose_node *nodes = arena_array(arena, struct decompose_node, most);
    uint32_t *map = arena_array(arena, uint32_t, most);
    size_t count = cut_nodes(grid, top, nodes, map);

    for (size_t n = 1; n < count; n++)
        if (map[n] == fixed) {
            nodes[n].part.lower = nodes[n].part.upper = fixed_amount;
            nodes[n].part.weight = fixed_amount;
        }
    grid->culprit = top;
    if (decompose_tree(amount, nodes, count, arena, err) != 0)
        return -1;
    for (size_t n = 0; n < count; n++)
        grid->amount[map[n]] = nodes[n].part.share;
    return 0;
}

static int check_bounds(struct grid *grid, uint32_t node, int64_t amount, struct err *err)
{
    if (grid->amount[node] == GRID_NONE)
        return refuse(grid, node, "no_cell", "there is no such target", err);
    if (amount < 0)
        return refuse(grid, node, "below_zero", "a target can't fall below 0", err);
    if (amount < grid->lower[node] || amount > grid->upper[node])
        return refuse(grid, node, "out_of_bounds", "its lock, floor or ceiling doesn't allow that", err);
    return 0;
}

/* Where not all that is below has a cell, it isn't cut anew: nor may the node fall below it. */
static int check_beneath(struct grid *grid, uint32_t node, int64_t amount, struct err *err)
{
    if (amount < grid->amount[node] && !is_whole(grid, node) && amount < beneath(grid, node))
        return refuse(grid, node, "below_children", "the targets below it are more; lower them first", err);
    return 0;
}

/* Changes a node and all above it, up to and without `stop`. */
static int add_up(struct grid *grid, uint32_t node, uint32_t stop, int64_t delta, struct arena *arena, struct err *err)
{
    const struct outline *o = grid->outline;
    int64_t amount;

    if (grid->amount[node] == GRID_NONE)
        return refuse(grid, node, "no_cell", "there is no such target", err);
    if (__builtin_add_overflow(grid->amount[node], delta, &amount))
        return refuse(grid, node, "out_of_bounds", "the amount is too large", err);
    if (check_bounds(grid, node, amount, err) != 0 || check_beneath(grid, node, amount, err) != 0 ||
        cut_anew(grid, node, amount, OUTLINE_NONE, 0, arena, err) != 0)
        return -1;
    for (node = o->parent[node]; node != OUTLINE_NONE && node != stop; node = o->parent[node]) {
        if (grid->amount[node] == GRID_NONE)
            continue; /* nothing there that could be wrong */
        if (__builtin_add_overflow(grid->amount[node], delta, &amount))
            return refuse(grid, node, "out_of_bounds", "the amount is too large", err);
        if (check_bounds(grid, node, amount, err) != 0)
            return -1;
        grid->amount[node] = amount;
    }
    return 0;
}

int grid_set(struct grid *grid, uint32_t node, int64_t amount, bool keep_parent, struct arena *arena, struct err *err)
{
    uint32_t parent = grid->outline->parent[node];

    if (check_bounds(grid, node, amount, err) != 0 || check_beneath(grid, node, amount, err) != 0)
        return -1;
    grid->meant[node] = true;
    if (!keep_parent || parent == OUTLINE_NONE || grid->amount[parent] == GRID_NONE)
        return add_up(grid, node, OUTLINE_NONE, amount - grid->amount[node], arena, err);
    if (!is_whole(grid, parent))
        return refuse(grid, parent, "sum_differs",
                      "the targets of the units beside it don't add up to the one above; correct that first", err);
    return cut_anew(grid, parent, grid->amount[parent], node, amount, arena, err);
}

/* --- new cells ------------------------------------------------------------------------------------------------------
 */
static uint32_t next_above(const struct grid *grid, uint32_t node)
{
    do
        node = grid->outline->parent[node];
    while (node != OUTLINE_NONE && grid->amount[node] == GRID_NONE);
    return node;
}

/* Whether the node alone of all below the next one above has no cell. */
static bool is_last(const struct grid *grid, uint32_t node, uint32_t above)
{
    const struct outline *o = grid->outline;

    if (above == OUTLINE_NONE || o->parent[node] != above)
        return false;
    for (uint32_t c = 0; c < o->child_count[above]; c++)
        if (o->first_child[above] + c != node && grid->amount[o->first_child[above] + c] == GRID_NONE)
            return false;
    return true;
}

/* Whether all children have a cell. */
static bool is_full(const struct grid *grid, uint32_t node)
{
    const struct outline *o = grid->outline;

    for (uint32_t c = 0; c < o->child_count[node]; c++)
        if (grid->amount[o->first_child[node] + c] == GRID_NONE)
            return false;
    return o->child_count[node] > 0;
}

struct grid_room grid_room(const struct grid *grid, uint32_t node)
{
    struct grid_room room = { .above = next_above(grid, node), .beneath = beneath(grid, node) };

    room.full = is_full(grid, node);
    room.last = is_last(grid, node, room.above);
    if (room.above != OUTLINE_NONE) {
        room.amount = grid->amount[room.above];
        room.held = beneath(grid, room.above) - room.beneath;
    }
    return room;
}

int grid_add(struct grid *grid, uint32_t node, int64_t amount, bool keep_parent, struct err *err)
{
    const struct grid_room room = grid_room(grid, node);
    int64_t more = amount - room.beneath, above;

    if (amount < room.beneath || (amount > room.beneath && room.full))
        return refuse(grid, node, "below_children", "the targets below it are something else", err);
    if (keep_parent && room.above != OUTLINE_NONE && amount > room.amount - room.held)
        return refuse(grid, node, "above_parent", "the one above has less left", err);
    if (keep_parent && room.last && amount < room.amount - room.held)
        return refuse(grid, node, "below_parent", "the one above has more left for its last one", err);
    if (room.last) /* what was nobody's is nobody's any more */
        more = room.held + amount - room.amount;
    for (uint32_t n = room.above; !keep_parent && n != OUTLINE_NONE; n = next_above(grid, n)) {
        if (__builtin_add_overflow(grid->amount[n], more, &above))
            return refuse(grid, n, "out_of_bounds", "the amount is too large", err);
        if (check_bounds(grid, n, above, err) != 0)
            return -1;
        grid->amount[n] = above;
    }
    grid->amount[node] = amount;
    grid->meant[node] = true;
    return 0;
}

/* --- transfers ------------------------------------------------------------------------------------------------------
 */
static bool is_above(const struct outline *o, uint32_t node, uint32_t below)
{
    for (; below != OUTLINE_NONE; below = o->parent[below])
        if (below == node)
            return true;
    return false;
}

int grid_shift(struct grid *grid, uint32_t node, int64_t delta, struct arena *arena, struct err *err)
{
    if (add_up(grid, node, OUTLINE_NONE, delta, arena, err) != 0)
        return -1;
    grid->meant[node] = true;
    return 0;
}

int grid_move(struct grid *from, uint32_t from_node, struct grid *to, uint32_t to_node, int64_t amount,
              struct arena *arena, struct err *err)
{
    const struct outline *o = from->outline;
    uint32_t meet = OUTLINE_NONE;

    if (from == to) {
        if (is_above(o, from_node, to_node) || is_above(o, to_node, from_node))
            return refuse(from, to_node, "one_above_other", "one of the two targets is part of the other", err);
        for (meet = from_node; meet != OUTLINE_NONE && !is_above(o, meet, to_node);)
            meet = o->parent[meet];
    }
    if (add_up(from, from_node, meet, -amount, arena, err) != 0 || add_up(to, to_node, meet, amount, arena, err) != 0)
        return -1;
    from->meant[from_node] = true;
    to->meant[to_node] = true;
    return 0;
}
