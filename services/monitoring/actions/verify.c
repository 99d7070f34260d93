/* verify: the verdict of data over actions, and what follows from it; see actions.h. */
#include "monitoring/actions/actions.h"
#include "monitoring/judging/node.h"
#include "monitoring/telling/telling.h"

#include "text/dates.h"

#include <string.h>

static int32_t day_of(struct tx *tx, int64_t at_us)
{
    return clock_day(runtime_clock(tx_runtime(tx)), at_us);
}

static void set_due(struct tx *tx, struct action_row *row, int32_t due)
{
    char text[DATE_TEXT_MAX];

    date_print(text, due);
    row->keys.due = due;
    row->action->due = arena_strdup(tx_arena(tx), text);
}

static void begin_round(struct tx *tx, struct action_row *row, int32_t day)
{
    int32_t opened = day_of(tx, row->action->opened_at);

    row->action->state = (char *)(uintptr_t) "open";
    row->action->round++;
    row->action->overdue = row->action->overdue_told = false;
    row->action->done_at = 0;
    set_due(tx, row, action_next_due(opened, row->keys.due, day));
}

/* --- the figures --- */

/* What an action is judged by, which is what its alert is about: all of the measure, or one channel or product. */
struct watched {
    struct ref_key key;
    struct node_series series;
    int64_t bac;
};

/* False: a name of the slice isn't known any more, or there is no target for it. */
static bool find_watched(const struct monitoring *m, const struct action_keys *keys, const struct rule *rule,
                         struct watched *out)
{
    if (!slices_key(m, rule, keys->unit_id, keys->measure_id, &out->key))
        return false;
    out->series = slices_series(m, rule, keys->measure_id);
    out->bac = refdata_target(m->refdata, keys->period_id, keys->unit_id, keys->measure_id, out->key.channel_id,
                              out->key.product_id);
    return out->bac > 0;
}

/* What was gained, and the gap, at the day; *known false: nothing can be said yet. */
static int measure_gain(struct tx *tx, const struct action_row *row, const struct ref_period *period, int32_t day,
                        const struct watched *watched, int64_t *gain, int64_t *gap_bp, bool *known, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct action_keys *keys = &row->keys;
    const Bihuan__Action *action = row->action;
    const struct ref_measure *measure = refdata_measure(m->refdata, keys->measure_id);
    struct ref_ratio ratio;
    int64_t sums[2];
    struct phased plan;
    struct node node;

    if (measure && !measure->additive) { /* without the action the value would have stayed */
        *known = measure_ratio(tx, measure, &ratio);
        if (!*known || node_ratio_sums(m, &ratio, keys->unit_id, period, day, sums, err) != 0)
            return *known ? -1 : 0;
        node_ratio(&ratio, measure->lower_is_better, watched->bac, sums, &node);
        *known = !node.no_value;
        *gain = measure->lower_is_better ? action->baseline_actual - node.ev : node.ev - action->baseline_actual;
        *gap_bp = node.pace.gap_bp;
        return 0;
    }
    *known = node_plan_of(m, period, &watched->key, tx_arena(tx), &plan);
    if (!*known)
        return 0;
    if (tree_roll_up(refdata_tree(m->refdata), watched->series.cube, keys->unit_id, watched->series.number,
                     period->from_day, day, &sums[0], err) != 0 ||
        node_pace(&plan, day, sums[0], false, &node, err) != 0)
        return -1;
    *gain = sums[0] - action_counterfactual(action->baseline_actual, watched->bac, action->baseline_curve_ppm,
                                            node.pace.curve_ppm, keys->pace_ppm);
    *gap_bp = node.pace.gap_bp;
    return 0;
}

/* --- what follows --- */

/* The action is over: the alert is free for another one, whatever became of it meanwhile. */
static void let_go(struct alert *alert, const Bihuan__Action *action)
{
    if (!alert || strcmp(alert->action, action->id) != 0)
        return;
    alert->action[0] = 0;
    alert->dirty = true;
}

static int kept(struct tx *tx, struct action_row *row, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), row->action->alert);
    const struct worktime worktime = worktime_of(tx);

    row->action->state = (char *)(uintptr_t) "verified";
    if (action_turn(tx, row->action, &row->keys, ACTION_VERIFIED, "system", row->action->result, err) != 0)
        return -1;
    let_go(alert, row->action);
    if (!alert || alert->state != ALERT_ACTING)
        return 0;
    if (alert_move(tx, alert, ALERT_TAKEN, "system",
                   "the action's gain is verified; the alert goes on until the gap is closed", err) != 0)
        return -1;
    alert->life.touched_us = tx_now(tx);
    alert->life.lapses_us = worktime_add(&worktime, tx_now(tx), lapse_days_of(tx, alert));
    return 0;
}

/* Who is to have it done in another round, and whoever knows of the alert. */
static int tell_failed(struct tx *tx, struct alert *alert, const Bihuan__Action *action, struct err *err)
{
    struct tell tell = { .event = NOTICE_REMINDED };

    alert->life.failed_untold = false;
    alert->dirty = true;
    tell.note_zh = arena_printf(tx_arena(tx), "整改未见成效，重新开始：%s 应于 %s 前完成（%s）。", action->owner,
                                action->due, action->cause);
    tell.note_en = arena_printf(tx_arena(tx), "The action failed and is open again: %s is to have it done by %s (%s).",
                                action->owner, action->due, action->cause);
    return telling_remind(tx, alert, &tell, action->owner, err);
}

int actions_tell_failed(struct tx *tx, struct alert *alert, int64_t *next_us, struct err *err)
{
    struct action_row row;
    int64_t until;

    if (!alert->life.failed_untold)
        return 0;
    if (telling_waits(tx, alert, &until)) {
        *next_us = until < *next_us ? until : *next_us;
        return 0;
    }
    if (!alert->action[0]) { /* verified meanwhile */
        alert->life.failed_untold = false;
        alert->dirty = true;
        return 0;
    }
    return action_store_get(tx, alert->action, &row, err) != 0 ? -1 : tell_failed(tx, alert, row.action, err);
}

/* Those who know first, then the next level: nobody is told both. */
static int go_up(struct tx *tx, struct alert *alert, const Bihuan__Action *action, struct err *err)
{
    int64_t until, due;

    alert->life.failed_untold = true;
    if (!telling_waits(tx, alert, &until) && tell_failed(tx, alert, action, err) != 0)
        return -1;
    alert->life.ladder_base_us = tx_now(tx);
    alert->life.ladder_base_day = ladder_days_climbed(tx, alert);
    if (escalate(tx, alert, true, &due, err) != 0)
        return -1;
    alert->life.ladder_base_day = ladder_days_climbed(tx, alert);
    return 0;
}

static int failed(struct tx *tx, struct action_row *row, int32_t day, bool over, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), row->action->alert);

    row->action->state = (char *)(uintptr_t) "failed";
    if (action_turn(tx, row->action, &row->keys, ACTION_FAILED, "system", row->action->result, err) != 0)
        return -1;
    if (!alert || !alert_state_is_open(alert->state) || over) {
        let_go(alert, row->action); /* there is nothing left to win back */
        return 0;
    }
    begin_round(tx, row, day);
    if (action_turn(tx, row->action, &row->keys, ACTION_REOPENED, "system", "the data did not bear it out", err) != 0)
        return -1;
    alert->taken_by[0] = 0;
    if (alert_move(tx, alert, ALERT_FIRING, "system", "the action failed and is open again; the alert goes up a level",
                   err) != 0)
        return -1;
    return go_up(tx, alert, row->action, err);
}

static int verify(struct tx *tx, struct action_row *row, int32_t day, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_period *period = refdata_period(m->refdata, row->keys.period_id);
    const struct rule *rule = rule_by_id(m, row->keys.rule_id);
    Bihuan__Action *action = row->action;
    struct watched watched;
    int64_t gap_bp;
    bool known, over;

    if (!period || !rule || !period->has_curve || !find_watched(m, &row->keys, rule, &watched))
        return 0;
    over = day >= period->until_day - 1;
    if (over)
        day = period->until_day - 1; /* the action belongs to its period */
    if (measure_gain(tx, row, period, day, &watched, &action->measured_gain, &gap_bp, &known, err) != 0)
        return -1;
    if (!known)
        return 0;
    action->result = arena_printf(tx_arena(tx), "gain %ld of %ld promised; gap %.2f points",
                                  (long)action->measured_gain, (long)action->promised_gain, (double)gap_bp / 100);
    action->verified_at = tx_now(tx);
    action->verdict_day = day;
    return action_kept(gap_bp, rule->clear_gap_bp, action->measured_gain, action->promised_gain, m->limits.kept_ppm)
               ? kept(tx, row, err)
               : failed(tx, row, day, over, err);
}

int actions_verify(struct tx *tx, int32_t day, struct err *err)
{
    struct action_row *rows;
    size_t count;

    if (action_store_due(tx, day - monitoring_of(tx)->limits.verify_days, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (verify(tx, &rows[i], day, err) != 0)
            return -1;
    return 0;
}

/* In working hours: who said that it would be done by then, and whoever knows of the alert. */
static int tell_overdue(struct tx *tx, struct action_row *row, int64_t *next_us, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), row->action->alert);
    const Bihuan__Action *action = row->action;
    struct tell tell = { .event = NOTICE_REMINDED };
    int64_t until;

    if (alert && alert_state_is_open(alert->state) && telling_waits(tx, alert, &until)) {
        *next_us = until < *next_us ? until : *next_us;
        return 0;
    }
    row->action->overdue_told = true;
    tell.note_zh = arena_printf(tx_arena(tx), "整改措施已逾期：%s 应于 %s 前完成（%s）。", action->owner, action->due,
                                action->cause);
    tell.note_en = arena_printf(tx_arena(tx), "The action is overdue: %s was to have it done by %s (%s).",
                                action->owner, action->due, action->cause);
    if (alert && alert_state_is_open(alert->state) && telling_remind(tx, alert, &tell, action->owner, err) != 0)
        return -1;
    return action_store_put(tx, action, &row->keys, err);
}

int actions_overdue(struct tx *tx, int64_t *next_us, struct err *err)
{
    const struct worktime worktime = worktime_of(tx);
    int64_t midnight = worktime_at(&worktime, today(tx) + 1, 0);
    struct action_row *rows;
    size_t count;

    if (midnight < *next_us)
        *next_us = midnight;
    if (action_store_due(tx, today(tx) - 1, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].action->state, "open") != 0)
            continue;
        if (!rows[i].action->overdue) {
            rows[i].action->overdue = true;
            if (action_turn(tx, rows[i].action, &rows[i].keys, ACTION_OVERDUE, "system", "", err) != 0)
                return -1;
        }
        if (!rows[i].action->overdue_told && tell_overdue(tx, &rows[i], next_us, err) != 0)
            return -1;
    }
    return 0;
}

/* --- in breach again --- */

static int64_t pace_of(const struct alert *alert)
{
    if (alert->inputs.planned <= 0)
        return 1000000;
    return (int64_t)((__int128)alert->inputs.actual * 1000000 / alert->inputs.planned);
}

int actions_rebreach(struct tx *tx, struct alert *alert, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct rule *rule = rule_by_id(m, alert->rule_id);
    const struct ref_period *period = refdata_period(m->refdata, alert->period_id);
    struct action_row row;

    if (!rule || !period || action_store_last(tx, alert, &row, err) != 0)
        return !rule || !period ? 0 : -1;
    if (!row.action || alert->inputs.as_of - row.action->verdict_day > (int32_t)rule->reopen_days)
        return 0;
    begin_round(tx, &row, today(tx));
    row.keys.period_id = alert->period_id;
    row.keys.pace_ppm = pace_of(alert);
    row.action->alert = alert->id;
    row.action->period = period->code;
    row.action->baseline_actual = alert->inputs.actual;
    row.action->baseline_curve_ppm = alert->inputs.curve_ppm;
    row.action->baseline_pace_ppm = row.keys.pace_ppm;
    row.action->base_day = alert->inputs.as_of;
    memcpy(alert->action, row.action->id, strlen(row.action->id) + 1);
    if (action_turn(tx, row.action, &row.keys, ACTION_REOPENED, "system", "in breach again", err) != 0)
        return -1;
    return alert_remark(tx, alert, "system", "in breach again: the verified action is open again", err);
}
