/* transfer: an amount moved from one target to another, over any of the axes. What holds only one of the two changes
 * with it; what holds both stays. */
#include "planning/axes/book.h"
#include "planning/axes/settle.h"
#include "planning/targets/scope.h"
#include "planning/versions/stale.h"

#include <string.h>

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
    if (out->from.measure && !adds_up(tx, out->from.measure->id, AXIS_UNITS))
        tx_problem(
            tx, "/measure", "not_additive",
            "measure \"%s\" is a ratio: what one unit's level loses, another's doesn't gain; set them one by one",
            request->measure);
    else if (out->from.measure && out->from.period != out->to.period &&
             !adds_up(tx, out->from.measure->id, AXIS_PERIODS))
        tx_problem(tx, "/to_period", "not_additive",
                   "measure \"%s\" shows what there is at a period's end: what one period's target loses, another's"
                   " doesn't gain",
                   request->measure);
    if (!request->reason[0])
        tx_problem(tx, "/reason", "reason_needed", "a transfer needs a reason");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* --- how the two targets lie to each other --------------------------------------------------------------------------
 */
/* On one axis. */
enum lie { SAME, HOLDS, LIES_IN, CROSSES, APART };

static enum lie lie_of_units(struct tx *tx, const struct transfer *t)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    uint32_t from = t->from.unit->id, to = t->to.unit->id;
    int32_t day = t->from.period->from_day;

    if (from == to)
        return SAME;
    return tree_is_under(tree, to, from, day) ? HOLDS : tree_is_under(tree, from, to, day) ? LIES_IN : APART;
}

static enum lie lie_of_channels(uint32_t from, uint32_t to)
{
    if (from == to)
        return SAME;
    return !from ? HOLDS : !to ? LIES_IN : APART;
}

static bool is_product_in(struct tx *tx, uint32_t id, uint32_t whole)
{
    while (id && id != whole) {
        const struct ref_product *product = refdata_product(refdata_of(tx), id);

        id = product ? product->parent_id : 0;
    }
    return id == whole;
}

static enum lie lie_of_products(struct tx *tx, uint32_t from, uint32_t to)
{
    if (from == to)
        return SAME;
    return is_product_in(tx, to, from) ? HOLDS : is_product_in(tx, from, to) ? LIES_IN : APART;
}

static enum lie lie_of_periods(const struct ref_period *from, const struct ref_period *to)
{
    if (from == to)
        return SAME;
    if (from->until_day <= to->from_day || to->until_day <= from->from_day)
        return APART;
    if (from->from_day <= to->from_day && from->until_day >= to->until_day)
        return HOLDS;
    return to->from_day <= from->from_day && to->until_day >= from->until_day ? LIES_IN : CROSSES;
}

/* Of all axes together: apart on one is apart. */
static enum lie both(enum lie a, enum lie b)
{
    if (a == APART || b == APART)
        return APART;
    if (a == SAME || b == SAME || a == b)
        return a == SAME ? b : a;
    return CROSSES;
}

static enum lie lie_of_slices(struct tx *tx, const struct transfer *t)
{
    return both(both(lie_of_channels(t->from.key.channel_id, t->to.key.channel_id),
                     lie_of_products(tx, t->from.key.product_id, t->to.key.product_id)),
                lie_of_periods(t->from.period, t->to.period));
}

static int check_apart(struct tx *tx, const struct transfer *t, struct err *err)
{
    switch (both(lie_of_units(tx, t), lie_of_slices(tx, t))) {
    case APART:
        return 0;
    case SAME:
        return err_fail(err, ERR_CONFLICT, "same_target", "the two targets are one; name another to move it to");
    case HOLDS:
        return err_fail(err, ERR_CONFLICT, "one_above_other",
                        "the second target is part of the other: its whole would stay as it is; move between parts, or"
                        " set the part (the whole follows with keep none)");
    case LIES_IN:
        return err_fail(err, ERR_CONFLICT, "one_above_other",
                        "the first target is part of the other: its whole would stay as it is; move between parts, or"
                        " set the part (the whole follows with keep none)");
    case CROSSES:
    default:
        return err_fail(err, ERR_CONFLICT, "targets_cross",
                        "the two targets have a part in common that would both give and take; move between targets that"
                        " have none: other units, channels, products or periods");
    }
}

/* --- moving ---------------------------------------------------------------------------------------------------------
 */
/* Each unit's node, or a refusal. */
static int node_of(struct tx *tx, const struct edit *edit, uint32_t unit_id, uint32_t *node, struct err *err)
{
    *node = edit_node(edit, unit_id);
    if (*node == OUTLINE_NONE || edit->grid.amount[*node] == GRID_NONE)
        return err_fail(err, ERR_CONFLICT, "no_cell", "unit \"%s\" has no such target in period \"%s\"",
                        code_of_unit(tx, unit_id), edit->period->code);
    return 0;
}

static int move_within(struct space *space, const struct transfer *t, struct edit *edit, struct err *err)
{
    struct tx *tx = space->tx;
    uint32_t from, to;

    if (node_of(tx, edit, t->from.unit->id, &from, err) != 0 || node_of(tx, edit, t->to.unit->id, &to, err) != 0)
        return -1;
    if (edit_is_closed(edit, to))
        return edit_refuse_closed(tx, t->to.unit->id, err);
    edit->grid.culprit = OUTLINE_NONE;
    if (grid_move(&edit->grid, from, &edit->grid, to, t->amount, tx_arena(tx), err) != 0)
        return edit_refuse(tx, edit, err);
    return space_take(space, edit, err) != 0 ? -1 : space_settle(space, err);
}

/* One end of it, up to the root of its slice. */
static int shift(struct space *space, const struct cell_ref *ref, int64_t delta, struct err *err)
{
    struct tx *tx = space->tx;
    struct edit edit;
    uint32_t node;

    if (edit_open(tx, ref->period, &ref->key, NULL, &edit, err) != 0)
        return -1;
    space_give(space, &edit);
    if (node_of(tx, &edit, ref->unit->id, &node, err) != 0)
        return -1;
    if (delta > 0 && edit_is_closed(&edit, node))
        return edit_refuse_closed(tx, ref->unit->id, err);
    edit.grid.culprit = OUTLINE_NONE;
    if (grid_shift(&edit.grid, node, delta, tx_arena(tx), err) != 0)
        return edit_refuse(tx, &edit, err);
    return space_take(space, &edit, err);
}

/* Beside each other on one axis, and the same on the others: what holds both stays from the beginning. */
static bool are_beside(const struct transfer *t)
{
    int differ = (t->from.key.channel_id != t->to.key.channel_id) + (t->from.key.product_id != t->to.key.product_id) +
                 (t->from.period != t->to.period);

    return differ == 1;
}

static int move(struct space *space, const struct transfer *t, struct err *err)
{
    struct edit edit;

    if (t->from.period == t->to.period && slice_key_compare(&t->from.key, &t->to.key) == 0)
        return edit_open(space->tx, t->from.period, &t->from.key, NULL, &edit, err) != 0
                   ? -1
                   : move_within(space, t, &edit, err);
    if (shift(space, &t->from, -t->amount, err) != 0)
        return -1;
    if (!(are_beside(t) && lie_of_slices(space->tx, t) == APART) && space_settle(space, err) != 0)
        return -1;
    return shift(space, &t->to, t->amount, err) != 0 ? -1 : space_settle(space, err);
}

/* What followed on one end may have reached the other. */
static int check_moved(const struct space *space, const struct cell_ref *ref, int64_t delta, struct err *err)
{
    const struct sheet *sheet = space_find(space, ref->period, &ref->key);
    uint32_t unit = ref->unit->id;

    if (sheet && sheet->now[unit] - sheet->was[unit] == delta)
        return 0;
    return err_fail(
        err, ERR_CONFLICT, "axes_conflict",
        "unit \"%s\", %s would change by another amount: it follows what the other target belongs to; set the"
        " two one by one (keep none)",
        code_of_unit(space->tx, unit), sheet ? sheet_words(space->tx, sheet) : "");
}

int on_transfer_target(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TransferTargetRequest *request = message;
    const struct seen seen = { request->version, request->revision };
    struct transfer transfer = { 0 };
    struct space space;
    struct booked booked;

    if (read_transfer(tx, request, &transfer, err) != 0 ||
        scope_check_unit(tx, transfer.from.period, transfer.from.unit, true, err) != 0 ||
        scope_check_unit(tx, transfer.to.period, transfer.to.unit, true, err) != 0 ||
        check_apart(tx, &transfer, err) != 0 ||
        stale_check_below(tx, transfer.from.period, seen,
                          (const uint32_t[]) { transfer.from.unit->id, transfer.to.unit->id }, 2, err) != 0)
        return -1;
    space_init(&space, tx, transfer.from.measure->id, tx_arena(tx));
    if (move(&space, &transfer, err) != 0 || check_moved(&space, &transfer.from, -transfer.amount, err) != 0 ||
        check_moved(&space, &transfer.to, transfer.amount, err) != 0 ||
        space_book(&space, transfer.from.period, "transfer", request->reason, &request->base, &booked, err) != 0)
        return -1;
    return edit_reply(tx, transfer.from.period, &booked, err);
}
