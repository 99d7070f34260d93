/* edit_book: an edit with all that follows. See edit.h. */
#include "planning/axes/book.h"
#include "planning/axes/settle.h"
#include "planning/edits/edit.h"

/* By node: whether it has another amount now. */
static bool *find_changed(struct tx *tx, const struct edit *edit, size_t *count)
{
    uint32_t nodes = edit->outline->count + edit->outline->strays;
    int64_t *was = arena_array(tx_arena(tx), int64_t, nodes);
    bool *changed = arena_array(tx_arena(tx), bool, nodes);

    *count = 0;
    for (uint32_t n = 0; n < nodes; n++)
        was[n] = GRID_NONE;
    for (size_t i = 0; i < edit->slice.count; i++) {
        uint32_t node = edit_node(edit, edit->slice.cells[i].unit_id);

        if (node != OUTLINE_NONE && edit->slice.cells[i].unit_id != edit->fresh)
            was[node] = edit->slice.cells[i].amount;
    }
    for (uint32_t n = 0; n < nodes; n++) {
        changed[n] = edit->grid.amount[n] != was[n];
        *count += changed[n];
    }
    return changed;
}

/* How many of those stand below the node. */
static size_t count_below(const struct outline *o, const bool *changed, uint32_t node)
{
    size_t count = 0;

    for (uint32_t n = 0; n < o->count + o->strays; n++) {
        uint32_t above = changed[n] ? o->parent[n] : OUTLINE_NONE;

        while (above != OUTLINE_NONE && above != node)
            above = o->parent[above];
        count += above != OUTLINE_NONE;
    }
    return count;
}

/* The lowest unit with a target that stays, above all that change; TREE_NONE: none below the roots. */
static uint32_t stays_above(struct tx *tx, const struct edit *edit)
{
    const struct outline *o = edit->outline;
    size_t count;
    const bool *changed = find_changed(tx, edit, &count);
    uint32_t node = 0;

    while (node < o->count + o->strays && !changed[node])
        node++;
    if (node == o->count + o->strays)
        return TREE_NONE;
    do
        node = o->parent[node];
    while (node != OUTLINE_NONE && o->parent[node] != OUTLINE_NONE &&
           (changed[node] || edit->grid.amount[node] == GRID_NONE || count_below(o, changed, node) < count));
    return node == OUTLINE_NONE || o->parent[node] == OUTLINE_NONE ? TREE_NONE : o->unit[node];
}

/* `top` TREE_NONE: of all units. */
static int settle(struct space *space, struct tx *tx, struct edit *edits, size_t count, uint32_t top, struct err *err)
{
    space_init(space, tx, edits[0].key.measure_id, tx_arena(tx));
    if (top != TREE_NONE)
        space_below(space, edits[0].period, top);
    for (size_t i = 0; i < count; i++)
        if (space_take(space, &edits[i], err) != 0)
            return -1;
    return space_settle(space, err);
}

/* Most edits change a few units below one that stays, in a plan of hundreds of thousands of cells. */
int edit_book(struct tx *tx, struct edit *edits, size_t count, const char *kind, const char *reason,
              const ProtobufCMessage *spec, struct booked *out, struct err *err)
{
    uint32_t top = count == 1 ? stays_above(tx, &edits[0]) : TREE_NONE;
    struct space space;
    bool below = false;

    if (top != TREE_NONE) {
        below = settle(&space, tx, edits, count, top, err) == 0 && space_stays_below(&space);
        err_clear(err);
    }
    if (!below && settle(&space, tx, edits, count, TREE_NONE, err) != 0)
        return -1;
    return space_book(&space, edits[0].period, kind, reason, spec, out, err);
}
