/* people: people as documents and the roles that they hold; see people.h. */
#include "planning/organisation/people.h"

#include "planning/organisation/organisation.h"
#include "planning/organisation/people_store.h"
#include "planning/planning.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_A_MESSAGE 256

/* --- asking --- */

int people_holds(struct tx *tx, const char *person, const char *role, uint32_t unit_id, int32_t day, bool *holds,
                 struct err *err)
{
    return people_store_holds(tx, person, role, unit_id, day, holds, err);
}

int people_roles(struct tx *tx, const char *person, int32_t day, struct role_at **list, size_t *count, struct err *err)
{
    struct person_role *rows;

    if (people_store_of(tx, person, day, &rows, count, err) != 0)
        return -1;
    *list = arena_array(tx_arena(tx), struct role_at, *count);
    for (size_t i = 0; i < *count; i++)
        (*list)[i] = (struct role_at) { rows[i].role, rows[i].unit_id };
    return 0;
}

int people_with(struct tx *tx, const char *role, uint32_t unit_id, int32_t day, const char ***people, size_t *count,
                struct err *err)
{
    struct person_role *rows;

    if (people_store_at(tx, unit_id, role, day, true, &rows, count, err) != 0)
        return -1;
    *people = arena_array(tx_arena(tx), const char *, *count);
    for (size_t i = 0; i < *count; i++)
        (*people)[i] = rows[i].person;
    return 0;
}

/* --- one person --- */

static int by_role(const void *a, const void *b)
{
    const Bihuan__PersonRole *const *x = a;
    const Bihuan__PersonRole *const *y = b;
    int role = strcmp((*x)->role, (*y)->role);
    int unit = strcmp((*x)->unit, (*y)->unit);

    return role ? role : unit ? unit : strcmp((*x)->from, (*y)->from); /* yyyy-MM-dd sorts as text */
}

static bool is_replaced(const Bihuan__Person *person, const Bihuan__PersonRole *old)
{
    for (size_t i = 0; i < person->n_roles; i++)
        if (by_role(&person->roles[i], &old) == 0)
            return true;
    return false;
}

static void merge_roles(struct tx *tx, Bihuan__Person *person, const Bihuan__Person *old)
{
    size_t old_count = old ? old->n_roles : 0;
    Bihuan__PersonRole **merged = arena_array(tx_arena(tx), Bihuan__PersonRole *, old_count + person->n_roles);
    size_t count = 0;

    for (size_t i = 0; i < old_count; i++)
        if (!is_replaced(person, old->roles[i]))
            merged[count++] = old->roles[i];
    for (size_t i = 0; i < person->n_roles; i++)
        if (strcmp(person->roles[i]->from, person->roles[i]->until) != 0)
            merged[count++] = person->roles[i];
    if (count)
        qsort(merged, count, sizeof *merged, by_role);
    person->roles = merged;
    person->n_roles = count;
}

static void check_role(struct tx *tx, const char *at, const Bihuan__PersonRole *role)
{
    struct planning *planning = tx_state(tx);
    int32_t from = check_date(tx, at, "from", role->from, true, 0);
    int32_t until = check_date(tx, at, "until", role->until, false, INT32_MAX);

    if (until < from)
        tx_problem(tx, place(tx, at, "until"), "bad_period", "until %s is before from %s", role->until, role->from);
    if (!code_valid(role->role))
        tx_problem(tx, place(tx, at, "role"), "bad_code", "role \"%s\" must be a code: letters, digits, '.', '_', '-'",
                   role->role);
    if (!refdata_unit_by_code(planning->refdata, role->unit))
        tx_problem(tx, place(tx, at, "unit"), "unknown_unit", "unit \"%s\" is not known; apply it first", role->unit);
}

/* Sorted, two stretches of one role at one unit stand side by side. */
static void check_overlaps(struct tx *tx, const char *pointer, const Bihuan__Person *person)
{
    for (size_t i = 1; i < person->n_roles; i++) {
        const Bihuan__PersonRole *before = person->roles[i - 1];
        const Bihuan__PersonRole *role = person->roles[i];

        if (strcmp(before->role, role->role) == 0 && strcmp(before->unit, role->unit) == 0 &&
            (!before->until[0] || strcmp(before->until, role->from) > 0))
            tx_problem(tx, place(tx, pointer, "roles"), "overlap",
                       "role %s at %s from %s begins before the one from %s ends; give that one an until", role->role,
                       role->unit, role->from, before->from);
    }
}

void people_complete(struct tx *tx, Bihuan__Person *person, const Bihuan__Person *old, const char *pointer)
{
    if (!person->name[0])
        tx_problem(tx, place(tx, pointer, "name"), "missing_value", "name must not be empty");
    (void)check_date(tx, pointer, "leaves", person->leaves, false, INT32_MAX);
    for (size_t i = 0; i < person->n_roles; i++)
        check_role(tx, arena_printf(tx_arena(tx), "%s/roles/%zu", pointer, i), person->roles[i]);
    if (tx_problem_count(tx))
        return;
    if (old && !person->leaves[0])
        person->leaves = old->leaves;
    if (old && !person->successor[0])
        person->successor = old->successor;
    merge_roles(tx, person, old);
    check_overlaps(tx, pointer, person);
}

static int check_person(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                        struct err *err)
{
    (void)err;
    people_complete(tx, (Bihuan__Person *)item, (const Bihuan__Person *)existing, pointer);
    return 0;
}

/* --- applying --- */

static const struct documents_kind PERSON = { "person", &bihuan__person__descriptor, check_person };

static int32_t day_of(const char *text)
{
    int32_t day;

    return text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : INT32_MAX;
}

/* The rows of one person: those that hold for at least a day. */
static size_t rows_of(const struct refdata *refdata, const Bihuan__Person *person, struct person_role *rows)
{
    int32_t leaves = day_of(person->leaves);
    size_t count = 0;

    for (size_t i = 0; i < person->n_roles; i++) {
        const Bihuan__PersonRole *role = person->roles[i];
        int32_t from = day_of(role->from);
        int32_t until = day_of(role->until);
        const struct ref_unit *unit = refdata_unit_by_code(refdata, role->unit);

        until = until < leaves ? until : leaves;
        until = until < unit->closed_day ? until : unit->closed_day;
        if (from < until)
            rows[count++] = (struct person_role) { person->code, role->role, unit->id, from, until };
    }
    return count;
}

static int store_roles(struct tx *tx, const struct documents_result *result, struct err *err)
{
    struct planning *planning = tx_state(tx);
    const char **people = arena_array(tx_arena(tx), const char *, result->changed_count);
    struct person_role *rows;
    size_t count = 0;

    for (size_t i = 0; i < result->changed_count; i++)
        count += ((Bihuan__Person *)result->changed[i])->n_roles;
    rows = arena_array(tx_arena(tx), struct person_role, count);
    count = 0;
    for (size_t i = 0; i < result->changed_count; i++) {
        people[i] = ((Bihuan__Person *)result->changed[i])->code;
        count += rows_of(planning->refdata, (Bihuan__Person *)result->changed[i], rows + count);
    }
    return people_store_replace(tx, people, result->changed_count, rows, count, err);
}

static int publish(struct tx *tx, const struct documents_result *result, struct err *err)
{
    for (size_t i = 0; i < result->changed_count; i += ITEMS_A_MESSAGE) {
        Bihuan__PeopleChanged event = BIHUAN__PEOPLE_CHANGED__INIT;
        size_t left = result->changed_count - i;

        event.items = (Bihuan__Person **)(void *)(result->changed + i);
        event.n_items = left < ITEMS_A_MESSAGE ? left : ITEMS_A_MESSAGE;
        if (tx_publish(tx, 0, MSG(PEOPLE_CHANGED), "", &event.base, err) != 0)
            return -1;
    }
    return 0;
}

int people_apply(struct tx *tx, bool dry_run, Bihuan__Person **items, size_t count, struct documents_result *result,
                 struct err *err)
{
    if (documents_apply(tx, &PERSON, dry_run, (ProtobufCMessage **)(void *)items, count, result, err) != 0)
        return -1;
    if (dry_run || !result->changed_count)
        return 0;
    return store_roles(tx, result, err) != 0 ? -1 : publish(tx, result, err);
}

int on_apply_people(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyPeopleRequest *request = message;
    struct documents_result result;

    if (people_apply(tx, request->dry_run, request->items, request->n_items, &result, err) != 0)
        return -1;
    return tx_reply(tx, &result.reply->base, err);
}

/* --- listing --- */

struct person_filter {
    const Bihuan__ListPeopleRequest *request;
    const struct refdata *refdata;
    const char *day; /* "" any */
    int32_t today;
    const struct ref_unit *subtree; /* NULL everything */
};

static bool role_matches(const struct person_filter *filter, const Bihuan__Person *person,
                         const Bihuan__PersonRole *role)
{
    const Bihuan__ListPeopleRequest *request = filter->request;
    const struct ref_unit *unit = refdata_unit_by_code(filter->refdata, role->unit);

    if ((request->role[0] && strcmp(request->role, role->role) != 0) ||
        (request->unit[0] && strcmp(request->unit, role->unit) != 0))
        return false;
    if (filter->day[0] &&
        (strcmp(role->from, filter->day) > 0 || (role->until[0] && strcmp(role->until, filter->day) <= 0) ||
         (person->leaves[0] && strcmp(person->leaves, filter->day) <= 0)))
        return false;
    return !filter->subtree ||
           (unit && tree_is_under(refdata_tree(filter->refdata), unit->id, filter->subtree->id, filter->today));
}

static bool keep_person(const void *arg, const ProtobufCMessage *message)
{
    const struct person_filter *filter = arg;
    const Bihuan__Person *person = (const Bihuan__Person *)message;

    if (filter->request->code[0] && strcmp(filter->request->code, person->code) != 0)
        return false;
    if (!filter->day[0] && !filter->subtree)
        return true;
    for (size_t i = 0; i < person->n_roles; i++)
        if (role_matches(filter, person, person->roles[i]))
            return true;
    return false;
}

int on_list_people(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListPeopleRequest *request = message;
    struct planning *planning = tx_state(tx);
    const char *subtree = tx_principal(tx)->subtree;
    struct person_filter filter = { .request = request, .refdata = planning->refdata, .day = request->day };
    Bihuan__ListPeopleReply reply = BIHUAN__LIST_PEOPLE_REPLY__INIT;
    char today[DATE_TEXT_MAX];
    ProtobufCMessage **items;
    int rc;

    filter.today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    date_print(today, filter.today);
    if (!request->day[0] && (request->unit[0] || request->role[0]))
        filter.day = today;
    pthread_rwlock_rdlock(&planning->lock);
    filter.subtree = refdata_unit_by_code(planning->refdata, subtree);
    rc = subtree[0] && !filter.subtree
             ? err_fail(err, ERR_NOT_FOUND, "unknown_unit", "your subtree \"%s\" is not a known unit", subtree)
             : documents_list(tx, "person", &bihuan__person__descriptor, request->page, keep_person, &filter, &items,
                              &reply.n_items, &reply.next, err);
    pthread_rwlock_unlock(&planning->lock);
    if (rc != 0)
        return -1;
    reply.items = (Bihuan__Person **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
