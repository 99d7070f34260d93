/* pay_basis: see pay_basis.h. */
#include "incentive/ledger/pay_basis.h"

#include "incentive/ledger/pay_contest.h"
#include "incentive/ledger/pay_store.h"
#include "payplan/payplan_axes.h"
#include "refdata/sums.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

struct scores {
    int64_t *milli; /* by unit */
    uint32_t *rank; /* 0: no score */
    uint32_t limit;
};

static void take_score(void *arg, uint32_t unit_id, int64_t score_milli, uint32_t rank)
{
    struct scores *scores = arg;

    if (unit_id < scores->limit) {
        scores->milli[unit_id] = score_milli;
        scores->rank[unit_id] = rank;
    }
}

static void take_scoring(const struct scoring *scoring, struct scores *scores)
{
    for (size_t i = 0; i < scoring->count; i++)
        if (scoring->units[i].outcome.defined)
            take_score(scores, scoring->units[i].unit_id, scoring->units[i].outcome.score, scoring->units[i].rank);
}

struct live {
    struct pay_eval *eval;
    struct scores scores;
    size_t cap;
};

/* Days of the period on which the plan is in force and the unit there: not closed, and in the tree. */
static int32_t days_served(const struct live *live, const struct payplan *plan, const struct ref_unit *unit)
{
    const struct ref_period *period = live->eval->period;
    const struct tree *tree = refdata_tree(live->eval->state->refdata);
    int32_t days = 0, placed = 0;

    for (int32_t day = period->from_day; day < period->until_day; day++) {
        if (day < plan->from_day || day >= plan->until_day || day >= unit->closed_day)
            continue;
        days++;
        placed += tree_parent(tree, unit->id, day) != TREE_NONE;
    }
    return placed ? placed : tree_parent(tree, unit->id, period->until_day) == TREE_NONE ? days : 0;
}

static bool is_payee(const struct live *live, const struct payplan *plan, const struct ref_unit *unit)
{
    const struct pay_eval *eval = live->eval;
    const struct ref_unit *top;
    bool typed = false;

    for (size_t i = 0; i < plan->doc->n_unit_types; i++)
        typed = typed || strcmp(plan->doc->unit_types[i], unit->type) == 0;
    if (!typed || (eval->only_unit && eval->only_unit != unit->id) || (eval->within && !eval->within[unit->id]))
        return false;
    if (!plan->doc->under[0])
        return true;
    top = refdata_unit_by_code(eval->state->refdata, plan->doc->under);
    return top && tree_is_under(refdata_tree(eval->state->refdata), unit->id, top->id, eval->period->until_day - 1);
}

static int64_t target_of(const struct pay_eval *eval, const char *code, char *const *products, size_t product_count,
                         uint32_t unit_id)
{
    const struct refdata *refdata = eval->state->refdata;
    const struct ref_measure *measure = refdata_measure_by_code(refdata, code);
    int64_t sum = 0;

    if (!measure)
        return 0;
    if (!product_count)
        return refdata_target(refdata, eval->period->id, unit_id, measure->id, 0, 0);
    for (size_t i = 0; i < product_count; i++) {
        const struct ref_product *product = refdata_product_by_code(refdata, products[i]);

        if (product)
            sum += refdata_target(refdata, eval->period->id, unit_id, measure->id, 0, product->id);
    }
    return sum;
}

static void give_score(const struct live *live, const struct payplan_component *component, uint32_t unit_id,
                       struct payplan_input *in)
{
    const struct refdata *refdata = live->eval->state->refdata;
    uint32_t of = unit_id;
    const struct ref_unit *named;

    if (component->kind == PAY_RATE || component->kind == PAY_SPIFF || component->kind == PAY_CONTEST)
        return;
    if (component->kind == PAY_LINKED && strcmp(component->doc->linked_to, "parent") == 0) {
        of = tree_parent(refdata_tree(refdata), unit_id, live->eval->period->until_day - 1);
    } else if (component->kind == PAY_LINKED) {
        named = refdata_unit_by_code(refdata, component->doc->linked_to);
        of = named ? named->id : 0;
    }
    in->has_score = of < live->scores.limit && live->scores.rank[of] > 0;
    in->score_milli = in->has_score ? live->scores.milli[of] : 0;
    in->rank = component->kind == PAY_RANK && in->has_score ? live->scores.rank[of] : 0;
}

static int shut_gate(const struct live *live, const struct payplan_component *component, uint32_t unit_id, bool *shut,
                     struct err *err)
{
    const struct pay_eval *eval = live->eval;
    const struct ref_measure *measure;
    int64_t sum = 0;

    *shut = false;
    if (!component->doc->hold_measure[0])
        return 0;
    measure = refdata_measure_by_code(eval->state->refdata, component->doc->hold_measure);
    if (measure && measure_sum(eval->state->refdata, eval->state->cube, measure, unit_id, eval->period->from_day,
                               eval->period->until_day - 1, &sum, err) != 0)
        return -1;
    *shut = !measure || sum > component->hold_limit;
    return 0;
}

/* --- axes ------------------------------------------------------------------------------------------------------------
 */

/* Full months from the first day in the tree to the period's end. */
static int64_t months_served(const struct pay_eval *eval, uint32_t unit_id)
{
    int32_t since = tree_since(refdata_tree(eval->state->refdata), unit_id), until = eval->period->until_day;
    int from_year, from_month, from_day, year, month, day;
    int64_t months;

    if (since >= until)
        return 0;
    date_split(since > 0 ? since : 0, &from_year, &from_month, &from_day);
    date_split(until, &year, &month, &day);
    months = (int64_t)(year - from_year) * 12 + month - from_month;
    return date_add_months(since > 0 ? since : 0, (int)months) > until ? months - 1 : months;
}

static void place(const struct live *live, const struct payplan_axis *axis, const struct ref_unit *unit,
                  struct payplan_place *out)
{
    const struct refdata *refdata = live->eval->state->refdata;
    const struct ref_channel *channel = refdata_channel(refdata, unit->channel_id);
    const Bihuan__PayAxis *doc = axis->doc;

    switch (axis->kind) {
    case AXIS_ATTAINMENT:
        out->given = target_of(live->eval, doc->measure, doc->products, doc->n_products, unit->id);
        break;
    case AXIS_SCORE:
        out->known = unit->id < live->scores.limit && live->scores.rank[unit->id] > 0;
        out->given = out->known ? live->scores.milli[unit->id] : 0;
        break;
    case AXIS_MONTHS:
        out->given = months_served(live->eval, unit->id);
        break;
    case AXIS_TYPE:
    case AXIS_CHANNEL:
        out->given = payplan_axis_class(axis, axis->kind == AXIS_TYPE ? unit->type : channel ? channel->code : "");
        out->known = out->given >= 0;
        break;
    case AXIS_VOLUME:
    case AXIS_NONE:
        break;
    }
}

/* What is sold is filled in when it is read. */
static void place_axes(const struct live *live, const struct payplan_component *component, const struct ref_unit *unit,
                       struct payplan_input *in)
{
    if (!component->axis_count)
        return;
    in->places = arena_array(tx_arena(live->eval->tx), struct payplan_place, component->axis_count);
    for (size_t a = 0; a < component->axis_count; a++)
        place(live, &component->axes[a], unit, &in->places[a]);
}

/* --- slots -----------------------------------------------------------------------------------------------------------
 */

static struct pay_slot *add_slot(struct pay_eval *eval, size_t *cap, uint32_t unit_id, const struct payplan *plan)
{
    struct arena *arena = tx_arena(eval->tx);

    if (!eval->slots || eval->slot_count == *cap) {
        struct pay_slot *grown = arena_array(arena, struct pay_slot, *cap ? *cap * 2 : 1024);

        if (eval->slots && *cap)
            memcpy(grown, eval->slots, *cap * sizeof *grown);
        eval->slots = grown;
        *cap = *cap ? *cap * 2 : 1024;
    }
    eval->slots[eval->slot_count] =
        (struct pay_slot) { unit_id, plan, arena_array(arena, struct pay_basis, plan->component_count + 1) };
    return &eval->slots[eval->slot_count++];
}

static int add_payee(struct live *live, const struct payplan *plan, const struct ref_unit *unit, struct err *err)
{
    struct pay_eval *eval = live->eval;
    int32_t days = eval->period->until_day - eval->period->from_day, served = days_served(live, plan, unit);
    struct pay_slot *slot;

    if (!served)
        return 0;
    slot = add_slot(eval, &live->cap, unit->id, plan);
    for (size_t c = 0; c < plan->component_count; c++) {
        const struct payplan_component *component = &plan->components[c];
        struct pay_basis *basis = &slot->basis[c];

        basis->in.days = days;
        basis->in.days_in_force = plan->prorated ? served : days;
        if (component->kind == PAY_RATE)
            basis->in.target = target_of(eval, component->doc->measure, component->doc->products,
                                         component->doc->n_products, unit->id);
        place_axes(live, component, unit, &basis->in);
        give_score(live, component, unit->id, &basis->in);
        if (shut_gate(live, component, unit->id, &basis->gate_shut, err) != 0)
            return -1;
    }
    return 0;
}

/* --- what was carried ------------------------------------------------------------------------------------------------
 */

static int compare_slots(const void *pa, const void *pb)
{
    const struct pay_slot *a = pa, *b = pb;
    uint32_t x = a->plan->doc->id, y = b->plan->doc->id;

    if (a->unit_id != b->unit_id)
        return a->unit_id < b->unit_id ? -1 : 1;
    return x < y ? -1 : x > y;
}

static struct pay_slot *find_slot(struct pay_eval *eval, uint32_t unit_id, uint32_t plan_id)
{
    size_t lo = 0, hi = eval->slot_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct pay_slot *slot = &eval->slots[mid];

        if (slot->unit_id < unit_id || (slot->unit_id == unit_id && slot->plan->doc->id < plan_id))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < eval->slot_count && eval->slots[lo].unit_id == unit_id && eval->slots[lo].plan->doc->id == plan_id)
        return &eval->slots[lo];
    return NULL;
}

static struct pay_basis *find_basis(struct pay_eval *eval, uint32_t unit_id, uint32_t plan_id, const char *component)
{
    struct pay_slot *slot = find_slot(eval, unit_id, plan_id);

    for (size_t c = 0; slot && c < slot->plan->component_count; c++)
        if (strcmp(slot->plan->components[c].doc->code, component) == 0)
            return &slot->basis[c];
    return NULL;
}

static void take_carried(void *arg, uint32_t unit_id, uint32_t plan_id, const char *component, int64_t amount)
{
    struct pay_basis *basis = find_basis(arg, unit_id, plan_id, component);

    if (basis)
        basis->in.carried_in = amount;
}

static int carry(struct pay_eval *eval, struct err *err)
{
    const struct ref_period *before = pay_period_before(eval->state->refdata, eval->period);
    bool carries = false;

    for (size_t p = 0; p < eval->plans->count; p++)
        for (size_t c = 0; c < eval->plans->list[p]->component_count; c++)
            carries = carries || eval->plans->list[p]->components[c].carries;
    return carries && before ? pay_store_carried(eval->tx, before->id, take_carried, eval, err) : 0;
}

/* --- contests --------------------------------------------------------------------------------------------------------
 */

/* Whoever the plan pays takes part, wherever this evaluation looks. */
static size_t take_part_in(const struct live *live, const struct payplan *plan, struct rank_entry *entries)
{
    const struct refdata *refdata = live->eval->state->refdata;
    struct pay_eval all = *live->eval;
    struct live whole = *live;
    size_t count = 0;

    all.only_unit = 0;
    all.within = NULL;
    whole.eval = &all;
    for (uint32_t u = 1; u < refdata_unit_limit(refdata); u++) {
        const struct ref_unit *unit = refdata_unit(refdata, u);

        if (unit && is_payee(&whole, plan, unit) && days_served(live, plan, unit) > 0)
            entries[count++] = (struct rank_entry) { .id = u };
    }
    return count;
}

static int add_contests(const struct live *live, const struct payplan *plan, struct err *err)
{
    struct pay_eval *eval = live->eval;
    struct arena *arena = tx_arena(eval->tx);

    for (size_t c = 0; c < plan->component_count; c++) {
        struct rank_entry *entries;
        size_t count;

        if (plan->components[c].kind != PAY_CONTEST)
            continue;
        entries = arena_array(arena, struct rank_entry, refdata_unit_limit(eval->state->refdata) + 1);
        count = take_part_in(live, plan, entries);
        if (pay_contest_rank(eval, plan, &plan->components[c], entries, count, err) != 0)
            return -1;
        for (size_t i = 0; i < count; i++) {
            struct pay_slot *slot = find_slot(eval, (uint32_t)entries[i].id, plan->doc->id);

            if (!slot)
                continue;
            slot->basis[c].in.rank = entries[i].rank;
            slot->basis[c].in.places = arena_new(arena, struct payplan_place);
            slot->basis[c].in.places[0] = (struct payplan_place) { entries[i].rank > 0, entries[i].score, 0, 0 };
        }
    }
    return 0;
}

int pay_basis_live(struct pay_eval *eval, struct err *err)
{
    const struct refdata *refdata = eval->state->refdata;
    uint32_t limit = refdata_unit_limit(refdata);
    struct live live = { .eval = eval,
                         .scores = { arena_array(tx_arena(eval->tx), int64_t, limit + 1),
                                     arena_array(tx_arena(eval->tx), uint32_t, limit + 1), limit } };

    if (eval->scoring)
        take_scoring(eval->scoring, &live.scores);
    else if (pay_store_scores(eval->tx, eval->period->id, take_score, &live.scores, err) != 0)
        return -1;
    for (size_t p = 0; p < eval->plans->count; p++) {
        const struct payplan *plan = eval->plans->list[p];

        for (uint32_t u = 1; pay_plan_pays(plan, eval->period) && u < limit; u++) {
            const struct ref_unit *unit = refdata_unit(refdata, u);

            if (unit && is_payee(&live, plan, unit) && add_payee(&live, plan, unit, err) != 0)
                return -1;
        }
    }
    if (eval->slot_count)
        qsort(eval->slots, eval->slot_count, sizeof *eval->slots, compare_slots);
    for (size_t p = 0; p < eval->plans->count; p++)
        if (pay_plan_pays(eval->plans->list[p], eval->period) && add_contests(&live, eval->plans->list[p], err) != 0)
            return -1;
    return carry(eval, err);
}

/* --- as a calculation kept it ----------------------------------------------------------------------------------------
 */

struct kept {
    struct pay_eval *eval;
    size_t cap;
};

/* Parts come in order of unit and plan. */
static void take_part(void *arg, const struct pay_part_row *row)
{
    struct kept *kept = arg;
    struct pay_eval *eval = kept->eval;
    const struct payplan *plan = pay_plans_find(eval->plans, row->plan_id);
    struct pay_slot *slot = eval->slot_count ? &eval->slots[eval->slot_count - 1] : NULL;

    if (!plan || (eval->only_unit && eval->only_unit != row->unit_id))
        return;
    if (!slot || slot->unit_id != row->unit_id || slot->plan != plan)
        slot = add_slot(eval, &kept->cap, row->unit_id, plan);
    for (size_t c = 0; c < plan->component_count; c++)
        if (strcmp(plan->components[c].doc->code, row->component) == 0) {
            slot->basis[c] = row->basis;
            slot->basis[c].in.places = pay_part_places(row, &plan->components[c], tx_arena(eval->tx));
        }
}

int pay_basis_of_run(struct pay_eval *eval, struct err *err)
{
    struct kept kept = { .eval = eval };

    return pay_store_parts(eval->tx, eval->run_id, eval->only_unit, take_part, &kept, err);
}
