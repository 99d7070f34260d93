/* marks: what is said to be cut completely, said or taken back by hand; and the list of it. */
#include "planning/records/cut_laws.h"
#include "planning/axes/settle.h"
#include "planning/targets/scope.h"
#include "planning/versions/stale.h"

#include <stdlib.h>
#include <string.h>

static const char *const YES_NO[] = { "yes", "no", NULL };

static int by_first_day(const void *a, const void *b)
{
    const struct ref_period *const *x = a, *const *y = b;

    return (*x)->from_day < (*y)->from_day ? -1 : (*x)->from_day > (*y)->from_day;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void check_tiles(struct tx *tx, const struct ref_period *whole, const struct ref_period **parts, size_t count)
{
    int32_t day = whole->from_day;

    qsort(parts, count, sizeof *parts, by_first_day);
    for (size_t i = 0; i < count && parts[i]->from_day == day; i++)
        day = parts[i]->until_day;
    if (count < 2 || day != whole->until_day)
        tx_problem(tx, "/into", "periods_gap",
                   "name the periods that follow each other from the first day of \"%s\" to"
                   " its last",
                   whole->code);
}

static void read_into(struct tx *tx, const Bihuan__MarkCutRequest *request, const struct ref_period *whole,
                      struct cut_row *row)
{
    const struct ref_period **parts = arena_array(tx_arena(tx), const struct ref_period *, request->n_into + 1);
    size_t count = 0;

    row->into = arena_array(tx_arena(tx), uint32_t, request->n_into + 1);
    for (size_t i = 0; i < request->n_into; i++) {
        parts[count] = refdata_period_by_code(refdata_of(tx), request->into[i]);
        if (parts[count])
            row->into[row->into_count++] = parts[count++]->id;
        else
            tx_problem(tx, arena_printf(tx_arena(tx), "/into/%zu", i), "unknown_code", "period \"%s\" is not known",
                       request->into[i]);
    }
    if (row->axis == AXIS_PERIODS)
        check_tiles(tx, whole, parts, count);
    else if (request->n_into)
        tx_problem(tx, "/into", "not_used", "over channels and products all of them are the parts; leave into out");
    qsort(row->into, row->into_count, sizeof *row->into, by_id);
}

static int read_mark(struct tx *tx, const Bihuan__MarkCutRequest *request, struct cell_ref *ref, struct cut_row *row,
                     struct err *err)
{
    const struct cell_name name = { request->period, request->unit, request->channel, request->product,
                                    request->measure };

    read_cell_name(tx, "", "", &name, ref);
    check_word(tx, "", "over", request->over, axis_words);
    check_word(tx, "", "complete", request->complete, YES_NO);
    if (!request->reason[0])
        tx_problem(tx, "/reason", "reason_needed", "say why; it is kept");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    *row = (struct cut_row) { .period_id = ref->period->id,
                              .key = ref->key,
                              .unit_id = ref->unit->id,
                              .person = tx_principal(tx)->person,
                              .reason = request->reason,
                              .at = tx_now(tx),
                              .by_hand = true };
    while (strcmp(axis_words[row->axis], request->over) != 0)
        row->axis++;
    if (!adds_up(tx, ref->measure->id, row->axis))
        tx_problem(tx, "/measure", "not_additive", "measure \"%s\" doesn't add up over %s: nothing is all its parts",
                   request->measure, request->over);
    read_into(tx, request, ref->period, row);
    if (row->axis == AXIS_CHANNELS && row->key.channel_id)
        tx_problem(tx, "/channel", "is_one", "the target is of one channel already");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* Each unit's parts are what it has, or a problem. */
static int check_sums(struct tx *tx, const struct cell_ref *ref, const struct cut_row *row, struct err *err)
{
    struct space space;
    struct law *law;
    int64_t *sums;

    space_init(&space, tx, row->key.measure_id, tx_arena(tx));
    if (space_law(&space, ref->period, row, &law, err) != 0)
        return -1;
    sums = arena_array(tx_arena(tx), int64_t, space.limit);
    law_sums(&space, law, true, sums);
    if (!law_covers(law, row->unit_id))
        return err_fail(err, ERR_CONFLICT, "no_cell", "unit \"%s\" has no such target in period \"%s\"",
                        ref->unit->code, ref->period->code);
    for (uint32_t u = 0; u < space.limit && tx_problem_count(tx) < 50; u++)
        if (law_covers(law, u) && sums[u] != law->whole->was[u])
            tx_problem(tx, "/unit", "cut_differs", "unit \"%s\" has %s, its %s %s together", code_of_unit(tx, u),
                       amount_text(tx, row->key.measure_id, law->whole->was[u]), axis_words[row->axis],
                       amount_text(tx, row->key.measure_id, sums[u]));
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* Who says so has changed the plan: it stands in the ledger, and what others saw of the plan is older. */
static int note(struct tx *tx, const struct cut_row *row, uint32_t version, const ProtobufCMessage *request,
                struct err *err)
{
    const struct act act = {
        .period_id = row->period_id, .version = version, .kind = "mark", .reason = row->reason, .spec = request
    };

    return book_note(tx, &act, err);
}

int on_mark_cut(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MarkCutRequest *request = message;
    Bihuan__MarkCutReply reply = BIHUAN__MARK_CUT_REPLY__INIT;
    struct cell_ref ref = { 0 };
    struct cut_row row = { 0 };
    int rc;

    if (read_mark(tx, request, &ref, &row, err) != 0 || scope_check_unit(tx, ref.period, ref.unit, true, err) != 0 ||
        stale_check_below(tx, ref.period, (struct seen) { request->version, request->revision }, &ref.unit->id, 1,
                          err) != 0)
        return -1;
    if (strcmp(request->complete, "yes") == 0)
        rc = check_sums(tx, &ref, &row, err) != 0 ? -1 : cut_record_row(tx, ref.period, &row, &reply.version, err);
    else
        rc = cut_forget_row(tx, ref.period, &row, &reply.version, err);
    if (rc != 0 || (reply.version && note(tx, &row, reply.version, &request->base, err) != 0))
        return -1;
    reply.period = ref.period->code;
    reply.changed = reply.version > 0;
    return tx_reply(tx, &reply.base, err);
}

/* --- list -----------------------------------------------------------------------------------------------------------
 */
/* Whose target the asker sees it of: what is said above a subtree is said of its top. 0: of none. */
static uint32_t seen_at(struct tx *tx, const struct scope *scope, const struct ref_period *period,
                        const struct cut_row *row)
{
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), tx_principal(tx)->subtree);

    if (scope_holds(scope, row->unit_id))
        return row->unit_id;
    return top && tree_is_under(refdata_tree(refdata_of(tx)), top->id, row->unit_id, period->from_day) ? top->id : 0;
}

static Bihuan__TargetCut *cut_message(struct tx *tx, const struct ref_period *period, const struct cut_row *row,
                                      uint32_t unit_id)
{
    Bihuan__TargetCut *out = arena_new(tx_arena(tx), Bihuan__TargetCut);

    bihuan__target_cut__init(out);
    out->period = period->code;
    out->unit = code_of_unit(tx, unit_id);
    out->channel = code_of_channel(tx, row->key.channel_id);
    out->product = code_of_product(tx, row->key.product_id);
    out->measure = code_of_measure(tx, row->key.measure_id);
    out->over = (char *)(uintptr_t)axis_words[row->axis];
    out->into = arena_array(tx_arena(tx), char *, row->into_count);
    for (size_t i = 0; i < row->into_count; i++)
        out->into[out->n_into++] = code_of_period(tx, row->into[i]);
    out->person = (char *)(uintptr_t)row->person;
    out->reason = (char *)(uintptr_t)row->reason;
    out->at = row->at;
    return out;
}

static int list_cuts(struct tx *tx, const Bihuan__ListCutsRequest *request, struct err *err)
{
    Bihuan__ListCutsReply reply = BIHUAN__LIST_CUTS_REPLY__INIT;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const struct scope scope = scope_of(tx, period);
    const struct ref_measure *measure;
    struct version_row works, in_force;
    uint32_t limit = page_limit(request->page), after;
    struct cut_row *rows;
    size_t count;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (find_measure(tx, request->measure, &measure, err) != 0 || read_cursor(request->page, &after, 1, err) != 0 ||
        version_store_current(tx, period->id, &works, &in_force, err) != 0 ||
        cut_store_load(tx, period->id, works.version ? works.version : in_force.version, measure ? measure->id : 0,
                       &rows, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetCut *, count);
    for (; after < count && reply.n_items < limit; after++) {
        uint32_t unit = seen_at(tx, &scope, period, &rows[after]);

        if (unit)
            reply.items[reply.n_items++] = cut_message(tx, period, &rows[after], unit);
    }
    if (after < count)
        reply.next = make_cursor(tx, &after, 1);
    return tx_reply(tx, &reply.base, err);
}

int on_list_cuts(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_cuts, message, err);
}
