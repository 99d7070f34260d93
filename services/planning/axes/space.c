/* space: see space.h. */
#include "planning/axes/space.h"

#include "planning/targets/cell_store.h"

#include <string.h>

#define GROW(arena, array, count, cap)                                                                                 \
    do {                                                                                                               \
        if ((count) == (cap)) {                                                                                        \
            size_t more_cap = (cap) ? (cap)*2 : 16;                                                                    \
            void *more = arena_alloc(arena, more_cap * sizeof *(array));                                               \
                                                                                                                       \
            if (count)                                                                                                 \
                memcpy(more, array, (count) * sizeof *(array));                                                        \
            (array) = more;                                                                                            \
            (cap) = more_cap;                                                                                          \
        }                                                                                                              \
    } while (0)

void space_init(struct space *space, struct tx *tx, uint32_t measure_id)
{
    uint32_t units = refdata_unit_limit(refdata_of(tx)), placed = tree_unit_limit(refdata_tree(refdata_of(tx)));

    *space = (struct space) { .tx = tx, .measure_id = measure_id, .limit = units > placed ? units : placed };
}

bool sheet_is_under(const struct sheet *sheet, uint32_t unit, uint32_t above)
{
    while (unit != above && unit != TREE_NONE)
        unit = sheet->parent[unit];
    return unit == above;
}

static bool is_checked(const struct space *space, const struct ref_period *period)
{
    return space->check && space->check->period == period;
}

/* --- periods --------------------------------------------------------------------------------------------------------
 */
static int find_view(struct space *space, const struct ref_period *period, struct view **out, struct err *err)
{
    struct tx *tx = space->tx;
    struct version_row works, in_force;
    struct view *view;

    for (size_t i = 0; i < space->view_count; i++)
        if (space->views[i]->period == period) {
            *out = space->views[i];
            return 0;
        }
    view = arena_new(tx_arena(tx), struct view);
    view->period = period;
    view->parent = arena_array(tx_arena(tx), uint32_t, space->limit);
    for (uint32_t u = 0; u < space->limit; u++)
        view->parent[u] = tree_parent(refdata_tree(refdata_of(tx)), u, period->from_day);
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    view->version = is_checked(space, period) ? space->check->version->version
                    : works.version           ? works.version
                                              : in_force.version;
    if (cut_store_load(tx, period->id, view->version, space->measure_id, &view->rows, &view->row_count, err) != 0)
        return -1;
    if (view->row_count &&
        cut_store_keys(tx, period->id, view->version, space->measure_id, &view->keys, &view->key_count, err) != 0)
        return -1;
    GROW(tx_arena(tx), space->views, space->view_count, space->view_cap);
    space->views[space->view_count++] = view;
    *out = view;
    return 0;
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
    struct arena *arena = tx_arena(space->tx);
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
    GROW(arena, space->sheets, space->sheet_count, space->sheet_cap);
    space->sheets[space->sheet_count++] = sheet;
    return sheet;
}

int space_sheet(struct space *space, const struct ref_period *period, const struct slice_key *key, struct sheet **out,
                struct err *err)
{
    const struct cell_filter filter = {
        .measure_id = key->measure_id, .one_slice = true, .channel_id = key->channel_id, .product_id = key->product_id
    };
    struct slice *slices = NULL;
    struct view *view;
    size_t count = 0;

    if ((*out = space_find(space, period, key)) != NULL)
        return 0;
    if (find_view(space, period, &view, err) != 0)
        return -1;
    if (is_checked(space, period))
        slices = slices_find((struct slice *)(uintptr_t)space->check->slices, space->check->slice_count, key);
    else if (view->version && cell_store_slices(space->tx, period->id, view->version, &filter, space->check != NULL,
                                                &slices, &count, err) != 0)
        return -1;
    *out = add_sheet(space, view, key, count || is_checked(space, period) ? slices : NULL);
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
        sheet->hedge = arena_array(tx_arena(space->tx), int64_t, space->limit);
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
        sheet->meant = arena_array(tx_arena(space->tx), bool, space->limit);
    for (uint32_t n = 0; n < nodes; n++) {
        uint32_t unit = edit->outline->unit[n];

        sheet->now[unit] = edit->grid.amount[n];
        sheet->meant[unit] = sheet->meant[unit] || edit->grid.meant[n];
    }
    sheet->role = SHEET_MEANT;
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

/* --- laws -----------------------------------------------------------------------------------------------------------
 */
static uint32_t product_above(const struct space *space, uint32_t id)
{
    const struct ref_product *product = id ? refdata_product(refdata_of(space->tx), id) : NULL;

    return product ? product->parent_id : 0;
}

static bool is_part(const struct space *space, const struct cut_row *row, const struct slice_key *key)
{
    if (row->axis == AXIS_CHANNELS)
        return key->channel_id && !row->key.channel_id && key->product_id == row->key.product_id;
    return row->axis == AXIS_PRODUCTS && key->channel_id == row->key.channel_id && key->product_id &&
           key->product_id != row->key.product_id && product_above(space, key->product_id) == row->key.product_id;
}

static int add_part(struct space *space, struct law *law, const struct ref_period *period, const struct slice_key *key,
                    struct err *err)
{
    struct sheet *part;

    if (space_sheet(space, period, key, &part, err) != 0)
        return -1;
    for (size_t i = 0; i < law->part_count; i++)
        if (law->parts[i] == part)
            return 0;
    law->parts[law->part_count++] = part;
    return 0;
}

static int add_parts(struct space *space, struct law *law, const struct view *view, struct err *err)
{
    const struct cut_row *row = law->row;

    law->parts = arena_array(tx_arena(space->tx), struct sheet *,
                             view->key_count + row->into_count + space->sheet_count);
    for (size_t i = 0; i < row->into_count; i++) {
        const struct ref_period *period = refdata_period(refdata_of(space->tx), row->into[i]);

        if (period && add_part(space, law, period, &row->key, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < view->key_count; i++)
        if (is_part(space, row, &view->keys[i]) && add_part(space, law, view->period, &view->keys[i], err) != 0)
            return -1;
    for (size_t i = 0; i < space->sheet_count; i++) { /* slices that are new by this edit */
        struct sheet *sheet = space->sheets[i];

        if (sheet->period == view->period && is_part(space, row, &sheet->key) &&
            add_part(space, law, view->period, &sheet->key, err) != 0)
            return -1;
    }
    return 0;
}

/* A closed unit's target can't be cut; and one that isn't there in one of the periods needn't have there what the
 * longer one has of it. */
static bool is_away(const struct space *space, const struct law *law, uint32_t unit)
{
    const struct ref_unit *entry = refdata_unit(refdata_of(space->tx), unit);

    if (entry && entry->closed_day <= law->whole->period->from_day)
        return true;
    for (size_t p = 0; p < law->part_count && law->row->axis == AXIS_PERIODS; p++) {
        const struct sheet *part = law->parts[p];

        if ((entry && entry->closed_day <= part->period->from_day) ||
            (part->parent[unit] == TREE_NONE) != (law->whole->parent[unit] == TREE_NONE))
            return true;
    }
    return false;
}

static void judge(struct space *space, struct law *law)
{
    int64_t *sums = arena_array(tx_arena(space->tx), int64_t, space->limit);
    const int64_t *was = law->whole->was;

    law->covers = arena_array(tx_arena(space->tx), bool, space->limit);
    law_sums(space, law, true, sums);
    for (uint32_t u = 0; u < space->limit; u++) {
        bool holds = was[u] == AXES_NONE || sums[u] == was[u];

        law->covers[u] = sheet_is_under(law->whole, u, law->row->unit_id);
        if (holds || !law->covers[u])
            continue;
        law->covers[u] = !is_away(space, law, u);
        law->broken = law->broken || law->covers[u];
    }
}

static int add_law(struct space *space, const struct view *view, const struct cut_row *row, struct err *err)
{
    struct law *law;

    for (size_t i = 0; i < space->law_count; i++)
        if (space->laws[i]->row == row)
            return 0;
    law = arena_new(tx_arena(space->tx), struct law);
    law->row = row;
    if (space_sheet(space, view->period, &row->key, &law->whole, err) != 0 || add_parts(space, law, view, err) != 0)
        return -1;
    judge(space, law);
    GROW(tx_arena(space->tx), space->laws, space->law_count, space->law_cap);
    space->laws[space->law_count++] = law;
    return 0;
}

int space_law(struct space *space, const struct ref_period *period, const struct cut_row *row, struct law **out,
              struct err *err)
{
    struct view *view;

    if (find_view(space, period, &view, err) != 0)
        return -1;
    if (!view->key_count && cut_store_keys(space->tx, period->id, view->version, space->measure_id, &view->keys,
                                           &view->key_count, err) != 0)
        return -1;
    if (add_law(space, view, row, err) != 0)
        return -1;
    *out = space->laws[space->law_count - 1];
    for (uint32_t u = 0; u < space->limit; u++) /* those that are gone too: it isn't said of them yet */
        (*out)->covers[u] = (*out)->covers[u] && !is_away(space, *out, u);
    return 0;
}

/* Longer periods that were cut over this one, among others. */
static int add_longer(struct space *space, struct sheet *sheet, struct err *err)
{
    struct cut_row *rows;
    size_t count;

    if (cut_store_longer(space->tx, sheet->period->id, space->measure_id, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *longer = refdata_period(refdata_of(space->tx), rows[i].period_id);
        struct view *view;

        if (slice_key_compare(&rows[i].key, &sheet->key) != 0 || !longer)
            continue;
        if (find_view(space, longer, &view, err) != 0)
            return -1;
        for (size_t r = 0; r < view->row_count; r++) /* the view's own row: laws are told apart by it */
            if (view->rows[r].axis == AXIS_PERIODS && slice_key_compare(&view->rows[r].key, &sheet->key) == 0 &&
                add_law(space, view, &view->rows[r], err) != 0)
                return -1;
    }
    return 0;
}

int space_laws(struct space *space, struct sheet *sheet, struct err *err)
{
    struct view *view;

    if (sheet->known)
        return 0;
    sheet->known = true;
    if (find_view(space, sheet->period, &view, err) != 0)
        return -1;
    for (size_t r = 0; r < view->row_count; r++) {
        const struct cut_row *row = &view->rows[r];

        if ((slice_key_compare(&row->key, &sheet->key) == 0 || is_part(space, row, &sheet->key)) &&
            add_law(space, view, row, err) != 0)
            return -1;
    }
    return add_longer(space, sheet, err);
}

int space_all_laws(struct space *space, const struct ref_period *period, struct err *err)
{
    struct cut_row *rows;
    struct view *view;
    struct sheet *sheet;
    size_t count;

    if (find_view(space, period, &view, err) != 0 ||
        cut_store_longer(space->tx, period->id, space->measure_id, &rows, &count, err) != 0)
        return -1;
    for (size_t r = 0; r < view->row_count; r++)
        if (space_sheet(space, period, &view->rows[r].key, &sheet, err) != 0 || space_laws(space, sheet, err) != 0)
            return -1;
    for (size_t r = 0; r < count; r++)
        if (space_sheet(space, period, &rows[r].key, &sheet, err) != 0 || space_laws(space, sheet, err) != 0)
            return -1;
    return 0;
}

/* --- sums -----------------------------------------------------------------------------------------------------------
 */
/* What units have beside those below them, counted up the tree of the whole: where one has no target those below it
 * count, and over periods whoever stands below it by then. */
static void add_mapped(const struct space *space, const struct law *law, const struct sheet *part,
                       const int64_t *amounts, int64_t *sums)
{
    int64_t *own = arena_array(tx_arena(space->tx), int64_t, space->limit);

    for (uint32_t u = 0; u < space->limit; u++) {
        uint32_t above = u;

        if (amounts[u] <= 0)
            continue;
        own[u] += amounts[u];
        do
            above = part->parent[above];
        while (above != TREE_NONE && amounts[above] == AXES_NONE);
        if (above != TREE_NONE)
            own[above] -= amounts[u];
    }
    for (uint32_t u = 0; u < space->limit; u++) {
        uint32_t at = u;

        while (own[u] && at != TREE_NONE && law->whole->now[at] == AXES_NONE && law->whole->parent[at] == TREE_NONE)
            at = part->parent[at];
        for (; own[u] && at != TREE_NONE; at = law->whole->parent[at])
            sums[at] += own[u];
    }
}

void law_sums_of(const struct space *space, const struct law *law, const struct sheet *part, bool was, int64_t *sums)
{
    add_mapped(space, law, part, was ? part->was : part->now, sums);
}

void law_sums(const struct space *space, const struct law *law, bool was, int64_t *sums)
{
    memset(sums, 0, space->limit * sizeof *sums);
    for (size_t p = 0; p < law->part_count; p++)
        law_sums_of(space, law, law->parts[p], was, sums);
}
