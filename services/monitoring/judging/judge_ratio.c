/* judge_ratio: lag rules over ratios: the value against its level, where there is enough to divide by. See judge.h. */
#include "monitoring/judging/judge.h"

#include "refdata/sums.h"
#include "text/decimal.h"

#include <stdio.h>

int judge_ratio_collect(struct judgement *j, uint32_t limit, struct err *err)
{
    struct ref_ratio ratio;
    int64_t *sums[2];

    if (!measure_ratio(j->tx, j->measure, &ratio))
        return 0; /* a part isn't known yet */
    for (int p = 0; p < 2; p++) {
        sums[p] = arena_array(&j->scratch, int64_t, limit);
        if (measure_sum_all(j->m->refdata, j->m->cube, p ? ratio.over : ratio.of, j->period->from_day, j->day,
                            &j->scratch, sums[p], limit, err) != 0)
            return -1;
    }
    for (uint32_t u = 1; u < limit; u++) {
        const struct ref_unit *unit = refdata_unit(j->m->refdata, u);
        int64_t level = refdata_target(j->m->refdata, j->period->id, u, j->measure->id, 0, 0);
        const int64_t parts[2] = { sums[0][u], sums[1][u] };

        if (!unit || level <= 0 || !judge_covers(j->m, j->rule, unit, j->day))
            continue;
        node_ratio(&ratio, j->measure->lower_is_better, level, parts, &j->nodes[j->count]);
        j->nodes[j->count].unit_id = u;
        j->index_of[u] = (uint32_t)++j->count;
    }
    return 0;
}

void judge_ratio_inputs(const struct judgement *j, const struct node *node, struct alert *alert)
{
    struct alert_inputs *in = &alert->inputs;
    char value[DECIMAL_TEXT_MAX], level[DECIMAL_TEXT_MAX], of[DECIMAL_TEXT_MAX], over[DECIMAL_TEXT_MAX],
        least[DECIMAL_TEXT_MAX];
    struct ref_ratio ratio;

    *in = (struct alert_inputs) { .as_of = j->day,
                                  .target = node->bac,
                                  .planned = node->bac,
                                  .actual = node->ev,
                                  .gap_bp = (int32_t)node->pace.gap_bp,
                                  .spi_ppm = node_attainment_ppm(node),
                                  .probability_ppm = 1000000,
                                  .landing = node->ev,
                                  .plan_version = j->period->plan_version,
                                  .ratio = true,
                                  .level = node->level,
                                  .of = node->of,
                                  .over = node->over };
    if (!measure_ratio(j->tx, j->measure, &ratio))
        return;
    in->of_scale = ratio.unit.of_scale;
    in->over_scale = ratio.unit.over_scale;
    decimal_print(value, node->ev, ratio.unit.decimals, 0);
    decimal_print(level, node->bac, ratio.unit.decimals, 0);
    decimal_print(of, node->of, in->of_scale, 0);
    decimal_print(over, node->over, in->over_scale, 0);
    decimal_print(least, j->rule->least, in->over_scale, 0);
    if (!ratio.over) {
        snprintf(in->reason, sizeof in->reason,
                 "%s at the end of the day, level %s: gap %.2f points (enters at %.2f, clears above %.2f)", value,
                 level, in->gap_bp / 100.0, j->rule->enter_gap_bp / 100.0, j->rule->clear_gap_bp / 100.0);
        return;
    }
    snprintf(in->reason, sizeof in->reason,
             "value %s = %s of %s over %s of %s, level %s: gap %.2f points (enters at %.2f, clears above %.2f); judged"
             " from %s on",
             value, of, ratio.of->code, over, ratio.over->code, level, in->gap_bp / 100.0,
             j->rule->enter_gap_bp / 100.0, j->rule->clear_gap_bp / 100.0, least);
}
