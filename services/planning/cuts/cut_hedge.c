/* cut_hedge: the hedge beside what is cut: rounded at leaves, summed above them, up to the root. See cut.h. */
#include "planning/cuts/cut.h"

#include "calc/fixed.h"

#include <stdlib.h>

/* What a cut to fewer levels leaves as it is: hedges of units below its leaves, added to the leaf they stand under.
 * NOTHING: nobody below it has a cell. */
#define NOTHING INT64_C(-1)

static void add_deeper(const struct cut *cut, const struct slice *present, int64_t *deeper)
{
    const struct outline *o = &cut->outline;
    const struct tree *tree = refdata_tree(refdata_of(cut->tx));

    for (size_t i = 0; present && i < present->count; i++) {
        uint32_t unit = present->cells[i].unit_id, node;

        if (outline_node(o, unit) != OUTLINE_NONE)
            continue;
        do /* up to the next one that has a cell */
            unit = tree_parent(tree, unit, cut->period->from_day);
        while (unit != TREE_NONE && !slice_find(present, unit));
        node = unit == TREE_NONE ? OUTLINE_NONE : outline_node(o, unit);
        if (node != OUTLINE_NONE && !o->child_count[node])
            deeper[node] = fixed_add_saturated(deeper[node] == NOTHING ? 0 : deeper[node], present->cells[i].hedge);
    }
}

/* --- kept -----------------------------------------------------------------------------------------------------------
 */
/* One node's hedge goes to those below it by their amounts, and to what it has beside them. */
static int keep_below(const struct cut *cut, const int64_t *amounts, const int64_t *deeper, const int64_t *least,
                      uint32_t n, int64_t *hedges, struct err *err)
{
    const struct outline *o = &cut->outline;
    struct decompose_part *parts = arena_array(cut->scratch, struct decompose_part, (size_t)o->child_count[n] + 1);
    int64_t own = amounts[n];
    size_t count = 0;

    for (uint32_t c = 0; c < o->child_count[n]; c++) {
        uint32_t child = o->first_child[n] + c;

        if (amounts[child] < 0)
            continue;
        own = own > amounts[child] ? own - amounts[child] : 0;
        parts[count++] = (struct decompose_part) { .id = child,
                                                   .weight = amounts[child],
                                                   .lower = least[child],
                                                   .upper = deeper[child] == NOTHING ? DECOMPOSE_FREE : deeper[child] };
    }
    if (own > 0)
        parts[count++] = (struct decompose_part) { .id = UINT32_MAX, .weight = own, .upper = DECOMPOSE_FREE };
    if (count && decompose_split(hedges[n], parts, count, cut->scratch, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (parts[i].id != UINT32_MAX)
            hedges[parts[i].id] = parts[i].share;
    return 0;
}

/* Who cuts what is given to a subtree, and says nothing of hedges, keeps the one that is given with it. False: there is
 * none, or what lies deeper doesn't leave it; the cut is judged as if none were kept. */
static bool keep_hedges(const struct cut *cut, const struct slice *present, const int64_t *amounts,
                        const int64_t *deeper, int64_t *hedges)
{
    const struct outline *o = &cut->outline;
    const struct cell *top = slice_find(present, cut->unit->id);
    int64_t *least = arena_array(cut->scratch, int64_t, o->count);
    struct err ignored;

    if (!tx_principal(cut->tx)->subtree[0] || cut->request->hedge_ppm || !top || top->hedge <= 0)
        return false;
    for (uint32_t n = o->count; n-- > 0;) {
        least[n] = deeper[n] == NOTHING ? 0 : deeper[n];
        for (uint32_t c = 0; c < o->child_count[n]; c++)
            least[n] = fixed_add_saturated(least[n], least[o->first_child[n] + c]);
    }
    hedges[0] = top->hedge;
    for (uint32_t n = 0; n < o->count; n++) /* parents come first */
        if (amounts[n] >= 0 && keep_below(cut, amounts, deeper, least, n, hedges, &ignored) != 0)
            return false;
    return true;
}

/* --- of what is cut -------------------------------------------------------------------------------------------------
 */
void cut_hedges(const struct cut *cut, const struct slice *present, const int64_t *amounts, int64_t *hedges)
{
    const struct outline *o = &cut->outline;
    int64_t *deeper = arena_array(cut->scratch, int64_t, o->count);

    for (uint32_t n = 0; n < o->count; n++)
        deeper[n] = NOTHING;
    if (cut->over == CUT_UNITS && cut->request->levels)
        add_deeper(cut, present, deeper);
    if (keep_hedges(cut, present, amounts, deeper, hedges))
        return;
    for (uint32_t n = o->count; n-- > 0;) {
        int64_t sum = deeper[n] == NOTHING ? 0 : deeper[n], own = deeper[n] == NOTHING ? amounts[n] : 0;

        for (uint32_t c = 0; c < o->child_count[n]; c++) {
            uint32_t child = o->first_child[n] + c;

            if (amounts[child] < 0)
                continue;
            sum = fixed_add_saturated(sum, hedges[child]);
            own = own > amounts[child] ? own - amounts[child] : 0;
        }
        hedges[n] = 0;
        if (own > 0)
            (void)fixed_mul_ppm(own, cut->request->hedge_ppm, ROUND_HALF_UP, &hedges[n], NULL);
        hedges[n] = fixed_add_saturated(hedges[n], sum);
    }
}

static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

/* What stands below a unit while one below it changes. */
struct climb {
    const struct cut *cut;
    const struct slice *present;
    uint32_t changed; /* the topmost unit that has another hedge so far */
    int64_t hedge;
};

/* Hedges of the topmost cells below a unit; *complete: each of its children has a cell. */
static int64_t hedges_below(const struct climb *climb, uint32_t unit, bool *complete)
{
    const struct refdata *refdata = refdata_of(climb->cut->tx);
    const struct ref_period *period = climb->cut->period;
    size_t count = tree_children(refdata_tree(refdata), unit, period->from_day, NULL, 0);
    uint32_t *children = arena_array(tx_arena(climb->cut->tx), uint32_t, count + 1);
    int64_t sum = 0;

    *complete = true;
    tree_children(refdata_tree(refdata), unit, period->from_day, children, count);
    for (size_t i = 0; i < count; i++) {
        const struct ref_unit *child = refdata_unit(refdata, children[i]);
        const struct cell *cell = slice_find(climb->present, children[i]);
        bool any = cell || children[i] == climb->changed;

        if (!child || child->closed_day <= period->from_day)
            continue;
        *complete = *complete && any;
        sum = fixed_add_saturated(sum, children[i] == climb->changed ? climb->hedge
                                       : cell                        ? cell->hedge
                                                                     : hedges_below(climb, children[i], &(bool) { 0 }));
    }
    return sum;
}

/* The sum where all children have one; else what the unit has beside them stays, a new one among them uses it up. */
static int64_t hedge_of(const struct climb *climb, uint32_t unit, const struct cell *cell, bool fresh, int64_t delta)
{
    bool complete;
    int64_t sum = hedges_below(climb, unit, &complete), hedge = fresh ? cell->hedge : cell->hedge + delta;

    return complete || hedge < sum ? sum : hedge;
}

bool cut_hedges_above(const struct cut *cut, const struct slice *present, const struct slice_change *change,
                      struct slice_change *above)
{
    const struct tree *tree = refdata_tree(refdata_of(cut->tx));
    const struct cell_change key = { .unit_id = cut->unit->id };
    const struct cell_change *top = bsearch(&key, change->cells, change->count, sizeof key, by_unit);
    struct climb climb = { cut, present, cut->unit->id, top ? top->hedge : 0 };
    int64_t delta = top ? top->hedge - top->hedge_before : 0;
    bool fresh = top && !top->revision;
    size_t cap = 0;

    *above = (struct slice_change) { .key = change->key, .was = change->was };
    if (!top || !present || (!delta && !fresh))
        return false;
    for (uint32_t at = cut->unit->id; at != TREE_NONE; at = tree_parent(tree, at, cut->period->from_day))
        cap++;
    above->cells = arena_array(tx_arena(cut->tx), struct cell_change, cap);
    for (uint32_t at = tree_parent(tree, cut->unit->id, cut->period->from_day); at != TREE_NONE;
         at = tree_parent(tree, at, cut->period->from_day)) {
        const struct cell *cell = slice_find(present, at);

        if (!cell)
            continue;
        climb = (struct climb) { cut, present, at, hedge_of(&climb, at, cell, fresh, delta) };
        delta = climb.hedge - cell->hedge;
        fresh = false;
        above->cells[above->count++] = (struct cell_change) { .unit_id = at,
                                                              .revision = cell->revision,
                                                              .before = cell->amount,
                                                              .after = cell->amount,
                                                              .hedge_before = cell->hedge,
                                                              .hedge = climb.hedge,
                                                              .follows = true };
    }
    if (above->count)
        qsort(above->cells, above->count, sizeof *above->cells, by_unit);
    return above->count > 0;
}
