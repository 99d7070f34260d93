/* book: see book.h. */
#include "planning/axes/book.h"

#include "planning/axes/settle.h"
#include "planning/edits/held.h"
#include "planning/targets/scope.h"

#include <stdlib.h>

static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

/* Not where a decomposition says it. */
static bool has_changed(const struct sheet *sheet, uint32_t unit)
{
    const struct cell_change key = { .unit_id = unit };

    if (sheet->now[unit] == sheet->was[unit] && !(sheet->hedge && sheet->hedge[unit] != AXES_NONE))
        return false;
    return !sheet->cut || !bsearch(&key, sheet->cut->cells, sheet->cut->count, sizeof key, by_unit);
}

struct slice_change sheet_change(const struct space *space, const struct sheet *sheet)
{
    struct slice_change change = { .key = sheet->key, .was = space->units ? NULL : &sheet->slice };
    size_t count = 0;

    for (uint32_t u = 0; u < space->limit; u++)
        count += has_changed(sheet, u);
    change.cells = arena_array(space->arena, struct cell_change, count);
    for (uint32_t u = 0; change.count < count; u++) {
        const struct cell *cell = slice_find(&sheet->slice, u);
        int64_t hedge = cell ? cell->hedge : 0;

        if (!has_changed(sheet, u))
            continue;
        change.cells[change.count++] = (struct cell_change) {
            .unit_id = u,
            .revision = cell ? cell->revision : 0,
            .before = cell ? cell->amount : 0,
            .after = sheet->now[u],
            .hedge_before = hedge,
            .hedge = sheet->hedge && sheet->hedge[u] != AXES_NONE ? sheet->hedge[u] : hedge,
            .follows = !sheet->meant || !sheet->meant[u],
        };
    }
    return change;
}

static int book_period(struct space *space, const struct ref_period *period, const struct act *like, struct booked *out,
                       bool asked, struct err *err)
{
    struct tx *tx = space->tx;
    struct slice_change *changes = arena_array(space->arena, struct slice_change, 2 * space->sheet_count);
    struct act act = *like;
    struct version_row works;
    uint32_t changed;
    uint64_t number;
    size_t count = 0;

    for (size_t s = 0; s < space->sheet_count; s++) {
        if (space->sheets[s]->period != period)
            continue;
        sheet_fresh_hedges(space, space->sheets[s]);
        if (space->sheets[s]->cut)
            changes[count++] = *space->sheets[s]->cut;
        changes[count] = sheet_change(space, space->sheets[s]);
        count += changes[count].count > 0;
    }
    if (!count)
        return 0;
    /* before anything is said of bounds, which may be others' */
    if (scope_check_changes(tx, period, changes, count, err) != 0 || held_check(tx, period, changes, count, err) != 0 ||
        works_for_changes(tx, period, like->reason, changes, count, &works, err) != 0)
        return -1;
    act.period_id = period->id;
    act.version = works.version;
    if (book_act(tx, &act, changes, count, &number, &changed, err) != 0)
        return -1;
    out->changed += changed;
    if (asked) {
        out->version = works.version;
        out->act = number;
    } else {
        out->also[out->also_count++] = arena_printf(tx_arena(tx), "%s/%u", period->code, works.version);
    }
    return 0;
}

int space_book(struct space *space, const struct ref_period *period, const char *kind, const char *reason,
               const ProtobufCMessage *spec, struct booked *out, struct err *err)
{
    const struct act like = { .kind = kind, .reason = reason, .spec = spec };

    *out = (struct booked) { .also = arena_array(tx_arena(space->tx), char *, space->view_count) };
    for (size_t v = 0; v < space->view_count; v++)
        if (space->views[v]->period == period)
            out->version = space->views[v]->version;
    if ((adds_up(space->tx, space->measure_id, AXIS_UNITS) && space_check_units(space, err) != 0) ||
        book_period(space, period, &like, out, true, err) != 0)
        return -1;
    for (size_t v = 0; v < space->view_count; v++)
        if (space->views[v]->period != period &&
            book_period(space, space->views[v]->period, &like, out, false, err) != 0)
            return -1;
    return 0;
}
