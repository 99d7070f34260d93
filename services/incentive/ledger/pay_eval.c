/* pay_eval: see pay_eval.h. */
#include "incentive/ledger/pay_eval.h"

#include "incentive/ledger/pay_basis.h"
#include "incentive/ledger/pay_source.h"
#include "payplan/payplan_axes.h"
#include "payplan/payplan_words.h"

#include <stdlib.h>
#include <string.h>

#define NO_SLOT   UINT32_MAX
#define MOVES     (TREE_NONE - 1) /* a unit has other parents on other days */
#define NOT_ASKED (TREE_NONE - 2)

/* --- who is paid for what --------------------------------------------------------------------------------------------
 */

/* A component that takes credits. */
struct taker {
    uint32_t feed; /* of the plan's; see payplan.feed_count */
    uint32_t measure_id;
    bool own;
    int32_t from_day, until_day;
    bool *products; /* by id; NULL all */
};

struct feeding {
    struct pay_eval *eval;
    const struct tree *tree;
    uint32_t unit_limit, product_limit;
    uint32_t **slot_of;             /* by plan, then unit */
    uint32_t from_slot, until_slot; /* of this pass */
    size_t room;                    /* for their credits */
    uint32_t *target;               /* by slot: that of its first feed; slot_count + 1 */
    struct taker **takers;
    size_t *taker_count;
    bool any_beneath;
    uint32_t *parent; /* by unit: of all days of the period; MOVES where they differ, NOT_ASKED; NULL: none is asked */
    struct pay_book book;
};

static bool *products_of(const struct pay_eval *eval, char *const *products, size_t count, uint32_t limit)
{
    const struct refdata *refdata = eval->state->refdata;
    bool *in;

    if (!count)
        return NULL;
    in = arena_array(tx_arena(eval->tx), bool, limit + 1);
    for (uint32_t id = 1; id < limit; id++)
        for (const struct ref_product *at = refdata_product(refdata, id); at && !in[id];
             at = refdata_product(refdata, at->parent_id))
            for (size_t i = 0; i < count; i++)
                in[id] = in[id] || strcmp(products[i], at->code) == 0;
    return in;
}

/* What the axes go by is sold on the same days, by the same units. */
static int make_axis_takers(struct feeding *feeding, size_t p, const struct payplan_component *component,
                            struct taker taker, struct err *err)
{
    for (size_t a = 0; a < component->axis_count; a++) {
        const Bihuan__PayAxis *doc = component->axes[a].doc;
        const struct ref_measure *measure;

        if (!payplan_axis_measured(component->axes[a].kind))
            continue;
        measure = refdata_measure_by_code(feeding->eval->state->refdata, doc->measure);
        if (!measure)
            return err_fail(err, ERR_CONFLICT, "unknown_measure", "measure %s of an axis isn't known any more",
                            doc->measure);
        taker.feed = (uint32_t)(component->feed + 1 + a);
        taker.measure_id = measure->id;
        taker.products = products_of(feeding->eval, doc->products, doc->n_products, feeding->product_limit);
        feeding->takers[p][feeding->taker_count[p]++] = taker;
    }
    return 0;
}

static int make_takers(struct feeding *feeding, size_t p, struct err *err)
{
    const struct payplan *plan = feeding->eval->plans->list[p];
    const struct refdata *refdata = feeding->eval->state->refdata;

    feeding->takers[p] = arena_array(tx_arena(feeding->eval->tx), struct taker, plan->feed_count + 1);
    for (size_t c = 0; c < plan->component_count; c++) {
        const struct payplan_component *component = &plan->components[c];
        struct taker taker = { .feed = (uint32_t)component->feed, .own = component->own };
        const struct ref_measure *measure;

        if (!component->fed)
            continue;
        measure = refdata_measure_by_code(refdata, component->doc->measure);
        if (!measure)
            return err_fail(err, ERR_CONFLICT, "unknown_measure", "measure %s of plan %s isn't known any more",
                            component->doc->measure, plan->doc->code);
        if (payplan_day(component->doc->from, plan->from_day, &taker.from_day, err) != 0 ||
            payplan_day(component->doc->until, plan->until_day, &taker.until_day, err) != 0)
            return -1;
        taker.from_day = taker.from_day > plan->from_day ? taker.from_day : plan->from_day;
        taker.until_day = taker.until_day < plan->until_day ? taker.until_day : plan->until_day;
        taker.measure_id = measure->id;
        taker.products = products_of(feeding->eval, component->doc->products, component->doc->n_products,
                                     feeding->product_limit);
        feeding->any_beneath = feeding->any_beneath || !taker.own;
        feeding->takers[p][feeding->taker_count[p]++] = taker;
        if (make_axis_takers(feeding, p, component, taker, err) != 0)
            return -1;
    }
    return 0;
}

static int make_feeding(struct feeding *feeding, struct err *err)
{
    struct pay_eval *eval = feeding->eval;
    struct arena *arena = tx_arena(eval->tx);
    size_t plans = eval->plans->count;

    feeding->tree = refdata_tree(eval->state->refdata);
    feeding->unit_limit = refdata_unit_limit(eval->state->refdata);
    feeding->product_limit = refdata_product_limit(eval->state->refdata);
    feeding->slot_of = arena_array(arena, uint32_t *, plans + 1);
    feeding->takers = arena_array(arena, struct taker *, plans + 1);
    feeding->taker_count = arena_array(arena, size_t, plans + 1);
    for (size_t p = 0; p < plans; p++) {
        feeding->slot_of[p] = arena_array(arena, uint32_t, feeding->unit_limit + 1);
        memset(feeding->slot_of[p], 0xff, (feeding->unit_limit + 1) * sizeof(uint32_t));
        for (size_t s = 0; s < eval->slot_count; s++)
            if (eval->slots[s].plan == eval->plans->list[p])
                feeding->slot_of[p][eval->slots[s].unit_id] = (uint32_t)s;
        if (make_takers(feeding, p, err) != 0)
            return -1;
    }
    feeding->target = arena_array(arena, uint32_t, eval->slot_count + 1);
    for (size_t s = 0; s < eval->slot_count; s++)
        feeding->target[s + 1] = feeding->target[s] + (uint32_t)eval->slots[s].plan->feed_count;
    if (feeding->any_beneath) {
        feeding->parent = arena_array(arena, uint32_t, feeding->unit_limit + 1);
        for (uint32_t u = 0; u < feeding->unit_limit; u++)
            feeding->parent[u] = NOT_ASKED;
    }
    return 0;
}

/* --- credits ---------------------------------------------------------------------------------------------------------
 */

/* Asked for each credit, so the answer is kept for units that stay where they are. */
static uint32_t parent_of(struct feeding *feeding, uint32_t unit, int32_t day)
{
    const struct ref_period *period = feeding->eval->period;

    if (feeding->parent[unit] == NOT_ASKED) {
        uint32_t parent = tree_parent(feeding->tree, unit, period->from_day);

        for (int32_t d = period->from_day + 1; d < period->until_day && parent != MOVES; d++)
            if (tree_parent(feeding->tree, unit, d) != parent)
                parent = MOVES;
        feeding->parent[unit] = parent;
    }
    return feeding->parent[unit] == MOVES ? tree_parent(feeding->tree, unit, day) : feeding->parent[unit];
}

/* A credit on its way into the book; its row is made when the first component takes of it. */
struct giving {
    const struct pay_credit *credit;
    uint32_t row;
    bool has_row;
};

static uint32_t row_of(struct feeding *feeding, struct giving *giving)
{
    const struct pay_credit *credit = giving->credit;
    struct pay_book_row row = { .day = credit->day,
                                .counts_day = credit->counts_day,
                                .version = credit->version < UINT16_MAX ? (uint16_t)credit->version : UINT16_MAX,
                                .late = credit->counts_day >= feeding->eval->period->until_day };

    if (!giving->has_row)
        giving->row = pay_book_add_row(&feeding->book, credit->sender, credit->record_key, &row);
    giving->has_row = true;
    return giving->row;
}

static void give(struct feeding *feeding, struct giving *giving, const struct taker *taker, uint32_t slot)
{
    const struct pay_credit *credit = giving->credit;

    if (credit->day < taker->from_day || credit->day >= taker->until_day ||
        (taker->products && (credit->product_id >= feeding->product_limit || !taker->products[credit->product_id])))
        return;
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= credit->pairs_len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(credit->pairs + at, &measure, &value);
        if (measure == taker->measure_id)
            pay_book_give(&feeding->book, row_of(feeding, giving), feeding->target[slot] + taker->feed, value);
    }
}

static int take_credit(void *arg, const struct pay_credit *credit, struct err *err)
{
    struct feeding *feeding = arg;
    struct giving giving = { .credit = credit };

    (void)err;
    for (uint32_t unit = credit->unit_id; unit < feeding->unit_limit; unit = parent_of(feeding, unit, credit->day)) {
        for (size_t p = 0; p < feeding->eval->plans->count; p++) {
            uint32_t slot = feeding->slot_of[p][unit];

            if (slot < feeding->from_slot || slot >= feeding->until_slot) /* NO_SLOT is as well */
                continue;
            for (size_t t = 0; t < feeding->taker_count[p]; t++)
                if (!feeding->takers[p][t].own || (unit == credit->unit_id && !credit->elimination))
                    give(feeding, &giving, &feeding->takers[p][t], slot);
        }
        if (!feeding->any_beneath)
            break;
    }
    while (pay_book_size(&feeding->book) > feeding->room && feeding->until_slot - feeding->from_slot > 1) {
        feeding->until_slot = feeding->from_slot + (feeding->until_slot - feeding->from_slot) / 2;
        pay_book_cut(&feeding->book, feeding->target[feeding->until_slot]);
    }
    return 0;
}

/* Payees, and all that were beneath them on any day where somebody takes of those. */
static void find_units(const struct feeding *feeding, struct pay_reading *reading)
{
    const struct pay_eval *eval = feeding->eval;
    struct arena *arena = tx_arena(eval->tx);
    uint32_t limit = feeding->unit_limit, *queue = arena_array(arena, uint32_t, limit + 1), tail = 0;
    uint32_t *children = arena_array(arena, uint32_t, limit + 1);
    bool *seen = arena_array(arena, bool, limit + 1);

    for (size_t s = 0; s < eval->slot_count; s++) {
        if (!seen[eval->slots[s].unit_id])
            queue[tail++] = eval->slots[s].unit_id;
        seen[eval->slots[s].unit_id] = true;
    }
    for (uint32_t head = 0; feeding->any_beneath && head < tail; head++)
        for (int32_t day = eval->period->from_day; day < eval->period->until_day; day++) {
            size_t count = tree_children(feeding->tree, queue[head], day, children, limit);

            for (size_t i = 0; i < count && i < limit; i++) {
                if (children[i] < limit && !seen[children[i]])
                    queue[tail++] = children[i];
                seen[children[i] < limit ? children[i] : limit] = true;
            }
        }
    if (tail > limit / 2)
        return; /* reading all is no more work */
    reading->units = queue;
    reading->unit_count = tail;
}

static int read_credits(struct feeding *feeding, struct err *err)
{
    struct pay_eval *eval = feeding->eval;
    struct pay_reading reading = { .from_day = eval->period->from_day,
                                   .until_day = eval->period->until_day,
                                   .seq = eval->seq,
                                   .buckets = eval->buckets,
                                   .crediting = eval->crediting };

    if (eval->only_unit || eval->few)
        find_units(feeding, &reading);
    if (pay_source_each(eval->tx, &reading, take_credit, feeding, err) != 0)
        return -1;
    pay_book_settle(&feeding->book, feeding->target[eval->slot_count]);
    return 0;
}

/* --- computing -------------------------------------------------------------------------------------------------------
 */

/* Sums of what the axes go by: netted by record as order lines are, so that the window of late reversals is the same.
 */
static void sum_axes(const struct feeding *feeding, uint32_t s, const struct payplan_component *component,
                     struct payplan_place *places, struct arena *scratch)
{
    for (size_t a = 0; a < component->axis_count; a++) {
        struct payplan_line *lines;
        size_t count;

        places[a].volume = places[a].late = 0;
        pay_book_lines(&feeding->book, feeding->target[s] + (uint32_t)(component->feed + 1 + a),
                       component->doc->clawback_days, scratch, &lines, &count);
        for (size_t i = 0; i < count; i++) {
            places[a].volume = fixed_add_saturated(places[a].volume, lines[i].amount);
            places[a].late = fixed_add_saturated(places[a].late, lines[i].late);
        }
    }
}

void pay_eval_volumes(const struct pay_slot *slot, const struct pay_result *results, int64_t *volumes)
{
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        const struct payplan_component *component = &slot->plan->components[c];

        volumes[component->feed] = results[c].out.volume;
        for (size_t a = 0; a < component->axis_count; a++)
            volumes[component->feed + 1 + a] = slot->basis[c].in.places[a].volume + slot->basis[c].in.places[a].late;
    }
}

static int compute_slot(struct feeding *feeding, uint32_t s, struct pay_result *results, struct arena *scratch,
                        struct err *err)
{
    struct pay_slot *slot = &feeding->eval->slots[s];
    const struct payplan *plan = slot->plan;

    for (size_t c = 0; c < plan->component_count; c++) {
        struct payplan_input in = slot->basis[c].in;

        pay_book_lines(&feeding->book, feeding->target[s] + (uint32_t)plan->components[c].feed,
                       plan->components[c].doc->clawback_days, scratch, &in.lines, &in.line_count);
        sum_axes(feeding, s, &plan->components[c], in.places, scratch);
        if (payplan_compute(plan, &plan->components[c], &in, scratch, &results[c].out, err) != 0)
            return err_prefix(err, "unit %s", refdata_unit(feeding->eval->state->refdata, slot->unit_id)->code);
        results[c].lines = in.lines;
        results[c].line_count = in.line_count;
        feeding->eval->line_count += in.line_count;
    }
    return 0;
}

static int compute_pass(struct feeding *feeding, pay_slot_fn *fn, void *arg, struct err *err)
{
    struct arena scratch;
    int rc = 0;

    arena_init(&scratch);
    for (uint32_t s = feeding->from_slot; rc == 0 && s < feeding->until_slot; s++) {
        const struct pay_slot *slot = &feeding->eval->slots[s];
        struct pay_result *results;

        arena_reset(&scratch);
        results = arena_array(&scratch, struct pay_result, slot->plan->component_count + 1);
        rc = compute_slot(feeding, s, results, &scratch, err);
        if (rc == 0)
            rc = fn(arg, slot, results, &scratch, err);
    }
    arena_fini(&scratch);
    return rc;
}

int pay_eval_run(struct pay_eval *eval, pay_slot_fn *fn, void *arg, struct err *err)
{
    struct feeding feeding = { .eval = eval,
                               .room = (size_t)runtime_setting_int(tx_runtime(eval->tx), "pay_credits_kb") * 1024 };
    int rc = make_feeding(&feeding, err);

    while (rc == 0 && feeding.until_slot < eval->slot_count) {
        feeding.from_slot = feeding.until_slot;
        feeding.until_slot = (uint32_t)eval->slot_count;
        if (feeding.from_slot && eval->between)
            rc = eval->between(arg, err);
        pay_book_clear(&feeding.book);
        if (rc == 0)
            rc = read_credits(&feeding, err);
        if (rc == 0)
            rc = compute_pass(&feeding, fn, arg, err);
    }
    pay_book_fini(&feeding.book);
    return rc;
}

/* --- periods ---------------------------------------------------------------------------------------------------------
 */

const struct ref_period *pay_period_before(const struct refdata *refdata, const struct ref_period *period)
{
    enum period_kind kind = period_kind_of(period->from_day, period->until_day);

    for (uint32_t i = 1; i < refdata_period_limit(refdata); i++) {
        const struct ref_period *other = refdata_period(refdata, i);

        if (other && other->until_day == period->from_day && period_kind_of(other->from_day, other->until_day) == kind)
            return other;
    }
    return NULL;
}

bool pay_plan_pays(const struct payplan *plan, const struct ref_period *period)
{
    return period_kind_of(period->from_day, period->until_day) == plan->cadence &&
           payplan_days(plan, period->from_day, period->until_day) > 0;
}

void pay_eval_only(struct pay_eval *eval, const bool *payee)
{
    struct pay_slot *kept = arena_array(tx_arena(eval->tx), struct pay_slot, eval->slot_count + 1);
    size_t count = 0;

    for (size_t s = 0; s < eval->slot_count; s++)
        if (payee[eval->slots[s].unit_id])
            kept[count++] = eval->slots[s];
    eval->few = eval->few || count < eval->slot_count;
    eval->slots = kept;
    eval->slot_count = count;
}

int pay_eval_prepare(struct pay_eval *eval, struct err *err)
{
    return eval->run_id ? pay_basis_of_run(eval, err) : pay_basis_live(eval, err);
}
