/* unbalanced: see unbalanced.h. */
#include "planning/organisation/unbalanced.h"

#include "planning/ledger/cell_store.h"
#include "planning/lint/lint.h"
#include "planning/targets/targets.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 500

/* --- the tree as it will be ----------------------------------------------------------------------------------------
 */
static int32_t day_of(const char *text, int32_t open)
{
    struct err why;
    int32_t day;

    return text[0] && date_parse(text, strlen(text), &day, &why) == 0 ? day : open;
}

/* What the item's relations say of the day; NULL: nothing. */
static const Bihuan__UnitRelation *relation_on(const Bihuan__Unit *item, int32_t day)
{
    const Bihuan__UnitRelation *found = NULL;
    int32_t since = INT32_MIN;

    for (size_t i = 0; i < item->n_relations; i++) {
        int32_t from = day_of(item->relations[i]->from, INT32_MAX);

        if (from > day || from < since || day_of(item->relations[i]->until, INT32_MAX) <= day)
            continue;
        since = from;
        found = item->relations[i];
    }
    return found;
}

static const Bihuan__Unit *item_of(const struct reorganise *r, const char *code)
{
    for (size_t i = 0; i < r->unit_count; i++)
        if (strcmp(r->units[i]->code, code) == 0)
            return r->units[i];
    return NULL;
}

/* The parent on the day; `kept` where nothing is said of it. One that is new has no targets: who stands above it
 * counts, and nobody where that goes in a circle (which is refused elsewhere). */
static uint32_t parent_of(const struct reorganise *r, const Bihuan__Unit *item, int32_t day, uint32_t kept)
{
    const Bihuan__UnitRelation *relation = relation_on(item, day);

    for (size_t steps = 0; relation && steps <= r->unit_count; steps++) {
        const struct ref_unit *above = refdata_unit_by_code(r->refdata, relation->parent);

        if (above)
            return above->id;
        item = item_of(r, relation->parent);
        relation = item ? relation_on(item, day) : NULL;
        kept = TREE_NONE;
    }
    return kept;
}

/* As period_outline() will be: parents and closures with what the items change. */
static void outline_after(const struct reorganise *r, int32_t day, const struct outline *like, struct outline *out,
                          bool *closed)
{
    struct arena *arena = tx_arena(r->tx);
    uint32_t limit = like->unit_limit;
    uint32_t *parent = arena_array(arena, uint32_t, limit);
    uint32_t *first = arena_array(arena, uint32_t, limit), *next = arena_array(arena, uint32_t, limit);

    for (uint32_t id = 1; id < limit; id++)
        parent[id] = tree_parent(refdata_tree(r->refdata), id, day);
    for (size_t i = 0; i < r->unit_count; i++) {
        const struct ref_unit *unit = refdata_unit_by_code(r->refdata, r->units[i]->code);

        if (!unit || unit->id >= limit)
            continue;
        parent[unit->id] = parent_of(r, r->units[i], day, r->applied ? TREE_NONE : parent[unit->id]);
        closed[unit->id] = day_of(r->units[i]->closed, INT32_MAX) <= day;
    }
    outline_like(out, like, arena);
    for (uint32_t id = limit; id-- > 1;) /* lists that ascend */
        if (refdata_unit(r->refdata, id) && !closed[id] && parent[id] < limit) {
            next[id] = first[parent[id]];
            first[parent[id]] = id;
        }
    for (uint32_t id = 1; id < limit; id++)
        if (refdata_unit(r->refdata, id) && !closed[id] && parent[id] == TREE_NONE)
            (void)outline_add(out, id, OUTLINE_NONE);
    for (uint32_t node = 0; node < out->count; node++) {
        out->first_child[node] = out->count;
        for (uint32_t id = first[out->unit[node]]; id; id = next[id])
            (void)outline_add(out, id, node);
        out->child_count[node] = out->count - out->first_child[node];
    }
}

/* --- what is wrong with a version's sums ---------------------------------------------------------------------------
 */
struct findings {
    struct arena *arena;
    struct lint_finding *items;
    size_t count, cap;
};

static void take(void *arg, const struct lint_finding *finding)
{
    struct findings *all = arg;

    if (finding->code != LINT_SUM_DIFFERS && finding->code != LINT_UNIT_CLOSED)
        return;
    if (all->count == all->cap) {
        struct lint_finding *more = arena_array(all->arena, struct lint_finding, all->cap * 2 + 64);

        if (all->count)
            memcpy(more, all->items, all->count * sizeof *more);
        all->items = more;
        all->cap = all->cap * 2 + 64;
    }
    all->items[all->count++] = *finding;
}

static int compare(const void *a, const void *b)
{
    const struct lint_finding *x = a, *y = b;
    const int64_t left[] = { x->code, x->unit_id, x->have, x->want },
                  right[] = { y->code, y->unit_id, y->have, y->want };
    int order = slice_key_compare(&x->key, &y->key);

    for (size_t i = 0; order == 0 && i < sizeof left / sizeof left[0]; i++)
        order = (left[i] > right[i]) - (left[i] < right[i]);
    return order;
}

static void lint_sums(struct tx *tx, const struct outline *outline, const bool *closed, const struct slice *slices,
                      size_t count, struct findings *out)
{
    uint32_t measures = refdata_measure_limit(refdata_of(tx));
    bool *level = arena_array(tx_arena(tx), bool, measures);
    const struct lint_input input = { .outline = outline,
                                      .slices = slices,
                                      .slice_count = count,
                                      .closed = closed,
                                      .closes = arena_array(tx_arena(tx), bool, outline->unit_limit),
                                      .level = level };

    for (uint32_t id = 1; id < measures; id++)
        level[id] = !adds_up(tx, id, AXIS_UNITS);
    out->arena = tx_arena(tx);
    lint_cells(&input, tx_arena(tx), take, out);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare);
}

static void show(struct reorganise *r, const struct version_row *version, const struct lint_finding *f)
{
    struct tx *tx = r->tx;
    Bihuan__UnbalancedTarget *shown;

    if (r->change->unbalanced_count++ >= SHOWN_MAX)
        return;
    if (!r->change->unbalanced)
        r->change->unbalanced = arena_array(tx_arena(tx), Bihuan__UnbalancedTarget *, SHOWN_MAX);
    shown = arena_new(tx_arena(tx), Bihuan__UnbalancedTarget);
    bihuan__unbalanced_target__init(shown);
    shown->period = code_of_period(tx, version->period_id);
    shown->version = version->version;
    shown->state = (char *)(uintptr_t)version->state;
    shown->code = (char *)(uintptr_t)lint_rules[f->code].code;
    shown->unit = code_of_unit(tx, f->unit_id);
    shown->measure = code_of_measure(tx, f->key.measure_id);
    shown->channel = code_of_channel(tx, f->key.channel_id);
    shown->product = code_of_product(tx, f->key.product_id);
    if (f->code == LINT_SUM_DIFFERS) {
        shown->target = amount_text(tx, f->key.measure_id, f->want);
        shown->below = amount_text(tx, f->key.measure_id, f->have);
    }
    r->change->unbalanced[r->change->n_unbalanced++] = shown;
}

static void keep(struct reorganise *r, const struct unbalanced_version *version, struct unbalanced *out)
{
    if (out->count == out->cap) {
        struct unbalanced_version *more = arena_array(tx_arena(r->tx), struct unbalanced_version, out->cap * 2 + 16);

        if (out->count)
            memcpy(more, out->versions, out->count * sizeof *more);
        out->versions = more;
        out->cap = out->cap * 2 + 16;
    }
    out->versions[out->count++] = *version;
}

/* Both trees of a period's first day. */
struct trees {
    struct outline before, after;
    bool *closed_before, *closed_after;
};

static int find_in_version(struct reorganise *r, const struct trees *trees, const struct version_row *version,
                           struct unbalanced *out, struct err *err)
{
    struct unbalanced_version row = { version->period_id, version->version, version->state, false, 0 };
    struct findings before = { 0 }, after = { 0 };
    struct slice *slices;
    size_t count;

    if (!version->version)
        return 0;
    if (cell_store_slices(r->tx, version->period_id, version->version, NULL, true, &slices, &count, err) != 0)
        return -1;
    lint_sums(r->tx, &trees->before, trees->closed_before, slices, count, &before);
    lint_sums(r->tx, &trees->after, trees->closed_after, slices, count, &after);
    for (size_t i = 0; i < after.count; i++)
        if (!before.count || !bsearch(&after.items[i], before.items, before.count, sizeof *before.items, compare)) {
            show(r, version, &after.items[i]);
            row.sums++;
        }
    row.mended = before.count && !after.count;
    if (row.sums || row.mended)
        keep(r, &row, out);
    return 0;
}

/* Whether the plan's tree may become another one. */
static bool is_concerned(const struct reorganise *r, const struct ref_period *period)
{
    if (!r->applied)
        return period->from_day >= r->day;
    for (size_t i = 0; i < r->unit_count && period->until_day > r->day; i++) {
        const struct ref_unit *unit = refdata_unit_by_code(r->refdata, r->units[i]->code);

        if (unit && parent_of(r, r->units[i], period->from_day, TREE_NONE) !=
                        tree_parent(refdata_tree(r->refdata), unit->id, period->from_day))
            return true;
    }
    return false;
}

int unbalanced_find(struct reorganise *r, struct unbalanced *out, struct err *err)
{
    for (uint32_t id = 1; id < refdata_period_limit(r->refdata); id++) {
        const struct ref_period *period = refdata_period(r->refdata, id);
        struct version_row works, in_force;
        struct trees trees;

        if (!period || !is_concerned(r, period))
            continue;
        if (version_store_current(r->tx, id, &works, &in_force, err) != 0)
            return -1;
        if (!works.version && !in_force.version)
            continue;
        period_outline(r->tx, period, &trees.before);
        trees.closed_before = closed_units(r->tx, period->from_day);
        trees.closed_after = closed_units(r->tx, period->from_day);
        outline_after(r, period->from_day, &trees.before, &trees.after, trees.closed_after);
        if (find_in_version(r, &trees, &in_force, out, err) != 0 || find_in_version(r, &trees, &works, out, err) != 0)
            return -1;
    }
    return 0;
}

/* --- consent and record ---------------------------------------------------------------------------------------------
 */
void unbalanced_check(struct reorganise *r)
{
    bool consented = false;

    for (size_t i = 0; i < r->consent_count; i++) {
        if (strcmp(r->consents[i], UNBALANCED_CONSENT) == 0)
            consented = true;
        else
            tx_problem(r->tx, arena_printf(tx_arena(r->tx), "/consents/%zu", i), "unknown_word",
                       "consent \"%s\" is none; it takes \"" UNBALANCED_CONSENT "\"", r->consents[i]);
    }
    if (!r->change->n_unbalanced || consented || r->dry_run)
        return;
    tx_problem(r->tx, "/consents", "consent_needed",
               "%u targets of plans would no longer add up (dry_run lists them); choose a day behind the first day of"
               " these periods, or name \"" UNBALANCED_CONSENT "\" in consents and revise the plans",
               r->change->unbalanced_count);
    for (size_t i = 0; i < r->change->n_unbalanced && i < 10; i++)
        tx_problem(r->tx, "/consents", "consent_needed", "%s", unbalanced_words(r->tx, r->change->unbalanced[i]));
}

char *unbalanced_words(struct tx *tx, const Bihuan__UnbalancedTarget *u)
{
    if (u->target[0])
        return arena_printf(tx_arena(tx),
                            "plan %s version %u (%s): unit \"%s\" has %s of \"%s\", those below it would have %s",
                            u->period, u->version, u->state, u->unit, u->target, u->measure, u->below);
    return arena_printf(tx_arena(tx),
                        "plan %s version %u (%s): unit \"%s\" has a target of \"%s\" and wouldn't be there", u->period,
                        u->version, u->state, u->unit, u->measure);
}

int unbalanced_book(struct reorganise *r, const struct unbalanced *found, struct err *err)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct unbalanced_version *v = &found->versions[i];
        struct version_row step = { .period_id = v->period_id,
                                    .version = v->version,
                                    .state = v->mended ? "balanced" : "unbalanced" };
        const char *reason = arena_printf(tx_arena(r->tx), "%s %s%s%s %s: %s", r->change->kind, r->change->unit,
                                          r->change->other[0] ? " " : "", r->change->other, r->from, r->change->reason);

        if (version_store_bump(r->tx, v->period_id, v->version, &step.revision, err) != 0 ||
            version_store_add_move(r->tx, &step, v->state, reason, tx_principal(r->tx)->person, err) != 0)
            return -1;
    }
    return 0;
}
