/* edit: single cells changed by hand, and amounts moved between cells. See edit.h. */
#include "planning/targets/edit.h"

#include "calc/decompose.h"
#include "planning/targets/cell_store.h"
#include "planning/targets/cut.h"
#include "planning/targets/fresh.h"
#include "planning/targets/held.h"
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
static uint32_t node_of_unit(const struct edit *edit, uint32_t unit_id)
{
    uint32_t node = outline_node(edit->outline, unit_id);

    return node == OUTLINE_NONE ? outline_stray(edit->outline, unit_id) : node;
}

static bool is_closed(const struct edit *edit, uint32_t node)
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

struct slice_change edit_change(struct tx *tx, const struct edit *edit)
{
    struct slice_change change = { .key = edit->key,
                                   .cells = arena_array(tx_arena(tx), struct cell_change, edit->slice.count),
                                   .present = edit->slice.count };

    for (size_t i = 0; i < edit->slice.count; i++) {
        const struct cell *cell = &edit->slice.cells[i];
        uint32_t node = node_of_unit(edit, cell->unit_id);
        int64_t hedge = edit->fresh && cell->unit_id == edit->fresh ? edit->fresh_hedge : cell->hedge;

        if (node != OUTLINE_NONE && (hedge != cell->hedge || edit->grid.amount[node] != cell->amount))
            change.cells[change.count++] = (struct cell_change) { .unit_id = cell->unit_id,
                                                                  .revision = cell->revision,
                                                                  .before = cell->amount,
                                                                  .after = edit->grid.amount[node],
                                                                  .hedge_before = cell->hedge,
                                                                  .hedge = hedge,
                                                                  .follows = !edit->grid.meant[node] };
    }
    return change;
}

int edit_refuse(struct tx *tx, const struct edit *edit, struct err *err)
{
    uint32_t node = edit->grid.culprit;

    if (node < edit->outline->count + edit->outline->strays)
        return err_prefix(err, "unit \"%s\", measure \"%s\"", code_of_unit(tx, edit->outline->unit[node]),
                          code_of_measure(tx, edit->key.measure_id));
    return -1;
}

int edit_book(struct tx *tx, struct edit *edits, size_t count, const char *kind, const char *reason,
              const ProtobufCMessage *spec, uint32_t *version, uint64_t *act, uint32_t *changed, struct err *err)
{
    struct slice_change *changes = arena_array(tx_arena(tx), struct slice_change, count);
    struct act booked = { .period_id = edits[0].period->id, .kind = kind, .reason = reason, .spec = spec };
    struct version_row works;
    uint32_t begins_as;

    for (size_t i = 0; i < count; i++)
        changes[i] = edit_change(tx, &edits[i]);
    *changed = act_changes(changes, count);
    *version = edits[0].version;
    *act = 0;
    if (!*changed)
        return 0;
    if (held_check(tx, edits[0].period, changes, count, err) != 0)
        return -1;
    if (works_for_change(tx, edits[0].period, reason, false, &works, &begins_as, err) != 0)
        return -1;
    *version = booked.version = works.version;
    return book_act(tx, &booked, changes, count, act, changed, err);
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
        uint32_t at = node_of_unit(edit, edit->slice.cells[i].unit_id);

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

static int refuse_closed(struct tx *tx, uint32_t unit_id, struct err *err)
{
    return err_fail(err, ERR_CONFLICT, "unit_closed",
                    "unit \"%s\" isn't there on the period's first day; what it has can be taken from it only",
                    code_of_unit(tx, unit_id));
}

int edit_set(struct tx *tx, struct edit *edit, uint32_t unit_id, int64_t amount, bool keep_parent, struct err *err)
{
    uint32_t node = node_of_unit(edit, unit_id);

    if (node == OUTLINE_NONE || (is_closed(edit, node) && amount > edit->grid.amount[node]))
        return refuse_closed(tx, unit_id, err);
    if (!adds_up(tx, edit->key.measure_id)) { /* a level: nobody gives or takes */
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

static int reply_ledger(struct tx *tx, const struct ref_period *period, uint32_t version, uint64_t act,
                        uint32_t changed, struct err *err)
{
    Bihuan__LedgerReply reply = BIHUAN__LEDGER_REPLY__INIT;

    reply.period = period->code;
    reply.version = version;
    reply.act = act;
    reply.changed = changed;
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
    uint32_t version, changed;
    uint64_t act;

    read_cell_name(tx, "", "", &name, &ref);
    if (ref.measure)
        (void)read_amount(tx, "/amount", ref.measure->id, request->amount, 0, &amount);
    if (request->keep[0])
        check_word(tx, "", "keep", request->keep, KEEP_WORDS);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (scope_check_unit(tx, ref.unit, true, err) != 0 || edit_open(tx, ref.period, &ref.key, NULL, &edit, err) != 0)
        return -1;
    cell = slice_find(&edit.slice, ref.unit->id);
    if (request->revision && (!cell || cell->revision != request->revision))
        return err_fail(err, ERR_CONFLICT, "changed_meanwhile",
                        "the target of \"%s\" was changed meanwhile: it is at revision %u, not %u; read it again",
                        request->unit, cell ? cell->revision : 0, request->revision);
    if (edit_set(tx, &edit, ref.unit->id, amount, strcmp(request->keep, "none") != 0, err) != 0 ||
        edit_book(tx, &edit, 1, "set", request->reason, &request->base, &version, &act, &changed, err) != 0)
        return -1;
    return reply_ledger(tx, ref.period, version, act, changed, err);
}

/* --- transfers -----------------------------------------------------------------------------------------------------
 */
struct transfer {
    struct cell_ref from, to;
    int64_t amount;
};

static int read_transfer(struct tx *tx, const Bihuan__TransferTargetRequest *request, struct transfer *out,
                         struct err *err)
{
    const struct cell_name from = { request->period, request->from_unit, request->from_channel, request->from_product,
                                    request->measure };
    const struct cell_name to = { request->to_period[0] ? request->to_period : request->period, request->to_unit,
                                  request->to_channel, request->to_product, request->measure };

    read_cell_name(tx, "", "from_", &from, &out->from);
    read_cell_name(tx, "", "to_", &to, &out->to);
    if (out->from.measure)
        (void)read_amount(tx, "/amount", out->from.measure->id, request->amount, 1, &out->amount);
    if (out->from.measure && !adds_up(tx, out->from.measure->id))
        tx_problem(
            tx, "/measure", "not_additive",
            "measure \"%s\" is a ratio: what one unit's level loses, another's doesn't gain; set them one by one",
            request->measure);
    if (!request->reason[0])
        tx_problem(tx, "/reason", "reason_needed", "a transfer needs a reason");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* Each unit's node, or a refusal. */
static int node_of(struct tx *tx, const struct edit *edit, uint32_t unit_id, uint32_t *node, struct err *err)
{
    *node = node_of_unit(edit, unit_id);
    if (*node == OUTLINE_NONE || edit->grid.amount[*node] == GRID_NONE)
        return err_fail(err, ERR_CONFLICT, "no_cell", "unit \"%s\" has no such target in period \"%s\"",
                        code_of_unit(tx, unit_id), edit->period->code);
    return 0;
}

static int move(struct tx *tx, const struct transfer *transfer, struct edit *from, struct edit *to, struct err *err)
{
    uint32_t from_node, to_node;

    if (node_of(tx, from, transfer->from.unit->id, &from_node, err) != 0 ||
        node_of(tx, to, transfer->to.unit->id, &to_node, err) != 0)
        return -1;
    if (is_closed(to, to_node))
        return refuse_closed(tx, transfer->to.unit->id, err);
    from->grid.culprit = to->grid.culprit = OUTLINE_NONE;
    if (grid_move(&from->grid, from_node, &to->grid, to_node, transfer->amount, tx_arena(tx), err) == 0)
        return 0;
    return edit_refuse(tx, from->grid.culprit != OUTLINE_NONE ? from : to, err);
}

int on_transfer_target(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TransferTargetRequest *request = message;
    struct edit edits[2], *to = &edits[1];
    struct transfer transfer = { 0 };
    uint32_t version, changed, more = 0;
    uint64_t act, other;
    bool one_slice, one_period;

    if (read_transfer(tx, request, &transfer, err) != 0 || scope_check_unit(tx, transfer.from.unit, true, err) != 0 ||
        scope_check_unit(tx, transfer.to.unit, true, err) != 0)
        return -1;
    one_period = transfer.from.period == transfer.to.period;
    one_slice = one_period && slice_key_compare(&transfer.from.key, &transfer.to.key) == 0;
    if (edit_open(tx, transfer.from.period, &transfer.from.key, NULL, &edits[0], err) != 0)
        return -1;
    if (one_slice)
        to = &edits[0];
    else if (edit_open(tx, transfer.to.period, &transfer.to.key, one_period ? edits[0].outline : NULL, to, err) != 0)
        return -1;
    if (move(tx, &transfer, &edits[0], to, err) != 0)
        return -1;
    if (edit_book(tx, edits, one_period && !one_slice ? 2 : 1, "transfer", request->reason, &request->base, &version,
                  &act, &changed, err) != 0)
        return -1;
    if (!one_period &&
        edit_book(tx, to, 1, "transfer", request->reason, &request->base, &(uint32_t) { 0 }, &other, &more, err) != 0)
        return -1;
    return reply_ledger(tx, transfer.from.period, version, act, changed + more, err);
}
