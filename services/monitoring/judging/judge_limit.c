/* judge_limit: a sum or a level against a limit: an alert while it is reached. See judge.h. */
#include "monitoring/judging/judge.h"

#include "refdata/sums.h"
#include "text/decimal.h"

#include <stdio.h>

static void note_figures(const struct limit_rule *at, struct alert *alert, int64_t value, int32_t day)
{
    const int scale = measure_scale(at->tx, at->measure);
    bool over = value >= at->rule->limit;
    char sum[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX];

    alert->inputs = (struct alert_inputs) {
        .as_of = day, .target = at->rule->limit, .actual = value, .plan_version = at->period->plan_version
    };
    decimal_print(sum, value, scale, 0);
    decimal_print(limit, at->rule->limit, scale, 0);
    snprintf(alert->inputs.reason, sizeof alert->inputs.reason, "%s %s %s the limit %s",
             at->measure->level ? "at the end of the day" : "sum", sum, over ? "reached" : "is below", limit);
}

/* An alert that stays says what the sum is now, as progress does, and nobody is told again. */
int judge_limit(const struct limit_rule *at, uint32_t unit_id, int64_t value, int32_t day, bool *moved, struct err *err)
{
    struct monitoring *m = monitoring_of(at->tx);
    const struct rule *rule = at->rule;
    bool over = value >= rule->limit, open;
    struct alert *alert = alerts_get(m, rule, unit_id, at->measure->id, at->period->id, over);

    open = alert && alert_state_is_open(alert->state);
    if (!alert || (over == open && (!over || alert->inputs.actual == value)))
        return 0;
    alert->severity = severity_rank(rule->severity) >= 0 ? severity_rank(rule->severity) : 1;
    note_figures(at, alert, value, day);
    *moved = alert->dirty = true;
    return over == open ? 0 : alert_move(at->tx, alert, over ? ALERT_FIRING : ALERT_RESOLVED, "system", "", err);
}

/* Each day anew, since a level changes as days go by without any fact. */
int judge_level_limits(struct tx *tx, const struct rule *rule, const struct ref_period *period, int32_t day,
                       struct err *err)
{
    const struct refdata *refdata = monitoring_of(tx)->refdata;
    const struct limit_rule at = { tx, rule, period, refdata_measure_by_code(refdata, rule->measure) };
    uint32_t limit = refdata_unit_limit(refdata), tree_limit = tree_unit_limit(refdata_tree(refdata));
    struct arena scratch;
    int64_t *sums;
    bool moved;
    int rc;

    if (!at.measure || !at.measure->level)
        return 0;
    arena_init(&scratch);
    limit = limit > tree_limit ? limit : tree_limit;
    sums = arena_array(&scratch, int64_t, limit + 1);
    rc = measure_sum_all(refdata, monitoring_of(tx)->cube, at.measure, day, day, &scratch, sums, limit, err);
    for (uint32_t u = 1; rc == 0 && u < refdata_unit_limit(refdata); u++) {
        const struct ref_unit *unit = refdata_unit(refdata, u);

        if (unit && judge_covers(monitoring_of(tx), rule, unit, day))
            rc = judge_limit(&at, u, sums[u], day, &moved, err);
    }
    arena_fini(&scratch);
    return rc;
}
