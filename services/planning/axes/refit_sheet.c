/* refit_sheet: cells of a slice that lie deeper than what changed them. See space.h. */
#include "planning/axes/refit.h"
#include "planning/axes/space.h"

static bool any_other(const struct space *space, const struct sheet *sheet, uint32_t root, const bool *given)
{
    for (uint32_t u = 0; u < space->limit; u++)
        if (sheet->now[u] != AXES_NONE && !given[u] && sheet_is_under(sheet, u, root))
            return true;
    return false;
}

int sheet_refit(struct space *space, struct sheet *sheet, uint32_t root, const bool *given, struct err *err)
{
    struct arena *arena = tx_arena(space->tx);
    struct outline outline;
    struct grid grid = { .outline = &outline };
    bool *by_node;
    uint32_t top;

    if (!any_other(space, sheet, root, given))
        return 0;
    period_outline(space->tx, sheet->period, &outline);
    top = outline_node(&outline, root);
    if (top == OUTLINE_NONE)
        return 0;
    grid.amount = arena_array(arena, int64_t, outline.count);
    by_node = arena_array(arena, bool, outline.count);
    for (uint32_t n = 0; n < outline.count; n++) {
        grid.amount[n] = sheet->now[outline.unit[n]];
        by_node[n] = given[outline.unit[n]];
    }
    if (refit(&grid, top, by_node, arena, err) != 0)
        return -1;
    for (uint32_t n = top; n < outline.count; n++)
        if (!by_node[n] && sheet_is_under(sheet, outline.unit[n], root))
            sheet->now[outline.unit[n]] = grid.amount[n];
    return 0;
}
