/* units: nodes of the organisation and their dated place in the tree; see units.h. */
#include "planning/organisation/units.h"

#include "planning/organisation/dotted.h"
#include "planning/planning.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_A_MESSAGE 256

static const char *const UNIT_TYPES[] = { "province", "office", "centre", "city",        "county",
                                          "outlet",   "dealer", "team",   "salesperson", NULL };

/* --- one unit --- */

static int by_from(const void *a, const void *b)
{
    const Bihuan__UnitRelation *const *x = a;
    const Bihuan__UnitRelation *const *y = b;

    return strcmp((*x)->from, (*y)->from); /* yyyy-MM-dd sorts as text */
}

/* Relations of the unit as they will be: stored ones that the request doesn't replace (same `from`), and the request's;
 * one that has no end, or ends later, ends where the next begins. */
static void merge_relations(struct tx *tx, Bihuan__Unit *unit, const Bihuan__Unit *old)
{
    size_t old_count = old ? old->n_relations : 0;
    Bihuan__UnitRelation **merged = arena_array(tx_arena(tx), Bihuan__UnitRelation *,
                                                old_count + unit->n_relations + 1);
    size_t count = 0;

    for (size_t i = 0; i < old_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < unit->n_relations; k++)
            replaced = replaced || strcmp(unit->relations[k]->from, old->relations[i]->from) == 0;
        if (!replaced)
            merged[count++] = old->relations[i];
    }
    for (size_t k = 0; k < unit->n_relations; k++)
        merged[count++] = unit->relations[k];
    qsort(merged, count, sizeof *merged, by_from);
    for (size_t i = 0; i + 1 < count; i++)
        if (!merged[i]->until[0] || strcmp(merged[i]->until, merged[i + 1]->from) > 0) {
            merged[i] = arena_memdup(tx_arena(tx), merged[i], sizeof *merged[i]); /* the stored one stays as it was */
            merged[i]->until = merged[i + 1]->from;
        }
    unit->relations = merged;
    unit->n_relations = count;
}

static void check_relations(struct tx *tx, const char *pointer, const Bihuan__Unit *unit)
{
    const struct planning *planning = tx_state(tx);

    for (size_t i = 0; i < unit->n_relations; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/relations/%zu", pointer, i);
        const Bihuan__UnitRelation *r = unit->relations[i];
        const struct ref_unit *parent;
        int32_t from = check_date(tx, at, "from", r->from, true, 0);
        int32_t until = check_date(tx, at, "until", r->until, false, TREE_OPEN);

        if (from >= until)
            tx_problem(tx, place(tx, at, "until"), "bad_period", "until %s is not after from %s", r->until, r->from);
        if (strcmp(r->parent, unit->code) == 0)
            tx_problem(tx, place(tx, at, "parent"), "cycle", "unit \"%s\" cannot be its own parent", unit->code);
        parent = refdata_unit_by_code(planning->refdata, r->parent);
        if (parent && from >= parent->closed_day && !unit->closed[0])
            tx_problem(tx, place(tx, at, "parent"), "unit_closed", "parent \"%s\" is closed by then; name an open unit",
                       r->parent);
    }
}

/* Closing has requests of its own, which look after children and roles. */
static void keep_closed(struct tx *tx, const char *pointer, Bihuan__Unit *unit, const Bihuan__Unit *old)
{
    const char *closed = old ? old->closed : "";
    const char *successor = old ? old->successor : "";

    if ((unit->closed[0] && strcmp(unit->closed, closed) != 0) ||
        (unit->successor[0] && strcmp(unit->successor, successor) != 0))
        tx_problem(tx, place(tx, pointer, "closed"), "not_here",
                   "a unit is closed or merged by a request of its own (bihuan unit close, bihuan unit merge)");
    unit->closed = (char *)(uintptr_t)closed;
    unit->successor = (char *)(uintptr_t)successor;
}

static void check_any(struct tx *tx, Bihuan__Unit *unit, const Bihuan__Unit *old, const char *pointer)
{
    struct planning *planning = tx_state(tx);

    if (!unit->name[0])
        tx_problem(tx, place(tx, pointer, "name"), "missing_value", "name must not be empty");
    check_word(tx, pointer, "type", unit->type, UNIT_TYPES);
    if (old && strcmp(old->type, unit->type) != 0)
        tx_problem(tx, place(tx, pointer, "type"), "type_changed",
                   "unit \"%s\" is a %s; a unit keeps its type: close it and open another", unit->code, old->type);
    if (unit->channel[0] && !refdata_channel_by_code(planning->refdata, unit->channel))
        tx_problem(tx, place(tx, pointer, "channel"), "unknown_channel", "channel \"%s\" is not known; apply it first",
                   unit->channel);
    check_relations(tx, pointer, unit);
    dotted_check(tx, pointer, unit);
    merge_relations(tx, unit, old);
    dotted_merge(tx, unit, old);
}

static int check_applied(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    (void)err;
    keep_closed(tx, pointer, (Bihuan__Unit *)item, (const Bihuan__Unit *)existing);
    check_any(tx, (Bihuan__Unit *)item, (const Bihuan__Unit *)existing, pointer);
    return 0;
}

static int check_closing(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    (void)err;
    check_any(tx, (Bihuan__Unit *)item, (const Bihuan__Unit *)existing, pointer);
    return 0;
}

/* --- the tree as it would be --- */

struct outline {
    Bihuan__Unit **items;
    size_t count;
    struct tx *tx;
    struct tree *tree;
    const struct refdata *refdata;
};

static const Bihuan__Unit *in_request(const struct outline *outline, const char *code)
{
    for (size_t i = 0; i < outline->count; i++)
        if (strcmp(outline->items[i]->code, code) == 0)
            return outline->items[i];
    return NULL;
}

static uint32_t id_of(const struct outline *outline, const char *code)
{
    const Bihuan__Unit *item = in_request(outline, code);
    const struct ref_unit *unit = refdata_unit_by_code(outline->refdata, code);

    return item ? item->id : unit ? unit->id : 0;
}

static int32_t day_of(const char *text, int32_t otherwise)
{
    int32_t day;

    return text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : otherwise;
}

static int add_stored(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct outline *outline = arg;
    const Bihuan__Unit *unit = (const Bihuan__Unit *)message;

    if (in_request(outline, unit->code))
        return 0;
    for (size_t i = 0; i < unit->n_relations; i++) {
        uint32_t parent = id_of(outline, unit->relations[i]->parent);

        if (parent && tree_add(outline->tree, unit->id, parent, day_of(unit->relations[i]->from, 0),
                               day_of(unit->relations[i]->until, TREE_OPEN), err) != 0)
            return -1;
    }
    return 0;
}

static void add_requested(struct outline *outline, size_t index)
{
    const Bihuan__Unit *unit = outline->items[index];

    for (size_t i = 0; i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *r = unit->relations[i];
        const char *at = arena_printf(tx_arena(outline->tx), "/items/%zu/relations/%zu/parent", index, i);
        uint32_t parent = id_of(outline, r->parent);
        struct err why;

        if (!r->parent[0])
            continue;
        if (!parent)
            tx_problem(outline->tx, at, "unknown_unit",
                       "parent \"%s\" is not a known unit; apply it first or in the same request", r->parent);
        else if (tree_add(outline->tree, unit->id, parent, day_of(r->from, 0), day_of(r->until, TREE_OPEN), &why) != 0)
            tx_problem(outline->tx, at, why.code, "\"%s\" under \"%s\" from %s: %s", unit->code, r->parent, r->from,
                       why.text);
    }
    for (size_t i = 0; i < unit->n_dotted; i++)
        if (!id_of(outline, unit->dotted[i]->to))
            tx_problem(outline->tx, arena_printf(tx_arena(outline->tx), "/items/%zu/dotted/%zu/to", index, i),
                       "unknown_unit", "unit \"%s\" is not known; apply it first or in the same request",
                       unit->dotted[i]->to);
}

/* Builds the whole tree with the request in it: unknown parents, cycles and overlaps become problems. */
static int check_tree(struct tx *tx, Bihuan__Unit **items, size_t count, struct err *err)
{
    struct planning *planning = tx_state(tx);
    struct outline outline = {
        .items = items, .count = count, .tx = tx, .tree = tree_new(), .refdata = planning->refdata
    };
    int rc = documents_each(tx, "unit", &bihuan__unit__descriptor, add_stored, &outline, err);

    for (size_t i = 0; rc == 0 && i < count; i++)
        add_requested(&outline, i);
    tree_destroy(&outline.tree);
    if (rc == 0 && tx_problem_count(tx))
        return tx_refuse(tx, err);
    return rc;
}

static const struct documents_kind APPLIED = { "unit", &bihuan__unit__descriptor, check_applied };
static const struct documents_kind CLOSING = { "unit", &bihuan__unit__descriptor, check_closing };

static int publish(struct tx *tx, const struct documents_result *result, struct err *err)
{
    for (size_t i = 0; i < result->changed_count; i += ITEMS_A_MESSAGE) {
        Bihuan__UnitsChanged event = BIHUAN__UNITS_CHANGED__INIT;
        size_t left = result->changed_count - i;

        event.items = (Bihuan__Unit **)(void *)(result->changed + i);
        event.n_items = left < ITEMS_A_MESSAGE ? left : ITEMS_A_MESSAGE;
        if (tx_publish(tx, 0, MSG(UNITS_CHANGED), "", &event.base, err) != 0)
            return -1;
    }
    return 0;
}

int units_apply(struct tx *tx, bool dry_run, bool closing, Bihuan__Unit **items, size_t count,
                struct documents_result *result, struct err *err)
{
    if (documents_apply(tx, closing ? &CLOSING : &APPLIED, dry_run, (ProtobufCMessage **)(void *)items, count, result,
                        err) != 0 ||
        check_tree(tx, items, count, err) != 0)
        return -1;
    if (dry_run || !result->changed_count)
        return 0;
    return publish(tx, result, err) != 0 ? -1 : planning_reload(tx, err);
}
