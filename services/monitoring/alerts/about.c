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

static int64_t now_of(const struct about *about)
{
    return about->book ? about->at_us : tx_now(about->tx);
}

static int move(const struct about *about, struct alert *alert, enum alert_state to, const char *note, struct err *err)
{
    if (!about->book)
        return alert_move(about->tx, alert, to, "system", note, err);
    if (to == ALERT_FIRING && !alert_state_is_open(alert->state))
        alert->fired_us = about->at_us;
    alert->state = alert->written = to;
    return 0;
}

int about_move(const struct about *about, struct alert *alert, enum alert_state to, struct err *err)
{
    const struct flap_span *span = &monitoring_of(about->tx)->limits.span;
    const char *note = "";

    alert->life.back_us = 0;
    if (alert_state_is_open(alert->state) != alert_state_is_open(to) && life_turn(&alert->life, span, now_of(about))) {
        note = arena_printf(tx_arena(about->tx), "comes and goes: %d changes in the last %d days", span->turns,
                            span->days);
        if (about->flapping)
            (*about->flapping)++;
    }
    return move(about, alert, to, note, err);
}

int about_back(const struct about *about, struct alert *alert, struct err *err)
{
    if (!monitoring_of(about->tx)->limits.feed_clear_us) {
        alert->inhibited_by[0] = 0;
        return about_move(about, alert, ALERT_RESOLVED, err);
    }
    if (!alert->life.back_us) {
        alert->life.back_us = now_of(about);
        alert->dirty = true;
    }
    return 0;
}

static int end_back(const struct about *about, struct alert *alert, int64_t *next_us, bool *moved, struct err *err)
{
    int64_t until = alert->life.back_us + monitoring_of(about->tx)->limits.feed_clear_us;

    if (until > now_of(about)) {
        *next_us = until < *next_us ? until : *next_us;
        return 0;
    }
    *moved = true;
    alert->inhibited_by[0] = 0;
    return about_move(about, alert, ALERT_RESOLVED, err);
}

int about_look(const struct about *about, struct alert *alert, int64_t *next_us, bool *moved, struct err *err)
{
    const struct flap_span *span = &monitoring_of(about->tx)->limits.span;
    int64_t rests;

    if (!alert->subject[0])
        return 0;
    if (alert->life.back_us && end_back(about, alert, next_us, moved, err) != 0)
        return -1;
    if (life_rest(&alert->life, span, now_of(about))) {
        *moved = true;
        return move(about, alert, alert->state, "no longer comes and goes", err);
    }
    rests = flap_rests_us(&alert->life.flap, &alert->life.turns, span);
    *next_us = rests < *next_us ? rests : *next_us;
    return 0;
}
