/* plan: see plan.h. */
#include "plan.h"

#include "base/arena.h"
#include "calc/apportion.h"

#include <stdio.h>
#include <stdlib.h>

int64_t plan_amount(const struct plan *plan, int unit, enum measure measure)
{
    return plan->amounts[unit * MEASURE_COUNT + (int)measure];
}

int64_t plan_channel_amount(const struct plan *plan, int unit, enum channel channel, enum measure measure)
{
    return plan->by_channel[(unit * CHANNEL_COUNT + (int)channel) * MEASURE_COUNT + (int)measure];
}

/* Yuan that ten thousand lines bring at list prices. */
static int64_t revenue_of_10000(void)
{
    int64_t sum = 0;

    for (int i = 0; i < PRODUCT_COUNT; i++)
        sum += (int64_t)products[i].price * products[i].share * families[products[i].family].share;
    return sum;
}

static int64_t whole(enum quarter quarter, enum measure measure, int scale)
{
    int64_t lines = quarters[quarter].lines * scale;

    switch (measure) {
    case MEASURE_NEW_USERS:
        return lines * (families[FAMILY_MOBILE].share + families[FAMILY_FUSION].share) / 100;
    case MEASURE_FUSION:
        return lines * families[FAMILY_FUSION].share / 100;
    case MEASURE_BROADBAND:
        return lines * families[FAMILY_BROADBAND].share / 100;
    case MEASURE_REVENUE:
    default:
        return lines * revenue_of_10000() / 10000 / 10000 * 10000; /* whole ten thousands of yuan */
    }
}

static void split_children(struct plan *plan, const struct province *province, int unit, const int *children,
                           size_t count, struct arena *scratch)
{
    struct apportion_part *parts = arena_array(scratch, struct apportion_part, count);
    struct err err;

    for (int m = 0; m < MEASURE_COUNT; m++) {
        for (size_t i = 0; i < count; i++)
            parts[i] = (struct apportion_part) { .id = (uint64_t)children[i],
                                                 .weight = province->units[children[i]].weight };
        if (apportion_split(plan->amounts[unit * MEASURE_COUNT + m], parts, count, APPORTION_ZERO_REFUSE, scratch,
                            &err) != 0) {
            fprintf(stderr, "bihuan-demo: %s: %s\n", province->units[unit].code, err.text);
            abort();
        }
        for (size_t i = 0; i < count; i++)
            plan->amounts[children[i] * MEASURE_COUNT + m] = parts[i].share;
    }
}

static void split(struct plan *plan, const struct province *province)
{
    int *children = malloc((size_t)province->count * sizeof *children);
    struct arena scratch;

    if (!children)
        abort();
    for (int unit = 0; unit < province->count; unit++) {
        size_t count = 0;

        for (int i = unit + 1; province->units[unit].type != UNIT_PERSON && i < province->count; i++)
            if (province->units[i].parent == unit)
                children[count++] = i;
        if (!count)
            continue;
        arena_init(&scratch);
        split_children(plan, province, unit, children, count, &scratch);
        arena_fini(&scratch);
    }
    free(children);
}

static void sum_channels(struct plan *plan, const struct province *province)
{
    for (int i = 0; i < province->count; i++)
        for (int up = i; province->units[i].type == UNIT_PERSON && up != UNIT_NONE; up = province->units[up].parent)
            for (int m = 0; m < MEASURE_COUNT; m++)
                plan->by_channel[(up * CHANNEL_COUNT + (int)province->units[i].channel) * MEASURE_COUNT + m] +=
                    plan->amounts[i * MEASURE_COUNT + m];
}

void plan_make(struct plan *plan, const struct province *province, enum quarter quarter, int scale)
{
    plan->amounts = calloc((size_t)province->count * MEASURE_COUNT, sizeof *plan->amounts);
    plan->by_channel = calloc((size_t)province->count * MEASURE_COUNT * CHANNEL_COUNT, sizeof *plan->by_channel);
    if (!plan->amounts || !plan->by_channel)
        abort();
    for (int m = 0; m < MEASURE_COUNT; m++)
        plan->amounts[ROOT * MEASURE_COUNT + m] = whole(quarter, (enum measure)m, scale);
    split(plan, province);
    sum_channels(plan, province);
}

void plan_free(struct plan *plan)
{
    free(plan->amounts);
    free(plan->by_channel);
    *plan = (struct plan) { .amounts = NULL };
}
