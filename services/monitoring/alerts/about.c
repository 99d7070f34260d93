/* about: see about.h. */
#include "monitoring/alerts/about.h"

struct alerts *about_book(const struct about *about)
{
    return about->book ? about->book : monitoring_of(about->tx)->alerts;
}

int32_t about_day(const struct about *about)
{
    return about->book ? clock_day(runtime_clock(tx_runtime(about->tx)), about->at_us) : today(about->tx);
}

struct alert *about_get(const struct about *about, const struct rule *rule, uint32_t unit_id, const char *subject,
                        bool make)
{
    return alerts_get_about_in(about_book(about), monitoring_of(about->tx), rule, unit_id, subject, make);
}

int about_move(const struct about *about, struct alert *alert, enum alert_state to, struct err *err)
{
    if (!about->book)
        return alert_move(about->tx, alert, to, "system", "", err);
    if (to == ALERT_FIRING && !alert_state_is_open(alert->state))
        alert->fired_us = about->at_us;
    alert->state = alert->written = to;
    return 0;
}
