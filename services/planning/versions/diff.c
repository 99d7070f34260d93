/* diff: what two versions differ in, by unit, rolled up where a unit has no cell of its own. */
#include "planning/ledger/cell_store.h"
#include "planning/targets/scope.h"

#include "calc/fixed.h"

#include <string.h>

#define NONE INT64_C(-1)

struct diff {
    struct tx *tx;
    const struct slice *sides[2];
    size_t counts[2];
    uint32_t limit, after[4];
    Bihuan__DiffPlansReply *reply;
    bool full; /* the page is */
    /* of one unit and its children: */
    struct outline outline; /* at and below the unit */
    uint32_t shown;         /* nodes: the unit and its children */
    int64_t *amount[2];     /* by node, -1 none */
    bool *summed;           /* by node */
};

/* --- lines ---------------------------------------------------------------------------------------------------------
 */
static bool is_behind(const struct diff *diff, const struct slice_key *key, uint32_t unit)
{
    const struct slice_key after = { diff->after[0], diff->after[1], diff->after[2] };
    int order = slice_key_compare(key, &after);

    return order > 0 || (order == 0 && unit > diff->after[3]);
}

static void add_line(struct diff *diff, const struct slice_key *key, uint32_t unit, int64_t before, int64_t after,
                     bool summed)
{
    struct tx *tx = diff->tx;
    Bihuan__DiffLine *line;

    if (diff->full || !is_behind(diff, key, unit))
        return;
    line = diff->reply->items[diff->reply->n_items++] = arena_new(tx_arena(tx), Bihuan__DiffLine);
    bihuan__diff_line__init(line);
    line->unit = code_of_unit(tx, unit);
    line->channel = code_of_channel(tx, key->channel_id);
    line->product = code_of_product(tx, key->product_id);
    line->measure = code_of_measure(tx, key->measure_id);
    if (before != NONE)
        line->before = amount_text(tx, key->measure_id, before);
    if (after != NONE)
        line->after = amount_text(tx, key->measure_id, after);
    before = before == NONE ? 0 : before;
    after = after == NONE ? 0 : after;
    line->change = signed_text(tx, key->measure_id, after - before);
    if (before > 0)
        (void)fixed_ratio_ppm(after - before, before, ROUND_HALF_UP, &line->change_ppm, NULL);
    line->summed = summed;
    if (diff->reply->n_items == diff->limit) {
        const uint32_t last[] = { key->measure_id, key->channel_id, key->product_id, unit };

        diff->full = true;
        diff->reply->next = make_cursor(tx, last, 4);
    }
}

/* --- one slice -----------------------------------------------------------------------------------------------------
 */
/* Cells of both sides side by side; counts every difference, and lists them unless units are asked for. */
static void merge_cells(struct diff *diff, const struct slice_key *key, const struct slice *before,
                        const struct slice *after)
{
    size_t i = 0, k = 0, before_count = before ? before->count : 0, after_count = after ? after->count : 0;

    while (i < before_count || k < after_count) {
        const struct cell *b = i < before_count ? &before->cells[i] : NULL;
        const struct cell *a = k < after_count ? &after->cells[k] : NULL;
        uint32_t unit = b ? b->unit_id : UINT32_MAX;

        if (a && a->unit_id < unit)
            unit = a->unit_id;
        b = b && b->unit_id == unit ? b : NULL;
        a = a && a->unit_id == unit ? a : NULL;
        i += b != NULL;
        k += a != NULL;
        if (a && b && a->amount == b->amount)
            continue;
        *(a && b ? &diff->reply->changed : a ? &diff->reply->added : &diff->reply->removed) += 1;
        if (!diff->outline.count)
            add_line(diff, key, unit, b ? b->amount : NONE, a ? a->amount : NONE, false);
    }
}

static void roll_up(struct diff *diff, const struct slice *slice, int64_t *amount)
{
    const struct outline *o = &diff->outline;

    for (uint32_t n = 0; n < o->count; n++)
        amount[n] = NONE;
    for (size_t i = 0; slice && i < slice->count; i++) {
        uint32_t node = outline_node(o, slice->cells[i].unit_id);

        if (node != OUTLINE_NONE)
            amount[node] = slice->cells[i].amount;
    }
    for (uint32_t n = o->count; slice && adds_up(diff->tx, slice->key.measure_id, AXIS_UNITS) && n-- > 0;) {
        bool own = amount[n] != NONE;

        for (uint32_t c = 0; !own && c < o->child_count[n]; c++)
            if (amount[o->first_child[n] + c] != NONE) {
                amount[n] = fixed_add_saturated(amount[n] == NONE ? 0 : amount[n], amount[o->first_child[n] + c]);
                diff->summed[n] = true;
            }
    }
}

static void show_units(struct diff *diff, const struct slice_key *key, const struct slice *before,
                       const struct slice *after)
{
    if (diff->full)
        return;
    memset(diff->summed, 0, diff->outline.count * sizeof *diff->summed);
    roll_up(diff, before, diff->amount[0]);
    roll_up(diff, after, diff->amount[1]);
    for (uint32_t n = 0; n < diff->shown; n++)
        if (diff->amount[0][n] != diff->amount[1][n])
            add_line(diff, key, diff->outline.unit[n], diff->amount[0][n], diff->amount[1][n], diff->summed[n]);
}

static void run(struct diff *diff)
{
    size_t i = 0, k = 0;

    while (i < diff->counts[0] || k < diff->counts[1]) {
        const struct slice *before = i < diff->counts[0] ? &diff->sides[0][i] : NULL;
        const struct slice *after = k < diff->counts[1] ? &diff->sides[1][k] : NULL;
        int order = !before ? 1 : !after ? -1 : slice_key_compare(&before->key, &after->key);
        const struct slice_key *key = order <= 0 ? &before->key : &after->key;

        before = order <= 0 ? before : NULL;
        after = order >= 0 ? after : NULL;
        merge_cells(diff, key, before, after);
        if (diff->outline.count)
            show_units(diff, key, before, after);
        i += before != NULL;
        k += after != NULL;
    }
}

/* --- the query -----------------------------------------------------------------------------------------------------
 */
static int choose(struct tx *tx, const Bihuan__DiffPlansRequest *request, const struct ref_period *period,
                  struct version_row *from, struct version_row *to, struct err *err)
{
    struct version_row works, in_force;

    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    if (!request->to_version && !works.version)
        works = in_force; /* what is in force against what it began from */
    if (request->to_version && version_to_read(tx, period, request->to_version, &works, err) != 0)
        return -1;
    if (!works.version)
        return err_fail(err, ERR_NOT_FOUND, "no_targets", "period \"%s\" has no targets yet", request->period);
    *to = works;
    if (!request->from_version && !works.base)
        return err_fail(err, ERR_CONFLICT, "no_base",
                        "version %u of period \"%s\" began from nothing; name the version to compare it with",
                        works.version, request->period);
    return version_to_read(tx, period, request->from_version ? request->from_version : works.base, from, err);
}

static int prepare_units(struct diff *diff, const Bihuan__DiffPlansRequest *request, const struct ref_period *period,
                         struct err *err)
{
    const struct ref_unit *unit;

    if (scope_find_unit(diff->tx, period, request->unit, &unit, err) != 0)
        return -1;
    if (!unit)
        return 0;
    outline_below(&diff->outline, refdata_tree(refdata_of(diff->tx)), period->from_day, unit->id, 0, NULL,
                  tx_arena(diff->tx));
    diff->shown = 1 + diff->outline.child_count[0];
    diff->summed = arena_array(tx_arena(diff->tx), bool, diff->outline.count);
    for (int side = 0; side < 2; side++)
        diff->amount[side] = arena_array(tx_arena(diff->tx), int64_t, diff->outline.count);
    return 0;
}

static int diff_plans(struct tx *tx, const Bihuan__DiffPlansRequest *request, struct err *err)
{
    Bihuan__DiffPlansReply reply = BIHUAN__DIFF_PLANS_REPLY__INIT;
    struct diff diff = { .tx = tx, .reply = &reply, .limit = page_limit(request->page) };
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const struct ref_measure *measure;
    struct cell_filter filter = { 0 };
    struct version_row versions[2];
    struct scope scope;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (find_measure(tx, request->measure, &measure, err) != 0 || read_cursor(request->page, diff.after, 4, err) != 0 ||
        choose(tx, request, period, &versions[0], &versions[1], err) != 0 ||
        prepare_units(&diff, request, period, err) != 0)
        return -1;
    filter.measure_id = measure ? measure->id : 0;
    scope = scope_of(tx, period);
    for (int side = 0; side < 2; side++) {
        struct slice *slices;

        if (cell_store_slices(tx, period->id, versions[side].version, &filter, true, &slices, &diff.counts[side],
                              err) != 0)
            return -1;
        scope_filter(&scope, slices, diff.counts[side]);
        diff.sides[side] = slices;
    }
    reply.period = request->period;
    reply.from_version = versions[0].version;
    reply.to_version = versions[1].version;
    reply.to_revision = versions[1].revision;
    reply.items = arena_array(tx_arena(tx), Bihuan__DiffLine *, diff.limit);
    run(&diff);
    return tx_reply(tx, &reply.base, err);
}

int on_diff_plans(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, diff_plans, message, err);
}
