/* late: data that comes behind its judgement. What an alert was judged by is worked out anew at the same day, and where
 * it differs a correction is appended to its history: nothing that fired is taken back, and what it leads to is judged
 * with the next day. Done once facts stop coming for a moment, so that a late file is one correction and not many. */
#include "monitoring/judging/judge.h"

#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

/* The alert's judgement again. */
struct again {
    struct alert *alert;
    int64_t before;
    bool judged, breach;
};

static void moved(void *arg, const struct judgement *j, const struct alert *alert, enum alert_state to,
                  const char *note)
{
    (void)arg;
    (void)j;
    (void)alert;
    (void)to;
    (void)note;
}

static void judged(void *arg, const struct judgement *j, const struct node *node, const struct verdict *verdict,
                   const struct alert *alert)
{
    struct again *again = arg;

    (void)alert;
    if (verdict->not_judged && !verdict->count)
        return; /* its feeds are behind again */
    again->judged = true;
    again->breach = verdict->breach;
    judge_note(j, node, verdict, again->alert);
}

/* Whether the unit's sum on the day isn't what it was. */
static int has_changed(const struct judgement *j, const struct alert *alert, bool *changed, struct err *err)
{
    const struct ref_measure *measure = refdata_measure(j->m->refdata, alert->measure_id);
    struct node_series series = slices_series(j->m, j->rule, alert->measure_id);
    int64_t sums[2];
    struct ref_ratio ratio;

    *changed = false;
    if (!measure)
        return 0;
    if (!measure->additive) {
        if (!measure_ratio(j->tx, measure, &ratio) ||
            node_ratio_sums(j->m, &ratio, alert->unit_id, j->period, j->day, sums, err) != 0)
            return measure_ratio(j->tx, measure, &ratio) ? -1 : 0;
        *changed = sums[0] != alert->inputs.of || sums[1] != alert->inputs.over;
        return 0;
    }
    if (tree_roll_up(refdata_tree(j->m->refdata), series.cube, alert->unit_id, series.number, j->period->from_day,
                     j->day, &sums[0], err) != 0)
        return -1;
    *changed = sums[0] != alert->inputs.actual;
    return 0;
}

static int append(struct judgement *j, const struct again *again, struct err *err)
{
    struct alert *alert = again->alert;
    char before[DECIMAL_TEXT_MAX], after[DECIMAL_TEXT_MAX];
    int scale = measure_scale(j->tx, refdata_measure(j->m->refdata, alert->measure_id));

    decimal_print(before, again->before, scale, 0);
    decimal_print(after, alert->inputs.actual, scale, 0);
    alert->late_corrected = true;
    return alert_move(
        j->tx, alert, alert->state, "system",
        arena_printf(tx_arena(j->tx), "data that came late: %s instead of %s; %s", after, before,
                     again->breach ? "in breach by what is known now" : "not in breach by what is known now"),
        err);
}

static int look(struct judgement *j, struct alert *alert, struct err *err)
{
    struct again again = { .alert = alert, .before = alert->inputs.actual };
    struct judge_trial how = {
        .book = alerts_new(), .only = alert->unit_id, .moved = moved, .judged = judged, .arg = &again
    };
    int rc;

    j->trial = &how;
    rc = judge_rule(j, err);
    alerts_destroy(&how.book);
    return rc != 0 || !again.judged ? rc : append(j, &again, err);
}

static int correct_one(void *arg, struct alert *alert, struct err *err)
{
    struct tx *tx = arg;
    struct monitoring *m = monitoring_of(tx);
    struct judgement j = { .tx = tx,
                           .m = m,
                           .rule = rule_by_id(m, alert->rule_id),
                           .period = refdata_period(m->refdata, alert->period_id),
                           .day = alert->inputs.as_of };
    bool changed;

    if (alert->inputs.unwatched || (j.rule && j.rule->off))
        return 0;
    if (!alert->fired_us || alert->nodata || !j.rule || !j.period || !j.period->has_curve || j.day < m->late_from ||
        kind_of(j.rule->kind)->by != KIND_BY_DAY)
        return 0;
    if (has_changed(&j, alert, &changed, err) != 0)
        return -1;
    return changed ? look(&j, alert, err) : 0;
}

int late_correct(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    if (m->late_from == INT32_MAX || m->late_coming) {
        m->late_coming = false;
        return 0;
    }
    (void)monitoring_write(tx);
    if (slices_load(tx, err) != 0 || alerts_each(m, correct_one, tx, err) != 0)
        return -1;
    m->late_from = INT32_MAX;
    return alerts_settle(tx, err);
}
