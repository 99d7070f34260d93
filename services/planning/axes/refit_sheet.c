/* refit_sheet: cells of a slice that lie deeper than what changed them, or are new by it. See space.h. */
#include "planning/axes/refit.h"
#include "planning/axes/space.h"
#include "planning/edits/fresh.h"

#include <stdlib.h>

static bool any_other(const struct space *space, const struct sheet *sheet, uint32_t root, const bool *given)
{
    for (uint32_t u = 0; u < space->limit; u++)
        if (sheet->now[u] != AXES_NONE && !given[u] && sheet_is_under(sheet, u, root))
            return true;
    return false;
}

int sheet_refit(struct space *space, struct sheet *sheet, uint32_t root, const bool *given, struct err *err)
{
    struct arena *arena = space->arena;
    const struct outline *outline = space_outline(space, sheet->period);
    struct grid grid = { .outline = outline };
    bool *by_node;
    uint32_t top;

    if (!any_other(space, sheet, root, given))
        return 0;
    top = outline_node(outline, root);
    if (top == OUTLINE_NONE)
        return 0;
    grid.amount = arena_array(arena, int64_t, outline->count);
    by_node = arena_array(arena, bool, outline->count);
    for (uint32_t n = 0; n < outline->count; n++) {
        grid.amount[n] = sheet->now[outline->unit[n]];
        by_node[n] = given[outline->unit[n]];
    }
    if (refit(&grid, top, by_node, arena, err) != 0)
        return -1;
    for (uint32_t n = top; n < outline->count; n++)
        if (!by_node[n] && sheet_is_under(sheet, outline->unit[n], root))
            sheet->now[outline->unit[n]] = grid.amount[n];
    return 0;
}

/* --- hedges ---------------------------------------------------------------------------------------------------------
 */
static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

/* What a decomposition says of the unit; NULL: nothing. */
static const struct cell_change *find_cut(const struct sheet *sheet, uint32_t unit)
{
    const struct cell_change key = { .unit_id = unit };

    return sheet->cut ? bsearch(&key, sheet->cut->cells, sheet->cut->count, sizeof key, by_unit) : NULL;
}

static int64_t hedge_now(const struct sheet *sheet, uint32_t unit)
{
    const struct cell *cell = slice_find(&sheet->slice, unit);
    const struct cell_change *cut = find_cut(sheet, unit);

    if (cut)
        return cut->hedge;
    if (sheet->hedge && sheet->hedge[unit] != AXES_NONE)
        return sheet->hedge[unit];
    return cell ? cell->hedge : 0;
}

static bool is_fresh(const struct sheet *sheet, uint32_t unit)
{
    if (sheet->deeper && sheet->deeper[unit])
        return true;
    if (sheet->was[unit] != AXES_NONE || sheet->now[unit] == AXES_NONE ||
        (sheet->hedge && sheet->hedge[unit] != AXES_NONE))
        return false;
    return !find_cut(sheet, unit);
}

void sheet_fresh_hedges(struct space *space, struct sheet *sheet)
{
    struct arena *arena = space->arena;
    bool any_fresh = false, any_hedge = false, *fresh;
    int64_t *amount, *hedge;
    const struct outline *o;

    for (uint32_t u = 0; u < space->limit; u++)
        any_fresh = any_fresh || is_fresh(sheet, u);
    for (size_t i = 0; i < sheet->slice.count && any_fresh; i++)
        any_hedge = any_hedge || sheet->slice.cells[i].hedge;
    for (size_t i = 0; sheet->cut && i < sheet->cut->count && any_fresh; i++)
        any_hedge = any_hedge || sheet->cut->cells[i].hedge;
    if (!any_hedge)
        return;
    o = space_outline(space, sheet->period);
    amount = arena_array(arena, int64_t, o->count);
    hedge = arena_array(arena, int64_t, o->count);
    fresh = arena_array(arena, bool, o->count);
    for (uint32_t n = 0; n < o->count; n++) {
        amount[n] = sheet->now[o->unit[n]];
        hedge[n] = amount[n] == AXES_NONE ? 0 : hedge_now(sheet, o->unit[n]);
        fresh[n] = is_fresh(sheet, o->unit[n]);
    }
    fresh_hedges(o, amount, hedge, fresh, arena);
    for (uint32_t n = 0; n < o->count; n++)
        if (fresh[n])
            sheet_set_hedge(space, sheet, o->unit[n], hedge[n]);
}
