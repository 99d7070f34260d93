/* decompose: the request that cuts totals, and the same as a question: what if. */
#include "planning/records/cut_laws.h"
#include "planning/cuts/cut.h"
#include "planning/targets/scope.h"
#include "planning/versions/stale.h"

#include "calc/fixed.h"
#include "calc/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_SHOWN 500

/* --- risk ----------------------------------------------------------------------------------------------------------
 */
/* History's values of the cells of one slice, by node: what a unit lacks is the sum of those below. */
struct past {
    struct weight_set *sets;
    size_t count;
    int64_t **by_node; /* [set] */
};

static int load_past(struct cut *cut, struct past *past, struct err *err)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    *past = (struct past) { .sets = arena_array(tx_arena(cut->tx), struct weight_set, request->n_history),
                            .by_node = arena_array(tx_arena(cut->tx), int64_t *, request->n_history) };
    for (; past->count < request->n_history; past->count++) {
        if (weights_load(cut->tx, request->history[past->count], &past->sets[past->count], err) != 0)
            return -1;
        past->by_node[past->count] = arena_array(tx_arena(cut->tx), int64_t, cut->outline.count);
    }
    return 0;
}

static void fill_past(const struct cut *cut, const struct past *past, const struct slice_key *key)
{
    const struct outline *o = &cut->outline;

    for (size_t s = 0; s < past->count; s++) {
        int64_t *values = past->by_node[s];

        weights_fill(&past->sets[s], key, o, values);
        for (uint32_t n = o->count; adds_up(cut->tx, key->measure_id, AXIS_UNITS) && n-- > 0;) {
            int64_t sum = 0;
            bool any = false;

            for (uint32_t c = 0; c < o->child_count[n]; c++)
                if (values[o->first_child[n] + c] >= 0) {
                    any = true;
                    sum = fixed_add_saturated(sum, values[o->first_child[n] + c]);
                }
            if (values[n] < 0 && any)
                values[n] = sum;
        }
    }
}

/* Mean and spread of what history has, and the chance that as much as the amount isn't reached. Figures for people:
 * doubles, none enters a target. */
static void add_risk(struct cut *cut, const struct past *past, uint32_t node, int64_t amount,
                     const struct slice_key *key, Bihuan__DecomposedCell *cell)
{
    double sum = 0, squares = 0, mean, deviation;
    size_t values = 0;

    for (size_t s = 0; s < past->count; s++)
        if (past->by_node[s][node] >= 0) {
            double value = (double)weights_amount(cut->tx, key->measure_id, past->by_node[s][node]);

            sum += value;
            squares += value * value;
            values++;
        }
    if (values == 0)
        return;
    mean = sum / (double)values;
    cell->history_mean = (int64_t)llround(mean);
    if (values < 2)
        return;
    deviation = sqrt(fmax(0, (squares - sum * mean) / (double)(values - 1)));
    cell->has_risk = true;
    cell->spread_ppm = mean > 0 ? (uint32_t)fmin(4e9, deviation / mean * FIXED_PPM) : 0;
    cell->risk_ppm = deviation > 0
                         ? (uint32_t)lround(stats_normal_lower(((double)amount - mean) / deviation) * FIXED_PPM)
                     : (double)amount > mean ? FIXED_PPM
                                             : 0;
}

/* --- answer --------------------------------------------------------------------------------------------------------
 */
static Bihuan__DecomposedCell *cell_message(struct tx *tx, const struct ref_period *period, const struct slice_key *key,
                                            const struct cell_change *change)
{
    Bihuan__DecomposedCell *out = arena_new(tx_arena(tx), Bihuan__DecomposedCell);

    bihuan__decomposed_cell__init(out);
    out->unit = code_of_unit(tx, change->unit_id);
    out->channel = code_of_channel(tx, key->channel_id);
    out->product = code_of_product(tx, key->product_id);
    out->measure = code_of_measure(tx, key->measure_id);
    out->period = period->code;
    out->amount = amount_text(tx, key->measure_id, change->after);
    if (change->hedge)
        out->hedge = amount_text(tx, key->measure_id, change->hedge);
    if (change->revision)
        out->before = amount_text(tx, key->measure_id, change->before);
    out->scale = (uint32_t)scale_of(tx, key->measure_id);
    return out;
}

static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

static void show_slice(struct cut *cut, const struct past *past, const struct cut_out *out,
                       const struct slice_change *change, uint32_t top, Bihuan__DecomposeReply *reply)
{
    const struct outline *o = &cut->outline;

    fill_past(cut, past, &change->key);
    for (uint32_t c = 0; c < o->child_count[top] && reply->n_items < CELLS_SHOWN; c++) {
        uint32_t node = o->first_child[top] + c;
        const struct cell_change key = { .unit_id = o->unit[node] };
        const struct cell_change *cell = bsearch(&key, change->cells, change->count, sizeof key, by_unit);

        if (!cell)
            continue;
        reply->items[reply->n_items] = cell_message(cut->tx, out->period, &change->key, cell);
        add_risk(cut, past, node, cell->after, &change->key, reply->items[reply->n_items++]);
    }
}

static int make_reply(struct cut *cut, Bihuan__DecomposeReply *reply, struct err *err)
{
    const struct ref_unit *shown = cut->unit;
    struct past past;
    uint32_t top;

    bihuan__decompose_reply__init(reply);
    if ((cut->request->show[0] && scope_find_unit(cut->tx, cut->period, cut->request->show, &shown, err) != 0) ||
        load_past(cut, &past, err) != 0)
        return -1;
    top = outline_node(&cut->outline, shown->id);
    if (top == OUTLINE_NONE)
        return err_fail(err, ERR_INVALID, "not_below", "unit \"%s\" isn't below \"%s\"", shown->code, cut->unit->code);
    reply->items = arena_array(tx_arena(cut->tx), Bihuan__DecomposedCell *, CELLS_SHOWN);
    reply->period = cut->period->code;
    reply->slices = (uint32_t)cut->source_count;
    for (size_t i = 0; i < cut->out_count; i++)
        for (size_t s = 0; s < cut->outs[i].count; s++) {
            reply->cells += (uint32_t)cut->outs[i].changes[s].count;
            show_slice(cut, &past, &cut->outs[i], &cut->outs[i].changes[s], top, reply);
        }
    return 0;
}

/* --- handlers ------------------------------------------------------------------------------------------------------
 */
static int current_version(struct tx *tx, const char *code, uint32_t *version, struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), code);
    struct version_row works, in_force;

    *version = 0;
    if (!period)
        return 0; /* the request's reading says so */
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    *version = works.version ? works.version : in_force.version;
    return 0;
}

/* Whether who cuts saw what is there now; where a code isn't known the request's reading says so. */
static int check_seen(struct tx *tx, const Bihuan__DecomposeRequest *request, struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), request->unit);
    const struct seen seen = { request->version, request->revision };

    return !period || !unit ? 0 : stale_check_below(tx, period, seen, &unit->id, 1, err);
}

int on_decompose(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__DecomposeRequest *request = message;
    Bihuan__DecomposeReply reply;
    struct cut cut = { .tx = tx };
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), request->unit);
    uint32_t version;
    int rc;

    if ((unit &&
         scope_check_unit(tx, refdata_period_by_code(refdata_of(tx), request->period), unit, false, err) != 0) ||
        check_seen(tx, request, err) != 0 || current_version(tx, request->period, &version, err) != 0)
        return -1;
    rc = cut_run(tx, request, version, true, &cut, err);
    if (rc == 0)
        rc = make_reply(&cut, &reply, err);
    if (rc == 0)
        rc = cut_book(&cut, &reply, err);
    cut_fini(&cut);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}

static int what_if(struct tx *tx, const Bihuan__WhatIfRequest *request, struct err *err)
{
    Bihuan__DecomposeReply reply;
    const struct ref_unit *unit;
    struct cut cut;
    uint32_t version;
    int rc;

    if (!request->decompose)
        return err_fail(err, ERR_INVALID, "missing_value", "`decompose` says what would be cut");
    if (scope_find_unit(tx, refdata_period_by_code(refdata_of(tx), request->decompose->period),
                        request->decompose->unit, &unit, err) != 0 ||
        check_seen(tx, request->decompose, err) != 0 ||
        current_version(tx, request->decompose->period, &version, err) != 0)
        return -1;
    rc = cut_run(tx, request->decompose, version, false, &cut, err);
    if (rc == 0)
        rc = make_reply(&cut, &reply, err);
    reply.version = version;
    cut_fini(&cut);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}

int on_what_if(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, what_if, message, err);
}
