/* reorganise_units: moving, merging and closing units. */
#include "planning/organisation/organisation.h"
#include "planning/organisation/rehang.h"
#include "planning/organisation/reorganise.h"

#include "text/dates.h"

#include <string.h>

static const struct ref_unit *known(struct reorganise *r, const char *pointer, const char *code)
{
    const struct ref_unit *unit = refdata_unit_by_code(r->refdata, code);

    if (!unit)
        tx_problem(r->tx, pointer, "unknown_unit", "unit \"%s\" is not known", code);
    return unit;
}

/* The stored document; the unit is known. */
static int document_of(struct reorganise *r, const char *code, const Bihuan__Unit **out, struct err *err)
{
    ProtobufCMessage *message;

    if (documents_get(r->tx, "unit", &bihuan__unit__descriptor, code, &message, err) != 0)
        return -1;
    *out = (const Bihuan__Unit *)message;
    return 0;
}

static const char *parent_code(struct reorganise *r, const struct ref_unit *unit)
{
    const struct ref_unit *parent = refdata_unit(r->refdata, tree_parent(refdata_tree(r->refdata), unit->id, r->day));

    return parent ? arena_strdup(tx_arena(r->tx), parent->code) : "";
}

static uint32_t count_below(const struct reorganise *r, uint32_t unit_id)
{
    uint32_t count = 0;

    for (uint32_t i = 1; i < refdata_unit_limit(r->refdata); i++)
        count += i != unit_id && refdata_unit(r->refdata, i) &&
                 tree_is_under(refdata_tree(r->refdata), i, unit_id, r->day);
    return count;
}

/* An open unit that may take others in, and isn't the unit itself or below it. */
static void check_place(struct reorganise *r, const char *pointer, const struct ref_unit *unit,
                        const struct ref_unit *place)
{
    if (place->closed_day <= r->day)
        tx_problem(r->tx, pointer, "unit_closed", "unit \"%s\" is closed by then; name an open one", place->code);
    else if (tree_is_under(refdata_tree(r->refdata), place->id, unit->id, r->day))
        tx_problem(r->tx, pointer, "cycle", "\"%s\" is \"%s\" itself or below it", place->code, unit->code);
}

static int end(struct reorganise *r, const struct ref_unit *unit, const struct ref_unit *other, struct err *err)
{
    Bihuan__UnitReorganised event = BIHUAN__UNIT_REORGANISED__INIT;

    event.kind = r->change->kind;
    event.unit_id = unit->id;
    event.other_id = other ? other->id : 0;
    event.from_day = r->day;
    event.reason = r->change->reason;
    event.by = r->change->by;
    return reorganise_end(r, MSG(UNIT_REORGANISED), &event.base, err);
}

/* --- move --- */

int on_move_unit(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MoveUnitRequest *request = message;
    const struct ref_unit *unit, *parent, *before;
    const Bihuan__Unit *stored;
    struct reorganise r;

    reorganise_begin(&r, tx, request->dry_run, "move", request->from, request->reason);
    r.consents = request->consents;
    r.consent_count = request->n_consents;
    unit = known(&r, "/unit", request->unit);
    parent = known(&r, "/parent", request->parent);
    if (unit && parent) {
        check_place(&r, "/parent", unit, parent);
        if (unit->closed_day <= r.day)
            tx_problem(tx, "/unit", "unit_closed", "unit \"%s\" is closed by then", unit->code);
        if (tree_parent(refdata_tree(r.refdata), unit->id, r.day) == parent->id)
            tx_problem(tx, "/parent", "unchanged", "\"%s\" is under \"%s\" on that day already", unit->code,
                       parent->code);
    }
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    reorganise_warn_past(&r);
    before = refdata_unit(r.refdata, tree_parent(refdata_tree(r.refdata), unit->id, r.day));
    if (document_of(&r, request->unit, &stored, err) != 0 ||
        reorganise_targets(&r, (const struct ref_unit *[]) { unit, before, parent }, 3, err) != 0)
        return -1;
    r.change->unit = request->unit;
    r.change->other = request->parent;
    r.change->below_count = count_below(&r, unit->id);
    reorganise_unit(&r, rehang_under(tx_arena(tx), stored, request->parent, request->from), "moved",
                    parent_code(&r, unit), request->parent);
    return end(&r, unit, parent, err);
}

/* --- merge --- */

struct merging {
    struct reorganise *r;
    const char *gone, *heir;
};

static int each_rehung(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct merging *merging = arg;
    const Bihuan__Unit *unit = (const Bihuan__Unit *)message;
    Bihuan__Unit *item;

    (void)err;
    if (strcmp(unit->code, merging->gone) == 0)
        return 0;
    item = rehang_unit(tx_arena(merging->r->tx), unit, merging->gone, merging->heir, merging->r->from);
    reorganise_unit(merging->r, item, item && item->n_relations ? "moved" : "guided", merging->gone,
                    merging->heir ? merging->heir : "");
    return 0;
}

/* The unit's own dotted lines end; where it stood and what closed it is shown. */
static void close_unit(struct reorganise *r, const Bihuan__Unit *stored, const char *heir, const char *before)
{
    struct arena *arena = tx_arena(r->tx);
    Bihuan__Unit *item = heir ? rehang_under(arena, stored, heir, r->from)
                              : arena_memdup(arena, stored, sizeof *stored);

    if (!heir)
        item->n_relations = 0;
    item->dotted = arena_array(arena, Bihuan__DottedLine *, stored->n_dotted + 1);
    item->n_dotted = 0;
    for (size_t i = 0; i < stored->n_dotted; i++) {
        Bihuan__DottedLine *line;

        if (stored->dotted[i]->until[0] && strcmp(stored->dotted[i]->until, r->from) <= 0)
            continue;
        line = arena_memdup(arena, stored->dotted[i], sizeof *line);
        line->until = strcmp(line->from, r->from) < 0 ? (char *)(uintptr_t)r->from : line->from;
        item->dotted[item->n_dotted++] = line;
    }
    item->closed = (char *)(uintptr_t)r->from;
    item->successor = (char *)(uintptr_t)(heir ? heir : "");
    reorganise_unit(r, item, "closed", before, heir ? heir : before);
}

int on_merge_units(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MergeUnitsRequest *request = message;
    const struct ref_unit *unit, *into;
    const Bihuan__Unit *stored;
    struct merging merging;
    struct reorganise r;

    reorganise_begin(&r, tx, request->dry_run, "merge", request->from, request->reason);
    r.consents = request->consents;
    r.consent_count = request->n_consents;
    unit = known(&r, "/unit", request->unit);
    into = known(&r, "/into", request->into);
    if (unit && into) {
        check_place(&r, "/into", unit, into);
        if (strcmp(unit->type, into->type) != 0)
            tx_problem(tx, "/into", "another_type", "a %s cannot be merged into a %s; move its children instead",
                       unit->type, into->type);
        if (unit->closed_day != INT32_MAX)
            tx_problem(tx, "/unit", "unit_closed", "unit \"%s\" is closed already", unit->code);
    }
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    reorganise_warn_past(&r);
    merging = (struct merging) { &r, request->unit, request->into };
    if (document_of(&r, request->unit, &stored, err) != 0 ||
        reorganise_targets(&r, (const struct ref_unit *[]) { unit, into }, 2, err) != 0)
        return -1;
    r.change->unit = request->unit;
    r.change->other = request->into;
    r.change->below_count = count_below(&r, unit->id);
    close_unit(&r, stored, request->into, parent_code(&r, unit));
    if (documents_each(tx, "unit", &bihuan__unit__descriptor, each_rehung, &merging, err) != 0 ||
        reorganise_roles(&r, request->unit, request->into, err) != 0)
        return -1;
    return end(&r, unit, into, err);
}

/* --- close --- */

/* Open children on the day or later forbid it. */
static int each_child(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct merging *closing = arg;
    struct reorganise *r = closing->r;
    const Bihuan__Unit *unit = (const Bihuan__Unit *)message;

    (void)err;
    for (size_t i = 0; i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *relation = unit->relations[i];

        if (strcmp(relation->parent, closing->gone) == 0 &&
            (!relation->until[0] || strcmp(relation->until, r->from) > 0) &&
            (!unit->closed[0] || strcmp(unit->closed, r->from) > 0)) {
            if (tx_problem_count(r->tx) < 10)
                tx_problem(r->tx, "/unit", "has_children",
                           "\"%s\" is under it on that day or later; move it, or merge the unit into another",
                           unit->code);
            return 0;
        }
    }
    return 0;
}

static int reopen(struct tx *tx, const Bihuan__CloseUnitRequest *request, const struct ref_unit *unit, struct err *err)
{
    ProtobufCMessage *stored;
    Bihuan__Unit *item;
    struct reorganise r;

    if (unit->closed_day == INT32_MAX)
        return err_fail(err, ERR_CONFLICT, "unit_open", "unit \"%s\" is not closed", unit->code);
    if (documents_get(tx, "unit", &bihuan__unit__descriptor, request->unit, &stored, err) != 0)
        return -1;
    item = (Bihuan__Unit *)stored;
    reorganise_begin(&r, tx, request->dry_run, "reopen", item->closed, request->reason);
    r.consents = request->consents;
    r.consent_count = request->n_consents;
    if (item->successor[0])
        tx_problem(tx, "/unit", "merged", "unit \"%s\" was merged into \"%s\"; open a new unit instead", unit->code,
                   item->successor);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    r.change->unit = request->unit;
    item->closed = (char *)(uintptr_t) "";
    item->n_relations = item->n_dotted = 0;
    reorganise_unit(&r, item, "opened", "", "");
    return end(&r, unit, NULL, err);
}

int on_close_unit(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CloseUnitRequest *request = message;
    struct planning *planning = tx_state(tx);
    const struct ref_unit *unit = refdata_unit_by_code(planning->refdata, request->unit);
    const Bihuan__Unit *stored;
    struct merging closing;
    struct reorganise r;

    if (unit && !request->from[0])
        return reopen(tx, request, unit, err);
    reorganise_begin(&r, tx, request->dry_run, "close", request->from, request->reason);
    r.consents = request->consents;
    r.consent_count = request->n_consents;
    unit = known(&r, "/unit", request->unit);
    if (unit && unit->closed_day != INT32_MAX)
        tx_problem(tx, "/unit", "unit_closed",
                   "unit \"%s\" is closed already; open it first to close it on another day", unit->code);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    closing = (struct merging) { &r, request->unit, NULL };
    if (documents_each(tx, "unit", &bihuan__unit__descriptor, each_child, &closing, err) != 0 ||
        document_of(&r, request->unit, &stored, err) != 0 ||
        reorganise_targets(&r, (const struct ref_unit *[]) { unit }, 1, err) != 0)
        return -1;
    r.change->unit = request->unit;
    close_unit(&r, stored, NULL, parent_code(&r, unit));
    if (documents_each(tx, "unit", &bihuan__unit__descriptor, each_rehung, &closing, err) != 0 ||
        reorganise_roles(&r, request->unit, NULL, err) != 0)
        return -1;
    return end(&r, unit, NULL, err);
}
