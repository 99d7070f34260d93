/* gaps: what units hand in (bottom-up) beside what the plan gives them (top-down). */
#include "planning/ledger/cell_store.h"
#include "planning/talks/negotiation_store.h"
#include "planning/targets/scope.h"
#include "planning/talks/talk_rights.h"
#include "planning/weights/weight_store.h"

#include <stdlib.h>
#include <string.h>

/* --- handing in ----------------------------------------------------------------------------------------------------
 */
struct handed {
    uint32_t period_id;
    struct draft_row row;
};

static void read_draft(struct tx *tx, const struct hands *hands, const Bihuan__TargetDraft *item, const char *pointer,
                       struct handed *out)
{
    const struct cell_name name = { item->period, item->unit, item->channel, item->product, item->measure };
    struct cell_ref ref;

    read_cell_name(tx, pointer, "", &name, &ref);
    if (ref.measure)
        (void)read_amount(tx, place(tx, pointer, "amount"), ref.measure->id, item->amount, 0, &out->row.amount);
    if (ref.unit && !in_scope_of(tx, ref.period, ref.unit->id, false))
        tx_problem(tx, place(tx, pointer, "unit"), "not_yours", "\"%s\" is not responsible for unit \"%s\"",
                   tx_principal(tx)->person, item->unit);
    else if (ref.unit)
        talk_check_hands(hands, ref.unit, place(tx, pointer, "unit"));
    out->period_id = ref.period ? ref.period->id : 0;
    out->row.key = ref.key;
    out->row.unit_id = ref.unit ? ref.unit->id : 0;
    out->row.reason = item->reason;
}

static int by_cell(const void *a, const void *b)
{
    const struct handed *x = a, *y = b;
    int order;

    if (x->period_id != y->period_id)
        return x->period_id < y->period_id ? -1 : 1;
    order = slice_key_compare(&x->row.key, &y->row.key);
    return order ? order : x->row.unit_id < y->row.unit_id ? -1 : x->row.unit_id > y->row.unit_id;
}

int on_apply_drafts(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyDraftsRequest *request = message;
    struct handed *all = arena_array(tx_arena(tx), struct handed, request->n_items);
    struct draft_row *rows = arena_array(tx_arena(tx), struct draft_row, request->n_items);
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;
    struct hands *hands;
    size_t until;

    if (talk_hands_open(tx, &hands, err) != 0)
        return -1;
    for (size_t i = 0; i < request->n_items; i++)
        read_draft(tx, hands, request->items[i], arena_printf(tx_arena(tx), "/items/%zu", i), &all[i]);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    qsort(all, request->n_items, sizeof *all, by_cell);
    for (size_t i = 1; i < request->n_items; i++)
        if (by_cell(&all[i - 1], &all[i]) == 0)
            return err_fail(err, ERR_INVALID, "duplicate_line", "the same draft stands twice in this request");
    reply.dry_run = request->dry_run;
    reply.changed = (uint32_t)request->n_items;
    for (size_t from = 0; from < request->n_items && !request->dry_run; from = until) {
        for (until = from; until < request->n_items && all[until].period_id == all[from].period_id; until++)
            rows[until] = all[until].row;
        if (draft_store_put(tx, all[from].period_id, &rows[from], until - from, err) != 0)
            return -1;
    }
    return tx_reply(tx, &reply.base, err);
}

/* --- side by side --------------------------------------------------------------------------------------------------
 */
struct gaps {
    struct tx *tx;
    const struct ref_period *period;
    uint32_t version;
    struct outline outline;
    const struct draft_row *drafts;
    size_t draft_count;
    const struct slice *slices;
    size_t slice_count;
    uint32_t after[4], limit;
    Bihuan__ListGapsReply *reply;
};

static const struct draft_row *find_draft(const struct gaps *g, const struct slice_key *key, uint32_t unit)
{
    size_t lo = 0, hi = g->draft_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = slice_key_compare(&g->drafts[mid].key, key);

        if (order < 0 || (order == 0 && g->drafts[mid].unit_id < unit))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < g->draft_count && slice_key_compare(&g->drafts[lo].key, key) == 0 && g->drafts[lo].unit_id == unit
               ? &g->drafts[lo]
               : NULL;
}

/* Sum of what the children handed in; *any: somebody did. */
static int64_t sum_below(const struct gaps *g, const struct slice_key *key, uint32_t node, bool *any)
{
    int64_t sum = 0;

    *any = false;
    if (!adds_up(g->tx, key->measure_id, AXIS_UNITS))
        return 0; /* levels of children aren't a level of their own */
    for (uint32_t c = 0; c < g->outline.child_count[node]; c++) {
        const struct draft_row *draft = find_draft(g, key, g->outline.unit[g->outline.first_child[node] + c]);

        *any = *any || draft;
        sum += draft ? draft->amount : 0;
    }
    return sum;
}

static int add_gap(struct gaps *g, const struct slice_key *key, uint32_t node, const struct cell *cell, struct err *err)
{
    struct tx *tx = g->tx;
    uint32_t unit = g->outline.unit[node];
    const struct draft_row *draft = find_draft(g, key, unit);
    bool any;
    int64_t below = sum_below(g, key, node, &any);
    Bihuan__TargetGap *gap;
    struct talk_row talk;

    if (!cell && !draft && !any)
        return 0;
    if (negotiation_store_get(tx, g->period->id, g->version, unit, &talk, err) != 0)
        return -1;
    gap = g->reply->items[g->reply->n_items++] = arena_new(tx_arena(tx), Bihuan__TargetGap);
    bihuan__target_gap__init(gap);
    gap->unit = code_of_unit(tx, unit);
    gap->channel = code_of_channel(tx, key->channel_id);
    gap->product = code_of_product(tx, key->product_id);
    gap->measure = code_of_measure(tx, key->measure_id);
    gap->state = (char *)(uintptr_t)talk_states[talk.state];
    if (cell)
        gap->amount = amount_text(tx, key->measure_id, cell->amount);
    if (any)
        gap->below = amount_text(tx, key->measure_id, below);
    if (draft) {
        gap->draft = amount_text(tx, key->measure_id, draft->amount);
        gap->handed_in_by = (char *)(uintptr_t)draft->person;
        gap->handed_in_at = draft->at;
    }
    if (cell && (draft || any))
        gap->gap = signed_text(tx, key->measure_id, cell->amount - (draft ? draft->amount : below));
    return 0;
}

/* All keys of cells and drafts, ascending, none twice. */
static size_t gather_keys(const struct gaps *g, struct slice_key *keys)
{
    size_t count = 0, s = 0, d = 0;

    while (s < g->slice_count || d < g->draft_count) {
        const struct slice_key *key =
            d == g->draft_count || (s < g->slice_count && slice_key_compare(&g->slices[s].key, &g->drafts[d].key) <= 0)
                ? &g->slices[s].key
                : &g->drafts[d].key;

        keys[count++] = *key;
        while (s < g->slice_count && slice_key_compare(&g->slices[s].key, &keys[count - 1]) == 0)
            s++;
        while (d < g->draft_count && slice_key_compare(&g->drafts[d].key, &keys[count - 1]) == 0)
            d++;
    }
    return count;
}

static int walk(struct gaps *g, const struct ref_unit *unit, struct err *err)
{
    struct slice_key *keys = arena_array(tx_arena(g->tx), struct slice_key, g->slice_count + g->draft_count);
    size_t count = gather_keys(g, keys);
    uint32_t top = unit ? outline_node(&g->outline, unit->id) : 0;

    for (size_t k = 0, s = 0; k < count; k++) {
        const struct slice_key after = { g->after[0], g->after[1], g->after[2] };
        int order = slice_key_compare(&keys[k], &after);
        const struct slice *slice;

        while (s < g->slice_count && slice_key_compare(&g->slices[s].key, &keys[k]) < 0)
            s++;
        slice = s < g->slice_count && slice_key_compare(&g->slices[s].key, &keys[k]) == 0 ? &g->slices[s] : NULL;
        for (uint32_t n = 0; n < g->outline.count && order >= 0; n++) {
            if ((unit && n != top && g->outline.parent[n] != top) || (order == 0 && n < g->after[3]) ||
                !in_scope_of(g->tx, g->period, g->outline.unit[n], false))
                continue;
            if (g->reply->n_items == g->limit) {
                const uint32_t next[] = { keys[k].measure_id, keys[k].channel_id, keys[k].product_id, n };

                g->reply->next = make_cursor(g->tx, next, 4);
                return 0;
            }
            if (add_gap(g, &keys[k], n, slice_find(slice, g->outline.unit[n]), err) != 0)
                return -1;
        }
    }
    return 0;
}

static int list_gaps(struct tx *tx, const Bihuan__ListGapsRequest *request, struct err *err)
{
    Bihuan__ListGapsReply reply = BIHUAN__LIST_GAPS_REPLY__INIT;
    struct gaps g = { .tx = tx,
                      .period = refdata_period_by_code(refdata_of(tx), request->period),
                      .limit = page_limit(request->page),
                      .reply = &reply };
    struct version_row works, in_force;
    const struct ref_measure *measure;
    const struct ref_unit *unit;
    struct cell_filter filter = { 0 };
    struct draft_row *drafts;
    struct slice *slices = NULL;

    if (!g.period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (scope_find_unit(tx, g.period, request->unit, &unit, err) != 0 ||
        find_measure(tx, request->measure, &measure, err) != 0 || read_cursor(request->page, g.after, 4, err) != 0 ||
        version_store_current(tx, g.period->id, &works, &in_force, err) != 0)
        return -1;
    g.version = works.version ? works.version : in_force.version;
    filter.measure_id = measure ? measure->id : 0;
    period_outline(tx, g.period, &g.outline);
    if (draft_store_load(tx, g.period->id, filter.measure_id, &drafts, &g.draft_count, err) != 0 ||
        cell_store_slices(tx, g.period->id, g.version, &filter, true, &slices, &g.slice_count, err) != 0)
        return -1;
    g.drafts = drafts;
    g.slices = slices;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetGap *, g.limit);
    return walk(&g, unit, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

int on_list_gaps(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_gaps, message, err);
}
