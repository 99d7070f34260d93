/* pay_contest: see pay_contest.h. */
#include "incentive/ledger/pay_contest.h"

#include "payplan/payplan_words.h"
#include "refdata/sums.h"

int pay_contest_rank(const struct pay_eval *eval, const struct payplan *plan, const struct payplan_component *component,
                     struct rank_entry *entries, size_t count, struct err *err)
{
    const struct refdata *refdata = eval->state->refdata;
    const struct ref_measure *measure = refdata_measure_by_code(refdata, component->doc->measure);
    struct rank_rule rule = { .target_min = INT64_MIN };
    int32_t from, until;

    if (payplan_day(component->doc->from, plan->from_day, &from, err) != 0 ||
        payplan_day(component->doc->until, plan->until_day, &until, err) != 0)
        return -1;
    from = from > eval->period->from_day ? from : eval->period->from_day;
    until = until < eval->period->until_day ? until : eval->period->until_day;
    for (size_t i = 0; i < count; i++) {
        struct rank_entry *entry = &entries[i];

        if (measure && from < until &&
            measure_sum(refdata, eval->state->cube, measure, (uint32_t)entry->id, from, until - 1, &entry->score,
                        err) != 0)
            return -1;
        entry->excluded = entry->score <= 0 ||
                          (component->table.has_threshold && entry->score < component->table.threshold);
    }
    rank_assign(entries, count, &rule);
    return 0;
}
