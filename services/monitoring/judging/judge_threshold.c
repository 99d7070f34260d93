/* judge_threshold: rules over limits, judged at once, in the transaction that books the facts. See judge.h. */
#include "monitoring/judging/judge.h"

#include <string.h>

struct touch {
    struct tx *tx;
    struct monitoring *m;
    const struct ref_period *period;
    const struct rule *rule;
    const struct ref_measure *measure;
    uint8_t *seen; /* by unit */
    bool moved;
};

static int judge_threshold(struct touch *touch, uint32_t unit_id, struct err *err)
{
    const struct monitoring *m = touch->m;
    const struct limit_rule at = { touch->tx, touch->rule, touch->period, touch->measure };
    int64_t value;

    if (tree_roll_up(refdata_tree(m->refdata), m->cube, unit_id, touch->measure->id, touch->period->from_day,
                     touch->period->until_day - 1, &value, err) != 0)
        return -1;
    return judge_limit(&at, unit_id, value, today(touch->tx), &touch->moved, err);
}

static int touch_unit(void *arg, uint32_t unit_id, uint32_t measure_id, struct err *err)
{
    struct touch *touch = arg;
    const struct tree *tree = refdata_tree(touch->m->refdata);
    int32_t day = today(touch->tx);

    if (measure_id != touch->measure->id)
        return 0;
    for (uint32_t up = unit_id; up != TREE_NONE; up = tree_parent(tree, up, day)) {
        const struct ref_unit *unit = refdata_unit(touch->m->refdata, up);

        if (!unit || touch->seen[up])
            break;
        touch->seen[up] = 1;
        if (judge_covers(touch->m, touch->rule, unit, today(touch->tx)) && judge_threshold(touch, up, err) != 0)
            return -1;
    }
    return 0;
}

static int judge_threshold_rules(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct touch touch = { .tx = tx, .m = m, .period = refdata_period_of(m->refdata, today(tx)) };

    for (size_t i = 0; touch.period && i < m->rule_count; i++) {
        if (m->rules[i].off || m->rules[i].kind != RULE_THRESHOLD)
            continue;
        touch.rule = &m->rules[i];
        touch.measure = refdata_measure_by_code(m->refdata, touch.rule->measure);
        if (!touch.measure || touch.measure->level) /* levels: judge_level_limits() */
            continue;
        touch.seen = arena_array(tx_arena(tx), uint8_t, refdata_unit_limit(m->refdata) + 1);
        if (pending_each(m->pending, touch_unit, &touch, err) != 0)
            return -1;
    }
    return touch.moved ? alerts_settle(tx, err) : 0;
}

int judge_thresholds(struct tx *tx, struct err *err)
{
    (void)monitoring_write(tx);
    return judge_threshold_rules(tx, err);
}
