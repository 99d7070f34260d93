/* pay_ledger: see pay_ledger.h. */
#include "incentive/ledger/pay_ledger.h"

#include "calc/pay.h"
#include "incentive/ledger/pay_store.h"

#include <stdlib.h>
#include <string.h>

/* --- what is booked --------------------------------------------------------------------------------------------------
 */

static int take_booked(void *arg, const struct pay_entry_row *row, struct err *err)
{
    struct pay_ledger *ledger = arg;
    struct pay_booked booked = { .entry_id = row->entry_id,
                                 .unit_id = row->unit_id,
                                 .plan_id = row->plan_id,
                                 .plan_version = row->plan_version,
                                 .group = pay_group_of(row->kind),
                                 .amount = row->amount,
                                 .digits = row->digits };

    (void)err;
    if (booked.group == PAY_GROUPS)
        return 0;
    booked.component = arena_strdup(&ledger->arena, row->component);
    if (row->lines)
        booked.lines = arena_memdup(&ledger->arena, row->lines, row->lines_len);
    booked.lines_len = row->lines_len;
    if (ledger->booked_count == ledger->booked_cap) {
        ledger->booked_cap = ledger->booked_cap ? ledger->booked_cap * 2 : 256;
        ledger->booked = realloc(ledger->booked, ledger->booked_cap * sizeof *ledger->booked);
        if (!ledger->booked)
            abort();
    }
    ledger->booked[ledger->booked_count++] = booked;
    return 0;
}

static void take_standing(void *arg, uint32_t unit_id, uint32_t plan_id, int64_t other, int64_t owed)
{
    struct pay_ledger *ledger = arg;

    if (ledger->standing_count == ledger->standing_cap) {
        ledger->standing_cap = ledger->standing_cap ? ledger->standing_cap * 2 : 256;
        ledger->standings = realloc(ledger->standings, ledger->standing_cap * sizeof *ledger->standings);
        if (!ledger->standings)
            abort();
    }
    ledger->standings[ledger->standing_count++] = (struct pay_standing) { unit_id, plan_id, other, owed };
}

static int compare(uint32_t unit_a, uint32_t plan_a, uint32_t unit_b, uint32_t plan_b)
{
    if (unit_a != unit_b)
        return unit_a < unit_b ? -1 : 1;
    return plan_a < plan_b ? -1 : plan_a > plan_b;
}

static int by_unit_and_plan(const void *pa, const void *pb)
{
    const struct pay_standing *a = pa, *b = pb;

    return compare(a->unit_id, a->plan_id, b->unit_id, b->plan_id);
}

/* The data base would have to sort the lines along. */
static int by_payee(const void *pa, const void *pb)
{
    const struct pay_booked *a = pa, *b = pb;
    int order = compare(a->unit_id, a->plan_id, b->unit_id, b->plan_id);

    return order ? order : a->entry_id < b->entry_id ? -1 : a->entry_id > b->entry_id;
}

static bool any_draw(const struct pay_plans *plans)
{
    for (size_t p = 0; p < plans->count; p++)
        if (plans->list[p]->has_draw)
            return true;
    return false;
}

int pay_ledger_load(struct pay_ledger *ledger, struct tx *tx, const struct ref_period *period, uint32_t run_id,
                    const struct pay_plans *plans, const uint32_t *units, size_t unit_count, bool drawn, int32_t as_of,
                    struct err *err)
{
    *ledger = (struct pay_ledger) { .period = period, .as_of = as_of, .drawn = drawn };
    arena_init(&ledger->arena);
    if (pay_store_booked(tx, period->id, run_id, units, unit_count, take_booked, ledger, err) != 0 ||
        (drawn && any_draw(plans) && pay_store_standing(tx, period->id, run_id, take_standing, ledger, err) != 0))
        return -1;
    if (ledger->booked_count)
        qsort(ledger->booked, ledger->booked_count, sizeof *ledger->booked, by_payee);
    if (ledger->standing_count)
        qsort(ledger->standings, ledger->standing_count, sizeof *ledger->standings, by_unit_and_plan);
    return 0;
}

int pay_ledger_cash(struct pay_ledger *ledger, struct tx *tx, const struct pay_plans *plans, const uint64_t *seq,
                    uint32_t buckets, struct err *err)
{
    return pay_cash_wanted(plans) ? pay_cash_load(&ledger->cash, tx, ledger->period, ledger->as_of, seq, buckets, err)
                                  : 0;
}

void pay_ledger_fini(struct pay_ledger *ledger)
{
    pay_cash_fini(&ledger->cash);
    arena_fini(&ledger->arena);
    pay_packer_fini(&ledger->packer);
    free(ledger->booked);
    free(ledger->standings);
    *ledger = (struct pay_ledger) { 0 };
}

static size_t first_booked(const struct pay_ledger *ledger, uint32_t unit_id, uint32_t plan_id)
{
    size_t lo = 0, hi = ledger->booked_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (compare(ledger->booked[mid].unit_id, ledger->booked[mid].plan_id, unit_id, plan_id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* --- one group of one component --------------------------------------------------------------------------------------
 */

struct comparing {
    struct pay_ledger *ledger;
    const struct pay_slot *slot;
    struct arena *scratch;
    pay_difference_fn *fn;
    void *arg;
};

/* The lines booked, of all entries; an entry without lines is a line of its own name. */
static int have_lines(struct pay_ledger *ledger, size_t from, uint32_t unit_id, uint32_t plan_id, const char *component,
                      enum pay_group group, struct arena *scratch, struct pay_line **lines, size_t *count, bool *any,
                      struct err *err)
{
    struct pay_line *all = NULL;
    size_t n = 0, cap = 0;

    *any = false;
    for (size_t i = from; i < ledger->booked_count; i++) {
        struct pay_booked *booked = &ledger->booked[i];
        struct pay_line single = { "", ledger->period->until_day - 1, booked->amount }, *part = &single;
        size_t part_count = 1;

        if (booked->unit_id != unit_id || booked->plan_id != plan_id)
            break;
        if (booked->group != group || strcmp(booked->component, component) != 0)
            continue;
        *any = booked->seen = true;
        if (booked->lines &&
            pay_lines_unpack(&ledger->packer, booked->lines, booked->lines_len, scratch, &part, &part_count, err) != 0)
            return -1;
        if (!all || n + part_count > cap) {
            struct pay_line *grown = arena_array(scratch, struct pay_line, (n + part_count) * 2 + 1);

            if (all && n)
                memcpy(grown, all, n * sizeof *grown);
            all = grown;
            cap = (n + part_count) * 2;
        }
        memcpy(all + n, part, part_count * sizeof *all);
        n += part_count;
    }
    *count = pay_lines_sum(all, n);
    *lines = all;
    return 0;
}

static bool by_cash(const struct payplan *plan, const char *component)
{
    for (size_t i = 0; i < plan->component_count; i++)
        if (strcmp(plan->components[i].doc->code, component) == 0)
            return plan->components[i].doc->hold_cash;
    return false;
}

static int compare_group(const struct comparing *c, const char *component, enum pay_group group, struct pay_line *want,
                         size_t want_count, struct err *err)
{
    const Bihuan__PayPlan *doc = c->slot->plan->doc;
    struct pay_difference difference = { .unit_id = c->slot->unit_id,
                                         .plan_id = doc->id,
                                         .plan_version = doc->version,
                                         .digits = c->slot->plan->digits,
                                         .component = component,
                                         .group = group };
    struct pay_line *have, *lines;
    size_t have_count;
    bool any;

    want_count = pay_lines_sum(want, want_count);
    if (have_lines(c->ledger, first_booked(c->ledger, c->slot->unit_id, doc->id), c->slot->unit_id, doc->id, component,
                   group, c->scratch, &have, &have_count, &any, err) != 0)
        return -1;
    difference.first = !any;
    difference.by_cash = by_cash(c->slot->plan, component);
    difference.line_count = pay_lines_differ(want, want_count, have, have_count, c->scratch, &lines,
                                             &difference.amount);
    difference.lines = lines;
    return difference.line_count ? c->fn(c->arg, &difference, err) : 0;
}

/* --- a payee ---------------------------------------------------------------------------------------------------------
 */

/* What a group wants of a component: what the lines earned, what of it is held back, what of that is free again. The
 * opening is before all lines in the order of ids. */
static int want_lines(const struct pay_ledger *ledger, const struct payplan_component *component,
                      const struct pay_result *result, enum pay_group group, struct pay_line *want, size_t *count,
                      int64_t *sum, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;
    int32_t last = ledger->period->until_day - 1;
    size_t n = 0;

    for (size_t i = 0; i <= result->line_count; i++) {
        const struct payplan_line *line = i ? &result->lines[i - 1] : NULL;
        struct pay_line out = { line ? line->id : "", line ? line->day : last, 0 };
        int64_t payout = line ? line->payout : result->out.opening;
        int64_t held = line ? line->held : result->out.held_opening;

        if (group == GROUP_EARNED)
            out.amount = payout;
        else if (group == GROUP_HELD)
            out.amount = -held;
        else if ((int64_t)out.day + doc->hold_days <= ledger->as_of)
            out.amount = held;
        if (group == GROUP_RELEASED && doc->hold_cash && line && out.amount &&
            pay_cash_released(&ledger->cash, line->id, held, &out.amount, err) != 0)
            return -1;
        *sum += out.amount;
        if (out.amount)
            want[n++] = out;
    }
    *count = n;
    return 0;
}

/* While the gate is shut what was released stays so, and nothing more is. */
static int keep_released(const struct comparing *c, const char *component, int64_t *payable, struct err *err)
{
    uint32_t unit_id = c->slot->unit_id, plan_id = c->slot->plan->doc->id;
    struct pay_line *have;
    size_t count;
    bool any;

    if (have_lines(c->ledger, first_booked(c->ledger, unit_id, plan_id), unit_id, plan_id, component, GROUP_RELEASED,
                   c->scratch, &have, &count, &any, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        *payable += have[i].amount;
    return 0;
}

static int compare_component(const struct comparing *c, size_t index, const struct pay_result *result, int64_t *payable,
                             struct err *err)
{
    const struct payplan_component *component = &c->slot->plan->components[index];
    const char *code = component->doc->code;
    struct pay_line *want = arena_array(c->scratch, struct pay_line, result->line_count + 2);
    struct pay_line carried = { "", c->ledger->period->until_day - 1, result->out.carried_out };
    size_t n;

    if (want_lines(c->ledger, component, result, GROUP_EARNED, want, &n, payable, err) != 0 ||
        compare_group(c, code, GROUP_EARNED, want, n, err) != 0)
        return -1;
    if (component->carries && compare_group(c, code, GROUP_CARRIED, &carried, carried.amount != 0, err) != 0)
        return -1;
    if (!component->doc->hold_ppm)
        return 0;
    if (want_lines(c->ledger, component, result, GROUP_HELD, want, &n, payable, err) != 0 ||
        compare_group(c, code, GROUP_HELD, want, n, err) != 0)
        return -1;
    if (c->slot->basis[index].gate_shut)
        return keep_released(c, code, payable, err);
    if (want_lines(c->ledger, component, result, GROUP_RELEASED, want, &n, payable, err) != 0)
        return -1;
    return compare_group(c, code, GROUP_RELEASED, want, n, err);
}

static int compare_draw(const struct comparing *c, int64_t payable, struct err *err)
{
    const struct payplan *plan = c->slot->plan;
    struct pay_draw_rule rule = { plan->draw_least, plan->draw_recovery_ppm, plan->draw_owed };
    struct pay_standing key = { .unit_id = c->slot->unit_id, .plan_id = plan->doc->id };
    const struct pay_standing *standing = NULL;
    struct pay_line line = { "", c->ledger->period->until_day - 1, 0 };
    struct pay_draw draw;

    if (c->ledger->standing_count)
        standing = bsearch(&key, c->ledger->standings, c->ledger->standing_count, sizeof key, by_unit_and_plan);
    if (standing)
        key = *standing;
    if (!plan->draw_owed || key.owed < 0)
        key.owed = 0;
    if (pay_draw_compute(&rule, payable + key.other, key.owed, plan->rounding, &draw, err) != 0)
        return -1;
    line.amount = draw.draw;
    if (compare_group(c, "", GROUP_DRAW, &line, draw.draw != 0, err) != 0)
        return -1;
    line.amount = -draw.recovery;
    return compare_group(c, "", GROUP_RECOVERY, &line, draw.recovery != 0, err);
}

int pay_ledger_slot(struct pay_ledger *ledger, const struct pay_slot *slot, const struct pay_result *results,
                    struct arena *scratch, pay_difference_fn *fn, void *arg, int64_t *payable, struct err *err)
{
    struct comparing c = { ledger, slot, scratch, fn, arg };
    int64_t sum = 0;

    for (size_t i = 0; i < slot->plan->component_count; i++)
        if (compare_component(&c, i, &results[i], &sum, err) != 0)
            return -1;
    if (payable)
        *payable = sum;
    return ledger->drawn && slot->plan->has_draw ? compare_draw(&c, sum, err) : 0;
}

int pay_ledger_rest(struct pay_ledger *ledger, pay_difference_fn *fn, void *arg, struct err *err)
{
    struct arena scratch;
    int rc = 0;

    arena_init(&scratch);
    for (size_t i = 0; rc == 0 && i < ledger->booked_count; i++) {
        const struct pay_booked *booked = &ledger->booked[i];
        struct pay_difference difference = { .unit_id = booked->unit_id,
                                             .plan_id = booked->plan_id,
                                             .plan_version = booked->plan_version,
                                             .digits = booked->digits,
                                             .component = booked->component,
                                             .group = booked->group };
        struct pay_line *have, *lines;
        size_t count;
        bool any;

        if (booked->seen || (!ledger->drawn && booked->group >= GROUP_DRAW))
            continue;
        arena_reset(&scratch);
        rc = have_lines(ledger, i, booked->unit_id, booked->plan_id, booked->component, booked->group, &scratch, &have,
                        &count, &any, err);
        if (rc != 0)
            break;
        difference.line_count = pay_lines_differ(NULL, 0, have, count, &scratch, &lines, &difference.amount);
        difference.lines = lines;
        if (difference.line_count)
            rc = fn(arg, &difference, err);
    }
    arena_fini(&scratch);
    return rc;
}
