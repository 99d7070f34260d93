/* try_route: whom an alert would reach if it fired now, before it does. */
#include "monitoring/telling/ladder.h"
#include "monitoring/telling/telling.h"

#include <string.h>

#include "bihuan/monitoring_desk.pb-c.h"

static const struct rule *rule_by_code(const struct monitoring *m, const char *code)
{
    for (size_t i = 0; i < m->rule_count; i++)
        if (strcmp(m->rules[i].code, code) == 0)
            return &m->rules[i];
    return NULL;
}

/* An alert that isn't there, as far as routes look at it. */
static int imagine(struct tx *tx, const Bihuan__TryRouteRequest *request, struct alert *alert, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit_by_code(m->refdata, request->unit);
    const struct ref_measure *measure = refdata_measure_by_code(m->refdata, request->measure);
    const struct rule *rule = rule_by_code(m, request->rule);

    if (!unit || check_scope(tx, unit->id, NULL) != 0)
        tx_problem(tx, "/unit", "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (request->measure[0] && !measure)
        tx_problem(tx, "/measure", "unknown_measure", "measure \"%s\" is not known", request->measure);
    if (request->rule[0] && !rule)
        tx_problem(tx, "/rule", "unknown_rule", "rule \"%s\" is not known", request->rule);
    if (request->severity[0] && severity_rank(request->severity) < 0)
        tx_problem(tx, "/severity", "unknown_word", "severity \"%s\" is none of info, warning, major, critical",
                   request->severity);
    if (!unit || tx_problem_count(tx))
        return tx_refuse(tx, err);
    *alert = (struct alert) { .unit_id = unit->id,
                              .measure_id = measure ? measure->id : 0,
                              .rule_id = rule ? rule->id : 0,
                              .state = ALERT_FIRING,
                              .severity = request->severity[0] ? severity_rank(request->severity)
                                          : rule               ? severity_rank(rule->severity)
                                                               : 1 };
    return 0;
}

static char **copy_texts(struct tx *tx, const char *const *texts, size_t count)
{
    char **out = arena_array(tx_arena(tx), char *, count);

    for (size_t i = 0; i < count; i++)
        out[i] = arena_strdup(tx_arena(tx), texts[i]);
    return out;
}

static int try_step(struct tx *tx, const struct alert *alert, const Bihuan__LadderStep *step, size_t route,
                    Bihuan__TriedStep *out, struct err *err)
{
    const struct worktime worktime = worktime_of(tx);
    struct addressees list = { 0 };
    const struct ref_unit *unit;
    const char **people = NULL;
    size_t count;

    if (step_people(tx, alert->unit_id, step, &unit, &people, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        (void)addressees_add_person(tx, &list, people[i], route);
    for (size_t i = 0; i < step->n_receivers; i++)
        addressees_add(tx, &list, step->receivers[i], route, NULL);
    out->after_days = step->after_days;
    out->role = step->role;
    out->unit = unit ? unit->code : out->unit;
    out->people = copy_texts(tx, people, count);
    out->n_people = count;
    out->receivers = arena_array(tx_arena(tx), char *, list.count);
    for (size_t i = 0; i < list.count; i++)
        out->receivers[out->n_receivers++] = (char *)(uintptr_t)list.items[i].receiver;
    out->due = step->after_days ? worktime_add(&worktime, tx_now(tx), step->after_days) : tx_now(tx);
    return 0;
}

static int add_steps(struct tx *tx, const struct alert *alert, const struct addressees *list,
                     Bihuan__TryRouteReply *reply, struct err *err)
{
    size_t route;
    const Bihuan__Ladder *ladder = addressees_ladder(tx, alert, list, &route);

    if (!ladder)
        return 0;
    reply->steps = arena_array(tx_arena(tx), Bihuan__TriedStep *, ladder->n_steps);
    for (size_t i = 0; i < ladder->n_steps; i++) {
        Bihuan__TriedStep *out = arena_new(tx_arena(tx), Bihuan__TriedStep);

        bihuan__tried_step__init(out);
        if (try_step(tx, alert, ladder->steps[i], route, out, err) != 0)
            return -1;
        reply->steps[reply->n_steps++] = out;
    }
    return 0;
}

static int try_route(struct tx *tx, const Bihuan__TryRouteRequest *request, struct err *err)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    Bihuan__TryRouteReply reply = BIHUAN__TRY_ROUTE_REPLY__INIT;
    struct addressees list;
    struct alert alert;

    if (imagine(tx, request, &alert, err) != 0 || addressees_of(tx, &alert, &list, err) != 0)
        return -1;
    reply.routes = arena_array(tx_arena(tx), char *, list.route_count);
    for (size_t i = 0; i < list.route_count; i++)
        reply.routes[reply.n_routes++] = telling->routes[list.routes[i]]->code;
    reply.receivers = arena_array(tx_arena(tx), char *, list.count);
    for (size_t i = 0; i < list.count; i++)
        reply.receivers[reply.n_receivers++] = (char *)(uintptr_t)list.items[i].receiver;
    if (list.route_count && !telling_is_urgent(tx, &alert))
        (void)telling_is_quiet(tx, list.routes[0], &reply.quiet_until);
    if (add_steps(tx, &alert, &list, &reply, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

int on_try_route(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = try_route(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
