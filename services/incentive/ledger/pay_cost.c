/* pay_cost: see pay_cost.h. */
#include "incentive/ledger/pay_cost.h"

Bihuan__PayCost **pay_cost_new(const struct pay_plans *plans, struct arena *arena)
{
    Bihuan__PayCost **costs = arena_array(arena, Bihuan__PayCost *, plans->count + 1);

    for (size_t p = 0; p < plans->count; p++) {
        costs[p] = arena_new(arena, Bihuan__PayCost);
        bihuan__pay_cost__init(costs[p]);
        costs[p]->plan = (char *)(uintptr_t)arena_strdup(arena, plans->list[p]->doc->code);
        costs[p]->digits = (uint32_t)plans->list[p]->digits;
        costs[p]->budget = plans->list[p]->budget;
    }
    return costs;
}

static int project(const struct pay_slot *slot, size_t c, const int64_t *volume, struct phasing_point at,
                   struct arena *scratch, int64_t *earned, struct err *err)
{
    const struct payplan_component *component = &slot->plan->components[c];

    volume += component->feed;
    if ((component->kind != PAY_RATE && component->kind != PAY_SPIFF) || at.num <= 0 || volume[0] <= 0)
        return 0;
    return payplan_project(slot->plan, component, &slot->basis[c].in, volume, at.den, at.num, scratch, earned, err);
}

int pay_cost_add(Bihuan__PayCost **costs, const struct pay_plans *plans, const struct pay_slot *slot,
                 const int64_t *volume, const int64_t *earned, struct phasing_point at, struct arena *scratch,
                 struct err *err)
{
    size_t p = 0;

    while (p < plans->count && plans->list[p] != slot->plan)
        p++;
    if (p == plans->count)
        return 0;
    costs[p]->payees++;
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        int64_t projected = earned[c];

        if (project(slot, c, volume, at, scratch, &projected, err) != 0)
            return -1;
        costs[p]->earned = fixed_add_saturated(costs[p]->earned, earned[c]);
        costs[p]->forecast = fixed_add_saturated(costs[p]->forecast, projected);
    }
    return 0;
}

size_t pay_cost_count(Bihuan__PayCost **costs, const struct pay_plans *plans)
{
    size_t n = 0;

    for (size_t p = 0; costs && p < plans->count; p++) {
        Bihuan__PayCost *cost = costs[p];

        if (!cost->payees)
            continue;
        cost->over = cost->budget > 0 && cost->forecast > cost->budget;
        costs[n++] = cost;
    }
    return n;
}

struct phasing_point pay_progress_at(const struct ref_period *period, int32_t as_of)
{
    if (!period->has_curve || as_of == NO_DAY || as_of < period->from_day)
        return (struct phasing_point) { 0 };
    return phasing_at_day_end(&period->curve, as_of);
}
