/* holders: see holders.h. */
#include "incentive/crediting/holders.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

static const char SALES_PERSON[] = "salesperson"; /* type of a unit that is one person */

static char *copy_of(const char *text)
{
    char *out = strdup(text);

    if (!out)
        abort();
    return out;
}

static void forget(struct holders *holders, const char *person)
{
    size_t kept = 0;

    for (size_t i = 0; i < holders->count; i++) {
        if (strcmp(holders->list[i].person, person) == 0) {
            free(holders->list[i].person);
            free(holders->list[i].role);
        } else {
            holders->list[kept++] = holders->list[i];
        }
    }
    holders->count = kept;
}

static int32_t day_or(const char *text, int32_t otherwise)
{
    int32_t day;

    return text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : otherwise;
}

static void add(struct holders *holders, struct holder holder)
{
    if (holders->count == holders->cap) {
        holders->cap = holders->cap ? holders->cap * 2 : 64;
        holders->list = realloc(holders->list, holders->cap * sizeof *holders->list);
        if (!holders->list)
            abort();
    }
    holders->list[holders->count++] = holder;
}

void holders_put(struct holders *holders, const Bihuan__Person *person, const struct refdata *refdata)
{
    int32_t leaves = day_or(person->leaves, INT32_MAX);

    forget(holders, person->code);
    for (size_t i = 0; i < person->n_roles; i++) {
        const Bihuan__PersonRole *role = person->roles[i];
        const struct ref_unit *unit = refdata_unit_by_code(refdata, role->unit);
        int32_t until = day_or(role->until, INT32_MAX);

        if (unit)
            add(holders, (struct holder) { copy_of(person->code), copy_of(role->role), unit->id,
                                           day_or(role->from, INT32_MIN), until < leaves ? until : leaves });
    }
    holders->sorted = false;
}

static int by_person(const void *pa, const void *pb)
{
    const struct holder *a = pa, *b = pb;
    int person = strcmp(a->person, b->person);

    if (person)
        return person;
    if (a->unit_id != b->unit_id)
        return a->unit_id < b->unit_id ? -1 : 1;
    return (a->from_day > b->from_day) - (a->from_day < b->from_day);
}

void holders_settle(struct holders *holders)
{
    if (!holders->sorted && holders->count)
        qsort(holders->list, holders->count, sizeof *holders->list, by_person);
    holders->sorted = true;
}

void holders_clear(struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        free(holders->list[i].person);
        free(holders->list[i].role);
    }
    free(holders->list);
    *holders = (struct holders) { 0 };
}

static bool holds_on(const struct holder *holder, int32_t day)
{
    return day >= holder->from_day && day < holder->until_day;
}

static bool is_sales_person(const struct ref_unit *unit)
{
    return unit && strcmp(unit->type, SALES_PERSON) == 0;
}

uint32_t holders_own_unit(const struct holders *holders, const struct refdata *refdata, const char *person, int32_t day)
{
    const struct ref_unit *own = refdata_unit_by_code(refdata, person);

    if (own)
        return own->id;
    for (size_t i = 0; i < holders->count; i++)
        if (strcmp(holders->list[i].person, person) == 0 && holds_on(&holders->list[i], day) &&
            is_sales_person(refdata_unit(refdata, holders->list[i].unit_id)))
            return holders->list[i].unit_id;
    return 0;
}

size_t holders_units(const struct holders *holders, const struct refdata *refdata, const char *role, uint32_t unit_id,
                     int32_t day, uint32_t units[HOLDERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < holders->count && count < HOLDERS_MAX; i++) {
        const struct holder *holder = &holders->list[i];
        uint32_t unit;
        bool seen = false;

        if (holder->unit_id != unit_id || !holds_on(holder, day) || strcmp(holder->role, role) != 0)
            continue;
        unit = holders_own_unit(holders, refdata, holder->person, day);
        for (size_t k = 0; k < count; k++)
            seen = seen || units[k] == unit;
        if (unit && !seen)
            units[count++] = unit;
    }
    return count;
}
