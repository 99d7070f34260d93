/* hand_over: a person leaves and another takes over: roles here, customers, opportunities and what is to be done by the
 * event, in the services that own them. */
#include "planning/organisation/organisation.h"
#include "planning/organisation/rehang.h"
#include "planning/organisation/reorganise.h"

#include "planning/organisation/people.h"
#include "planning/tasks/tasks.h"
#include "text/dates.h"

#include <string.h>

#define WORK_SHOWN 500

static int find(struct reorganise *r, const char *pointer, const char *code, Bihuan__Person **out, struct err *err)
{
    ProtobufCMessage *message;

    if (documents_get(r->tx, "person", &bihuan__person__descriptor, code, &message, err) != 0)
        return -1;
    *out = (Bihuan__Person *)message;
    if (!message)
        tx_problem(r->tx, pointer, "unknown_person", "person \"%s\" is not known; apply the person first", code);
    return 0;
}

static bool is_gone(const Bihuan__Person *person, const char *day)
{
    return person->leaves[0] && strcmp(person->leaves, day) <= 0;
}

/* The leaver as an item: without roles from that day on. */
static Bihuan__Person *leaving(struct reorganise *r, const Bihuan__Person *person, const char *successor)
{
    struct arena *arena = tx_arena(r->tx);
    Bihuan__Person *item = rehang_roles(arena, person, NULL, NULL, r->from);

    if (!item) {
        item = arena_memdup(arena, person, sizeof *person);
        item->n_roles = 0;
    }
    item->leaves = (char *)(uintptr_t)r->from;
    item->successor = (char *)(uintptr_t)successor;
    return item;
}

/* --- what hangs on the person ---------------------------------------------------------------------------------------
 */
static bool is_sales_unit(const struct ref_unit *unit)
{
    return unit && strcmp(unit->type, "salesperson") == 0;
}

/* Sales persons' units that the person sits on that day: by a role, or by their own code. */
static int sales_units_of(struct reorganise *r, const char *person, int32_t day, const struct ref_unit ***units,
                          size_t *count, struct err *err)
{
    const struct ref_unit *own = refdata_unit_by_code(r->refdata, person);
    struct role_at *roles;
    size_t role_count;

    if (people_roles(r->tx, person, day, &roles, &role_count, err) != 0)
        return -1;
    *units = arena_array(tx_arena(r->tx), const struct ref_unit *, role_count + 1);
    *count = 0;
    if (is_sales_unit(own))
        (*units)[(*count)++] = own;
    for (size_t i = 0; i < role_count; i++) {
        const struct ref_unit *unit = refdata_unit(r->refdata, roles[i].unit_id);
        bool seen = false;

        for (size_t k = 0; k < *count; k++)
            seen = seen || (*units)[k] == unit;
        if (is_sales_unit(unit) && !seen)
            (*units)[(*count)++] = unit;
    }
    return 0;
}

/* From the leaver's sales units to the successor's, which must be one. Where roles are passed on, the successor sits on
 * the same units, and these keep what they hold. */
static int find_sales_units(struct reorganise *r, const Bihuan__HandOverRequest *request,
                            Bihuan__PersonHandedOver *event, struct err *err)
{
    const struct ref_unit **from, **to;
    size_t from_count, to_count;

    if (request->pass_roles)
        return 0;
    if (sales_units_of(r, request->person, r->day - 1, &from, &from_count, err) != 0 ||
        sales_units_of(r, request->successor, r->day, &to, &to_count, err) != 0)
        return -1;
    if (!from_count)
        return 0;
    r->change->sales_units = arena_array(tx_arena(r->tx), char *, from_count);
    event->from_unit_id = arena_array(tx_arena(r->tx), uint32_t, from_count);
    for (size_t i = 0; i < from_count; i++) {
        r->change->sales_units[r->change->n_sales_units++] = arena_strdup(tx_arena(r->tx), from[i]->code);
        if (to_count != 1 || from[i] != to[0])
            event->from_unit_id[event->n_from_unit_id++] = from[i]->id;
    }
    if (to_count == 1) {
        r->change->sales_unit_after = arena_strdup(tx_arena(r->tx), to[0]->code);
        event->to_unit_id = to[0]->id;
        return 0;
    }
    reorganise_warn(r, "\"%s\" sits on %zu sales persons' units: customers and opportunities stay with those of \"%s\"",
                    request->successor, to_count, request->person);
    return 0;
}

static void show_work(struct reorganise *r, const char *kind, const char *id, const char *title, uint32_t unit_id,
                      const char *due, const char *after)
{
    const struct ref_unit *unit = refdata_unit(r->refdata, unit_id);
    Bihuan__TouchedWork *shown;

    if (r->change->work_count++ >= WORK_SHOWN)
        return;
    shown = arena_new(tx_arena(r->tx), Bihuan__TouchedWork);
    bihuan__touched_work__init(shown);
    shown->kind = (char *)(uintptr_t)kind;
    shown->id = (char *)(uintptr_t)id;
    shown->title = (char *)(uintptr_t)title;
    shown->unit = arena_strdup(tx_arena(r->tx), unit ? unit->code : "");
    shown->due = arena_strdup(tx_arena(r->tx), due);
    shown->after = arena_strdup(tx_arena(r->tx), after);
    r->change->work[r->change->n_work++] = shown;
}

static int show_outside(struct reorganise *r, const Bihuan__HandOverRequest *request,
                        const Bihuan__PersonHandedOver *event, const char *const *people, size_t people_count,
                        struct err *err)
{
    struct outside_task *rows;
    size_t count;

    if (task_store_of(r->tx, people, people_count, event->from_unit_id, event->to_unit_id ? event->n_from_unit_id : 0,
                      &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        char due[DATE_TEXT_MAX] = "";

        if (rows[i].due_day != TASK_NO_DUE)
            date_print(due, rows[i].due_day);
        show_work(r, rows[i].kind, rows[i].id, rows[i].title, rows[i].unit_id, due,
                  rows[i].owner[0] ? request->successor : r->change->sales_unit_after);
    }
    return 0;
}

/* Open actions, opportunities and steps of plans: their owners change on the day, each in its own service. */
static int show_all_work(struct reorganise *r, const Bihuan__HandOverRequest *request,
                         const Bihuan__PersonHandedOver *event, struct err *err)
{
    struct work_plan *plans;
    const char **people;
    size_t count, people_count;

    r->change->work = arena_array(tx_arena(r->tx), Bihuan__TouchedWork *, WORK_SHOWN);
    if (task_store_heirs(r->tx, request->person, r->day, &people, &people_count, err) != 0 ||
        show_outside(r, request, event, people, people_count, err) != 0 ||
        plan_store_active(r->tx, &plans, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; plans[i].state == PLAN_APPROVED && s < plans[i].body->n_steps; s++) {
            const Bihuan__PlanStep *step = plans[i].body->steps[s];

            for (size_t p = 0; p < people_count && strcmp(step->state, "open") == 0; p++)
                if (strcmp(step->owner, people[p]) == 0)
                    show_work(r, "step", arena_printf(tx_arena(r->tx), "%s/%u", plans[i].body->code, step->number),
                              step->text, plans[i].unit_id, step->due, request->successor);
        }
    return 0;
}

int on_hand_over(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__HandOverRequest *request = message;
    Bihuan__PersonHandedOver event = BIHUAN__PERSON_HANDED_OVER__INIT;
    Bihuan__Person *person, *successor, *more;
    struct reorganise r;

    reorganise_begin(&r, tx, request->dry_run, "hand_over", request->from, request->reason);
    if (find(&r, "/person", request->person, &person, err) != 0 ||
        find(&r, "/successor", request->successor, &successor, err) != 0)
        return -1;
    if (person && is_gone(person, request->from))
        tx_problem(tx, "/person", "has_left", "\"%s\" left on %s already", person->code, person->leaves);
    if (successor && is_gone(successor, request->from))
        tx_problem(tx, "/successor", "has_left", "\"%s\" is no longer here by then", successor->code);
    if (person && successor && strcmp(person->code, successor->code) == 0)
        tx_problem(tx, "/successor", "same_person", "nobody takes over from themselves");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    r.change->person = request->person;
    r.change->successor = request->successor;
    if (find_sales_units(&r, request, &event, err) != 0 || show_all_work(&r, request, &event, err) != 0)
        return -1;
    more = request->pass_roles ? rehang_take_over(tx_arena(tx), successor, person, request->from) : NULL;
    reorganise_person(&r, leaving(&r, person, request->successor), "");
    if (more && more->n_roles)
        reorganise_person(&r, more, "");
    event.person_id = person->id;
    event.person = person->code;
    event.successor_id = successor->id;
    event.successor = successor->code;
    event.from_day = r.day;
    event.reason = request->reason;
    event.by = r.change->by;
    event.roles_passed = request->pass_roles;
    if (!request->dry_run && task_store_add_heir(tx, person->code, successor->code, r.day, err) != 0)
        return -1;
    return reorganise_end(&r, MSG(PERSON_HANDED_OVER), &event.base, err);
}
