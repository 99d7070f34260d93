/* escalate: an alert that nobody takes climbs its ladder; see ladder.h for when. */
#include "monitoring/telling/ladder.h"
#include "monitoring/telling/telling.h"

#include <stdio.h>
#include <string.h>

/* Who of the step's unit has the same thing in hand there: then nobody at that level needs to hear of it again. */
static const char *in_hand_at(struct tx *tx, const struct alert *alert, const struct ref_unit *unit)
{
    struct monitoring *m = monitoring_of(tx);
    const struct rule *rule = rule_by_id(m, alert->rule_id);
    const struct alert *there = NULL;

    if (rule && unit && unit->id != alert->unit_id)
        there = alerts_get(m, rule, unit->id, alert->measure_id, alert->period_id, false);
    return there && (there->state == ALERT_TAKEN || there->state == ALERT_ACTING) ? there->taken_by : NULL;
}

static char *names_of(struct tx *tx, const char **people, size_t count)
{
    char *names = arena_strdup(tx_arena(tx), "");

    for (size_t i = 0; i < count; i++)
        names = arena_printf(tx_arena(tx), "%s%s%s", names, i ? ", " : "", people[i]);
    return names;
}

/* at_once: a step that needn't wait is no step up. */
static int tell_all(struct tx *tx, struct alert *alert, const struct addressees *list, bool at_once, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct tell tell = { .event = NOTICE_ESCALATED,
                             .note_zh = "在规定时限内无人认领，现上报。",
                             .note_en = "Nobody took it in the time allowed; it comes up to you." };
        struct told told;
        bool went;

        if (delivery_told(tx, alert->id, list->items[i].receiver, &told, err) != 0)
            return -1;
        if (told.open && at_once)
            continue; /* it has just been told that it fired */
        if (at_once)
            tell = (struct tell) { .event = NOTICE_FIRED };
        if (tell_or_hold(tx, alert, &list->items[i], &tell, &went, err) != 0)
            return -1;
        alert->told = alert->told || went;
    }
    return 0;
}

/* Whom a step leads to. */
struct foothold {
    struct addressees list;
    const struct ref_unit *unit;
    const char **people;
    size_t count;
    const char *holder; /* has it in hand there, so nobody is told; NULL nobody */
};

static int land(struct tx *tx, const struct alert *alert, const Bihuan__LadderStep *step, size_t route,
                struct foothold *out, struct err *err)
{
    *out = (struct foothold) { .people = NULL };
    if (step_people(tx, alert->unit_id, step, &out->unit, &out->people, &out->count, err) != 0)
        return -1;
    out->holder = in_hand_at(tx, alert, out->unit);
    for (size_t i = 0; !out->holder && i < out->count; i++)
        (void)addressees_add_person(tx, &out->list, out->people[i], route);
    for (size_t i = 0; !out->holder && i < step->n_receivers; i++)
        addressees_add(tx, &out->list, step->receivers[i], route, NULL);
    return 0;
}

static int climb(struct tx *tx, struct alert *alert, const Bihuan__Ladder *ladder, size_t route, struct err *err)
{
    size_t number = alert->life.climbed;
    const Bihuan__LadderStep *step = ladder->steps[number];
    struct foothold at;
    char *note;

    if (land(tx, alert, step, route, &at, err) != 0)
        return -1;
    if (at.holder)
        note = arena_printf(tx_arena(tx), "step %zu of %zu: %s at %s has it in hand", number + 1, ladder->n_steps,
                            at.holder, at.unit->code);
    else if (at.unit)
        note = arena_printf(tx_arena(tx), "step %zu of %zu: %s at %s: %s%s", number + 1, ladder->n_steps, step->role,
                            at.unit->code, names_of(tx, at.people, at.count), at.list.count ? "" : " (no contact)");
    else
        note = arena_printf(tx_arena(tx), "step %zu of %zu: %s%s", number + 1, ladder->n_steps,
                            step->role[0] ? "nobody holds " : "receivers", step->role);
    alert->life.climbed++;
    if (alert_remark(tx, alert, "system", note, err) != 0)
        return -1;
    return tell_all(tx, alert, &at.list, number == 0 || step->after_days == 0, err);
}

static enum ladder_move next_of(struct tx *tx, const struct alert *alert, const Bihuan__Ladder *ladder, int64_t *due_us)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_period *period = refdata_period(m->refdata, alert->period_id);
    const struct worktime worktime = worktime_of(tx);
    uint32_t days[LADDER_STEPS_MAX];
    struct ladder_view view = { .state = alert->state,
                                .after_days = days,
                                .step_count = ladder->n_steps,
                                .climbed = alert->life.climbed,
                                .base_us = alert->life.ladder_base_us,
                                .base_day = alert->life.ladder_base_day,
                                .end_us = period ? worktime_at(&worktime, period->until_day, 0) : INT64_MAX };

    for (size_t i = 0; i < ladder->n_steps && i < LADDER_STEPS_MAX; i++)
        days[i] = ladder->steps[i]->after_days;
    return ladder_next(&view, &worktime, tx_now(tx), due_us);
}

uint32_t ladder_days_climbed(struct tx *tx, const struct alert *alert)
{
    const Bihuan__Ladder *ladder;
    struct addressees list;
    size_t route;

    addressees_routes(tx, alert, &list);
    ladder = addressees_ladder(tx, alert, &list, &route);
    if (!ladder || !alert->life.climbed || alert->life.climbed > ladder->n_steps)
        return 0;
    return ladder->steps[alert->life.climbed - 1]->after_days;
}

/* Whether all whom the step leads to know of the alert. */
static int all_know(struct tx *tx, const struct alert *alert, const Bihuan__LadderStep *step, size_t route, bool *know,
                    struct err *err)
{
    struct foothold at;

    if (land(tx, alert, step, route, &at, err) != 0)
        return -1;
    *know = !at.holder;
    for (size_t i = 0; *know && i < at.list.count; i++) {
        struct told told;

        if (delivery_told(tx, alert->id, at.list.items[i].receiver, &told, err) != 0)
            return -1;
        *know = told.open;
    }
    return 0;
}

/* Steps of another ladder are none of this one's: behind it lie those that are due and tell nobody anything new. */
static int change(struct tx *tx, struct alert *alert, const Bihuan__Ladder *ladder, size_t route, struct err *err)
{
    int64_t due;
    bool know = true;

    alert->life.climbed = 0;
    while (know && next_of(tx, alert, ladder, &due) == LADDER_CLIMB) {
        if (all_know(tx, alert, ladder->steps[alert->life.climbed], route, &know, err) != 0)
            return -1;
        alert->life.climbed += know;
    }
    return 0;
}

/* An alert comes under a ladder. One that has waited for long without any begins at its foot now: else it would climb
 * all steps at once. */
static int begin(struct tx *tx, struct alert *alert, const Bihuan__Ladder *ladder, size_t route, struct err *err)
{
    const struct worktime worktime = worktime_of(tx);

    if (strcmp(alert->life.ladder, ladder->code) == 0)
        return 0;
    if (alert->life.ladder[0] && change(tx, alert, ladder, route, err) != 0)
        return -1;
    if (!alert->life.ladder[0] && tx_now(tx) >= worktime_add(&worktime, alert->life.ladder_base_us, 1))
        alert->life.ladder_base_us = tx_now(tx);
    snprintf(alert->life.ladder, sizeof alert->life.ladder, "%.64s", ladder->code);
    alert->dirty = true;
    return 0;
}

int escalate(struct tx *tx, struct alert *alert, bool now, int64_t *due_us, struct err *err)
{
    struct addressees list;
    const Bihuan__Ladder *ladder;
    size_t route;

    if (alert->inhibited_by[0] || alert->life.silenced_by[0])
        return 0;
    addressees_routes(tx, alert, &list);
    ladder = addressees_ladder(tx, alert, &list, &route);
    if (!ladder)
        return 0;
    if (begin(tx, alert, ladder, route, err) != 0)
        return -1;
    for (;;) {
        enum ladder_move move = next_of(tx, alert, ladder, due_us);
        int64_t until;

        if (move == LADDER_WAIT && now)
            move = LADDER_CLIMB;
        if (move != LADDER_CLIMB) {
            *due_us = move == LADDER_REST ? INT64_MAX : *due_us;
            return 0;
        }
        if (!now && !telling_is_urgent(tx, alert) && telling_is_quiet(tx, route, &until)) {
            *due_us = until;
            return 0;
        }
        now = false;
        if (climb(tx, alert, ladder, route, err) != 0)
            return -1;
    }
}
