/* space: see space.h. */
#include "planning/axes/space.h"

#include "planning/axes/space_inner.h"
#include "planning/ledger/cell_store.h"

#include <assert.h>
#include <string.h>

void space_init(struct space *space, struct tx *tx, uint32_t measure_id, struct arena *arena)
{
    uint32_t units = refdata_unit_limit(refdata_of(tx)), placed = tree_unit_limit(refdata_tree(refdata_of(tx)));

    *space = (struct space) {
        .tx = tx, .arena = arena, .measure_id = measure_id, .limit = units > placed ? units : placed, .top = TREE_NONE
    };
    space->own = arena_array(arena, int64_t, space->limit);
}

bool sheet_is_under(const struct sheet *sheet, uint32_t unit, uint32_t above)
{
    while (unit != above && unit != TREE_NONE)
        unit = sheet->parent[unit];
    return unit == above;
}

static const struct check *checked(const struct space *space, const struct ref_period *period)
{
    return space->check ? check_member(space->check, period) : NULL;
}

/* The one that is looked at, else the one in force; of an edit the latest. */
static uint32_t version_of(const struct space *space, const struct ref_period *period, const struct version_row *works,
                           const struct version_row *in_force)
{
    const struct check *check = checked(space, period);

    if (check)
        return check->version->version;
    return works->version && !space->check ? works->version : in_force->version;
}

/* --- a part of the tree ---------------------------------------------------------------------------------------------
 */
static bool is_below(const struct space *space, const uint32_t *parent, uint32_t unit)
{
    while (unit != space->top && unit != TREE_NONE)
        unit = parent[unit];
    return unit == space->top;
}

static bool space_has(const struct space *space, uint32_t unit)
{
    size_t lo = 0, hi = space->unit_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (space->units[mid] < unit)
            lo = mid + 1;
        else
            hi = mid;
    }
    return space->top == TREE_NONE || (lo < space->unit_count && space->units[lo] == unit);
}

void space_below(struct space *space, const struct ref_period *period, uint32_t unit)
{
    const struct tree *tree = refdata_tree(refdata_of(space->tx));

    space->top = unit;
    space->units = arena_array(space->arena, uint32_t, space->limit);
    for (uint32_t u = 0; u < space->limit; u++)
        if (tree_is_under(tree, u, unit, period->from_day))
            space->units[space->unit_count++] = u;
}

/* Where others stand there in another period all of the tree has to be looked at. */
static void view_below(struct space *space, const struct view *view)
{
    for (uint32_t u = 0; u < space->limit && space->top != TREE_NONE; u++)
        space->beyond = space->beyond || is_below(space, view->parent, u) != space_has(space, u);
}

bool space_stays_below(const struct space *space)
{
    for (size_t s = 0; s < space->sheet_count; s++)
        if (space->sheets[s]->now[space->top] != space->sheets[s]->was[space->top])
            return false;
    for (size_t i = 0; i < space->law_count; i++)
        if (space->laws[i]->broken)
            return false;
    return !space->beyond;
}

/* --- periods --------------------------------------------------------------------------------------------------------
 */
int space_view(struct space *space, const struct ref_period *period, struct view **out, struct err *err)
{
    const struct check *check = checked(space, period);
    struct tx *tx = space->tx;
    struct version_row works, in_force;
    struct view *view;

    for (size_t i = 0; i < space->view_count; i++)
        if (space->views[i]->period == period) {
            *out = space->views[i];
            return 0;
        }
    view = arena_new(space->arena, struct view);
    view->period = period;
    view->parent = arena_array(space->arena, uint32_t, space->limit);
    for (uint32_t u = 0; u < space->limit; u++)
        view->parent[u] = tree_parent(refdata_tree(refdata_of(tx)), u, period->from_day);
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    view->version = version_of(space, period, &works, &in_force);
    if (cut_store_load(tx, period->id, view->version, space->measure_id, &view->rows, &view->row_count, err) != 0)
        return -1;
    if (view->row_count &&
        cut_store_keys(tx, period->id, view->version, space->measure_id, &view->keys, &view->key_count, err) != 0)
        return -1;
    view_below(space, view);
    if (check) {
        view->slices = check->slices;
        view->slice_count = check->slice_count;
        view->read = true;
    }
    SPACE_GROW(space->arena, space->views, space->view_count, space->view_cap);
    space->views[space->view_count++] = view;
    *out = view;
    return 0;
}

int space_know(struct space *space, const struct ref_period *period, const struct slice *slices, size_t count,
               struct err *err)
{
    struct view *view;

    if (space_view(space, period, &view, err) != 0)
        return -1;
    view->slices = slices;
    view->slice_count = count;
    view->read = true;
    return 0;
}

const struct outline *space_outline(struct space *space, const struct ref_period *period)
{
    struct view *view = NULL;

    for (size_t v = 0; v < space->view_count; v++)
        if (space->views[v]->period == period)
            view = space->views[v];
    assert(view); /* whoever has a sheet of it has read it */
    if (!view->outline) {
        view->outline = arena_new(space->arena, struct outline);
        period_outline(space->tx, period, view->outline);
    }
    return view->outline;
}

/* --- slices ---------------------------------------------------------------------------------------------------------
 */
struct sheet *space_find(const struct space *space, const struct ref_period *period, const struct slice_key *key)
{
    for (size_t i = 0; i < space->sheet_count; i++)
        if (space->sheets[i]->period == period && slice_key_compare(&space->sheets[i]->key, key) == 0)
            return space->sheets[i];
    return NULL;
}

static uint32_t depth_of(const struct space *space, const struct ref_period *period, const struct slice_key *key)
{
    const struct refdata *refdata = refdata_of(space->tx);
    const struct ref_product *product = refdata_product(refdata, key->product_id);
    uint32_t depth = key->channel_id != 0;

    for (; product; product = product->parent_id ? refdata_product(refdata, product->parent_id) : NULL)
        depth++;
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *longer = refdata_period(refdata, id);

        depth += longer && longer->from_day <= period->from_day && longer->until_day >= period->until_day &&
                 longer->until_day - longer->from_day > period->until_day - period->from_day;
    }
    return depth;
}

static struct sheet *add_sheet(struct space *space, const struct view *view, const struct slice_key *key,
                               const struct slice *slice)
{
    struct arena *arena = space->arena;
    struct sheet *sheet = arena_new(arena, struct sheet);

    *sheet = (struct sheet) { .period = view->period,
                              .parent = view->parent,
                              .key = *key,
                              .slice = slice ? *slice : (struct slice) { .key = *key },
                              .was = arena_array(arena, int64_t, space->limit),
                              .depth = depth_of(space, view->period, key) };
    for (uint32_t u = 0; u < space->limit; u++)
        sheet->was[u] = AXES_NONE;
    for (size_t i = 0; i < sheet->slice.count; i++)
        if (sheet->slice.cells[i].unit_id < space->limit)
            sheet->was[sheet->slice.cells[i].unit_id] = sheet->slice.cells[i].amount;
    sheet->now = sheet->was;
    if (!space->check) {
        sheet->now = arena_array(arena, int64_t, space->limit);
        memcpy(sheet->now, sheet->was, space->limit * sizeof *sheet->now);
    }
    SPACE_GROW(arena, space->sheets, space->sheet_count, space->sheet_cap);
    space->sheets[space->sheet_count++] = sheet;
    return sheet;
}

/* A check looks at nearly all that its laws reach: one reading instead of one for each slice. */
static int read_all(struct space *space, struct view *view, struct err *err)
{
    const struct cell_filter filter = { .measure_id = space->measure_id, .arena = space->arena };
    struct slice *slices = NULL;

    if (view->version && cell_store_slices(space->tx, view->period->id, view->version, &filter, true, &slices,
                                           &view->slice_count, err) != 0)
        return -1;
    view->slices = slices;
    view->read = true;
    return 0;
}

int space_sheet(struct space *space, const struct ref_period *period, const struct slice_key *key, struct sheet **out,
                struct err *err)
{
    const struct cell_filter filter = { .measure_id = key->measure_id,
                                        .one_slice = true,
                                        .channel_id = key->channel_id,
                                        .product_id = key->product_id,
                                        .units = space->units,
                                        .unit_count = space->unit_count,
                                        .arena = space->arena };
    struct slice *slices = NULL;
    struct view *view;
    size_t count = 0;

    if ((*out = space_find(space, period, key)) != NULL)
        return 0;
    if (space_view(space, period, &view, err) != 0 || (space->check && !view->read && read_all(space, view, err) != 0))
        return -1;
    if (!view->read && view->version &&
        cell_store_slices(space->tx, period->id, view->version, &filter, false, &slices, &count, err) != 0)
        return -1;
    *out = add_sheet(space, view, key,
                     view->read ? slices_find((struct slice *)(uintptr_t)view->slices, view->slice_count, key)
                     : count    ? slices
                                : NULL);
    return 0;
}

/* --- edits ----------------------------------------------------------------------------------------------------------
 */
static uint32_t node_of(const struct edit *edit, uint32_t unit)
{
    uint32_t node = outline_node(edit->outline, unit);

    return node == OUTLINE_NONE ? outline_stray(edit->outline, unit) : node;
}

void sheet_set_hedge(struct space *space, struct sheet *sheet, uint32_t unit, int64_t hedge)
{
    if (!sheet->hedge) {
        sheet->hedge = arena_array(space->arena, int64_t, space->limit);
        for (uint32_t u = 0; u < space->limit; u++)
            sheet->hedge[u] = AXES_NONE;
    }
    sheet->hedge[unit] = hedge;
}

int space_take(struct space *space, const struct edit *edit, struct err *err)
{
    uint32_t nodes = edit->outline->count + edit->outline->strays;
    struct sheet *sheet;

    if (space_sheet(space, edit->period, &edit->key, &sheet, err) != 0)
        return -1;
    if (!sheet->meant)
        sheet->meant = arena_array(space->arena, bool, space->limit);
    for (uint32_t n = 0; n < nodes; n++) {
        uint32_t unit = edit->outline->unit[n];

        if (!space_has(space, unit))
            continue;
        sheet->now[unit] = edit->grid.amount[n];
        sheet->meant[unit] = sheet->meant[unit] || edit->grid.meant[n];
    }
    sheet->role = SHEET_MEANT;
    sheet->changes++;
    if (edit->fresh)
        sheet_set_hedge(space, sheet, edit->fresh, edit->fresh_hedge);
    return 0;
}

int space_take_cut(struct space *space, const struct ref_period *period, const struct slice_change *change,
                   struct err *err)
{
    struct sheet *sheet;
    bool follows = change->count && change->cells[0].follows;

    if (space_sheet(space, period, &change->key, &sheet, err) != 0)
        return -1;
    if (!follows)
        sheet->cut = change;
    for (size_t i = 0; i < change->count; i++) {
        const struct cell_change *cell = &change->cells[i];

        if (cell->unit_id >= space->limit)
            continue;
        if (!follows)
            sheet->now[cell->unit_id] = cell->after;
        else if (cell->hedge != cell->hedge_before)
            sheet_set_hedge(space, sheet, cell->unit_id, cell->hedge);
    }
    sheet->role = SHEET_MEANT;
    sheet->changes++;
    return 0;
}

void space_give(const struct space *space, struct edit *edit)
{
    const struct sheet *sheet = space_find(space, edit->period, &edit->key);

    for (uint32_t unit = 0; sheet && unit < space->limit; unit++) {
        uint32_t node = node_of(edit, unit);

        if (node != OUTLINE_NONE)
            edit->grid.amount[node] = sheet->now[unit];
    }
}
