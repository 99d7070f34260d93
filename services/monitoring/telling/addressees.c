/* addressees: from an alert to the receivers that its routes lead to; see telling.h. */
#include "monitoring/telling/people_store.h"
#include "monitoring/telling/telling.h"

#include <string.h>

#define DEPTH_MAX 32

/* --- the alert as routes see it --- */

static void subject_of(struct tx *tx, const struct alert *alert, const struct rule *rule, struct route_subject *out)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit(m->refdata, alert->unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct ref_channel *channel = unit ? refdata_channel(m->refdata, unit->channel_id) : NULL;
    const char **units = arena_array(tx_arena(tx), const char *, DEPTH_MAX);

    *out = (struct route_subject) { .units = units,
                                    .unit_type = unit ? unit->type : "",
                                    .measure = measure ? measure->code : "",
                                    .rule = rule ? rule->code : "",
                                    .channel = rule && rule->channel[0] ? rule->channel
                                               : channel                ? channel->code
                                                                        : "",
                                    .severity = alert->severity };
    for (uint32_t up = alert->unit_id; up != TREE_NONE && out->unit_count < DEPTH_MAX;
         up = tree_parent(refdata_tree(m->refdata), up, today(tx))) {
        unit = refdata_unit(m->refdata, up);
        if (unit)
            units[out->unit_count++] = unit->code;
    }
}

static void pick_routes(struct tx *tx, const struct alert *alert, const struct rule *rule, struct addressees *out)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    struct route_subject subject;

    *out = (struct addressees) { 0 };
    if (!telling->route_count)
        return;
    subject_of(tx, alert, rule, &subject);
    out->route_count = routes_pick(telling->routes, telling->min_severities, telling->route_count, &subject,
                                   out->routes);
}

void addressees_routes(struct tx *tx, const struct alert *alert, struct addressees *out)
{
    pick_routes(tx, alert, rule_by_id(monitoring_of(tx), alert->rule_id), out);
}

/* --- the list --- */

static bool is_among(const char *word, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* Whichever way led to the receiver: it is one person's or one team's patience. */
static bool is_one_a_day(const struct telling *telling, const char *receiver, size_t route)
{
    if (route != SIZE_MAX && telling->routes[route]->one_a_day)
        return true;
    for (size_t i = 0; i < telling->contact_count; i++)
        if (telling->contacts[i]->one_a_day &&
            is_among(receiver, telling->contacts[i]->receivers, telling->contacts[i]->n_receivers))
            return true;
    for (size_t i = 0; i < telling->route_count; i++)
        if (telling->routes[i]->one_a_day &&
            is_among(receiver, telling->routes[i]->receivers, telling->routes[i]->n_receivers))
            return true;
    return false;
}

void addressees_add(struct tx *tx, struct addressees *list, const char *receiver, size_t route, const char *person)
{
    struct addressee *at = NULL;

    for (size_t i = 0; i < list->count && !at; i++)
        if (strcmp(list->items[i].receiver, receiver) == 0)
            at = &list->items[i];
    if (!at) {
        if (list->count == list->cap) {
            struct addressee *larger = arena_array(tx_arena(tx), struct addressee, list->cap * 2 + 8);

            if (list->count)
                memcpy(larger, list->items, list->count * sizeof *larger);
            list->items = larger;
            list->cap = list->cap * 2 + 8;
        }
        at = &list->items[list->count++];
        *at = (struct addressee) { .receiver = receiver,
                                   .route = route,
                                   .one_a_day = is_one_a_day(monitoring_of(tx)->telling, receiver, route) };
    }
    if (!person)
        return;
    if (!at->people)
        at->people = arena_array(tx_arena(tx), const char *, 16);
    if (at->people_count < 16)
        at->people[at->people_count++] = person;
}

bool addressees_add_person(struct tx *tx, struct addressees *list, const char *person, size_t route)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    const Bihuan__Contact *contact = contact_find(telling, person);

    for (size_t i = 0; contact && i < contact->n_receivers; i++)
        addressees_add(tx, list, contact->receivers[i], route, person);
    return contact && contact->n_receivers;
}

/* --- who holds what --- */

static bool is_type(const struct ref_unit *unit, const char *type)
{
    return !type[0] || strcmp(unit->type, type) == 0;
}

int step_people(struct tx *tx, uint32_t unit_id, const Bihuan__LadderStep *step, const struct ref_unit **unit,
                const char ***people, size_t *count, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *fixed = step->unit[0] ? refdata_unit_by_code(m->refdata, step->unit) : NULL;
    uint32_t up = fixed ? fixed->id : unit_id;

    *count = 0;
    *unit = NULL;
    for (; step->role[0] && up != TREE_NONE; up = tree_parent(refdata_tree(m->refdata), up, today(tx))) {
        const struct ref_unit *at = refdata_unit(m->refdata, up);

        if (at && (fixed || is_type(at, step->unit_type)) &&
            people_store_with(tx, step->role, at->code, today(tx), people, count, err) != 0)
            return -1;
        if (*count) {
            *unit = at;
            return 0;
        }
        if (fixed)
            break;
    }
    return 0;
}

static int add_role(struct tx *tx, const struct alert *alert, const char *role, size_t route, struct addressees *out,
                    struct err *err)
{
    Bihuan__LadderStep step = BIHUAN__LADDER_STEP__INIT;
    const struct ref_unit *unit;
    const char **people;
    size_t count;

    step.role = (char *)(uintptr_t)role;
    if (step_people(tx, alert->unit_id, &step, &unit, &people, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        (void)addressees_add_person(tx, out, people[i], route);
    return 0;
}

/* Without any route: every receiver by its own filter, at once. */
static void add_all(struct tx *tx, const struct alert *alert, struct addressees *out)
{
    const struct monitoring *m = monitoring_of(tx);

    for (size_t i = 0; i < m->receiver_count; i++)
        if (delivery_concerns(tx, &m->receivers[i], alert))
            addressees_add(tx, out, m->receivers[i].code, SIZE_MAX, NULL);
}

int addressees_of(struct tx *tx, const struct alert *alert, struct addressees *out, struct err *err)
{
    return addressees_of_rule(tx, alert, rule_by_id(monitoring_of(tx), alert->rule_id), out, err);
}

int addressees_of_rule(struct tx *tx, const struct alert *alert, const struct rule *rule, struct addressees *out,
                       struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct telling *telling = m->telling;

    if (!telling->route_count) {
        *out = (struct addressees) { 0 };
        add_all(tx, alert, out);
        return 0;
    }
    pick_routes(tx, alert, rule, out);
    for (size_t i = 0; i < out->route_count; i++) {
        const Bihuan__Route *route = telling->routes[out->routes[i]];

        for (size_t k = 0; k < route->n_receivers; k++) {
            const struct receiver *receiver = receiver_find(m, route->receivers[k]);

            if (receiver && delivery_concerns(tx, receiver, alert))
                addressees_add(tx, out, route->receivers[k], out->routes[i], NULL);
        }
        for (size_t k = 0; k < route->n_roles; k++)
            if (add_role(tx, alert, route->roles[k], out->routes[i], out, err) != 0)
                return -1;
    }
    return 0;
}

const Bihuan__Ladder *addressees_ladder(struct tx *tx, const struct alert *alert, const struct addressees *list,
                                        size_t *route)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct telling *telling = m->telling;
    const struct rule *rule = rule_by_id(m, alert->rule_id);

    *route = list->route_count ? list->routes[0] : SIZE_MAX;
    if (rule && rule->ladder[0])
        return ladder_find(telling, rule->ladder);
    for (size_t i = 0; i < list->route_count; i++) {
        if (!telling->routes[list->routes[i]]->ladder[0])
            continue;
        *route = list->routes[i];
        return ladder_find(telling, telling->routes[*route]->ladder);
    }
    return NULL;
}

uint32_t lapse_days_of(struct tx *tx, const struct alert *alert)
{
    const struct telling *telling = monitoring_of(tx)->telling;
    struct addressees list;

    addressees_routes(tx, alert, &list);
    return list.route_count ? telling->routes[list.routes[0]]->lapse_days : monitoring_of(tx)->limits.lapse_days;
}
