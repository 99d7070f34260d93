/* tried: see tried.h. */
#include "monitoring/rules/tried.h"

#include <string.h>
#include <uthash.h>

#define NOON_S 43200

/* One receiver of an alert. */
struct told_to {
    const char *receiver; /* "" who hears everything where nobody else does */
    size_t route;         /* which may be another one by the next day; SIZE_MAX none */
    int32_t step_bp;      /* of the route */
    bool led;             /* routes lead there, as the alert is now */
    struct retell_told told;
    enum retell what; /* of this round */
    enum tried_news news;
};

struct tried {
    UT_hash_handle hh;
    const char *id;
    int severity; /* by which they were looked up; -1 not yet */
    struct told_to *to;
    size_t count, cap;
};

const char *tried_news_word(enum tried_news news)
{
    static const char *const words[] = { "", "gap_step", "chance_halved", "other_severity" };

    return words[news];
}

static struct tried *tried_of(struct tried **all, struct tx *tx, const struct alert *alert)
{
    struct tried *tried;

    HASH_FIND_STR(*all, alert->id, tried);
    if (tried)
        return tried;
    tried = arena_new(tx_arena(tx), struct tried);
    tried->id = arena_strdup(tx_arena(tx), alert->id);
    tried->severity = -1;
    HASH_ADD_KEYPTR(hh, *all, tried->id, strlen(tried->id), tried);
    return tried;
}

/* --- who --- */

static void lead_to(struct tried *tried, struct tx *tx, const char *receiver, size_t route, int32_t step_bp)
{
    struct told_to *to = NULL;

    for (size_t i = 0; i < tried->count && !to; i++)
        if (strcmp(tried->to[i].receiver, receiver) == 0)
            to = &tried->to[i];
    if (!to) {
        if (tried->count == tried->cap) {
            struct told_to *larger = arena_array(tx_arena(tx), struct told_to, tried->cap * 2 + 4);

            if (tried->count)
                memcpy(larger, tried->to, tried->count * sizeof *larger);
            tried->to = larger;
            tried->cap = tried->cap * 2 + 4;
        }
        to = &tried->to[tried->count++];
        *to = (struct told_to) { .receiver = arena_strdup(tx_arena(tx), receiver) };
    }
    to->route = route;
    to->step_bp = step_bp;
    to->led = true;
}

static int look_up(struct tried *tried, struct tx *tx, const struct rule *rule, const struct alert *alert,
                   struct err *err)
{
    struct addressees list;

    if (tried->severity == alert->severity)
        return 0;
    if (addressees_of_rule(tx, alert, rule, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < tried->count; i++)
        tried->to[i].led = false;
    for (size_t i = 0; i < list.count; i++)
        lead_to(tried, tx, list.items[i].receiver, list.items[i].route,
                telling_now_of_rule(tx, alert, rule, &list.items[i]).step_bp);
    if (!list.count)
        lead_to(tried, tx, "", SIZE_MAX, telling_step(monitoring_of(tx)));
    tried->severity = alert->severity;
    return 0;
}

/* --- what --- */

static enum tried_news news_of(const struct told_to *to, const struct retell_now *now)
{
    if (to->what == RETELL_SEVERITY)
        return TRIED_SEVERITY;
    if (to->what != RETELL_WORSE)
        return TRIED_NONE;
    return (int64_t)to->told.gap_bp - now->gap_bp >= now->step_bp ? TRIED_GAP : TRIED_HIT;
}

static const struct addressee NOBODY = { .receiver = "", .route = SIZE_MAX };

/* Whoever was told goes on being told, wherever routes lead by then; but for who has no name, once somebody has. */
static bool is_concerned(const struct told_to *to)
{
    return to->led || (to->told.open && to->receiver[0]);
}

static void ask(struct told_to *to, struct retell_now now)
{
    to->what = RETELL_NOTHING;
    if (!is_concerned(to)) {
        to->told.open = false;
        return;
    }
    now.step_bp = to->step_bp;
    to->what = retell_next(&to->told, &now);
    if (to->what == RETELL_NOTHING)
        return;
    to->news = news_of(to, &now);
    to->told = (struct retell_told) { .open = to->what != RETELL_OVER,
                                      .flapping = now.flapping,
                                      .severity = retell_severity(to->told.open, to->told.severity, now.severity,
                                                                  false),
                                      .gap_bp = now.gap_bp,
                                      .hit_ppm = now.hit_ppm == RETELL_HIT_UNKNOWN ? 0 : now.hit_ppm };
}

/* Whether nobody is told by the route at noon of the day. */
static bool is_off(struct tx *tx, size_t route, int32_t day)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    const struct worktime worktime = worktime_of(tx);

    return route != SIZE_MAX && quiet_holds(&telling->quiets[route], &worktime, worktime_at(&worktime, day, NOON_S)) &&
           !worktime_works(&worktime, worktime_at(&worktime, day, NOON_S));
}

/* One thing that is told of an alert behind a day. */
struct telling_of {
    struct tx *tx;
    const struct alert *alert;
    int32_t day;
    bool urgent;
};

/* Those who are told the same thing. */
static bool gather(const struct tried *tried, const struct telling_of *of, enum retell what, struct tried_notice *out)
{
    const struct alert *alert = of->alert;
    struct tx *tx = of->tx;
    bool any = false;

    *out = (struct tried_notice) { .event = telling_event(what, alert),
                                   .receivers = arena_array(tx_arena(tx), const char *, tried->count + 1) };
    for (size_t i = 0; i < tried->count; i++) {
        const struct told_to *to = &tried->to[i];

        if (to->what != what)
            continue;
        if (!any)
            out->news = to->news;
        any = true;
        if (to->receiver[0]) {
            out->receivers[out->receiver_count++] = to->receiver;
            out->held += !of->urgent && is_off(tx, to->route, of->day + 1);
        }
    }
    return any;
}

int tried_tell(struct tried **all, struct tx *tx, const struct rule *rule, int32_t day, struct alert *alert,
               struct tried_notice out[TRIED_NOTICES_MAX], size_t *count, struct err *err)
{
    /* an Alertmanager is counted like whoever takes messages: that it has the state is no message */
    const struct retell_now now = telling_now_of_rule(tx, alert, rule, &NOBODY);
    const struct telling_of of = { tx, alert, day,
                                   rule->through_quiet || alert->severity >= severity_rank("critical") };
    struct tried *tried;
    bool knows = false, news = false;

    *count = 0;
    if (!alert->told && (!now.open || now.quieted))
        return 0; /* nothing to say, and nobody who knows */
    tried = tried_of(all, tx, alert);
    if (now.open && !now.quieted && look_up(tried, tx, rule, alert, err) != 0)
        return -1;
    for (size_t i = 0; i < tried->count; i++) {
        ask(&tried->to[i], now);
        news = news || tried->to[i].what != RETELL_NOTHING;
        knows = knows || tried->to[i].told.open;
    }
    for (enum retell what = RETELL_FIRED; news && what <= RETELL_OVER; what++)
        if (gather(tried, &of, what, &out[*count]))
            (*count)++;
    alert->told = knows;
    return 0;
}

void tried_fini(struct tried **all)
{
    HASH_CLEAR(hh, *all); /* the rest is the arena's */
}
