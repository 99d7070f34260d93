/* days: see days.h. */
#include "monitoring/alerts/days.h"

#include "text/decimal.h"

struct day_pass {
    struct tx *tx;
    const struct ref_period *period;
    int32_t day;
};

/* --- late facts --- */

static bool is_summed(const struct day_pass *pass, const struct alert *alert)
{
    const struct monitoring *m = monitoring_of(pass->tx);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct rule *rule = rule_by_id(m, alert->rule_id);

    return alert->period_id == pass->period->id && alert_state_is_open(alert->state) && measure && measure->additive &&
           rule && rule->kind == RULE_LAG && alert->inputs.as_of >= pass->period->from_day;
}

static int correct(void *arg, struct alert *alert, struct err *err)
{
    const struct day_pass *pass = arg;
    const struct monitoring *m = monitoring_of(pass->tx);
    char was[DECIMAL_TEXT_MAX], is[DECIMAL_TEXT_MAX];
    int64_t now;
    int scale;

    if (!is_summed(pass, alert))
        return 0;
    if (tree_roll_up(refdata_tree(m->refdata), m->cube, alert->unit_id, alert->measure_id, pass->period->from_day,
                     alert->inputs.as_of, &now, err) != 0)
        return -1;
    if (now == alert->inputs.actual)
        return 0;
    scale = measure_scale(pass->tx, refdata_measure(m->refdata, alert->measure_id));
    decimal_print(was, alert->inputs.actual, scale, 0);
    decimal_print(is, now, scale, 0);
    alert->life.late_corrected = true;
    alert->inputs.actual = now;
    return alert_remark(
        pass->tx, alert, "system",
        arena_printf(tx_arena(pass->tx), "late facts: the actual of that day was %s and is %s", was, is), err);
}

int alerts_before_day(struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct day_pass pass = { tx, period, 0 };

    return alerts_each(monitoring_of(tx), correct, &pass, err);
}

/* --- coming and going --- */

static int evaluate(void *arg, struct alert *alert, struct err *err)
{
    const struct day_pass *pass = arg;
    bool changed;

    if (alert->period_id != pass->period->id || alert->state == ALERT_EXPIRED || alert->life.nodata)
        return 0;
    changed = flap_push(&alert->life.flap, alert_state_is_open(alert->state));
    if (flap_share_ppm(&alert->life.flap))
        alert->dirty = true; /* else what is kept says the same */
    if (!changed)
        return 0;
    alert->life.flap_since_us = alert->life.flap.on ? tx_now(pass->tx) : 0;
    return alert_remark(pass->tx, alert, "system",
                        arena_printf(tx_arena(pass->tx), "%s: changes %u %% of the last %d days",
                                     alert->life.flap.on ? "comes and goes" : "no longer comes and goes",
                                     flap_share_ppm(&alert->life.flap) / 10000, FLAP_CHECKS),
                        err);
}

int alerts_after_day(struct tx *tx, const struct ref_period *period, int32_t day, struct err *err)
{
    struct day_pass pass = { tx, period, day };

    return alerts_each(monitoring_of(tx), evaluate, &pass, err);
}
