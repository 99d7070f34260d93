/* rehang: see rehang.h. */
#include "planning/organisation/rehang.h"

#include <stdbool.h>
#include <string.h>

/* Still holds on `from`, or begins later. */
static bool lasts(const char *until, const char *from)
{
    return !until[0] || strcmp(until, from) > 0;
}

static const char *later(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b;
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- units --- */

static Bihuan__Unit *copy_unit(struct arena *arena, const Bihuan__Unit *unit)
{
    Bihuan__Unit *out = arena_memdup(arena, unit, sizeof *unit);

    out->relations = arena_array(arena, Bihuan__UnitRelation *, unit->n_relations + 1);
    out->dotted = arena_array(arena, Bihuan__DottedLine *, 2 * unit->n_dotted + 1);
    out->n_relations = out->n_dotted = 0;
    return out;
}

static void add_relation(struct arena *arena, Bihuan__Unit *out, const char *parent, const char *from,
                         const char *until)
{
    Bihuan__UnitRelation *relation = arena_new(arena, Bihuan__UnitRelation);

    bihuan__unit_relation__init(relation);
    relation->parent = borrow(parent);
    relation->from = borrow(from);
    relation->until = borrow(until);
    out->relations[out->n_relations++] = relation;
}

static void add_line(struct arena *arena, Bihuan__Unit *out, const Bihuan__DottedLine *like, const char *to,
                     const char *from, const char *until)
{
    Bihuan__DottedLine *line = arena_new(arena, Bihuan__DottedLine);

    bihuan__dotted_line__init(line);
    line->to = borrow(to);
    line->kind = like->kind;
    line->from = borrow(from);
    line->until = borrow(until);
    out->dotted[out->n_dotted++] = line;
}

static void rehang_dotted(struct arena *arena, const Bihuan__Unit *unit, const char *gone, const char *heir,
                          const char *from, Bihuan__Unit *out)
{
    for (size_t i = 0; i < unit->n_dotted; i++) {
        const Bihuan__DottedLine *line = unit->dotted[i];

        if (strcmp(line->to, gone) != 0 || !lasts(line->until, from))
            continue;
        add_line(arena, out, line, gone, line->from, later(line->from, from)); /* until its from: taken away */
        if (heir && strcmp(heir, unit->code) != 0)
            add_line(arena, out, line, heir, later(line->from, from), line->until);
    }
}

Bihuan__Unit *rehang_unit(struct arena *arena, const Bihuan__Unit *unit, const char *gone, const char *heir,
                          const char *from)
{
    Bihuan__Unit *out = copy_unit(arena, unit);

    for (size_t i = 0; heir && i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *relation = unit->relations[i];

        if (strcmp(relation->parent, gone) == 0 && lasts(relation->until, from))
            add_relation(arena, out, heir, later(relation->from, from), relation->until);
    }
    rehang_dotted(arena, unit, gone, heir, from, out);
    return out->n_relations + out->n_dotted ? out : NULL;
}

Bihuan__Unit *rehang_under(struct arena *arena, const Bihuan__Unit *unit, const char *parent, const char *from)
{
    Bihuan__Unit *out = copy_unit(arena, unit);

    add_relation(arena, out, parent, from, "");
    for (size_t i = 0; i < unit->n_relations; i++)
        if (strcmp(unit->relations[i]->from, from) > 0)
            add_relation(arena, out, parent, unit->relations[i]->from, unit->relations[i]->until);
    return out;
}

/* --- people --- */

static Bihuan__Person *copy_person(struct arena *arena, const Bihuan__Person *person, size_t roles)
{
    Bihuan__Person *out = arena_memdup(arena, person, sizeof *person);

    out->roles = arena_array(arena, Bihuan__PersonRole *, roles + 1);
    out->n_roles = 0;
    return out;
}

static void add_role(struct arena *arena, Bihuan__Person *out, const char *role, const char *unit, const char *from,
                     const char *until)
{
    Bihuan__PersonRole *item = arena_new(arena, Bihuan__PersonRole);

    bihuan__person_role__init(item);
    item->role = borrow(role);
    item->unit = borrow(unit);
    item->from = borrow(from);
    item->until = borrow(until);
    out->roles[out->n_roles++] = item;
}

/* The person has that role there at some time within from..until. */
static bool holds_within(const Bihuan__Person *person, const char *role, const char *unit, const char *from,
                         const char *until)
{
    for (size_t i = 0; i < person->n_roles; i++) {
        const Bihuan__PersonRole *held = person->roles[i];

        if (strcmp(held->role, role) == 0 && strcmp(held->unit, unit) == 0 && lasts(held->until, from) &&
            (!until[0] || strcmp(held->from, until) < 0))
            return true;
    }
    return false;
}

Bihuan__Person *rehang_roles(struct arena *arena, const Bihuan__Person *person, const char *gone, const char *heir,
                             const char *from)
{
    Bihuan__Person *out = copy_person(arena, person, 2 * person->n_roles);

    for (size_t i = 0; i < person->n_roles; i++) {
        const Bihuan__PersonRole *role = person->roles[i];
        const char *begins = later(role->from, from);

        if ((gone && strcmp(role->unit, gone) != 0) || !lasts(role->until, from) || !lasts(person->leaves, from))
            continue;
        add_role(arena, out, role->role, role->unit, role->from, begins); /* until its from: taken away */
        if (heir && !holds_within(person, role->role, heir, begins, role->until))
            add_role(arena, out, role->role, heir, begins, role->until);
    }
    return out->n_roles ? out : NULL;
}

Bihuan__Person *rehang_take_over(struct arena *arena, const Bihuan__Person *successor, const Bihuan__Person *leaver,
                                 const char *from)
{
    Bihuan__Person *out = copy_person(arena, successor, leaver->n_roles);

    for (size_t i = 0; i < leaver->n_roles; i++) {
        const Bihuan__PersonRole *role = leaver->roles[i];
        const char *begins = later(role->from, from);

        if (lasts(role->until, from) && !holds_within(successor, role->role, role->unit, begins, role->until))
            add_role(arena, out, role->role, role->unit, begins, role->until);
    }
    return out;
}
