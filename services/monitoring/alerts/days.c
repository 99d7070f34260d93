/* days: see days.h. */
#include "monitoring/alerts/days.h"

struct day_pass {
    struct tx *tx;
    const struct ref_period *period;
};

static int evaluate(void *arg, struct alert *alert, struct err *err)
{
    const struct day_pass *pass = arg;
    const struct flap_limits *limits = &monitoring_of(pass->tx)->limits.flap;
    bool changed;

    if (alert->period_id != pass->period->id || alert->state == ALERT_EXPIRED || alert->nodata)
        return 0;
    changed = life_day(&alert->life, alert_state_is_open(alert->state), limits, tx_now(pass->tx));
    if (alert->life.flap.share_ppm)
        alert->dirty = true; /* else what is kept says the same */
    if (!changed)
        return 0;
    return alert_remark(pass->tx, alert, "system",
                        arena_printf(tx_arena(pass->tx), "%s: changes %u %% of the last %d days",
                                     alert->life.flap.on ? "comes and goes" : "no longer comes and goes",
                                     alert->life.flap.share_ppm / 10000, limits->days),
                        err);
}

int alerts_after_day(struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct day_pass pass = { tx, period };

    return alerts_each(monitoring_of(tx), evaluate, &pass, err);
}
