/* thresholds: payees that end just above a band of their plan's table; see patterns.h. Where nobody aims at it, as many
 * end just below. */
#include "incentive/detectors/patterns.h"

#include "incentive/detectors/chance.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/ledger/pay_period_store.h"
#include "incentive/plans/pay_plans.h"
#include "text/decimal.h"

#include <string.h>

#define WINDOW_PPM 20000
#define PAGE       500

struct payee {
    uint32_t unit_id;
    int64_t volume, threshold;
};

/* One band of one component, over all payees. */
struct bunch {
    const struct payplan *plan;
    const struct payplan_component *component;
    size_t band;
    uint64_t above, below;
    struct payee *payees; /* those above, as many as are told */
};

struct thresholds {
    struct pattern_call *call;
    struct pay_plans plans;
    struct bunch *list;
    size_t count, cap;
    struct err failed;
    bool has_failed;
};

static struct bunch *bunch_of(struct thresholds *all, const struct payplan *plan,
                              const struct payplan_component *component, size_t band)
{
    struct arena *arena = tx_arena(all->call->tx);

    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].component == component && all->list[i].band == band)
            return &all->list[i];
    if (all->count == all->cap) {
        struct bunch *grown = arena_array(arena, struct bunch, all->cap ? all->cap * 2 : 64);

        if (all->count)
            memcpy(grown, all->list, all->count * sizeof *grown);
        all->list = grown;
        all->cap = all->cap ? all->cap * 2 : 64;
    }
    all->list[all->count] = (struct bunch) {
        .plan = plan, .component = component, .band = band, .payees = arena_array(arena, struct payee, all->call->limit)
    };
    return &all->list[all->count++];
}

/* Bands are numbered from the last, since a small target leaves the first ones empty. */
static void take_volume(struct thresholds *all, const struct payplan *plan, const struct payplan_component *component,
                        const struct rate_table *table, uint32_t unit_id, int64_t volume)
{
    uint32_t ppm = all->call->request->window_ppm ? all->call->request->window_ppm : WINDOW_PPM;

    for (size_t k = 0; k < table->band_count; k++) {
        int64_t lo = table->bands[k].lo, window = (int64_t)((__int128)lo * ppm / 1000000);
        struct bunch *bunch;

        if (lo <= 0)
            continue;
        window = window > 0 ? window : 1;
        if (volume < lo - window || volume >= lo + window)
            continue;
        bunch = bunch_of(all, plan, component, table->band_count - k);
        if (volume < lo) {
            bunch->below++;
            continue;
        }
        if (bunch->above < all->call->limit)
            bunch->payees[bunch->above] = (struct payee) { unit_id, volume, lo };
        bunch->above++;
    }
}

static void take_part(void *arg, const struct pay_part_row *row)
{
    struct thresholds *all = arg;
    const struct payplan *plan = pay_plans_find(&all->plans, row->plan_id);

    if (!plan || all->has_failed || !credit_scope_has(&all->call->scope, row->unit_id))
        return;
    for (size_t c = 0; c < plan->component_count; c++) {
        const struct payplan_component *component = &plan->components[c];
        struct rate_table table;
        bool empty = false;

        if (component->kind != PAY_RATE || strcmp(component->doc->code, row->component) != 0)
            continue;
        all->call->reply->looked++;
        if (payplan_table(component, 0, row->basis.in.target, row->basis.in.days_in_force, row->basis.in.days,
                          tx_arena(all->call->tx), &table, &empty, &all->failed) != 0) {
            all->has_failed = true;
            return;
        }
        if (!empty)
            take_volume(all, plan, component, &table, row->unit_id, row->out.volume);
    }
}

/* --- the order that carried a payee over -----------------------------------------------------------------------------
 */

static bool is_of_products(const struct pattern_call *call, const struct payplan_component *component, uint32_t id)
{
    bool any = component->doc->n_products == 0;

    while (!any && id) {
        const struct ref_product *product = refdata_product(call->state->refdata, id);

        for (size_t i = 0; product && i < component->doc->n_products; i++)
            any = any || strcmp(component->doc->products[i], product->code) == 0;
        id = product ? product->parent_id : 0;
    }
    return any;
}

struct crossing {
    const struct payplan_component *component;
    uint32_t measure_id;
    const struct subtree *subtree;
    uint32_t unit_id;
    int64_t sum, threshold;
    bool found;
    struct credit_found row;
    int64_t value;
};

static void take_credit(struct pattern_call *call, struct crossing *c, const struct credit_found *row)
{
    if ((c->component->own ? row->unit_id != c->unit_id : !subtree_has(c->subtree, row->unit_id, row->counts_day)) ||
        !is_of_products(call, c->component, row->product_id))
        return;
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= row->pairs_len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(row->pairs + at, &measure, &value);
        if (measure != c->measure_id)
            continue;
        if (c->sum < c->threshold && c->sum + value >= c->threshold) {
            c->found = true; /* the last one stands: it may have fallen back between */
            c->row = *row;
            c->value = value;
        }
        c->sum += value;
    }
}

static int find_crossing(struct pattern_call *call, struct crossing *c, struct err *err)
{
    const struct credit_filter filter = { .kind = -1, .measure_id = c->measure_id, .rule = "", .reason = "" };
    struct credit_place place = { call->scope.from_day, "", "", -1, false, 0, 0, 0, 0 };
    struct credit_found *rows;
    size_t count = PAGE;

    while (count == PAGE) {
        if (credit_store_ledger(call->tx, c->subtree->units, c->subtree->count, call->scope.from_day,
                                call->scope.until_day - 1, &filter, &place, PAGE, &rows, &count, err) != 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            take_credit(call, c, &rows[i]);
        if (count)
            place = (struct credit_place) { rows[count - 1].counts_day, rows[count - 1].sender,
                                            rows[count - 1].record_key, rows[count - 1].version,
                                            rows[count - 1].taken_back, rows[count - 1].unit_id,
                                            rows[count - 1].source_seq, rows[count - 1].source_row,
                                            rows[count - 1].entry_no };
    }
    return 0;
}

static int tell_payee(struct pattern_call *call, const struct bunch *bunch, const struct payee *payee,
                      Bihuan__Pattern *pattern, struct err *err)
{
    const struct ref_measure *measure = refdata_measure_by_code(call->state->refdata, bunch->component->doc->measure);
    struct subtree subtree;
    struct crossing c = { .component = bunch->component,
                          .measure_id = measure ? measure->id : 0,
                          .subtree = &subtree,
                          .unit_id = payee->unit_id,
                          .threshold = payee->threshold };
    Bihuan__PatternLine *line;

    state_subtree(call->state, call->tx, payee->unit_id, call->scope.from_day, call->scope.until_day - 1, &subtree);
    if (find_crossing(call, &c, err) != 0)
        return -1;
    line = pattern_line(call, pattern, payee->unit_id, c.found ? c.row.sender : "", c.found ? c.row.record_key : "",
                        c.found ? c.row.day : call->scope.from_day);
    if (line) {
        line->value = c.value;
        line->volume = payee->volume;
        line->scale = (uint32_t)ref_measure_scale(measure, runtime_money_scale(tx_runtime(call->tx)));
    }
    return 0;
}

/* --- telling ---------------------------------------------------------------------------------------------------------
 */

static char *threshold_text(struct pattern_call *call, const struct bunch *bunch)
{
    const Bihuan__PayComponent *doc = bunch->component->doc;
    const Bihuan__PayBand *band = bunch->band <= doc->n_bands ? doc->bands[doc->n_bands - bunch->band] : NULL;

    if (!band)
        return (char *)(uintptr_t) "";
    return bunch->component->over_attainment
               ? arena_printf(tx_arena(call->tx), "%u.%02u%%", band->from_ppm / 10000, band->from_ppm / 100 % 100)
               : band->from;
}

static int tell(struct pattern_call *call, const struct bunch *bunch, struct err *err)
{
    Bihuan__Pattern *pattern = pattern_add(call);

    if (!pattern)
        return 0;
    pattern->plan = arena_strdup(tx_arena(call->tx), bunch->plan->doc->code);
    pattern->component = arena_strdup(tx_arena(call->tx), bunch->component->doc->code);
    pattern->threshold = arena_strdup(tx_arena(call->tx), threshold_text(call, bunch));
    pattern->count = bunch->above;
    pattern->of = bunch->above + bunch->below;
    pattern->chance_ppm = chance_of_half(bunch->above, bunch->above + bunch->below);
    for (size_t i = 0; i < bunch->above && i < call->limit; i++)
        if (tell_payee(call, bunch, &bunch->payees[i], pattern, err) != 0)
            return -1;
    return 0;
}

static int look(struct thresholds *all, uint32_t run_id, struct err *err)
{
    struct pattern_call *call = all->call;

    if (pay_plans_load_run(&all->plans, call->state, call->tx, run_id, err) != 0 ||
        pay_store_parts(call->tx, run_id, 0, take_part, all, err) != 0)
        return -1;
    if (all->has_failed) {
        *err = all->failed;
        return -1;
    }
    for (size_t i = 0; i < all->count; i++)
        if (tell(call, &all->list[i], err) != 0)
            return -1;
    return 0;
}

int patterns_thresholds(struct pattern_call *call, struct err *err)
{
    struct thresholds all = { .call = call };
    struct pay_period_row at;
    int rc;

    if (pay_period_store_get(call->tx, call->period->id, &at, err) != 0)
        return -1;
    if (!at.run_id)
        return err_fail(err, ERR_CONFLICT, "not_calculated", "the pay of period %s wasn't calculated yet",
                        call->period->code);
    rc = look(&all, at.run_id, err);
    pay_plans_fini(&all.plans);
    return rc;
}
