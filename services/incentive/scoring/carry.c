/* carry: see carry.h. */
#include "incentive/scoring/carry.h"

#include "calc/periods.h"

#include <stdlib.h>
#include <string.h>

void carries_add(struct carries *carries, const struct refdata *refdata, uint32_t into_period, uint32_t unit_id,
                 const Bihuan__Score *score)
{
    for (size_t i = 0; i < score->n_lines; i++) {
        const Bihuan__ScoreLine *line = score->lines[i];
        const struct ref_measure *measure = refdata_measure_by_code(refdata, line->measure);
        const struct ref_channel *channel = refdata_channel_by_code(refdata, line->channel);
        const struct ref_product *product = refdata_product_by_code(refdata, line->product);

        if (!line->excess_milli || !measure)
            continue;
        if (carries->count == carries->cap) {
            carries->cap = carries->cap ? carries->cap * 2 : 64;
            carries->list = realloc(carries->list, carries->cap * sizeof *carries->list);
            if (!carries->list)
                abort();
        }
        carries->list[carries->count++] = (struct carry) {
            into_period, unit_id, measure->id, channel ? channel->id : 0, product ? product->id : 0, line->excess_milli
        };
    }
}

static int by_place(const void *pa, const void *pb)
{
    const struct carry *a = pa, *b = pb;

    if (a->period_id != b->period_id)
        return a->period_id < b->period_id ? -1 : 1;
    if (a->unit_id != b->unit_id)
        return a->unit_id < b->unit_id ? -1 : 1;
    if (a->measure_id != b->measure_id)
        return a->measure_id < b->measure_id ? -1 : 1;
    if (a->channel_id != b->channel_id)
        return a->channel_id < b->channel_id ? -1 : 1;
    return (a->product_id > b->product_id) - (a->product_id < b->product_id);
}

void carries_settle(struct carries *carries)
{
    if (carries->count)
        qsort(carries->list, carries->count, sizeof *carries->list, by_place);
}

void carries_clear(struct carries *carries)
{
    free(carries->list);
    *carries = (struct carries) { 0 };
}

int64_t carries_of(const struct carries *carries, uint32_t period_id, uint32_t unit_id, uint32_t measure_id,
                   uint32_t channel_id, uint32_t product_id)
{
    const struct carry key = { period_id, unit_id, measure_id, channel_id, product_id, 0 };
    const struct carry *found;

    if (!carries || !carries->count)
        return 0;
    found = bsearch(&key, carries->list, carries->count, sizeof *carries->list, by_place);
    return found ? found->milli : 0;
}

const struct ref_period *carry_period(const struct refdata *refdata, int32_t from_day, int32_t until_day)
{
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);

        if (period && period->from_day == until_day &&
            period_kind_of(period->from_day, period->until_day) == period_kind_of(from_day, until_day))
            return period;
    }
    return NULL;
}
