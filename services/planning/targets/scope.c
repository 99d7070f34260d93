/* scope: see scope.h. */
#include "planning/targets/scope.h"

#include "planning/targets/scope_cuts.h"

struct scope scope_of(struct tx *tx, const struct ref_period *period)
{
    const struct refdata *refdata = refdata_of(tx);
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *top = refdata_unit_by_code(refdata, subtree);
    int32_t day = period ? period->from_day : clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct scope scope = { .whole = !subtree[0], .limit = refdata_unit_limit(refdata) };

    if (scope.whole)
        return scope;
    scope.holds = arena_array(tx_arena(tx), bool, scope.limit);
    scope.units = arena_array(tx_arena(tx), uint32_t, scope.limit);
    for (uint32_t id = 1; top && id < scope.limit; id++)
        if (refdata_unit(refdata, id) && tree_is_under(refdata_tree(refdata), id, top->id, day)) {
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

int scope_find_unit(struct tx *tx, const struct ref_period *period, const char *code, const struct ref_unit **out,
                    struct err *err)
{
    if (find_unit(tx, code, out, err) != 0)
        return -1;
    if (!*out || in_scope_of(tx, period, (*out)->id, false))
        return 0;
    *out = NULL;
    return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
}

int scope_check_unit(struct tx *tx, const struct ref_period *period, const struct ref_unit *unit, bool strictly,
                     struct err *err)
{
    const char *subtree = tx_principal(tx)->subtree;

    if (in_scope_of(tx, period, unit->id, strictly))
        return 0;
    if (in_scope_of(tx, period, unit->id, false))
        return err_fail(
            err, ERR_FORBIDDEN, "not_yours",
            "the targets of \"%s\" are given from above; a token for \"%s\" changes those of units below it,"
            " and asks for others with \"ask\"",
            unit->code, subtree);
    return err_fail(err, ERR_FORBIDDEN, "not_yours",
                    "\"%s\" is not responsible for unit \"%s\": the token is for \"%s\" and what is below it",
                    tx_principal(tx)->person, unit->code, subtree);
}

/* --- all that an act changes ---------------------------------------------------------------------------------------
 */
#define NAMED_MAX 2 /* of what is given to the asker; the rest is counted */

/* What would change without being the asker's to change. */
struct beyond {
    struct buf given;
    size_t given_count, other_count;
    bool *others; /* by unit */
};

static void name_given(struct tx *tx, const struct ref_period *period, const struct slice_key *key,
                       const struct cell_change *cell, struct beyond *beyond)
{
    if (beyond->given_count++ >= NAMED_MAX)
        return;
    buf_printf(&beyond->given, "%s%s", beyond->given.len ? "; " : "", slice_words(tx, key, period));
    if (!cell->revision || cell->before != cell->after)
        buf_printf(&beyond->given, ", from %s to %s",
                   cell->revision ? amount_text(tx, key->measure_id, cell->before) : "none",
                   amount_text(tx, key->measure_id, cell->after));
    if (cell->hedge_before != cell->hedge)
        buf_printf(&beyond->given, ", its hedge from %s to %s", amount_text(tx, key->measure_id, cell->hedge_before),
                   amount_text(tx, key->measure_id, cell->hedge));
}

static void find_beyond(struct tx *tx, const struct scope *scope, const struct ref_period *period,
                        const struct slice_change *change, const struct scope_cuts *cuts, struct beyond *beyond)
{
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), tx_principal(tx)->subtree);

    for (size_t i = 0; i < change->count; i++) {
        const struct cell_change *cell = &change->cells[i];
        bool is_top = top && cell->unit_id == top->id;

        if (cell_stays(cell) || (scope_holds(scope, cell->unit_id) && !is_top))
            continue;
        if (is_top && scope_cuts_own(cuts, &change->key, cell))
            continue;
        if (is_top) {
            name_given(tx, period, &change->key, cell, beyond);
        } else if (cell->unit_id < scope->limit && !beyond->others[cell->unit_id]) {
            beyond->others[cell->unit_id] = true;
            beyond->other_count++;
        }
    }
}

/* Who sees nothing of the others isn't told which they are. */
static int refuse_beyond(struct tx *tx, const struct ref_period *period, struct beyond *beyond, struct err *err)
{
    const char *subtree = tx_principal(tx)->subtree;
    const char *given = arena_strdup(tx_arena(tx), beyond->given_count ? buf_text(&beyond->given) : "");
    const char *others = beyond->other_count
                             ? arena_printf(tx_arena(tx), "targets of %zu unit%s outside \"%s\" in period \"%s\"",
                                            beyond->other_count, beyond->other_count == 1 ? "" : "s", subtree,
                                            period->code)
                             : "";

    return err_fail(err, ERR_FORBIDDEN, "not_yours",
                    "this would change %s%s%s%s%s%s%s%s; a token for \"%s\" changes targets below it only; ask for it "
                    "with \"ask\"",
                    *given ? "what is given to \"" : "", *given ? subtree : "", *given ? "\" (" : "", given,
                    beyond->given_count > NAMED_MAX ? "; ..." : "", *given ? ")" : "", *given && *others ? " and " : "",
                    others, subtree);
}

int scope_check_changes(struct tx *tx, const struct ref_period *period, const struct slice_change *changes,
                        size_t count, struct err *err)
{
    struct scope scope = scope_of(tx, period);
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), tx_principal(tx)->subtree);
    struct beyond beyond = { 0 };
    struct scope_cuts cuts;
    int rc = 0;

    if (scope.whole)
        return 0;
    if (scope_cuts_load(tx, period, top ? top->id : 0, changes, count, &cuts, err) != 0)
        return -1;
    beyond.others = arena_array(tx_arena(tx), bool, scope.limit);
    for (size_t s = 0; s < count; s++)
        find_beyond(tx, &scope, period, &changes[s], &cuts, &beyond);
    if (beyond.given_count || beyond.other_count)
        rc = refuse_beyond(tx, period, &beyond, err);
    buf_fini(&beyond.given);
    return rc;
}

int scope_check_record(struct tx *tx, const struct ref_period *period, uint32_t unit_id, const char *over, bool first,
                       bool draft, struct err *err)
{
    const struct ref_unit *unit = refdata_unit(refdata_of(tx), unit_id);

    if (!tx_principal(tx)->subtree[0])
        return 0;
    if (!unit || scope_check_unit(tx, period, unit, !first, err) != 0)
        return err_prefix(err, "whether the target is cut completely over %s is said from above", over);
    return draft ? 0 : scope_check_open(tx, period, err);
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
