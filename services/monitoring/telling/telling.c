/* telling: see telling.h. */
#include "monitoring/telling/telling.h"

#include "monitoring/alerts/silences.h"
#include "monitoring/telling/held_store.h"

#include <stdlib.h>
#include <string.h>

/* --- what is news --- */

int32_t telling_step(const struct monitoring *m)
{
    return (int32_t)runtime_setting_int(m->rt, "worse_step_bp");
}

struct retell_now telling_now(struct tx *tx, const struct alert *alert, const struct addressee *to)
{
    return telling_now_of_rule(tx, alert, rule_by_id(monitoring_of(tx), alert->rule_id), to);
}

struct retell_now telling_now_of_rule(struct tx *tx, const struct alert *alert, const struct rule *rule,
                                      const struct addressee *to)
{
    const struct monitoring *m = monitoring_of(tx);

    return (struct retell_now) {
        .open = alert_state_is_open(alert->state),
        .expired = alert->state == ALERT_EXPIRED,
        .quieted = alert->inhibited_by[0] || alert->life.silenced_by[0],
        .flapping = alert->life.flap.on,
        .lag = rule && (rule->kind == RULE_LAG || rule->kind == RULE_TRAJECTORY),
        .state = delivery_takes_state(m, to->receiver),
        .severity = alert->severity,
        .gap_bp = alert->inputs.gap_bp,
        .hit_ppm = alert->inputs.landing_banded || alert->inputs.hit_ppm ? alert->inputs.hit_ppm : RETELL_HIT_UNKNOWN,
        .hit_least_ppm = m->limits.hit_least_ppm,
        .step_bp = to->route == SIZE_MAX ? telling_step(m) : m->telling->routes[to->route]->step_bp,
    };
}

struct retell_told telling_told(const struct told *told, const struct alert *alert)
{
    return (struct retell_told) {
        .open = told->open,
        .flapping = alert->life.flap_since_us && told->told_us >= alert->life.flap_since_us,
        .severity = told->severity,
        .gap_bp = told->gap_bp,
        .hit_ppm = told->hit_ppm,
    };
}

enum notice_event telling_event(enum retell what, const struct alert *alert)
{
    switch (what) {
    case RETELL_FIRED:
        return NOTICE_FIRED;
    case RETELL_WORSE:
    case RETELL_SEVERITY:
        return NOTICE_WORSENED;
    case RETELL_EASED:
        return NOTICE_REMINDED;
    case RETELL_FLAPPING:
        return alert->told ? NOTICE_REMINDED : NOTICE_FIRED;
    case RETELL_OVER:
        return alert->state == ALERT_EXPIRED ? NOTICE_EXPIRED : NOTICE_RESOLVED;
    case RETELL_NOTHING:
        break;
    }
    return NOTICE_NONE;
}

struct tell telling_words(enum retell what, const struct alert *alert)
{
    struct tell tell = { .event = telling_event(what, alert) };

    if (what == RETELL_FLAPPING) {
        tell.note_zh = "该预警反复出现：在稳定之前不再逐次通知，最终结果会告知。";
        tell.note_en = "It comes and goes: nothing more is said until it has come to rest; how it ends will be told.";
    } else if (what == RETELL_SEVERITY) {
        tell.note_zh = "级别提高。";
        tell.note_en = "Its severity is higher.";
    } else if (what == RETELL_EASED) {
        tell.note_zh = "级别降低。";
        tell.note_en = "Its severity is lower.";
    }
    return tell;
}

bool telling_is_urgent(struct tx *tx, const struct alert *alert)
{
    const struct rule *rule = rule_by_id(monitoring_of(tx), alert->rule_id);

    return alert->severity >= severity_rank("critical") || (rule && rule->through_quiet);
}

bool telling_is_never_held(struct tx *tx, const struct alert *alert, const char *receiver)
{
    return delivery_takes_state(monitoring_of(tx), receiver) || telling_is_urgent(tx, alert);
}

bool telling_is_quiet(struct tx *tx, size_t route, int64_t *until_us)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    const struct worktime worktime = worktime_of(tx);

    if (route == SIZE_MAX || !quiet_holds(&telling->quiets[route], &worktime, tx_now(tx)))
        return false;
    *until_us = quiet_end(&telling->quiets[route], &worktime, tx_now(tx));
    return true;
}

/* --- telling --- */

/* It fires: news, unless the receiver was told so and didn't say that it took it. Then that goes again, and *tell is
 * what is news beside it. What fired just now can't have been told. */
static int tell_again(struct tx *tx, const struct alert *alert, const struct addressee *to, struct tell *tell,
                      struct err *err)
{
    const struct retell_now now = telling_now(tx, alert, to);
    struct retell_told before;
    struct told told;

    if (tell->event != NOTICE_FIRED || (!alert->told && alert->fired_us == tx_now(tx)))
        return 0;
    if (delivery_revive(tx, alert, to->receiver, &told, err) != 0)
        return -1;
    before = telling_told(&told, alert);
    if (told.open)
        *tell = telling_words(retell_next(&before, &now), alert);
    return 0;
}

static int send(struct tx *tx, const struct alert *alert, const struct addressee *to, const struct tell *said,
                struct err *err)
{
    struct tell tell = *said;
    struct notice notice = { .alert = alert, .people = to->people, .people_count = to->people_count };

    if (tell_again(tx, alert, to, &tell, err) != 0)
        return -1;
    notice.event = tell.event;
    notice.note_zh = tell.note_zh;
    notice.note_en = tell.note_en;
    if ((notice.event != NOTICE_NONE && delivery_tell(tx, &notice, to->receiver, err) != 0) ||
        held_store_drop(tx, alert->id, to->receiver, err) != 0)
        return -1;
    return to->one_a_day ? daily_store_note(tx, to->receiver, alert->measure_id, today(tx), err) : 0;
}

/* Reminders and what goes up a ladder are for now. */
static bool may_wait_for_morning(enum notice_event event)
{
    return event == NOTICE_FIRED || event == NOTICE_WORSENED || notice_event_closes(event);
}

int tell_or_hold(struct tx *tx, const struct alert *alert, const struct addressee *to, const struct tell *tell,
                 bool *went, struct err *err)
{
    bool at_once = telling_is_never_held(tx, alert, to->receiver);
    bool had = false;
    int64_t until;

    *went = false;
    if (!at_once && !to->due && may_wait_for_morning(tell->event) &&
        telling_waits_for_morning(monitoring_of(tx), to->receiver))
        return held_store_put(tx, alert->id, to->receiver, "digest", err);
    if (!at_once && telling_is_quiet(tx, to->route, &until))
        return held_store_put(tx, alert->id, to->receiver, "quiet", err);
    if (!at_once && to->one_a_day && daily_store_had(tx, to->receiver, alert->measure_id, today(tx), &had, err) != 0)
        return -1;
    if (had || (!at_once && to->one_a_day && telling_digest_comes(tx, to->route, &until)))
        return held_store_put(tx, alert->id, to->receiver, "one_a_day", err);
    *went = true;
    return send(tx, alert, to, tell, err);
}

static const struct told *told_of(const struct told *told, size_t count, const char *receiver)
{
    static const struct told nothing = { 0 };

    for (size_t i = 0; i < count; i++)
        if (strcmp(told[i].receiver, receiver) == 0)
            return &told[i];
    return &nothing;
}

/* Whoever was told before belongs to the list, by whatever it was told then. */
static void add_told(struct tx *tx, struct addressees *list, const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (told[i].open)
            addressees_add(tx, list, told[i].receiver, list->route_count ? list->routes[0] : SIZE_MAX, NULL);
}

/* An alert as it is being told. */
struct settling {
    struct told *told;
    size_t told_count;
    struct held *held;
    size_t held_count;
    bool open; /* somebody knows of it afterwards, and not that it is over */
};

static bool waits(const struct settling *settling, const char *receiver)
{
    for (size_t i = 0; i < settling->held_count; i++)
        if (strcmp(settling->held[i].receiver, receiver) == 0)
            return true;
    return false;
}

static int settle_one(struct tx *tx, struct alert *alert, const struct addressee *to, struct settling *settling,
                      struct err *err)
{
    const struct told *told = told_of(settling->told, settling->told_count, to->receiver);
    const struct retell_now now = telling_now(tx, alert, to);
    const struct retell_told before = telling_told(told, alert);
    enum retell what = retell_next(&before, &now);
    bool held = waits(settling, to->receiver), went = false;
    struct tell tell;

    if (what == RETELL_NOTHING) {
        settling->open = settling->open || told->open;
        return held ? held_store_drop(tx, alert->id, to->receiver, err) : 0;
    }
    tell = telling_words(what, alert);
    /* what waits goes out in one message with the rest (morning.c) */
    if ((!held || telling_is_never_held(tx, alert, to->receiver)) &&
        tell_or_hold(tx, alert, to, &tell, &went, err) != 0)
        return -1;
    settling->open = settling->open || (went ? what != RETELL_OVER : told->open);
    return 0;
}

bool telling_waits(struct tx *tx, const struct alert *alert, int64_t *until_us)
{
    struct addressees list;

    addressees_routes(tx, alert, &list);
    return list.route_count && !telling_is_urgent(tx, alert) && telling_is_quiet(tx, list.routes[0], until_us);
}

int telling_remind(struct tx *tx, struct alert *alert, const struct tell *tell, const char *person, struct err *err)
{
    struct addressees list;
    struct told *told;
    size_t count;
    bool went;

    if (alert->inhibited_by[0] || alert->life.silenced_by[0] || !alert->told)
        return 0;
    addressees_routes(tx, alert, &list);
    if (delivery_told_all(tx, alert->id, &told, &count, err) != 0)
        return -1;
    add_told(tx, &list, told, count);
    if (person)
        (void)addressees_add_person(tx, &list, person, list.route_count ? list.routes[0] : SIZE_MAX);
    for (size_t i = 0; i < list.count; i++)
        if (tell_or_hold(tx, alert, &list.items[i], tell, &went, err) != 0)
            return -1;
    return 0;
}

/* Nothing that anybody waits for. */
static bool is_settled(const struct alert *alert)
{
    return !alert->told && !(alert_state_is_open(alert->state) && !alert->inhibited_by[0]);
}

int telling_begin(struct tx *tx, struct err *err)
{
    struct telling *telling = monitoring_of(tx)->telling;

    telling_soon(monitoring_of(tx));
    if (telling->held_none) {
        telling->held_count = 0;
        return 0;
    }
    if (held_store_alerts(tx, &telling->held, &telling->held_count, err) != 0)
        return -1;
    telling->held_none = telling->held_count == 0;
    return 0;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_held(const struct telling *telling, const char *id)
{
    return telling->held_count && bsearch(&id, telling->held, telling->held_count, sizeof *telling->held, by_id);
}

int telling_settle(struct tx *tx, struct alert *alert, struct err *err)
{
    struct settling settling = { 0 };
    struct addressees list;

    if (is_settled(alert))
        return 0;
    (void)silences_mark(tx, alert);
    if (addressees_of(tx, alert, &list, err) != 0)
        return -1;
    if (!list.count && !alert->told)
        return 0; /* nobody to tell, and nobody who knows */
    if (is_held(monitoring_of(tx)->telling, alert->id) &&
        held_store_all(tx, alert->id, &settling.held, &settling.held_count, err) != 0)
        return -1;
    if (alert->told && delivery_told_all(tx, alert->id, &settling.told, &settling.told_count, err) != 0)
        return -1;
    add_told(tx, &list, settling.told, settling.told_count);
    for (size_t i = 0; i < list.count; i++)
        if (settle_one(tx, alert, &list.items[i], &settling, err) != 0)
            return -1;
    alert->told = settling.open;
    return 0;
}
