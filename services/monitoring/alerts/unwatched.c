/* unwatched: see unwatched.h. */
#include "monitoring/alerts/unwatched.h"

#include "monitoring/judging/judge.h"
#include "monitoring/kinds/kind.h"
#include "monitoring/rules/rules.h"

#include <string.h>

int alert_unwatched(struct tx *tx, struct alert *alert, const char *actor, const char *why, struct err *err)
{
    bool open = alert_state_is_open(alert->state);

    if (!open && alert->state != ALERT_PENDING)
        return 0;
    alert->dwell = (struct alert_dwell) { 0, 0 };
    alert->nodata = false;
    alert->inhibited_by[0] = 0;
    life_forget_flap(&alert->life); /* its end isn't held back, nor by the day that follows */
    alert->life.back_us = 0;
    alert->inputs.unwatched = true;
    return alert_move(tx, alert, open ? ALERT_RESOLVED : ALERT_OK, actor,
                      arena_printf(tx_arena(tx), "nobody judges it any more: %s", why), err);
}

/* NULL: the rule is still about it. What it takes to be judged beside that, a target, is seen when it is judged. */
static const char *why_not(struct monitoring *m, const struct rule *rule, const struct alert *alert, int32_t day)
{
    const struct ref_unit *unit = refdata_unit(m->refdata, alert->unit_id);
    const struct ref_measure *measure;

    if (!rule || rule->off)
        return "its rule was switched off";
    if (kind_of(rule->kind)->by == KIND_BY_FEED || kind_of(rule->kind)->by == KIND_BY_EVENT)
        return NULL;
    measure = refdata_measure_by_code(m->refdata, rule->measure);
    if (!measure || measure->id != alert->measure_id)
        return "its rule is about another measure now";
    if (alerts_get(m, rule, alert->unit_id, alert->measure_id, alert->period_id, false) != alert)
        return "its rule is about another channel or product now";
    return !unit || judge_covers(m, rule, unit, day) ? NULL : "its rule doesn't cover the unit any more";
}

struct change {
    struct tx *tx;
    const char *actor;
};

static int end_one(void *arg, struct alert *alert, struct err *err)
{
    const struct change *change = arg;
    struct monitoring *m = monitoring_of(change->tx);
    const char *why = why_not(m, rule_by_id(m, alert->rule_id), alert, today(change->tx));

    return why ? alert_unwatched(change->tx, alert, change->actor, why, err) : 0;
}

int alert_end_unwatched(struct tx *tx, struct alert *alert, struct err *err)
{
    struct change change = { tx, "system" };

    return end_one(&change, alert, err);
}

int alerts_end_unwatched(struct tx *tx, const char *actor, struct err *err)
{
    struct change change = { tx, actor };

    alerts_gather(monitoring_write(tx));
    return alerts_each(monitoring_of(tx), end_one, &change, err) != 0 ? -1 : alerts_settle(tx, err);
}
