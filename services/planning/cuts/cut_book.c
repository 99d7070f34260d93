/* cut_book: what a decomposition came to, booked with all that follows. See cut_laws.h. */
#include "planning/axes/book.h"
#include "planning/records/cut_laws.h"
#include "planning/axes/settle.h"

#include <string.h>

/* --- without anything that follows ----------------------------------------------------------------------------------
 */
static int book_out(struct cut *cut, struct cut_out *out, Bihuan__DecomposeReply *reply, struct err *err)
{
    struct act act = {
        .period_id = out->period->id, .kind = "decomposed", .reason = cut->request->reason, .spec = &cut->request->base
    };
    struct version_row works;
    uint32_t changed;

    if (!act_changes(out->changes, out->count))
        return 0;
    if (works_for_changes(cut->tx, out->period, cut->request->reason, out->changes, out->count, &works, err) != 0)
        return -1;
    act.version = works.version;
    if (book_act(cut->tx, &act, out->changes, out->count, &reply->act, &changed, err) != 0)
        return -1;
    reply->changed += changed;
    reply->version = works.version;
    return 0;
}

/* --- those above and beside -----------------------------------------------------------------------------------------
 */
static bool has_above(const struct cut *cut, const struct cut_out *out)
{
    return tree_parent(refdata_tree(refdata_of(cut->tx)), cut->unit->id, out->period->from_day) != TREE_NONE;
}

static const struct cell_change *top_of(const struct cut *cut, const struct slice_change *change)
{
    for (size_t i = 0; i < change->count && !change->cells[0].follows; i++)
        if (change->cells[i].unit_id == cut->unit->id)
            return &change->cells[i];
    return NULL;
}

static bool moves_top(const struct cut *cut, const struct cut_out *out, const struct slice_change *change)
{
    const struct cell_change *top = top_of(cut, change);

    return top && has_above(cut, out) && adds_up(cut->tx, change->key.measure_id, AXIS_UNITS) &&
           (!top->revision || top->before != top->after);
}

static int open_bare(struct cut *cut, const struct cut_out *out, const struct slice_key *key, struct edit *edit,
                     struct err *err)
{
    const struct tree *tree = refdata_tree(refdata_of(cut->tx));

    if (edit_open(cut->tx, out->period, key, NULL, edit, err) != 0)
        return -1;
    for (uint32_t n = 0; n < edit->outline->count + edit->outline->strays; n++)
        if (edit->outline->unit[n] != cut->unit->id &&
            tree_is_under(tree, edit->outline->unit[n], cut->unit->id, out->period->from_day))
            edit->grid.amount[n] = GRID_NONE; /* they are what the cut made of them */
    return 0;
}

/* A total given for a unit: its siblings give or take, or those above follow. What a cut over another axis makes of it
 * moves those above; a new target takes what they have left first. */
static int set_top(struct cut *cut, const struct cut_out *out, const struct slice_change *change, struct edit *edit,
                   struct err *err)
{
    const struct cell_change *top = top_of(cut, change);
    bool units = cut->over == CUT_UNITS || cut->over == CUT_LEAVES;
    bool keep = units ? strcmp(cut->request->keep, "none") != 0 : !top->revision && !cut->law_count;

    if (open_bare(cut, out, &change->key, edit, err) != 0)
        return -1;
    if (edit_set(cut->tx, edit, cut->unit->id, top->after, keep, err) == 0)
        return 0;
    if (units || !keep)
        return -1;
    err_clear(err);
    return open_bare(cut, out, &change->key, edit, err) != 0 ||
                   edit_set(cut->tx, edit, cut->unit->id, top->after, false, err) != 0
               ? -1
               : 0;
}

static int follow_top(struct space *space, struct cut *cut, const struct cut_out *out,
                      const struct slice_change *change, struct err *err)
{
    const struct tree *tree = refdata_tree(refdata_of(cut->tx));
    struct sheet *sheet;
    struct edit edit;

    if (set_top(cut, out, change, &edit, err) != 0)
        return cut->over == CUT_PERIODS ? err_prefix(err, "period \"%s\"", out->period->code) : -1;
    if (space_sheet(space, out->period, &change->key, &sheet, err) != 0)
        return -1;
    for (uint32_t n = 0; n < edit.outline->count + edit.outline->strays; n++) {
        uint32_t unit = edit.outline->unit[n];

        if (!tree_is_under(tree, unit, cut->unit->id, out->period->from_day))
            sheet->now[unit] = edit.grid.amount[n];
    }
    return 0;
}

/* What the slice has below the unit beside what the cut says of it. */
static bool leaves_cells(const struct slice_change *change)
{
    size_t had = 0;

    for (size_t i = 0; i < change->count; i++)
        had += change->cells[i].revision > 0;
    return change->count && !change->cells[0].follows && change->was && had < change->was->count;
}

static int refit_below(struct space *space, struct cut *cut, const struct cut_out *out,
                       const struct slice_change *change, struct err *err)
{
    bool *given = arena_array(space->arena, bool, space->limit);
    struct sheet *sheet;

    if (space_sheet(space, out->period, &change->key, &sheet, err) != 0)
        return -1;
    for (size_t i = 0; i < change->count; i++)
        given[change->cells[i].unit_id] = true;
    sheet->deeper = arena_array(space->arena, bool, space->limit);
    for (uint32_t u = 0; u < space->limit; u++)
        sheet->deeper[u] = !given[u] && sheet->now[u] != AXES_NONE && sheet_is_under(sheet, u, cut->unit->id);
    return sheet_refit(space, sheet, cut->unit->id, given, err);
}

/* --- with all that follows ------------------------------------------------------------------------------------------
 */
static int take_all(struct space *space, struct cut *cut, struct err *err)
{
    for (size_t k = 0; k < cut->out_count; k++)
        for (size_t s = 0; s < cut->outs[k].count; s++) {
            const struct cut_out *out = &cut->outs[k];
            const struct slice_change *change = &out->changes[s];

            if (change->key.measure_id != space->measure_id)
                continue;
            if (space_take_cut(space, out->period, change, err) != 0 ||
                (leaves_cells(change) && adds_up(cut->tx, change->key.measure_id, AXIS_UNITS) &&
                 refit_below(space, cut, out, change, err) != 0) ||
                (moves_top(cut, out, change) && follow_top(space, cut, out, change, err) != 0))
                return -1;
        }
    for (size_t s = 0; s < cut->source_count; s++) { /* what is cut stays as it is */
        struct sheet *sheet;

        if (cut->sources[s]->key.measure_id != space->measure_id)
            continue;
        if (space_sheet(space, cut->period, &cut->sources[s]->key, &sheet, err) != 0)
            return -1;
        sheet->role = SHEET_MEANT;
    }
    return 0;
}

static void add_also(struct cut *cut, const struct booked *booked, Bihuan__DecomposeReply *reply)
{
    char **also = arena_array(tx_arena(cut->tx), char *, reply->n_also + booked->also_count);

    if (reply->n_also)
        memcpy(also, reply->also, reply->n_also * sizeof *also);
    if (booked->also_count)
        memcpy(also + reply->n_also, booked->also, booked->also_count * sizeof *also);
    reply->also = also;
    reply->n_also += booked->also_count;
}

static int know_all(struct space *space, const struct cut *cut, struct err *err)
{
    if (space_know(space, cut->period, cut->slices, cut->slice_count, err) != 0)
        return -1;
    for (size_t k = 0; k < cut->out_count; k++)
        if (cut->outs[k].period != cut->period &&
            space_know(space, cut->outs[k].period, cut->outs[k].present, cut->outs[k].present_count, err) != 0)
            return -1;
    return 0;
}

static int book_measure(struct cut *cut, uint32_t measure_id, struct arena *scratch, Bihuan__DecomposeReply *reply,
                        struct err *err)
{
    struct space space;
    struct booked booked;

    space_init(&space, cut->tx, measure_id, scratch);
    if (know_all(&space, cut, err) != 0 || take_all(&space, cut, err) != 0)
        return -1;
    if (adds_up(cut->tx, measure_id, AXIS_UNITS) && space_settle(&space, err) != 0)
        return -1;
    if (space_book(&space, cut->period, "decomposed", cut->request->reason, &cut->request->base, &booked, err) != 0)
        return -1;
    reply->changed += booked.changed;
    reply->act = booked.act ? booked.act : reply->act;
    reply->version = booked.version;
    add_also(cut, &booked, reply);
    return 0;
}

/* Whether anything beside what was cut may follow. */
static int is_alone(struct cut *cut, bool *alone, struct err *err)
{
    struct version_row works, in_force;
    struct cut_row *rows;
    size_t count, longer;

    *alone = cut->law_count == 0;
    for (size_t k = 0; k < cut->out_count && *alone; k++) {
        const struct cut_out *out = &cut->outs[k];

        for (size_t s = 0; s < out->count && *alone; s++)
            *alone = !moves_top(cut, out, &out->changes[s]) && !leaves_cells(&out->changes[s]);
        if (version_store_current(cut->tx, out->period->id, &works, &in_force, err) != 0 ||
            cut_store_load(cut->tx, out->period->id, works.version ? works.version : in_force.version,
                           cut->key.measure_id, &rows, &count, err) != 0 ||
            cut_store_longer(cut->tx, out->period->id, cut->key.measure_id, &rows, &longer, err) != 0)
            return -1;
        *alone = *alone && !count && !longer;
    }
    return 0;
}

/* One measure after the other: what a space needs isn't needed for all at once. */
static int book_all(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err)
{
    struct arena scratch;
    int rc = 0;

    arena_init(&scratch);
    for (size_t s = 0; s < cut->source_count && rc == 0; s++)
        if (s == 0 || cut->sources[s]->key.measure_id != cut->sources[s - 1]->key.measure_id) {
            rc = book_measure(cut, cut->sources[s]->key.measure_id, &scratch, reply, err);
            arena_reset(&scratch);
        }
    arena_fini(&scratch);
    return rc;
}

int cut_book(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err)
{
    bool alone;

    if (is_alone(cut, &alone, err) != 0)
        return -1;
    for (size_t k = 0; k < cut->out_count && alone; k++)
        if (book_out(cut, &cut->outs[k], reply, err) != 0)
            return -1;
    if (!alone && book_all(cut, reply, err) != 0)
        return -1;
    return cut_record(cut, reply, err);
}
