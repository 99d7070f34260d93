/* space_laws: the laws between the slices of a space, and what their parts have together. See space.h. */
#include "planning/axes/mapped.h"
#include "planning/axes/space.h"
#include "planning/axes/space_inner.h"

#include <string.h>

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

    law->parts = arena_array(space->arena, struct sheet *, view->key_count + row->into_count + space->sheet_count);
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

/* How often any of its parts did. */
static uint32_t changes_of(const struct law *law)
{
    uint32_t changes = 0;

    for (size_t p = 0; p < law->part_count; p++)
        changes += law->parts[p]->changes;
    return changes;
}

static void judge(struct space *space, struct law *law)
{
    int64_t *sums = arena_array(space->arena, int64_t, space->limit);
    const int64_t *was = law->whole->was;

    law->covers = arena_array(space->arena, bool, space->limit);
    law->summed = law->compared = UINT32_MAX;
    law_sums(space, law, true, sums);
    for (uint32_t u = 0; u < space->limit; u++) {
        bool holds = was[u] == AXES_NONE || sums[u] == was[u];

        law->covers[u] = sheet_is_under(law->whole, u, law->row->unit_id);
        if (holds || !law->covers[u])
            continue;
        law->covers[u] = !is_away(space, law, u);
        law->broken = law->broken || law->covers[u];
    }
    law->sums = sums;
    if (!changes_of(law)) /* what they had is what they have */
        law->summed = 0;
}

static int add_law(struct space *space, const struct view *view, const struct cut_row *row, struct err *err)
{
    struct law *law;

    for (size_t i = 0; i < space->law_count; i++)
        if (space->laws[i]->row == row)
            return 0;
    law = arena_new(space->arena, struct law);
    law->row = row;
    if (space_sheet(space, view->period, &row->key, &law->whole, err) != 0 || add_parts(space, law, view, err) != 0)
        return -1;
    judge(space, law);
    SPACE_GROW(space->arena, space->laws, space->law_count, space->law_cap);
    space->laws[space->law_count++] = law;
    return 0;
}

int space_law(struct space *space, const struct ref_period *period, const struct cut_row *row, struct law **out,
              struct err *err)
{
    struct view *view;

    if (space_view(space, period, &view, err) != 0)
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

/* Of a check: laws of its own period, and those over periods that it reports. */
static bool is_wanted(const struct space *space, const struct ref_period *period, const struct cut_row *row)
{
    const struct check *check = space->check;

    return !check || (row->axis == AXIS_PERIODS ? check_speaks_for(check, period, row->into, row->into_count)
                                                : period == check->period);
}

/* Longer periods that were cut over this one, among others. */
static int add_longer(struct space *space, struct view *of, struct sheet *sheet, struct err *err)
{
    if (!of->longer_read &&
        cut_store_longer(space->tx, sheet->period->id, space->measure_id, &of->longer, &of->longer_count, err) != 0)
        return -1;
    of->longer_read = true;
    for (size_t i = 0; i < of->longer_count; i++) {
        const struct cut_row *row = &of->longer[i];
        const struct ref_period *longer = refdata_period(refdata_of(space->tx), row->period_id);
        struct view *view;

        if (slice_key_compare(&row->key, &sheet->key) != 0 || !longer)
            continue;
        if (space_view(space, longer, &view, err) != 0)
            return -1;
        for (size_t r = 0; r < view->row_count; r++) /* the view's own row: laws are told apart by it */
            if (view->rows[r].axis == AXIS_PERIODS && slice_key_compare(&view->rows[r].key, &sheet->key) == 0 &&
                is_wanted(space, longer, &view->rows[r]) && add_law(space, view, &view->rows[r], err) != 0)
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
    if (space_view(space, sheet->period, &view, err) != 0)
        return -1;
    for (size_t r = 0; r < view->row_count; r++) {
        const struct cut_row *row = &view->rows[r];

        if ((slice_key_compare(&row->key, &sheet->key) == 0 || is_part(space, row, &sheet->key)) &&
            is_wanted(space, sheet->period, row) && add_law(space, view, row, err) != 0)
            return -1;
    }
    return add_longer(space, view, sheet, err);
}

int space_all_laws(struct space *space, const struct ref_period *period, struct err *err)
{
    struct cut_row *rows;
    struct view *view;
    struct sheet *sheet;
    size_t count;

    if (space_view(space, period, &view, err) != 0 ||
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
void law_sums_of(const struct space *space, const struct law *law, const struct sheet *part, bool was, int64_t *sums)
{
    const struct mapped_side side = { part->parent, was ? part->was : part->now },
                             whole = { law->whole->parent, law->whole->now };

    mapped_add(side, whole, space->limit, space->own, sums);
}

void law_sums(const struct space *space, const struct law *law, bool was, int64_t *sums)
{
    memset(sums, 0, space->limit * sizeof *sums);
    for (size_t p = 0; p < law->part_count; p++)
        law_sums_of(space, law, law->parts[p], was, sums);
}

const int64_t *law_now(const struct space *space, struct law *law, uint32_t *differs)
{
    uint32_t changes = changes_of(law);

    if (law->summed != changes)
        law_sums(space, law, false, law->sums);
    if (law->summed != changes || law->compared != changes + law->whole->changes) {
        law->differs = TREE_NONE;
        for (uint32_t u = 0; u < space->limit && law->differs == TREE_NONE; u++)
            if (law_covers(law, u) && law->sums[u] != law->whole->now[u])
                law->differs = u;
    }
    law->summed = changes;
    law->compared = changes + law->whole->changes;
    *differs = law->differs;
    return law->sums;
}
