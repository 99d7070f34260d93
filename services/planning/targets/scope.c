/* scope: see scope.h. */
#include "planning/targets/scope.h"

struct scope scope_of(struct tx *tx)
{
    const struct refdata *refdata = refdata_of(tx);
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *top = refdata_unit_by_code(refdata, subtree);
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct scope scope = { .whole = !subtree[0], .limit = refdata_unit_limit(refdata) };

    if (scope.whole)
        return scope;
    scope.holds = arena_array(tx_arena(tx), bool, scope.limit);
    scope.units = arena_array(tx_arena(tx), uint32_t, scope.limit);
    for (uint32_t id = 1; top && id < scope.limit; id++)
        if (refdata_unit(refdata, id) && tree_is_under(refdata_tree(refdata), id, top->id, today)) {
            scope.holds[id] = true;
            scope.units[scope.count++] = id;
        }
    return scope;
}

bool scope_holds(const struct scope *scope, uint32_t unit_id)
{
    return scope->whole || (unit_id < scope->limit && scope->holds[unit_id]);
}

void scope_filter(const struct scope *scope, struct slice *slices, size_t count)
{
    for (size_t s = 0; s < count && !scope->whole; s++) {
        size_t kept = 0;

        for (size_t i = 0; i < slices[s].count; i++)
            if (scope_holds(scope, slices[s].cells[i].unit_id))
                slices[s].cells[kept++] = slices[s].cells[i];
        slices[s].count = kept;
    }
}

int scope_find_unit(struct tx *tx, const char *code, const struct ref_unit **out, struct err *err)
{
    if (find_unit(tx, code, out, err) != 0)
        return -1;
    if (!*out || in_scope(tx, (*out)->id, false))
        return 0;
    *out = NULL;
    return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
}

int scope_check_unit(struct tx *tx, const struct ref_unit *unit, bool strictly, struct err *err)
{
    const char *subtree = tx_principal(tx)->subtree;

    if (in_scope(tx, unit->id, strictly))
        return 0;
    if (in_scope(tx, unit->id, false))
        return err_fail(
            err, ERR_FORBIDDEN, "not_yours",
            "the targets of \"%s\" are given from above; a token for \"%s\" changes those of units below it,"
            " and asks for others with \"ask\"",
            unit->code, subtree);
    return err_fail(err, ERR_FORBIDDEN, "not_yours",
                    "\"%s\" is not responsible for unit \"%s\": the token is for \"%s\" and what is below it",
                    tx_principal(tx)->person, unit->code, subtree);
}

int scope_check_changes(struct tx *tx, const struct slice_change *changes, size_t count, struct err *err)
{
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), subtree);
    struct scope scope = scope_of(tx);

    for (size_t s = 0; s < count && !scope.whole; s++)
        for (size_t i = 0; i < changes[s].count; i++) {
            const struct cell_change *cell = &changes[s].cells[i];
            bool below = scope_holds(&scope, cell->unit_id) && top && cell->unit_id != top->id;

            if (!below && !cell->same)
                return err_fail(err, ERR_FORBIDDEN, "not_yours",
                                "this would change what is given to \"%s\" or to others, and a token for it changes "
                                "targets below it only; ask for it with \"ask\"",
                                subtree);
        }
    return 0;
}

int scope_check_open(struct tx *tx, const struct ref_period *period, struct err *err)
{
    const char *subtree = tx_principal(tx)->subtree;

    return !subtree[0] ? 0
                       : err_fail(err, ERR_FORBIDDEN, "not_yours",
                                  "period \"%s\" has no draft, and a token for \"%s\" opens none; who plans for all "
                                  "units revises the plan first",
                                  period->code, subtree);
}
