/* cut_periods: a period's targets over shorter periods within it, by the period's own curve. See cut.h.
 *
 * The unit itself is cut by cumulative rounding, so that the shorter periods are what the days of the longer one add up
 * to; those below it under its sums (spread), and what they don't cover of it stays its own. Each shorter period has
 * its own tree: who is closed by then has its amount before.
 */
#include "planning/axes/cut_laws.h"

#include "calc/periods.h"
#include "planning/baselines/baselines.h"
#include "planning/targets/cell_store.h"
#include "planning/targets/cut_knots.h"
#include "planning/targets/ledger_store.h"
#include "planning/targets/spread.h"

#include <stdlib.h>
#include <string.h>

static int by_day(const void *a, const void *b)
{
    const struct cut_out *x = a, *y = b;

    return x->period->from_day < y->period->from_day ? -1 : x->period->from_day > y->period->from_day;
}

static bool lies_within(const struct ref_period *inner, const struct ref_period *outer)
{
    return period_lies_within(inner->from_day, inner->until_day, outer->from_day, outer->until_day);
}

static void add_out(struct cut *cut, const struct ref_period *period)
{
    cut->outs[cut->out_count].changes = arena_array(tx_arena(cut->tx), struct slice_change, 2 * cut->source_count);
    cut->outs[cut->out_count++].period = period;
}

static bool is_named(const struct cut *cut, const struct ref_period *period)
{
    for (size_t i = 0; i < cut->out_count; i++)
        if (cut->outs[i].period == period)
            return true;
    return false;
}

static void find_named(struct cut *cut)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    for (size_t i = 0; i < request->n_into; i++) {
        const struct ref_period *period = refdata_period_by_code(refdata_of(cut->tx), request->into[i]);
        const char *at = arena_printf(tx_arena(cut->tx), "/into/%zu", i);

        if (!period)
            tx_problem(cut->tx, at, "unknown_code", "period \"%s\" is not known", request->into[i]);
        else if (!lies_within(period, cut->period))
            tx_problem(cut->tx, at, "not_within",
                       "period \"%s\" doesn't lie within \"%s\"; of one that goes beyond it define the part within as a"
                       " period of its own",
                       period->code, cut->period->code);
        else if (is_named(cut, period))
            tx_problem(cut->tx, at, "duplicate", "period \"%s\" is named twice", period->code);
        else
            add_out(cut, period);
    }
}

static int find_tiles(struct cut *cut, struct err *err)
{
    const struct ref_period **tiles = arena_array(tx_arena(cut->tx), const struct ref_period *,
                                                  cut->period->inner_count + 1);
    size_t count;

    if (cut_find_tiles(cut->period, cut->request->kind, tiles, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        add_out(cut, tiles[i]);
    return 0;
}

/* The periods, which must follow each other without gap from the first day to the last. */
static int find_periods(struct cut *cut, struct err *err)
{
    uint32_t limit = refdata_period_limit(refdata_of(cut->tx));
    int32_t day = cut->period->from_day;

    cut->outs = arena_array(tx_arena(cut->tx), struct cut_out, cut->request->n_into + limit);
    if (cut->request->n_into)
        find_named(cut);
    else if (find_tiles(cut, err) != 0)
        return -1;
    if (tx_problem_count(cut->tx))
        return tx_refuse(cut->tx, err);
    qsort(cut->outs, cut->out_count, sizeof *cut->outs, by_day);
    for (size_t i = 0; i < cut->out_count && day == cut->outs[i].period->from_day; i++)
        day = cut->outs[i].period->until_day;
    if (day != cut->period->until_day)
        return err_fail(err, ERR_CONFLICT, "periods_gap",
                        "the periods within \"%s\" don't follow each other from its first day to its last; name those"
                        " that do in `into`",
                        cut->period->code);
    return 0;
}

/* One of the shorter periods: its own tree, what it has, and its bounds. */
struct month {
    struct cut view; /* the cut with the period's outline and bounds */
    const struct cut_out *out;
};

static int load_month(struct cut *cut, struct cut_out *out, struct month *month, struct err *err)
{
    const struct cell_filter filter = { .measure_id = cut->key.measure_id };
    struct version_row works, in_force;
    uint32_t version;

    month->view = *cut;
    month->view.period = out->period;
    month->out = out;
    if (version_store_current(cut->tx, out->period->id, &works, &in_force, err) != 0)
        return -1;
    version = works.version ? works.version : in_force.version;
    if (version && cell_store_slices(cut->tx, out->period->id, version, &filter, false, &out->present,
                                     &out->present_count, err) != 0)
        return -1;
    cut_outline(&month->view, out->period, out->present, out->present_count);
    return bound_store_load(cut->tx, out->period->id, cut->key.measure_id, 0, NULL, 0, &month->view.bounds,
                            &month->view.bound_count, err);
}

static const struct slice *same_slice(const struct month *month, const struct slice_key *key)
{
    return slices_find(month->out->present, month->out->present_count, key);
}

/* --- one slice ------------------------------------------------------------------------------------------------------
 */
/* What is given up where all of it can't be had. */
enum strictness { KEEP_BOUNDS, KEEP_CLOSED, KEEP_SUMS, KEEP_NOTHING };

struct over_periods {
    struct cut *cut;
    struct month *months;
    size_t count;
    const struct slice *source;
    uint64_t source_act;   /* the last one of the longer period */
    int64_t *amount, *own; /* by node */
    int64_t *lower, *upper;
    int64_t parts; /* of a unit, that ideals are counted in */
    bool bounded;  /* somebody set bounds */
    struct spread spread;
    struct cut_knots knots;
};

/* Parts of a unit that ideals are counted in: as fine as the largest amount allows. */
static int64_t scale_for(const struct over_periods *p)
{
    int64_t most = 1;

    for (uint32_t n = 0; n < p->cut->outline.count; n++)
        most = p->amount[n] > most ? p->amount[n] : most;
    return cut_parts(most);
}

static void fill_ideals(struct over_periods *p, int64_t scale)
{
    const struct outline *o = &p->cut->outline;

    for (uint32_t n = 0; n < o->count; n++) {
        struct phased own = cut_knots_plan(&p->knots, n, true, p->own[n], scale);
        struct phased all = cut_knots_plan(&p->knots, n, false, p->amount[n] < 0 ? 0 : p->amount[n], 1);

        for (size_t k = 0; k < p->count; k++) {
            const struct ref_period *into = p->cut->outs[k].period;
            size_t at = n * p->count + k;

            p->spread.ideal[at] = phased_range(&own, into->from_day, into->until_day - 1);
            p->spread.out[at] = phased_range(&all, into->from_day, into->until_day - 1);
            p->lower[at] = 0;
            p->upper[at] = DECOMPOSE_FREE;
        }
    }
}

/* Who is gone in a shorter period has nothing there. */
static void bar_closed(struct over_periods *p)
{
    const struct outline *o = &p->cut->outline;

    for (uint32_t n = 0; n < o->count; n++)
        for (size_t k = 0; k < p->count; k++)
            if (p->amount[n] > 0 && p->own[n] == p->amount[n] &&
                outline_node(&p->months[k].view.outline, o->unit[n]) == OUTLINE_NONE)
                p->upper[n * p->count + k] = 0;
}

static int put_bounds(struct over_periods *p, struct err *err)
{
    for (size_t k = 0; k < p->count; k++) {
        const struct slice *present = same_slice(&p->months[k], &p->source->key);
        size_t count;
        const struct bound_row *bounds = cut_bounds_of(&p->months[k].view, &p->source->key, &count);

        for (size_t i = 0; i < count; i++) {
            uint32_t node = outline_node(&p->cut->outline, bounds[i].unit_id);
            size_t at = node * p->count + k;

            if (node == OUTLINE_NONE)
                continue;
            p->bounded = true;
            p->spread.preset = false; /* the curve alone doesn't say it any more */
            if (cut_bounds(&p->months[k].view, &bounds[i], slice_find(present, bounds[i].unit_id), &p->lower[at],
                           &p->upper[at], err) != 0)
                return -1;
        }
    }
    return 0;
}

static int try_spread(struct over_periods *p, enum strictness strictness, struct err *err)
{
    p->spread.preset = true;
    p->spread.trace = cut_spread_trace(p->cut, p->count);
    p->parts = scale_for(p);
    fill_ideals(p, p->parts);
    if (strictness == KEEP_BOUNDS && put_bounds(p, err) != 0)
        return -1;
    if (strictness != KEEP_NOTHING)
        bar_closed(p);
    return spread_down(&p->spread, p->cut->scratch, err);
}

/* Its children have more than it: each was spread for itself. */
static bool is_short(const struct over_periods *p, uint32_t node)
{
    const struct outline *o = &p->cut->outline;
    int64_t left = p->amount[node];

    for (uint32_t c = 0; c < o->child_count[node]; c++) {
        int64_t child = p->amount[o->first_child[node] + c];

        left = child > left ? -1 : left - (child > 0 ? child : 0);
        if (left < 0)
            return true;
    }
    return false;
}

static void trace_each(const struct over_periods *p, uint32_t node, size_t k, const struct decompose_part *part)
{
    struct spread_trace *trace = p->spread.trace;
    size_t at = node * p->count + k;

    trace->by[at] = p->own[node] == p->amount[node] ? SPREAD_ACROSS : SPREAD_SUMMED;
    trace->weight[at] = part->weight;
    trace->lower[at] = part->lower;
    trace->upper[at] = part->upper;
}

/* Each unit for itself, over the periods in which it is there, sums above: where who goes leaves no way from the top
 * down. The curve of those above gives way then, no sum does. */
static int phase_each(struct over_periods *p, struct err *err)
{
    const struct outline *o = &p->cut->outline;
    struct decompose_part *parts = arena_array(p->cut->scratch, struct decompose_part, p->count);

    p->spread.preset = true;
    p->spread.trace = cut_spread_trace(p->cut, p->count);
    p->parts = 1;
    fill_ideals(p, 1);
    bar_closed(p);
    for (uint32_t n = o->count; n-- > 0;) {
        int64_t *out = &p->spread.out[n * p->count];

        for (size_t k = 0; k < p->count; k++)
            parts[k] = (struct decompose_part) { .id = k,
                                                 .weight = p->spread.ideal[n * p->count + k],
                                                 .upper = p->upper[n * p->count + k] };
        if (p->amount[n] < 0)
            continue;
        if (decompose_split(p->own[n], parts, p->count, p->cut->scratch, err) != 0)
            return -1;
        for (size_t k = 0; k < p->count; k++) {
            trace_each(p, n, k, &parts[k]);
            out[k] = parts[k].share;
            for (uint32_t c = 0; c < o->child_count[n] && !is_short(p, n); c++)
                if (p->amount[o->first_child[n] + c] >= 0)
                    out[k] += p->spread.out[(o->first_child[n] + c) * p->count + k];
        }
    }
    return 0;
}

/* Where the bounds leave no way at all it is for whoever cuts to say which one goes. */
static int refuse_bounds(struct over_periods *p, struct err *err)
{
    char **columns = arena_array(p->cut->scratch, char *, p->count);

    for (size_t k = 0; k < p->count; k++)
        columns[k] = arena_printf(p->cut->scratch, "period \"%s\"", p->cut->outs[k].period->code);
    return cut_refuse_columns(p->cut, &p->source->key, &p->spread, columns, err);
}

static int spread_slice(struct over_periods *p, const struct slice *source, struct err *err)
{
    const struct outline *o = &p->cut->outline;
    struct arena *arena = p->cut->scratch;
    size_t cells = o->count * p->count;
    int rc = -1;

    p->source = source;
    p->bounded = false;
    cut_knots_take(&p->knots, &source->key);
    p->amount = arena_array(arena, int64_t, o->count);
    p->own = arena_array(arena, int64_t, o->count);
    p->lower = arena_array(arena, int64_t, cells);
    p->upper = arena_array(arena, int64_t, cells);
    for (uint32_t n = 0; n < o->count; n++) {
        const struct cell *cell = slice_find(source, o->unit[n]);

        p->amount[n] = cell ? cell->amount : -1;
    }
    spread_own(o, p->amount, p->own);
    p->spread = (struct spread) { .outline = o,
                                  .columns = p->count,
                                  .amount = p->amount,
                                  .ideal = arena_array(arena, int64_t, cells),
                                  .lower = p->lower,
                                  .upper = p->upper,
                                  .out = arena_array(arena, int64_t, cells) };
    for (int strictness = KEEP_BOUNDS; strictness <= KEEP_NOTHING && rc != 0; strictness++) {
        rc = strictness == KEEP_SUMS ? phase_each(p, err) : try_spread(p, (enum strictness)strictness, err);
        if (rc != 0 && (strcmp(err->code, "bounds_conflict") != 0 ||
                        (strictness == KEEP_BOUNDS && p->bounded && refuse_bounds(p, err) != 0)))
            return -1;
    }
    return rc;
}

/* What the node has of the column beside its children; of a unit that is gone by then, that of who stands above it. */
static void add_own(const struct over_periods *p, uint32_t node, size_t k, int64_t *by_month_node)
{
    const struct outline *o = &p->cut->outline, *m = &p->months[k].view.outline;
    int64_t own = p->spread.out[node * p->count + k];
    uint32_t at = node;

    for (uint32_t c = 0; c < o->child_count[node] && !is_short(p, node); c++) {
        uint32_t child = o->first_child[node] + c;

        own -= p->amount[child] >= 0 ? p->spread.out[child * p->count + k] : 0;
    }
    while (at != OUTLINE_NONE && outline_node(m, o->unit[at]) == OUTLINE_NONE)
        at = o->parent[at];
    if (at == OUTLINE_NONE)
        return;
    at = outline_node(m, o->unit[at]);
    by_month_node[at] = own + (by_month_node[at] > 0 ? by_month_node[at] : 0);
}

static struct cut_how source_of(const struct over_periods *p, const struct slice *source, size_t k)
{
    return (struct cut_how) { .head = { .source_period_id = p->cut->period->id,
                                        .source_version = p->cut->version,
                                        .source_act = p->source_act,
                                        .source_channel_id = source->key.channel_id,
                                        .source_product_id = source->key.product_id,
                                        .column = (uint32_t)k,
                                        .columns = (uint32_t)p->count } };
}

/* What the shorter period was cut out of. */
static struct cut_how how_of(const struct over_periods *p, size_t k)
{
    const struct ref_period *into = p->cut->outs[k].period;
    const struct phasing_curve *curve = &p->cut->phased->curve;

    struct cut_how how = source_of(p, p->source, k);

    how.head.parts = p->parts;
    how.head.curve_before = phasing_at_day_end(curve, into->from_day - 1).num;
    how.head.curve_through = phasing_at_day_end(curve, into->until_day - 1).num;
    how.head.curve_total = phasing_at_day_end(curve, into->until_day - 1).den;
    return how;
}

/* By the shorter period's own tree: own amounts, above leaves the sums. */
static int add_month(struct over_periods *p, size_t k, struct err *err)
{
    struct cut_how how = how_of(p, k);
    const struct outline *o = &p->cut->outline;
    struct month *month = &p->months[k];
    const struct outline *m = &month->view.outline;
    int64_t *amounts = arena_array(p->cut->scratch, int64_t, m->count);

    for (uint32_t n = 0; n < m->count; n++)
        amounts[n] = -1;
    for (uint32_t n = 0; n < o->count; n++)
        if (p->amount[n] >= 0)
            add_own(p, n, k, amounts);
    for (uint32_t n = m->count; n-- > 1;) {
        uint32_t parent = m->parent[n], source = outline_node(o, m->unit[parent]);

        if (amounts[n] > 0 && amounts[parent] >= 0 && source != OUTLINE_NONE && !is_short(p, source))
            amounts[parent] += amounts[n];
    }
    cut_how_phased(p->cut, &p->spread, k, m, amounts, &how);
    return cut_add_change(&month->view, &p->cut->outs[k], &p->source->key, same_slice(month, &p->source->key), amounts,
                          &how, err);
}

/* A level is the same in each of the shorter periods, for whoever is there then. */
static int hand_level(struct over_periods *p, const struct slice *source, struct err *err)
{
    for (size_t k = 0; k < p->count; k++) {
        struct month *month = &p->months[k];
        const struct outline *m = &month->view.outline;
        const struct slice *present = same_slice(month, &source->key);
        int64_t *amounts = arena_array(p->cut->scratch, int64_t, m->count);
        struct cut_how how = source_of(p, source, k);

        for (uint32_t n = 0; n < m->count; n++) {
            const struct cell *cell = slice_find(source, m->unit[n]);

            amounts[n] = cell ? cell->amount : -1;
        }
        if (cut_hold(&month->view, &source->key, present, 0, amounts, err) != 0)
            return -1;
        cut_how_all(m, p->cut->scratch, CELL_HANDED, &how);
        if (cut_add_change(&month->view, &p->cut->outs[k], &source->key, present, amounts, &how, err) != 0)
            return -1;
    }
    return 0;
}

/* What a part came to in the month, at each node that has a cell and those above it without one. */
static void add_part(struct over_periods *p, const struct outline *m, const struct slice_change *change,
                     int64_t *amounts)
{
    bool *has = arena_array(p->cut->scratch, bool, m->count);

    for (size_t i = 0; i < change->count; i++)
        if (outline_node(m, change->cells[i].unit_id) != OUTLINE_NONE)
            has[outline_node(m, change->cells[i].unit_id)] = true;
    for (size_t i = 0; i < change->count; i++) {
        uint32_t node = outline_node(m, change->cells[i].unit_id);

        for (bool first = true; node != OUTLINE_NONE && (first || !has[node]); node = m->parent[node], first = false)
            if (amounts[node] >= 0)
                amounts[node] += change->cells[i].after;
    }
}

/* What is a sum of other slices is so in each of the shorter periods, too. */
static int sum_parts(struct over_periods *p, const struct slice *source, const struct cut_row *row, struct err *err)
{
    for (size_t k = 0; k < p->count; k++) {
        struct month *month = &p->months[k];
        const struct outline *m = &month->view.outline;
        const struct cut_out *out = &p->cut->outs[k];
        int64_t *amounts = arena_array(p->cut->scratch, int64_t, m->count);
        struct cut_how how = source_of(p, source, k);

        for (uint32_t n = 0; n < m->count; n++)
            amounts[n] = slice_find(source, m->unit[n]) ? 0 : -1;
        for (size_t s = 0; s < out->count; s++)
            if (cut_row_holds(p->cut->tx, row, &out->changes[s].key) && out->changes[s].count &&
                !out->changes[s].cells[0].follows)
                add_part(p, m, &out->changes[s], amounts);
        cut_how_all(m, p->cut->scratch, CELL_SUMMED, &how);
        if (cut_add_change(&month->view, &p->cut->outs[k], &source->key, same_slice(month, &source->key), amounts, &how,
                           err) != 0)
            return -1;
    }
    return 0;
}

/* Parts come before what they are parts of. */
static size_t depth_of(const struct cut *cut, const struct slice *source)
{
    const struct ref_product *product = refdata_product(refdata_of(cut->tx), source->key.product_id);
    size_t depth = source->key.channel_id != 0;

    for (; product; product = refdata_product(refdata_of(cut->tx), product->parent_id))
        depth++;
    return depth;
}

static int cut_sums(struct over_periods *p, struct err *err)
{
    struct cut *cut = p->cut;
    size_t deepest = 0;

    for (size_t s = 0; s < cut->source_count; s++)
        deepest = depth_of(cut, cut->sources[s]) > deepest ? depth_of(cut, cut->sources[s]) : deepest;
    for (size_t depth = deepest + 1; depth-- > 0;)
        for (size_t s = 0; s < cut->source_count; s++) {
            const struct cut_row *row = cut_whole_of(cut, cut->sources[s]);

            if (row && depth_of(cut, cut->sources[s]) == depth && sum_parts(p, cut->sources[s], row, err) != 0)
                return -1;
            arena_reset(cut->scratch);
        }
    return 0;
}

/* What a unit that moved away has in a later period belongs below who stands above it then. */
static int check_places(const struct over_periods *p, const struct slice *source, struct err *err)
{
    struct tx *tx = p->cut->tx;
    const struct outline *o = &p->cut->outline;

    for (uint32_t n = 0; n < o->count; n++)
        for (size_t k = 0; k < p->count; k++) {
            const struct ref_unit *unit = refdata_unit(refdata_of(tx), o->unit[n]);
            const struct ref_period *period = p->cut->outs[k].period;

            if (unit && slice_find(source, unit->id) && unit->closed_day > period->from_day &&
                outline_node(&p->months[k].view.outline, unit->id) == OUTLINE_NONE)
                return err_fail(
                    err, ERR_CONFLICT, "unit_elsewhere",
                    "unit \"%s\" isn't below \"%s\" any more when period \"%s\" begins; cut the targets of a"
                    " unit that stands above it all the time",
                    unit->code, p->cut->unit->code, period->code);
        }
    return 0;
}

static int cut_slice_over(struct over_periods *p, const struct slice *source, struct err *err)
{
    if (check_places(p, source, err) != 0)
        return -1;
    if (cut_whole_of(p->cut, source))
        return 0; /* a sum: see cut_sums() */
    if (!adds_up_over_time(p->cut->tx, source->key.measure_id))
        return hand_level(p, source, err);
    if (spread_slice(p, source, err) != 0)
        return -1;
    for (size_t k = 0; k < p->count; k++)
        if (add_month(p, k, err) != 0)
            return -1;
    return 0;
}

static int read_calendar(struct cut *cut, struct err *err)
{
    struct version_row works, in_force;

    if (version_store_current(cut->tx, cut->period->id, &works, &in_force, err) != 0)
        return -1;
    return baseline_period(cut->tx, cut->period, works.version ? &works : &in_force, &cut->phased, err);
}

int cut_periods(struct cut *cut, struct err *err)
{
    struct over_periods phased = { .cut = cut };

    if (read_calendar(cut, err) != 0)
        return -1;
    if (!cut->phased->has_curve)
        return err_fail(err, ERR_CONFLICT, "no_curve", "period \"%s\" has no calendar that phases it",
                        cut->period->code);
    if (find_periods(cut, err) != 0 || cut_knots_load(cut, &phased.knots, err) != 0 ||
        ledger_store_last(cut->tx, cut->period->id, &phased.source_act, err) != 0)
        return -1;
    phased.count = cut->out_count;
    phased.months = arena_array(tx_arena(cut->tx), struct month, cut->out_count);
    for (size_t k = 0; k < cut->out_count; k++)
        if (load_month(cut, &cut->outs[k], &phased.months[k], err) != 0)
            return -1;
    for (size_t s = 0; s < cut->source_count; s++) {
        if (cut_slice_over(&phased, cut->sources[s], err) != 0)
            return -1;
        arena_reset(cut->scratch);
    }
    return cut_sums(&phased, err);
}
