/* dotted: see dotted.h. */
#include "planning/organisation/dotted.h"

#include "planning/planning.h"

#include <stdlib.h>
#include <string.h>

static int by_line(const void *a, const void *b)
{
    const Bihuan__DottedLine *const *x = a;
    const Bihuan__DottedLine *const *y = b;
    int to = strcmp((*x)->to, (*y)->to);
    int kind = strcmp((*x)->kind, (*y)->kind);

    return to ? to : kind ? kind : strcmp((*x)->from, (*y)->from); /* yyyy-MM-dd sorts as text */
}

void dotted_check(struct tx *tx, const char *pointer, const Bihuan__Unit *unit)
{
    for (size_t i = 0; i < unit->n_dotted; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/dotted/%zu", pointer, i);
        const Bihuan__DottedLine *line = unit->dotted[i];
        int32_t from = check_date(tx, at, "from", line->from, true, 0);
        int32_t until = check_date(tx, at, "until", line->until, false, INT32_MAX);

        if (until < from)
            tx_problem(tx, place(tx, at, "until"), "bad_period", "until %s is before from %s", line->until, line->from);
        if (!code_valid(line->kind))
            tx_problem(tx, place(tx, at, "kind"), "bad_code", "kind \"%s\" must be a code, such as functional",
                       line->kind);
        if (strcmp(line->to, unit->code) == 0)
            tx_problem(tx, place(tx, at, "to"), "cycle", "unit \"%s\" cannot guide itself", unit->code);
    }
}

void dotted_merge(struct tx *tx, Bihuan__Unit *unit, const Bihuan__Unit *old)
{
    size_t old_count = old ? old->n_dotted : 0;
    Bihuan__DottedLine **merged = arena_array(tx_arena(tx), Bihuan__DottedLine *, old_count + unit->n_dotted);
    size_t count = 0;

    for (size_t i = 0; i < old_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < unit->n_dotted; k++)
            replaced = replaced || by_line(&unit->dotted[k], &old->dotted[i]) == 0;
        if (!replaced)
            merged[count++] = old->dotted[i];
    }
    for (size_t i = 0; i < unit->n_dotted; i++)
        if (strcmp(unit->dotted[i]->from, unit->dotted[i]->until) != 0)
            merged[count++] = unit->dotted[i];
    if (count)
        qsort(merged, count, sizeof *merged, by_line);
    unit->dotted = merged;
    unit->n_dotted = count;
}

bool dotted_holds(const Bihuan__Unit *unit, const char *to, const char *day)
{
    for (size_t i = 0; i < unit->n_dotted; i++) {
        const Bihuan__DottedLine *line = unit->dotted[i];

        if (strcmp(line->to, to) == 0 && strcmp(line->from, day) <= 0 &&
            (!line->until[0] || strcmp(line->until, day) > 0))
            return true;
    }
    return false;
}
