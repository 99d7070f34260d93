/* cut_phase: see cut_phase.h. */
#include "planning/cuts/cut_phase.h"

#include <string.h>

/* --- amounts --------------------------------------------------------------------------------------------------------
 */
/* What is given up where all of it can't be had. */
enum strictness { KEEP_BOUNDS, KEEP_CLOSED, KEEP_SUMS, KEEP_NOTHING };

/* Whether weeks fit the months beside them: else the check names what doesn't. */
enum fit { MAY_FIT, MUST_FIT };

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
        const struct slice *present = month_slice(&p->months[k], &p->source->key);
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

static int try_spread(struct over_periods *p, enum strictness strictness, enum fit fit, struct err *err)
{
    p->spread.preset = true;
    p->spread.trace = cut_spread_trace(p->cut, p->count);
    p->parts = scale_for(p);
    fill_ideals(p, p->parts);
    if (strictness == KEEP_BOUNDS && put_bounds(p, err) != 0)
        return -1;
    if (strictness != KEEP_NOTHING)
        bar_closed(p);
    p->spread.least = fit == MUST_FIT ? p->least : NULL;
    p->spread.most = p->most;
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

static int try_each_fit(struct over_periods *p, enum strictness strictness, struct err *err)
{
    if (p->fits) {
        if (try_spread(p, strictness, MUST_FIT, err) == 0)
            return 0;
        if (strcmp(err->code, "bounds_conflict") != 0)
            return -1;
        err_clear(err);
    }
    return try_spread(p, strictness, MAY_FIT, err);
}

/* Where the bounds leave no way at all it is for whoever cuts to say which one goes. */
static int refuse_bounds(struct over_periods *p, struct err *err)
{
    char **columns = arena_array(p->cut->scratch, char *, p->count);

    for (size_t k = 0; k < p->count; k++)
        columns[k] = arena_printf(p->cut->scratch, "period \"%s\"", p->cut->outs[k].period->code);
    return cut_refuse_columns(p->cut, &p->source->key, &p->spread, columns, err);
}

int cut_phase_spread(struct over_periods *p, const struct slice *source, struct err *err)
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
    p->least = arena_array(arena, int64_t, cells);
    p->most = arena_array(arena, int64_t, cells);
    p->fits = cut_knots_bound(&p->knots, p->amount, p->least, p->most);
    p->spread = (struct spread) { .outline = o,
                                  .columns = p->count,
                                  .amount = p->amount,
                                  .ideal = arena_array(arena, int64_t, cells),
                                  .lower = p->lower,
                                  .upper = p->upper,
                                  .out = arena_array(arena, int64_t, cells) };
    for (int strictness = KEEP_BOUNDS; strictness <= KEEP_NOTHING && rc != 0; strictness++) {
        rc = strictness == KEEP_SUMS ? phase_each(p, err) : try_each_fit(p, (enum strictness)strictness, err);
        if (rc != 0 && (strcmp(err->code, "bounds_conflict") != 0 ||
                        (strictness == KEEP_BOUNDS && p->bounded && refuse_bounds(p, err) != 0)))
            return -1;
    }
    return rc;
}

/* --- cells ----------------------------------------------------------------------------------------------------------
 */
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

struct cut_how cut_phase_source(const struct over_periods *p, const struct slice *source, size_t k)
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

    struct cut_how how = cut_phase_source(p, p->source, k);

    how.head.parts = p->parts;
    how.head.curve_before = phasing_at_day_end(curve, into->from_day - 1).num;
    how.head.curve_through = phasing_at_day_end(curve, into->until_day - 1).num;
    how.head.curve_total = phasing_at_day_end(curve, into->until_day - 1).den;
    return how;
}

int cut_phase_add(struct over_periods *p, size_t k, struct err *err)
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
    return cut_add_change(&month->view, &p->cut->outs[k], &p->source->key, month_slice(month, &p->source->key), amounts,
                          &how, err);
}
