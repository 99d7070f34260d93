/* reorganise: see reorganise.h. */
#include "planning/organisation/reorganise.h"

#include "planning/organisation/organisation.h"
#include "planning/organisation/people.h"
#include "planning/organisation/rehang.h"
#include "planning/organisation/reorganise_store.h"
#include "planning/organisation/unbalanced.h"
#include "planning/organisation/units.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX    500
#define WARNINGS_MAX 20

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

void reorganise_begin(struct reorganise *r, struct tx *tx, bool dry_run, const char *kind, const char *from,
                      const char *reason)
{
    struct arena *arena = tx_arena(tx);
    Bihuan__Reorganisation *change = arena_new(arena, Bihuan__Reorganisation);
    struct planning *planning = tx_state(tx);

    bihuan__reorganisation__init(change);
    change->kind = borrow(kind);
    change->from = borrow(from);
    change->reason = borrow(reason);
    change->by = tx_principal(tx)->person;
    change->at = tx_now(tx);
    change->units = arena_array(arena, Bihuan__RehungUnit *, SHOWN_MAX);
    change->roles = arena_array(arena, Bihuan__TouchedRole *, SHOWN_MAX);
    change->warnings = arena_array(arena, char *, WARNINGS_MAX);
    *r = (struct reorganise) {
        .tx = tx, .refdata = planning->refdata, .dry_run = dry_run, .from = from, .change = change
    };
    r->day = check_date(tx, "", "from", from, true, 0);
    if (!dry_run && !reason[0])
        tx_problem(tx, "/reason", "missing_value", "a reorganisation needs a reason");
}

void reorganise_warn_past(struct reorganise *r)
{
    if (!tx_problem_count(r->tx) && r->day < clock_day(runtime_clock(tx_runtime(r->tx)), tx_now(r->tx)))
        reorganise_warn(r, "%s is in the past: results from that day on count at the new place", r->from);
}

void reorganise_warn(struct reorganise *r, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (r->change->n_warnings == WARNINGS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->change->warnings[r->change->n_warnings++] = arena_strdup(tx_arena(r->tx), text);
}

/* --- gathering --- */

/* Arrays in the arena double as they grow. */
static void *grown(struct arena *arena, void *items, size_t count, size_t *cap)
{
    void **more;

    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 64;
    more = arena_array(arena, void *, *cap);
    if (count)
        memcpy(more, items, count * sizeof *more);
    return more;
}

void reorganise_unit(struct reorganise *r, Bihuan__Unit *item, const char *action, const char *before,
                     const char *after)
{
    Bihuan__RehungUnit *shown;

    if (!item)
        return;
    r->units = grown(tx_arena(r->tx), r->units, r->unit_count, &r->unit_cap);
    r->units[r->unit_count++] = item;
    if (r->change->unit_count++ >= SHOWN_MAX)
        return;
    shown = arena_new(tx_arena(r->tx), Bihuan__RehungUnit);
    bihuan__rehung_unit__init(shown);
    shown->unit = item->code;
    shown->name = item->name;
    shown->action = borrow(action);
    shown->before = borrow(before);
    shown->after = borrow(after);
    shown->from = borrow(r->from);
    r->change->units[r->change->n_units++] = shown;
}

static void show_role(struct reorganise *r, const Bihuan__Person *person, const Bihuan__PersonRole *role,
                      const char *action, const char *after)
{
    Bihuan__TouchedRole *shown;

    if (r->change->role_count++ >= SHOWN_MAX)
        return;
    shown = arena_new(tx_arena(r->tx), Bihuan__TouchedRole);
    bihuan__touched_role__init(shown);
    shown->person = person->code;
    shown->role = role->role;
    shown->unit = role->unit;
    shown->action = borrow(action);
    shown->unit_after = borrow(after);
    r->change->roles[r->change->n_roles++] = shown;
}

void reorganise_person(struct reorganise *r, Bihuan__Person *item, const char *after)
{
    bool moving;

    if (!item)
        return;
    r->people = grown(tx_arena(r->tx), r->people, r->person_count, &r->person_cap);
    r->people[r->person_count++] = item;
    moving = after[0] != 0; /* where it goes on says enough of its beginning there */
    for (size_t i = 0; i < item->n_roles; i++) {
        const Bihuan__PersonRole *role = item->roles[i];
        bool ends = strcmp(role->from, r->from) < 0 || strcmp(role->from, role->until) == 0;

        if (ends)
            show_role(r, item, role, after[0] ? "moves" : "ends", after);
        else if (!moving)
            show_role(r, item, role, "begins", "");
    }
}

struct role_walk {
    struct reorganise *r;
    const char *gone, *heir;
};

static int each_person(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct role_walk *walk = arg;

    (void)err;
    reorganise_person(
        walk->r,
        rehang_roles(tx_arena(walk->r->tx), (const Bihuan__Person *)message, walk->gone, walk->heir, walk->r->from),
        walk->heir ? walk->heir : "");
    return 0;
}

int reorganise_roles(struct reorganise *r, const char *gone, const char *heir, struct err *err)
{
    struct role_walk walk = { r, gone, heir };

    return documents_each(r->tx, "person", &bihuan__person__descriptor, each_person, &walk, err);
}

int reorganise_targets(struct reorganise *r, const struct ref_unit *const *units, size_t count, struct err *err)
{
    struct arena *arena = tx_arena(r->tx);
    uint32_t limit = refdata_period_limit(r->refdata);
    int32_t *periods = arena_array(arena, int32_t, limit + 1);
    int32_t *ids = arena_array(arena, int32_t, count + 1);
    size_t period_count = 0, id_count = 0, found;
    struct touched *rows;

    for (uint32_t i = 1; i < limit; i++)
        if (refdata_period(r->refdata, i) && refdata_period(r->refdata, i)->until_day > r->day)
            periods[period_count++] = (int32_t)i;
    for (size_t i = 0; i < count; i++)
        if (units[i])
            ids[id_count++] = (int32_t)units[i]->id;
    if (reorganise_store_targets(r->tx, periods, period_count, ids, id_count, &rows, &found, err) != 0)
        return -1;
    r->change->targets = arena_array(arena, Bihuan__TouchedTargets *, found + 1);
    for (size_t i = 0; i < found; i++) {
        Bihuan__TouchedTargets *touched = arena_new(arena, Bihuan__TouchedTargets);

        bihuan__touched_targets__init(touched);
        /* applying units loads memory again: nothing may point there */
        touched->period = arena_strdup(arena, refdata_period(r->refdata, rows[i].period_id)->code);
        touched->unit = arena_strdup(arena, refdata_unit(r->refdata, rows[i].unit_id)->code);
        touched->drafts = rows[i].drafts;
        touched->published = rows[i].published;
        r->change->targets[r->change->n_targets++] = touched;
    }
    return 0;
}

/* --- carrying out --- */

int reorganise_end(struct reorganise *r, uint32_t event_type, const ProtobufCMessage *event, struct err *err)
{
    Bihuan__ReorganiseReply reply = BIHUAN__REORGANISE_REPLY__INIT;
    struct documents_result result;
    struct unbalanced found = { 0 };
    int rc = 0;

    if (tx_problem_count(r->tx))
        return tx_refuse(r->tx, err);
    if (r->unit_count && unbalanced_find(r, &found, err) != 0)
        return -1;
    unbalanced_check(r);
    if (tx_problem_count(r->tx))
        return tx_refuse(r->tx, err);
    if (r->unit_count && units_apply(r->tx, r->dry_run, true, r->units, r->unit_count, &result, err) != 0)
        return -1;
    if (r->person_count && people_apply(r->tx, r->dry_run, r->people, r->person_count, &result, err) != 0)
        return -1;
    if (!r->dry_run)
        rc = unbalanced_book(r, &found, err) != 0 ? -1 : reorganise_store_add(r->tx, r->change, err);
    if (rc == 0 && !r->dry_run && event)
        rc = tx_publish(r->tx, 0, event_type, r->change->unit[0] ? r->change->unit : r->change->person, event, err);
    reply.dry_run = r->dry_run;
    reply.change = r->change;
    return rc != 0 ? -1 : tx_reply(r->tx, &reply.base, err);
}

int on_list_reorganisations(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListReorganisationsRequest *request = message;
    Bihuan__ListReorganisationsReply reply = BIHUAN__LIST_REORGANISATIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    uint32_t before = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;

    if (reorganise_store_list(tx, request->unit, request->person, before, limit, &reply.items, &reply.n_items, err) !=
        0)
        return -1;
    if (reply.n_items == limit)
        reply.next = arena_printf(tx_arena(tx), "%u", reply.items[limit - 1]->id);
    return tx_reply(tx, &reply.base, err);
}
