/* morning: what quiet hours, days off and the rule of one message a day held back, in one message of what is still
 * true; and the digest that a route asks for each working morning, also when nothing is open: then it says so, and
 * whoever misses it knows that something is wrong. */
#include "monitoring/telling/held_store.h"
#include "monitoring/telling/telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MORNING_S    30600 /* 08:30, where no route says otherwise */
#define DAYS_OFF_MAX 60

static void due_at(int64_t *next_us, int64_t at_us)
{
    if (at_us < *next_us)
        *next_us = at_us;
}

/* --- what waited --- */

/* The receiver among those of the alert as they are now. */
static int find_addressee(struct tx *tx, const struct alert *alert, const char *receiver, struct addressee *out,
                          struct err *err)
{
    struct addressees list;

    if (addressees_of(tx, alert, &list, err) != 0)
        return -1;
    addressees_add(tx, &list, receiver, list.route_count ? list.routes[0] : SIZE_MAX, NULL);
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i].receiver, receiver) == 0)
            *out = list.items[i];
    return 0;
}

bool telling_digest_comes(struct tx *tx, size_t route, int64_t *at_us)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    const struct worktime worktime = worktime_of(tx);

    if (route == SIZE_MAX || !telling->routes[route]->digest || !refdata_works(monitoring_of(tx)->refdata, today(tx)))
        return false;
    *at_us = worktime_at(&worktime, today(tx), telling->digest_at_s[route]);
    return tx_now(tx) < *at_us;
}

bool telling_waits_for_morning(const struct monitoring *m, const char *receiver)
{
    const struct receiver *found = receiver_find(m, receiver);

    return found && found->digest;
}

int64_t telling_morning(struct tx *tx, size_t route, int64_t since_us)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct worktime worktime = worktime_of(tx);
    int32_t at_s = route == SIZE_MAX ? MORNING_S : m->telling->digest_at_s[route];
    int32_t day = worktime_day(&worktime, since_us);

    day += worktime_at(&worktime, day, at_s) <= since_us;
    for (int i = 0; i < DAYS_OFF_MAX && !refdata_works(m->refdata, day); i++)
        day++;
    return worktime_at(&worktime, day, at_s);
}

/* Whether it must go on waiting; *next_us is lowered to when to look again. */
static int must_wait(struct tx *tx, const struct alert *alert, const struct addressee *to, int64_t since_us,
                     bool *waits, int64_t *next_us, struct err *err)
{
    const struct worktime worktime = worktime_of(tx);
    int64_t until;
    bool had = false;

    *waits = true;
    if (telling_is_never_held(tx, alert, to->receiver)) {
        *waits = false;
        return 0;
    }
    if (telling_waits_for_morning(monitoring_of(tx), to->receiver)) {
        until = telling_morning(tx, to->route, since_us);
        if (tx_now(tx) < until) {
            due_at(next_us, until);
            return 0;
        }
    }
    if (telling_is_quiet(tx, to->route, &until) || telling_digest_comes(tx, to->route, &until)) {
        due_at(next_us, until);
        return 0;
    }
    if (to->one_a_day && daily_store_had(tx, to->receiver, alert->measure_id, today(tx), &had, err) != 0)
        return -1;
    *waits = had;
    if (had)
        due_at(next_us, worktime_at(&worktime, today(tx) + 1, 0));
    return 0;
}

/* What one receiver is told together. */
struct bundle {
    const char *receiver; /* NULL nobody yet */
    const struct alert **alerts;
    size_t count, cap;
    struct addressee to; /* of the last one */
    struct tell tell;    /* of the last one */
};

static void bundle_add(struct tx *tx, struct bundle *bundle, const struct alert *alert)
{
    if (bundle->count == bundle->cap) {
        const struct alert **larger = arena_array(tx_arena(tx), const struct alert *, bundle->cap * 2 + 64);

        if (bundle->count)
            memcpy(larger, bundle->alerts, bundle->count * sizeof *larger);
        bundle->alerts = larger;
        bundle->cap = bundle->cap * 2 + 64;
    }
    bundle->alerts[bundle->count++] = alert;
}

/* What goes by itself: an end, and whatever is told who takes state. */
static int tell_alone(struct tx *tx, struct alert *alert, const struct addressee *to, const struct tell *tell,
                      struct err *err)
{
    bool went;

    alert->told = alert->told || !notice_event_closes(tell->event);
    alert->dirty = true;
    return tell_or_hold(tx, alert, to, tell, &went, err);
}

static int look_at(struct tx *tx, const struct held *row, struct bundle *bundle, int64_t *next_us, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), row->alert);
    struct addressee to = { 0 };
    struct retell_now now;
    struct retell_told before;
    struct told told;
    enum retell what;
    struct tell words;
    bool waits;

    if (!alert)
        return held_store_drop(tx, row->alert, row->receiver, err);
    if (find_addressee(tx, alert, row->receiver, &to, err) != 0 ||
        delivery_told(tx, alert->id, row->receiver, &told, err) != 0)
        return -1;
    now = telling_now(tx, alert, &to);
    before = telling_told(&told, alert);
    what = retell_next(&before, &now);
    if (what == RETELL_NOTHING)
        return held_store_drop(tx, alert->id, row->receiver, err);
    if (must_wait(tx, alert, &to, row->since_us, &waits, next_us, err) != 0)
        return -1;
    if (waits)
        return 0;
    to.due = true;
    words = telling_words(what, alert);
    if (what == RETELL_OVER || delivery_takes_state(monitoring_of(tx), row->receiver))
        return tell_alone(tx, alert, &to, &words, err);
    bundle->tell = words;
    bundle->to = to;
    alert->told = alert->dirty = true;
    bundle_add(tx, bundle, alert);
    return 0;
}

static int send_bundle(struct tx *tx, struct bundle *bundle, struct err *err)
{
    const char *receiver = bundle->receiver;
    char *key = arena_printf(tx_arena(tx), "held:%ld", (long)tx_now(tx));
    bool went;

    if (bundle->count == 1)
        return tell_or_hold(tx, bundle->alerts[0], &bundle->to, &bundle->tell, &went, err);
    if (!bundle->count)
        return 0;
    if (delivery_digest(tx, receiver, key, bundle->alerts, bundle->count, err) != 0)
        return -1;
    for (size_t i = 0; i < bundle->count; i++)
        if (held_store_drop(tx, bundle->alerts[i]->id, receiver, err) != 0 ||
            (bundle->to.one_a_day &&
             daily_store_note(tx, receiver, bundle->alerts[i]->measure_id, today(tx), err) != 0))
            return -1;
    return 0;
}

static int tell_held(struct tx *tx, int64_t *next_us, struct err *err)
{
    struct bundle bundle = { .receiver = NULL };
    struct held *rows = NULL;
    size_t count = 0;

    do {
        if (held_store_page(tx, count ? &rows[count - 1] : NULL, &rows, &count, err) != 0)
            return -1;
        for (size_t i = 0; i < count; i++) {
            if (bundle.receiver && strcmp(bundle.receiver, rows[i].receiver) != 0) {
                if (send_bundle(tx, &bundle, err) != 0)
                    return -1;
                bundle = (struct bundle) { .receiver = NULL };
            }
            bundle.receiver = rows[i].receiver;
            if (look_at(tx, &rows[i], &bundle, next_us, err) != 0)
                return -1;
        }
    } while (count == HELD_PAGE);
    return send_bundle(tx, &bundle, err);
}

/* --- digests --- */

/* What one receiver of a route's digest is told. */
struct digest_part {
    const char *receiver;
    bool named; /* by the route itself: is told as well that nothing is open */
    const struct alert **alerts;
    size_t count, cap;
};

struct digest {
    struct tx *tx;
    size_t route;
    struct digest_part *parts;
    size_t count, cap;
};

static struct digest_part *part_of(struct digest *digest, const char *receiver, bool named)
{
    for (size_t i = 0; i < digest->count; i++)
        if (strcmp(digest->parts[i].receiver, receiver) == 0)
            return &digest->parts[i];
    if (digest->count == digest->cap) {
        struct digest_part *larger = arena_array(tx_arena(digest->tx), struct digest_part, digest->cap * 2 + 16);

        if (digest->count)
            memcpy(larger, digest->parts, digest->count * sizeof *larger);
        digest->parts = larger;
        digest->cap = digest->cap * 2 + 16;
    }
    digest->parts[digest->count] = (struct digest_part) { .receiver = receiver, .named = named };
    return &digest->parts[digest->count++];
}

static void add_alert(struct digest *digest, struct digest_part *part, struct alert *alert)
{
    if (part->count == part->cap) {
        const struct alert **larger = arena_array(tx_arena(digest->tx), const struct alert *, part->cap * 2 + 64);

        if (part->count)
            memcpy(larger, part->alerts, part->count * sizeof *larger);
        part->alerts = larger;
        part->cap = part->cap * 2 + 64;
    }
    part->alerts[part->count++] = alert;
    alert->told = alert->dirty = true;
}

/* By the receiver's own filter. */
static bool is_for(struct digest *digest, const char *receiver, const struct alert *alert)
{
    const struct receiver *found = receiver_find(monitoring_of(digest->tx), receiver);

    return found && delivery_concerns(digest->tx, found, alert);
}

/* To the route's own receivers, of what passes their filters, and to whoever holds its roles where the alert is. */
static int add_everywhere(struct digest *digest, struct alert *alert, struct err *err)
{
    const Bihuan__Route *route = monitoring_of(digest->tx)->telling->routes[digest->route];
    struct addressees list;

    for (size_t i = 0; i < digest->count; i++)
        if (digest->parts[i].named && is_for(digest, digest->parts[i].receiver, alert))
            add_alert(digest, &digest->parts[i], alert);
    if (!route->n_roles)
        return 0;
    if (addressees_of(digest->tx, alert, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        struct digest_part *part = list.items[i].route == digest->route && list.items[i].people_count
                                       ? part_of(digest, list.items[i].receiver, false)
                                       : NULL;

        if (part && !(part->named && is_for(digest, part->receiver, alert)))
            add_alert(digest, part, alert);
    }
    return 0;
}

static int gather(void *arg, struct alert *alert, struct err *err)
{
    struct digest *digest = arg;
    struct addressees list;

    if (!alert_state_is_open(alert->state) || alert->inhibited_by[0] || alert->life.silenced_by[0])
        return 0;
    addressees_routes(digest->tx, alert, &list);
    for (size_t i = 0; i < list.route_count; i++)
        if (list.routes[i] == digest->route)
            return add_everywhere(digest, alert, err);
    return 0;
}

/* The worst first. */
static int by_weight(const void *a, const void *b)
{
    const struct alert *x = *(const struct alert *const *)a;
    const struct alert *y = *(const struct alert *const *)b;

    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->inputs.gap_bp != y->inputs.gap_bp)
        return x->inputs.gap_bp < y->inputs.gap_bp ? -1 : 1;
    return strcmp(x->id, y->id);
}

static int say_nothing_open(struct tx *tx, const Bihuan__Route *route, const char *receiver, const char *key,
                            struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct receiver *to = receiver_find(m, receiver);
    bool zh = to && strcmp(to->language, "zh") == 0;
    const char *title = zh ? "今日无未处理预警" : "nothing is open this morning";
    const char *line = arena_printf(
        tx_arena(tx), zh ? "路由 %s 范围内没有未解除的预警。" : "No alert is open on route %s.", route->code);

    return delivery_say(tx, NOTICE_HEARTBEAT, receiver, key, title, &line, 1, err);
}

static int send_part(struct digest *digest, struct digest_part *part, const char *key, int32_t day, struct err *err)
{
    struct tx *tx = digest->tx;

    if (!part->count)
        return say_nothing_open(tx, monitoring_of(tx)->telling->routes[digest->route], part->receiver, key, err);
    qsort(part->alerts, part->count, sizeof *part->alerts, by_weight);
    if (delivery_digest(tx, part->receiver, key, part->alerts, part->count, err) != 0)
        return -1;
    for (size_t k = 0; k < part->count; k++)
        if (held_store_drop(tx, part->alerts[k]->id, part->receiver, err) != 0 ||
            daily_store_note(tx, part->receiver, part->alerts[k]->measure_id, day, err) != 0)
            return -1;
    return 0;
}

static int send_digest(struct tx *tx, size_t index, int32_t day, struct err *err)
{
    const Bihuan__Route *route = monitoring_of(tx)->telling->routes[index];
    struct digest digest = { .tx = tx, .route = index };
    char *key = arena_printf(tx_arena(tx), "digest:%s:%d", route->code, day);

    for (size_t i = 0; i < route->n_receivers; i++)
        (void)part_of(&digest, route->receivers[i], true);
    if (alerts_each(monitoring_of(tx), gather, &digest, err) != 0)
        return -1;
    for (size_t i = 0; i < digest.count; i++)
        if (send_part(&digest, &digest.parts[i], key, day, err) != 0)
            return -1;
    return digest_store_put(tx, route->code, day, err);
}

static int digest_of(struct tx *tx, size_t index, int64_t *next_us, struct err *err)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    const struct worktime worktime = worktime_of(tx);
    int32_t day = today(tx), last;
    int64_t at = worktime_at(&worktime, day, telling->digest_at_s[index]);

    if (digest_store_day(tx, telling->routes[index]->code, &last, err) != 0)
        return -1;
    if (last == INT32_MIN && tx_now(tx) >= at) { /* the first one comes with the next morning */
        last = day;
        if (digest_store_put(tx, telling->routes[index]->code, day, err) != 0)
            return -1;
    }
    if (last < day && refdata_works(monitoring_of(tx)->refdata, day) && tx_now(tx) >= at) {
        last = day;
        if (send_digest(tx, index, day, err) != 0)
            return -1;
    }
    if (tx_now(tx) >= at || last >= day)
        at = worktime_at(&worktime, day + 1, telling->digest_at_s[index]);
    due_at(next_us, at);
    return 0;
}

int morning_tell(struct tx *tx, int64_t *next_us, struct err *err)
{
    const struct telling *telling = monitoring_of(tx)->telling;

    for (size_t i = 0; i < telling->route_count; i++)
        if (telling->routes[i]->digest && !telling->routes[i]->off && digest_of(tx, i, next_us, err) != 0)
            return -1;
    return tell_held(tx, next_us, err);
}
