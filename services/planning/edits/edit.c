/* edit: single cells changed by hand. See edit.h. */
#include "planning/edits/edit.h"

#include "calc/decompose.h"
#include "planning/axes/book.h"
#include "planning/ledger/cell_store.h"
#include "planning/cuts/cut.h"
#include "planning/edits/fresh.h"
#include "planning/edits/held.h"
#include "planning/targets/scope.h"

#include <string.h>

static const char *const KEEP_WORDS[] = { "parent", "none", NULL };

/* --- slices as grids -----------------------------------------------------------------------------------------------
 */
static int fill_bounds(struct tx *tx, struct edit *edit, struct err *err)
{
    struct cut cut = { .tx = tx, .period = edit->period }; /* for bounds against history only */
    struct bound_row *rows;
    size_t count;

    if (bound_store_load(tx, edit->period->id, edit->key.measure_id, 0, NULL, 0, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        uint32_t node = outline_node(edit->outline, rows[i].unit_id);

        if (node != OUTLINE_NONE && slice_key_compare(&rows[i].key, &edit->key) == 0 &&
            cut_bounds(&cut, &rows[i], slice_find(&edit->slice, rows[i].unit_id), &edit->grid.lower[node],
                       &edit->grid.upper[node], err) != 0)
            return -1;
    }
    return 0;
}

static void fill_grid(struct tx *tx, struct edit *edit)
{
    uint32_t count = edit->outline->unit_limit; /* another slice may add strays to the outline */
    struct grid *grid = &edit->grid;

    *grid = (struct grid) { .outline = edit->outline,
                            .amount = arena_array(tx_arena(tx), int64_t, count),
                            .lower = arena_array(tx_arena(tx), int64_t, count),
                            .upper = arena_array(tx_arena(tx), int64_t, count),
                            .meant = arena_array(tx_arena(tx), bool, count) };
    for (uint32_t n = 0; n < count; n++) {
        grid->amount[n] = GRID_NONE;
        grid->upper[n] = DECOMPOSE_FREE;
    }
    for (size_t i = 0; i < edit->slice.count; i++) {
        uint32_t node = outline_keep(edit->outline, refdata_tree(refdata_of(tx)), edit->period->from_day,
                                     edit->slice.cells[i].unit_id);

        if (node != OUTLINE_NONE)
            grid->amount[node] = edit->slice.cells[i].amount;
    }
}

/* Units that are closed too, where they have a cell. */
uint32_t edit_node(const struct edit *edit, uint32_t unit_id)
{
    uint32_t node = outline_node(edit->outline, unit_id);

    return node == OUTLINE_NONE ? outline_stray(edit->outline, unit_id) : node;
}

bool edit_is_closed(const struct edit *edit, uint32_t node)
{
    return node >= edit->outline->count;
}

int edit_open(struct tx *tx, const struct ref_period *period, const struct slice_key *key, struct outline *outline,
              struct edit *out, struct err *err)
{
    const struct cell_filter filter = {
        .measure_id = key->measure_id, .one_slice = true, .channel_id = key->channel_id, .product_id = key->product_id
    };
    struct version_row works, in_force;
    struct slice *slices;
    size_t count = 0;

    *out = (struct edit) { .period = period, .key = *key, .outline = outline, .slice.key = *key };
    if (!outline) {
        out->outline = arena_new(tx_arena(tx), struct outline);
        period_outline(tx, period, out->outline);
    }
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    out->version = works.version ? works.version : in_force.version;
    if (out->version && cell_store_slices(tx, period->id, out->version, &filter, false, &slices, &count, err) != 0)
        return -1;
    if (count)
        out->slice = slices[0];
    fill_grid(tx, out);
    return fill_bounds(tx, out, err);
}

int edit_refuse(struct tx *tx, const struct edit *edit, struct err *err)
{
    uint32_t node = edit->grid.culprit;

    if (node < edit->outline->count + edit->outline->strays &&
        scope_check_unit(tx, edit->period, refdata_unit(refdata_of(tx), edit->outline->unit[node]), true, err) != 0)
        return -1; /* what holds others isn't the asker's to know */
    if (node < edit->outline->count + edit->outline->strays)
        return err_prefix(err, "unit \"%s\", measure \"%s\"", code_of_unit(tx, edit->outline->unit[node]),
                          code_of_measure(tx, edit->key.measure_id));
    return -1;
}

/* --- one cell ------------------------------------------------------------------------------------------------------
 */
static void add_cell(struct tx *tx, struct edit *edit, uint32_t unit_id)
{
    struct cell *more = arena_array(tx_arena(tx), struct cell, edit->slice.count + 1);
    size_t at = 0;

    while (at < edit->slice.count && edit->slice.cells[at].unit_id < unit_id)
        at++;
    if (at)
        memcpy(more, edit->slice.cells, at * sizeof *more);
    more[at] = (struct cell) { .unit_id = unit_id };
    if (edit->slice.count > at)
        memcpy(more + at + 1, edit->slice.cells + at, (edit->slice.count - at) * sizeof *more);
    edit->slice.cells = more;
    edit->slice.count++;
}

/* The part of the hedge that comes with it. */
static int64_t hedge_of_new(struct tx *tx, const struct edit *edit, uint32_t node)
{
    uint32_t count = edit->outline->count + edit->outline->strays;
    int64_t *hedges = arena_array(tx_arena(tx), int64_t, count);
    bool *fresh = arena_array(tx_arena(tx), bool, count);

    for (size_t i = 0; i < edit->slice.count; i++) {
        uint32_t at = edit_node(edit, edit->slice.cells[i].unit_id);

        if (at != OUTLINE_NONE)
            hedges[at] = edit->slice.cells[i].hedge;
    }
    fresh[node] = true;
    fresh_hedges(edit->outline, edit->grid.amount, hedges, fresh, tx_arena(tx));
    return hedges[node];
}

/* What is wrong with a new amount, in figures, and what helps. */
static int refuse_room(struct tx *tx, const struct edit *edit, uint32_t node, int64_t amount,
                       const struct grid_room *room, struct err *err)
{
    const struct outline *o = edit->outline;
    uint32_t measure = edit->key.measure_id;
    const char *unit = code_of_unit(tx, o->unit[node]), *of = code_of_measure(tx, measure);
    const char *above = room->above == OUTLINE_NONE ? "" : code_of_unit(tx, o->unit[room->above]);
    const char *has = amount_text(tx, measure, room->amount), *held = amount_text(tx, measure, room->held);
    const char *left = amount_text(tx, measure, room->amount > room->held ? room->amount - room->held : 0);
    const char *wanted = amount_text(tx, measure, amount);

    if (room->above != OUTLINE_NONE &&
        scope_check_unit(tx, edit->period, refdata_unit(refdata_of(tx), o->unit[room->above]), false, err) != 0)
        return -1;
    if (strcmp(err->code, "below_children") == 0)
        return err_fail(err, ERR_CONFLICT, "below_children",
                        "unit \"%s\" can't have %s of \"%s\": those below it have %s together%s", unit, wanted, of,
                        amount_text(tx, measure, room->beneath),
                        room->full ? ", and each of them has some; set that" : "; set at least that");
    if (strcmp(err->code, "above_parent") == 0)
        return err_fail(
            err, ERR_CONFLICT, "above_parent",
            "unit \"%s\" can't have %s of \"%s\": \"%s\" above it has %s, others hold %s of that; set at most "
            "%s, raise \"%s\" first, or let those above follow (keep none)",
            unit, wanted, of, above, has, held, left, above);
    if (strcmp(err->code, "below_parent") == 0)
        return err_fail(
            err, ERR_CONFLICT, "below_parent",
            "unit \"%s\" is the last one below \"%s\" without a target of \"%s\" and takes what is left: %s "
            "less %s of the others is %s, not %s; set that, or let those above follow (keep none)",
            unit, above, of, has, held, left, wanted);
    return edit_refuse(tx, edit, err);
}

static int add_new(struct tx *tx, struct edit *edit, uint32_t node, int64_t amount, bool keep_parent, struct err *err)
{
    const struct grid_room room = grid_room(&edit->grid, node);

    if (grid_add(&edit->grid, node, amount, keep_parent, err) != 0)
        return refuse_room(tx, edit, node, amount, &room, err);
    edit->fresh = edit->outline->unit[node];
    edit->fresh_hedge = hedge_of_new(tx, edit, node);
    add_cell(tx, edit, edit->fresh);
    return 0;
}

int edit_refuse_closed(struct tx *tx, uint32_t unit_id, struct err *err)
{
    return err_fail(err, ERR_CONFLICT, "unit_closed",
                    "unit \"%s\" isn't there on the period's first day; what it has can be taken from it only",
                    code_of_unit(tx, unit_id));
}

int edit_set(struct tx *tx, struct edit *edit, uint32_t unit_id, int64_t amount, bool keep_parent, struct err *err)
{
    uint32_t node = edit_node(edit, unit_id);

    if (node == OUTLINE_NONE || (edit_is_closed(edit, node) && amount > edit->grid.amount[node]))
        return edit_refuse_closed(tx, unit_id, err);
    if (!adds_up(tx, edit->key.measure_id, AXIS_UNITS)) { /* a level: nobody gives or takes */
        if (!slice_find(&edit->slice, unit_id))
            add_cell(tx, edit, unit_id);
        edit->grid.amount[node] = amount;
        edit->grid.meant[node] = true;
        return 0;
    }
    if (!slice_find(&edit->slice, unit_id))
        return add_new(tx, edit, node, amount, keep_parent, err);
    return grid_set(&edit->grid, node, amount, keep_parent, tx_arena(tx), err) == 0 ? 0 : edit_refuse(tx, edit, err);
}

int edit_reply(struct tx *tx, const struct ref_period *period, const struct booked *booked, struct err *err)
{
    Bihuan__LedgerReply reply = BIHUAN__LEDGER_REPLY__INIT;

    reply.period = period->code;
    reply.version = booked->version;
    reply.act = booked->act;
    reply.changed = booked->changed;
    reply.also = booked->also;
    reply.n_also = booked->also_count;
    return tx_reply(tx, &reply.base, err);
}

int on_set_target(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SetTargetRequest *request = message;
    const struct cell_name name = { request->period, request->unit, request->channel, request->product,
                                    request->measure };
    struct cell_ref ref;
    struct edit edit;
    const struct cell *cell;
    int64_t amount = 0;
    struct booked booked;

    read_cell_name(tx, "", "", &name, &ref);
    if (ref.measure)
        (void)read_amount(tx, "/amount", ref.measure->id, request->amount, 0, &amount);
    if (request->keep[0])
        check_word(tx, "", "keep", request->keep, KEEP_WORDS);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (scope_check_unit(tx, ref.period, ref.unit, true, err) != 0 ||
        edit_open(tx, ref.period, &ref.key, NULL, &edit, err) != 0)
        return -1;
    cell = slice_find(&edit.slice, ref.unit->id);
    if (request->revision && (!cell || cell->revision != request->revision))
        return err_fail(err, ERR_CONFLICT, "changed_meanwhile",
                        "the target of \"%s\" was changed meanwhile: it is at revision %u, not %u; read it again",
                        request->unit, cell ? cell->revision : 0, request->revision);
    if (edit_set(tx, &edit, ref.unit->id, amount, strcmp(request->keep, "none") != 0, err) != 0 ||
        edit_book(tx, &edit, 1, "set", request->reason, &request->base, &booked, err) != 0)
        return -1;
    return edit_reply(tx, ref.period, &booked, err);
}
