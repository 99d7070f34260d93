/* desk: what the clock brings to alerts: silences that begin and end, takings that lapse, ladders, mornings. Runs each
 * second, and does nothing before the moment that it worked out the last time, unless something changed since. */
#include "monitoring/actions/actions.h"
#include "monitoring/alerts/about.h"
#include "monitoring/alerts/silences.h"
#include "monitoring/telling/telling.h"

#include <stdio.h>

struct pass {
    struct tx *tx;
    int64_t next_us;
};

static void due_at(int64_t *next_us, int64_t at_us)
{
    if (at_us && at_us < *next_us)
        *next_us = at_us;
}

/* --- takings that lapse --- */

static const struct tell LAPSED = { .event = NOTICE_REMINDED,
                                    .note_zh = "认领已失效：规定的工作日内没有备注或整改，预警重新生效。",
                                    .note_en = "Taking it has lapsed: no note and no action for working days; it"
                                               " waits for somebody again." };

static int lapse(struct tx *tx, struct alert *alert, struct err *err)
{
    char *note = arena_printf(tx_arena(tx), "what %s took in hand lapsed: no note or action since", alert->taken_by);
    uint32_t days = ladder_days_climbed(tx, alert);

    alert->taken_by[0] = 0;
    alert->life.taken_us = 0;
    if (alert_move(tx, alert, ALERT_FIRING, "system", note, err) != 0)
        return -1;
    alert->life.ladder_base_us = tx_now(tx);
    alert->life.ladder_base_day = days;
    return telling_remind(tx, alert, &LAPSED, NULL, err);
}

/* Whoever was told is told so, and that waits for the morning. */
static bool lapses_later(struct tx *tx, const struct alert *alert, int64_t *at_us)
{
    *at_us = alert->life.lapses_us;
    return *at_us > tx_now(tx) || telling_waits(tx, alert, at_us);
}

static int look(void *arg, struct alert *alert, struct err *err)
{
    struct pass *pass = arg;
    const struct about about = { .tx = pass->tx };
    bool moved;
    int64_t at;

    if (about_look(&about, alert, &pass->next_us, &moved, err) != 0)
        return -1;
    if (!alert_state_is_open(alert->state))
        return 0;
    if (silences_mark(pass->tx, alert) &&
        alert_remark(pass->tx, alert, "system", alert->life.silenced_by[0] ? "silenced" : "no longer silenced", err) !=
            0)
        return -1;
    if (alert->silenced_until_us > tx_now(pass->tx))
        due_at(&pass->next_us, alert->silenced_until_us);
    if (actions_tell_failed(pass->tx, alert, &pass->next_us, err) != 0)
        return -1;
    if (alert->state != ALERT_TAKEN || !alert->life.lapses_us)
        return 0;
    if (lapses_later(pass->tx, alert, &at)) {
        due_at(&pass->next_us, at);
        return 0;
    }
    return lapse(pass->tx, alert, err);
}

static int climb_one(void *arg, struct alert *alert, struct err *err)
{
    struct pass *pass = arg;
    int64_t due = INT64_MAX;

    if (alert->state != ALERT_FIRING)
        return 0;
    if (escalate(pass->tx, alert, false, &due, err) != 0)
        return -1;
    due_at(&pass->next_us, due);
    return 0;
}

static int work(struct tx *tx, struct pass *pass, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    due_at(&pass->next_us, silences_next(m->silences, tx_now(tx)));
    if (alerts_each(m, look, pass, err) != 0 || alerts_settle(tx, err) != 0 ||
        alerts_each(m, climb_one, pass, err) != 0 || actions_overdue(tx, &pass->next_us, err) != 0 ||
        morning_tell(tx, &pass->next_us, err) != 0)
        return -1;
    return alerts_settle(tx, err);
}

int on_desk(struct tx *tx, const void *message, struct err *err)
{
    struct pass pass = { tx, INT64_MAX };
    struct telling *telling = monitoring_of(tx)->telling;

    (void)message;
    if (telling->next_us > tx_now(tx))
        return 0;
    (void)monitoring_write(tx);
    if (work(tx, &pass, err) != 0)
        return -1;
    telling->next_us = pass.next_us;
    return 0;
}
