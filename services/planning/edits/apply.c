/* apply: targets set one by one, as manifests and sheets bring them. */
#include "planning/ledger/cell_store.h"
#include "planning/edits/fresh.h"
#include "planning/edits/held.h"
#include "planning/targets/targets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES_SHOWN 200

/* A line of the request and the cell it is about. */
struct line {
    uint32_t period_id;
    struct cell_row row;
    int64_t amount;
    size_t index;
};

/* 0 can be applied to a unit that is gone on the period's first day: nothing else takes its target away there. And by a
 * sheet that shows the target as it is: a row can't be left out of it. */
static int64_t least_of(const struct cell_ref *ref, bool shown)
{
    return shown ? 0 : ref->unit && ref->period && ref->unit->closed_day <= ref->period->from_day ? 0 : 1;
}

static bool read_line(struct tx *tx, const Bihuan__ApplyTargetsRequest *request, size_t index, struct line *line)
{
    const Bihuan__TargetLine *item = request->items[index];
    const char *pointer = arena_printf(tx_arena(tx), "/items/%zu", index);
    const struct cell_name name = { item->period, item->unit, item->channel, item->product, item->measure };
    struct cell_ref ref;

    read_cell_name(tx, pointer, "", &name, &ref);
    if (ref.measure)
        (void)read_amount(tx, place(tx, pointer, "amount"), ref.measure->id, item->amount,
                          least_of(&ref, request->check_revision && item->revision), &line->amount);
    if (!ref.period || !ref.unit || !ref.measure)
        return false;
    if (!in_scope_of(tx, ref.period, ref.unit->id, true)) {
        tx_problem(tx, place(tx, pointer, "unit"), "not_yours",
                   "a token for \"%s\" changes targets below it, not of \"%s\"", tx_principal(tx)->subtree, item->unit);
        return false;
    }
    line->period_id = ref.period->id;
    line->row.key = ref.key;
    line->row.cell.unit_id = ref.unit->id;
    line->index = index;
    return true;
}

static int by_cell(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order;

    if (x->period_id != y->period_id)
        return x->period_id < y->period_id ? -1 : 1;
    if ((order = slice_key_compare(&x->row.key, &y->row.key)) != 0)
        return order;
    return x->row.cell.unit_id < y->row.cell.unit_id ? -1 : x->row.cell.unit_id > y->row.cell.unit_id;
}

static void note_change(struct tx *tx, Bihuan__ApplyReply *reply, const Bihuan__TargetLine *item, bool before)
{
    Bihuan__Change *change;

    if (before)
        reply->changed++;
    else
        reply->created++;
    if (reply->n_changes == CHANGES_SHOWN)
        return;
    change = arena_new(tx_arena(tx), Bihuan__Change);
    bihuan__change__init(change);
    change->code = arena_printf(tx_arena(tx), "%s %s %s%s%s%s%s", item->period, item->unit, item->measure,
                                item->channel[0] ? " " : "", item->channel, item->product[0] ? " " : "", item->product);
    change->action = (char *)(uintptr_t)(before ? "changed" : "created");
    change->difference = arena_printf(tx_arena(tx), "amount: %s", item->amount);
    reply->changes[reply->n_changes++] = change;
}

/* The lines of one period, sorted, as changes of slices. */
struct applied {
    struct slice_change *changes;
    size_t count, cells;
};

static void add_change(struct arena *arena, struct applied *applied, const struct line *line, size_t room)
{
    struct slice_change *change = applied->count ? &applied->changes[applied->count - 1] : NULL;

    if (!change || slice_key_compare(&change->key, &line->row.key) != 0) {
        change = &applied->changes[applied->count++];
        *change = (struct slice_change) { .key = line->row.key, .cells = arena_array(arena, struct cell_change, room) };
    }
    change->cells[change->count++] = (struct cell_change) { .unit_id = line->row.cell.unit_id,
                                                            .revision = line->row.cell.revision,
                                                            .before = line->row.cell.amount,
                                                            .after = line->amount,
                                                            .hedge_before = line->row.cell.hedge,
                                                            .hedge = line->row.cell.hedge };
    applied->cells++;
}

static void check_line(struct tx *tx, const Bihuan__ApplyTargetsRequest *request, const struct line *line)
{
    const Bihuan__TargetLine *item = request->items[line->index];

    if (request->check_revision && item->revision != line->row.cell.revision)
        tx_problem(
            tx, arena_printf(tx_arena(tx), "/items/%zu/revision", line->index), "changed_meanwhile",
            "the target of \"%s\" was changed meanwhile: it is %s at revision %u, not %u; read it again", item->unit,
            line->row.cell.revision ? amount_text(tx, line->row.key.measure_id, line->row.cell.amount) : "not there",
            line->row.cell.revision, item->revision);
}

/* --- hedges of new cells -------------------------------------------------------------------------------------------
 */
static bool any_new(const struct slice_change *change)
{
    for (size_t i = 0; i < change->count; i++)
        if (!change->cells[i].revision)
            return true;
    return false;
}

static bool any_hedge(const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        if (slice->cells[i].hedge)
            return true;
    return false;
}

/* The slice as it will be, over the tree. */
static void fill_new(struct tx *tx, const struct outline *o, const struct slice *slice, struct slice_change *change)
{
    int64_t *amounts = arena_array(tx_arena(tx), int64_t, o->count),
            *hedges = arena_array(tx_arena(tx), int64_t, o->count);
    bool *fresh = arena_array(tx_arena(tx), bool, o->count);

    for (uint32_t n = 0; n < o->count; n++) {
        const struct cell *cell = slice_find(slice, o->unit[n]);

        amounts[n] = cell ? cell->amount : -1;
        hedges[n] = cell ? cell->hedge : 0;
    }
    for (size_t i = 0; i < change->count; i++) {
        uint32_t node = outline_node(o, change->cells[i].unit_id);

        if (node == OUTLINE_NONE)
            continue;
        amounts[node] = change->cells[i].after;
        fresh[node] = !change->cells[i].revision;
    }
    fresh_hedges(o, amounts, hedges, fresh, tx_arena(tx));
    for (size_t i = 0; i < change->count; i++) {
        uint32_t node = outline_node(o, change->cells[i].unit_id);

        if (node != OUTLINE_NONE && fresh[node])
            change->cells[i].hedge = hedges[node];
    }
}

static int hedge_new(struct tx *tx, const struct ref_period *period, uint32_t version, struct applied *applied,
                     struct err *err)
{
    struct outline outline = { 0 };

    for (size_t s = 0; version && s < applied->count; s++) {
        struct slice_change *change = &applied->changes[s];
        const struct cell_filter filter = { .measure_id = change->key.measure_id,
                                            .one_slice = true,
                                            .channel_id = change->key.channel_id,
                                            .product_id = change->key.product_id };
        struct slice *slices;
        size_t count;

        if (!any_new(change))
            continue;
        if (cell_store_slices(tx, period->id, version, &filter, false, &slices, &count, err) != 0)
            return -1;
        if (!count || !any_hedge(slices))
            continue;
        if (!outline.count)
            period_outline(tx, period, &outline);
        fill_new(tx, &outline, slices, change);
    }
    return 0;
}

/* Which version the period's lines are compared with: the one in the works, else the one in force. */
static int compare(struct tx *tx, const Bihuan__ApplyTargetsRequest *request, struct line *lines, size_t count,
                   struct applied *applied, Bihuan__ApplyReply *reply, struct err *err)
{
    struct cell_row *rows = arena_array(tx_arena(tx), struct cell_row, count);
    struct version_row works, in_force;

    if (version_store_current(tx, lines[0].period_id, &works, &in_force, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        rows[i] = lines[i].row;
    if (cell_store_find(tx, lines[0].period_id, works.version ? works.version : in_force.version, rows, count, err) !=
        0)
        return -1;
    *applied = (struct applied) { .changes = arena_array(tx_arena(tx), struct slice_change, count) };
    for (size_t i = 0; i < count; i++) {
        lines[i].row = rows[i];
        check_line(tx, request, &lines[i]);
        if (lines[i].row.cell.revision && lines[i].row.cell.amount == lines[i].amount) {
            reply->unchanged++;
            continue;
        }
        note_change(tx, reply, request->items[lines[i].index], lines[i].row.cell.revision > 0);
        add_change(tx_arena(tx), applied, &lines[i], count - i);
    }
    if (tx_problem_count(tx))
        return 0; /* all of them at the end */
    if (hedge_new(tx, refdata_period(refdata_of(tx), lines[0].period_id),
                  works.version ? works.version : in_force.version, applied, err) != 0)
        return -1;
    return held_check(tx, refdata_period(refdata_of(tx), lines[0].period_id), applied->changes, applied->count, err);
}

static int apply_period(struct tx *tx, const Bihuan__ApplyTargetsRequest *request, struct line *lines, size_t count,
                        Bihuan__ApplyReply *reply, struct err *err)
{
    const struct ref_period *period = refdata_period(refdata_of(tx), lines[0].period_id);
    struct act act = { .period_id = period->id, .kind = "applied", .reason = request->reason };
    struct version_row works;
    struct applied applied;
    uint32_t begins_as, changed;
    uint64_t number;

    if (compare(tx, request, lines, count, &applied, reply, err) != 0)
        return -1;
    if (!applied.count || tx_problem_count(tx))
        return 0;
    if (works_for_change(tx, period, request->reason, request->dry_run, &works, &begins_as, err) != 0)
        return -1;
    if (request->dry_run)
        return 0;
    act.version = works.version;
    return book_act(tx, &act, applied.changes, applied.count, &number, &changed, err);
}

int on_apply_targets(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyTargetsRequest *request = message;
    struct line *lines = arena_array(tx_arena(tx), struct line, request->n_items);
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;
    size_t count = 0;

    for (size_t i = 0; i < request->n_items; i++)
        count += read_line(tx, request, i, &lines[count]);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    reply.dry_run = request->dry_run;
    reply.changes = arena_array(tx_arena(tx), Bihuan__Change *, CHANGES_SHOWN);
    qsort(lines, count, sizeof *lines, by_cell);
    for (size_t i = 1; i < count; i++)
        if (by_cell(&lines[i - 1], &lines[i]) == 0)
            return err_fail(err, ERR_INVALID, "duplicate_line", "the same target stands twice in this request");
    for (size_t from = 0, until; from < count; from = until) {
        for (until = from + 1; until < count && lines[until].period_id == lines[from].period_id;)
            until++;
        if (apply_period(tx, request, &lines[from], until - from, &reply, err) != 0)
            return -1;
    }
    return tx_problem_count(tx) ? tx_refuse(tx, err) : tx_reply(tx, &reply.base, err);
}
