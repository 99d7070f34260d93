/* routes: routes, ladders and contacts as documents, and as they are used: in order, with their times of day read. */
#include "monitoring/telling/people_store.h"
#include "monitoring/telling/telling.h"
#include "monitoring/telling/ladder.h"

#include "bus/wire.h"

#include <stdlib.h>
#include <string.h>

#include "bihuan/monitoring_desk.pb-c.h"

#define STEP_DAYS_MAX 60

struct telling *telling_new(void)
{
    struct telling *telling = calloc(1, sizeof *telling);

    if (!telling)
        abort();
    arena_init(&telling->arena);
    return telling;
}

void telling_destroy(struct telling **telling)
{
    if (!*telling)
        return;
    arena_fini(&(*telling)->arena);
    free(*telling);
    *telling = NULL;
}

void telling_soon(struct monitoring *m)
{
    m->telling->next_us = 0;
}

static bool works(const void *refdata, int32_t day)
{
    return refdata_works(refdata, day);
}

struct worktime worktime_of(struct tx *tx)
{
    return (struct worktime) { runtime_clock(tx_runtime(tx))->utc_offset_s, works, monitoring_of(tx)->refdata };
}

const Bihuan__Ladder *ladder_find(const struct telling *telling, const char *code)
{
    for (size_t i = 0; i < telling->ladder_count; i++)
        if (strcmp(telling->ladders[i]->code, code) == 0)
            return telling->ladders[i];
    return NULL;
}

const Bihuan__Contact *contact_find(const struct telling *telling, const char *person)
{
    for (size_t i = 0; i < telling->contact_count; i++)
        if (strcmp(telling->contacts[i]->code, person) == 0)
            return telling->contacts[i];
    return NULL;
}

/* --- checking --- */

static const char *at(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

static void check_receivers(struct tx *tx, const char *pointer, char *const *receivers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!receiver_find(monitoring_of(tx), receivers[i]))
            tx_problem(tx, arena_printf(tx_arena(tx), "%s/receivers/%zu", pointer, i), "unknown_receiver",
                       "receiver \"%s\" is not known; apply it first", receivers[i]);
}

static void check_unit(struct tx *tx, const char *pointer, const char *field, const char *unit)
{
    if (unit[0] && !refdata_unit_by_code(monitoring_of(tx)->refdata, unit))
        tx_problem(tx, at(tx, pointer, field), "unknown_unit", "unit \"%s\" is not known", unit);
}

static void usual_time(struct tx *tx, const char *pointer, const char *field, char **text, const char *usual)
{
    int32_t second;
    struct err why;

    if (!(*text)[0])
        *text = (char *)(uintptr_t)usual;
    if (quiet_time_parse(*text, &second, &why) != 0)
        tx_problem(tx, at(tx, pointer, field), why.code, "%s", why.text);
}

static int check_route(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                       struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    Bihuan__Route *route = (Bihuan__Route *)item;

    (void)existing;
    (void)err;
    if (!route->min_severity[0])
        route->min_severity = (char *)(uintptr_t) "info";
    usual_time(tx, pointer, "quiet_from", &route->quiet_from, "21:00");
    usual_time(tx, pointer, "quiet_until", &route->quiet_until, "08:00");
    usual_time(tx, pointer, "digest_at", &route->digest_at, "08:30");
    if (!route->step_bp)
        route->step_bp = telling_step(m);
    if (!route->lapse_days)
        route->lapse_days = m->limits.lapse_days;
    if (route->step_bp < 0)
        tx_problem(tx, at(tx, pointer, "step_bp"), "below_zero", "a step is above 0, e.g. 500 for 5 points");
    if (severity_rank(route->min_severity) < 0)
        tx_problem(tx, at(tx, pointer, "min_severity"), "unknown_word",
                   "min_severity \"%s\" is none of info, warning, major, critical", route->min_severity);
    check_unit(tx, pointer, "subtree", route->subtree);
    if (route->measure[0] && !refdata_measure_by_code(m->refdata, route->measure))
        tx_problem(tx, at(tx, pointer, "measure"), "unknown_measure", "measure \"%s\" is not known", route->measure);
    if (route->channel[0] && !refdata_channel_by_code(m->refdata, route->channel))
        tx_problem(tx, at(tx, pointer, "channel"), "unknown_channel", "channel \"%s\" is not known", route->channel);
    if (route->ladder[0] && !ladder_find(m->telling, route->ladder))
        tx_problem(tx, at(tx, pointer, "ladder"), "unknown_ladder", "ladder \"%s\" is not known; apply it first",
                   route->ladder);
    check_receivers(tx, pointer, route->receivers, route->n_receivers);
    return 0;
}

static void check_step(struct tx *tx, const char *pointer, const Bihuan__LadderStep *step, uint32_t least)
{
    if (step->after_days < least || step->after_days > STEP_DAYS_MAX)
        tx_problem(tx, at(tx, pointer, "after_days"), "bad_days",
                   "steps come in order, each 0 to %d working days after the alert fired", STEP_DAYS_MAX);
    if (!step->role[0] && !step->n_receivers)
        tx_problem(tx, at(tx, pointer, "role"), "missing_value", "a step needs a role, or receivers");
    check_unit(tx, pointer, "unit", step->unit);
    check_receivers(tx, pointer, step->receivers, step->n_receivers);
}

static int check_ladder(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                        struct err *err)
{
    const Bihuan__Ladder *ladder = (const Bihuan__Ladder *)item;
    uint32_t least = 0;

    (void)existing;
    (void)err;
    if (!ladder->n_steps || ladder->n_steps > LADDER_STEPS_MAX)
        tx_problem(tx, at(tx, pointer, "steps"), "bad_count", "a ladder has 1 to %d steps", LADDER_STEPS_MAX);
    for (size_t i = 0; i < ladder->n_steps; i++) {
        check_step(tx, arena_printf(tx_arena(tx), "%s/steps/%zu", pointer, i), ladder->steps[i], least);
        least = ladder->steps[i]->after_days;
    }
    return 0;
}

static int check_contact(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    const Bihuan__Contact *contact = (const Bihuan__Contact *)item;

    (void)existing;
    (void)err;
    check_receivers(tx, pointer, contact->receivers, contact->n_receivers);
    return 0;
}

static const struct documents_kind ROUTE = { "route", &bihuan__route__descriptor, check_route };
static const struct documents_kind LADDER = { "ladder", &bihuan__ladder__descriptor, check_ladder };
static const struct documents_kind CONTACT = { "contact", &bihuan__contact__descriptor, check_contact };

/* --- loading --- */

struct kept {
    struct arena *arena;
    const ProtobufCMessage **items;
    size_t count, cap;
};

/* Documents live in the call's arena; what is kept needs its own. */
static int keep(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct kept *kept = arg;
    struct buf bytes = { 0 };
    ProtobufCMessage *copy;
    int rc;

    if (kept->count == kept->cap) {
        const ProtobufCMessage **larger = arena_array(kept->arena, const ProtobufCMessage *, kept->cap * 2 + 16);

        if (kept->count)
            memcpy(larger, kept->items, kept->count * sizeof *larger);
        kept->items = larger;
        kept->cap = kept->cap * 2 + 16;
    }
    wire_pack(message, &bytes);
    rc = message_unpack(message->descriptor, bytes.data, bytes.len, kept->arena, &copy, err);
    buf_fini(&bytes);
    if (rc == 0)
        kept->items[kept->count++] = copy;
    return rc;
}

static int keep_all(struct tx *tx, const struct documents_kind *kind, struct kept *kept, struct err *err)
{
    *kept = (struct kept) { .arena = &monitoring_of(tx)->telling->arena };
    return documents_each(tx, kind->kind, kind->type, keep, kept, err);
}

static int by_order(const void *a, const void *b)
{
    return route_order(*(const Bihuan__Route *const *)a, *(const Bihuan__Route *const *)b);
}

static void read_route(struct telling *telling, size_t i)
{
    const Bihuan__Route *route = telling->routes[i];
    struct quiet *quiet = &telling->quiets[i];

    telling->min_severities[i] = severity_rank(route->min_severity);
    quiet->days_off = !route->days_off;
    (void)quiet_time_parse(route->quiet_from, &quiet->from_s, NULL);
    (void)quiet_time_parse(route->quiet_until, &quiet->until_s, NULL);
    (void)quiet_time_parse(route->digest_at, &telling->digest_at_s[i], NULL);
}

int routes_load(struct tx *tx, struct err *err)
{
    struct telling *telling = monitoring_of(tx)->telling;
    struct kept routes, ladders, contacts;

    arena_reset(&telling->arena);
    telling->route_count = telling->ladder_count = telling->contact_count = 0;
    telling->next_us = 0;
    if (keep_all(tx, &ROUTE, &routes, err) != 0 || keep_all(tx, &LADDER, &ladders, err) != 0 ||
        keep_all(tx, &CONTACT, &contacts, err) != 0)
        return -1;
    if (routes.count > ROUTES_MAX)
        return err_set(err, "more than %d routes", ROUTES_MAX);
    if (routes.count)
        qsort(routes.items, routes.count, sizeof *routes.items, by_order);
    telling->routes = (const Bihuan__Route **)(void *)routes.items;
    telling->ladders = (const Bihuan__Ladder **)(void *)ladders.items;
    telling->contacts = (const Bihuan__Contact **)(void *)contacts.items;
    telling->min_severities = arena_array(&telling->arena, int, routes.count);
    telling->quiets = arena_array(&telling->arena, struct quiet, routes.count);
    telling->digest_at_s = arena_array(&telling->arena, int32_t, routes.count);
    telling->route_count = routes.count;
    telling->ladder_count = ladders.count;
    telling->contact_count = contacts.count;
    for (size_t i = 0; i < routes.count; i++)
        read_route(telling, i);
    return 0;
}

/* --- requests --- */

static int apply(struct tx *tx, const struct documents_kind *kind, bool dry_run, ProtobufCMessage **items, size_t count,
                 struct err *err)
{
    struct documents_result result;

    if (documents_apply(tx, kind, dry_run, items, count, &result, err) != 0)
        return -1;
    if (!dry_run) {
        (void)monitoring_write(tx);
        if (routes_load(tx, err) != 0)
            return -1;
    }
    return tx_reply(tx, &result.reply->base, err);
}

int on_apply_routes(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyRoutesRequest *r = message;

    return apply(tx, &ROUTE, r->dry_run, (ProtobufCMessage **)(void *)r->items, r->n_items, err);
}

int on_apply_ladders(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyLaddersRequest *r = message;

    return apply(tx, &LADDER, r->dry_run, (ProtobufCMessage **)(void *)r->items, r->n_items, err);
}

int on_apply_contacts(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyContactsRequest *r = message;

    return apply(tx, &CONTACT, r->dry_run, (ProtobufCMessage **)(void *)r->items, r->n_items, err);
}

/* The replies have the same fields. */
#define LIST(function, Request, Reply, REPLY_INIT, Item, KIND)                                                         \
    int function(struct tx *tx, const void *message, struct err *err)                                                  \
    {                                                                                                                  \
        const Request *request = message;                                                                              \
        Reply reply = REPLY_INIT;                                                                                      \
        ProtobufCMessage **items;                                                                                      \
                                                                                                                       \
        if (documents_list(tx, (KIND).kind, (KIND).type, request->page, NULL, NULL, &items, &reply.n_items,            \
                           &reply.next, err) != 0)                                                                     \
            return -1;                                                                                                 \
        reply.items = (Item **)(void *)items;                                                                          \
        return tx_reply(tx, &reply.base, err);                                                                         \
    }

LIST(on_list_routes, Bihuan__ListRoutesRequest, Bihuan__ListRoutesReply, BIHUAN__LIST_ROUTES_REPLY__INIT, Bihuan__Route,
     ROUTE)
LIST(on_list_ladders, Bihuan__ListLaddersRequest, Bihuan__ListLaddersReply, BIHUAN__LIST_LADDERS_REPLY__INIT,
     Bihuan__Ladder, LADDER)
LIST(on_list_contacts, Bihuan__ListContactsRequest, Bihuan__ListContactsReply, BIHUAN__LIST_CONTACTS_REPLY__INIT,
     Bihuan__Contact, CONTACT)

int on_people(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PeopleChanged *event = message;

    for (size_t i = 0; i < event->n_items; i++)
        if (people_store_put(tx, event->items[i], err) != 0)
            return -1;
    return 0;
}
