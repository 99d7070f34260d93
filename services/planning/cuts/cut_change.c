/* cut_change: what a cut comes to as changes of cells, with what is kept of how it came about. See cut.h. */
#include "planning/cuts/cut.h"

/* --- how it came about ----------------------------------------------------------------------------------------------
 */
/* The details of one slice: packed a block at a time, so that what explains a million cells isn't held as such. */
struct packing {
    struct cut *cut;
    const struct cut_how *how;
    struct cut_detail *blocks;
    size_t count;
};

static void begin_packing(struct packing *p, struct cut *cut, const struct cut_how *how)
{
    size_t cells = cut->outline.count + cut->outline.strays;

    *p = (struct packing) { .cut = cut, .how = how };
    p->blocks = arena_array(tx_arena(cut->tx), struct cut_detail, cells / LEDGER_BLOCK_CELLS + 1);
    ledger_columns_begin(cut->columns, true);
}

static int pack_block(struct packing *p, struct err *err)
{
    struct buf packed = { 0 };
    int rc;

    p->cut->columns->ideal = p->how->ideal != NULL;
    rc = ledger_detail_pack(&p->how->head, p->cut->columns, p->cut->scratch, &packed, err);
    if (rc == 0)
        p->blocks[p->count++] = (struct cut_detail) { arena_memdup(tx_arena(p->cut->tx), packed.data, packed.len),
                                                      packed.len };
    buf_fini(&packed);
    ledger_columns_begin(p->cut->columns, false);
    return rc;
}

/* `gives`: the unit is closed, and gives up what it has. */
static int pack_cell(struct packing *p, uint32_t node, bool gives, struct err *err)
{
    const struct cut_how *how = p->how;
    struct cell_cut cell = { .unit_id = p->cut->outline.unit[node], .upper = DECOMPOSE_FREE };
    int64_t figures[DECOMPOSE_MIXES_MAX + 1] = { 0 }, ideal = 0;

    if (!gives) {
        cell.how = how->how ? how->how[node] : CELL_SHARED;
        cell.parent = how->parent ? how->parent[node] : 0;
    }
    if (cell.how != CELL_SHARED || cell.parent) {
        cell.weight = how->weight ? how->weight[node] : 0;
        cell.lower = how->lower ? how->lower[node] : 0;
        cell.upper = how->upper ? how->upper[node] : DECOMPOSE_FREE;
        ideal = how->ideal ? how->ideal[node] : 0;
        for (size_t m = 0; m < how->head.figure_count; m++)
            figures[m] = how->figures[m][node];
    }
    ledger_columns_add(p->cut->columns, &cell, ideal, figures, how->head.figure_count);
    return p->cut->columns->count == LEDGER_BLOCK_CELLS ? pack_block(p, err) : 0;
}

/* --- cells ----------------------------------------------------------------------------------------------------------
 */
static bool is_given_up(const struct cut *cut, uint32_t node)
{
    const struct outline *o = &cut->outline;

    return node >= o->count &&
           (cut->over != CUT_UNITS || !cut->request->levels || o->level[node] <= cut->request->levels);
}

static void add_cell(struct slice_change *change, uint32_t unit, const struct cell *cell, int64_t amount, int64_t hedge)
{
    change->cells[change->count++] = (struct cell_change) { .unit_id = unit,
                                                            .revision = cell ? cell->revision : 0,
                                                            .before = cell ? cell->amount : 0,
                                                            .after = amount,
                                                            .hedge_before = cell ? cell->hedge : 0,
                                                            .hedge = hedge };
}

/* By unit. `packing` may be NULL. */
static int add_cells(struct cut *cut, const struct slice *present, const int64_t *amounts, const int64_t *hedges,
                     struct packing *packing, struct slice_change *change, struct err *err)
{
    const struct outline *o = &cut->outline;
    size_t at = 0;

    for (uint32_t i = 0; i < o->count + o->strays; i++) {
        uint32_t n = cut->order[i];
        const struct cell *cell = NULL;
        bool gives = is_given_up(cut, n);

        while (present && at < present->count && present->cells[at].unit_id < o->unit[n])
            at++;
        if (present && at < present->count && present->cells[at].unit_id == o->unit[n])
            cell = &present->cells[at];
        if (gives ? !cell || !(cell->amount || cell->hedge) : n >= o->count || amounts[n] < 0)
            continue;
        add_cell(change, o->unit[n], cell, gives ? 0 : amounts[n], gives ? 0 : hedges[n]);
        if (packing && pack_cell(packing, n, gives, err) != 0)
            return -1;
    }
    return packing && cut->columns->count ? pack_block(packing, err) : 0;
}

static int fill_change(struct cut *cut, const struct slice_key *key, const struct slice *present,
                       const int64_t *amounts, const struct cut_how *how, struct slice_change *change, struct err *err)
{
    const struct outline *o = &cut->outline;
    int64_t *hedges = arena_array(cut->scratch, int64_t, o->count);
    struct packing packing;
    bool keeps = how && cut->columns;

    *change = (struct slice_change) { .key = *key,
                                      .cells = arena_array(tx_arena(cut->tx), struct cell_change, o->count + o->strays),
                                      .was = present };
    if (adds_up(cut->tx, key->measure_id, AXIS_UNITS))
        cut_hedges(cut, present, amounts, hedges);
    if (keeps)
        begin_packing(&packing, cut, how);
    if (add_cells(cut, present, amounts, hedges, keeps ? &packing : NULL, change, err) != 0)
        return -1;
    change->details = keeps ? packing.blocks : NULL;
    return 0;
}

int cut_add_change(struct cut *cut, struct cut_out *out, const struct slice_key *key, const struct slice *present,
                   const int64_t *amounts, const struct cut_how *how, struct err *err)
{
    struct slice_change *change = &out->changes[out->count];

    if (fill_change(cut, key, present, amounts, how, change, err) != 0)
        return -1;
    out->count++;
    if (adds_up(cut->tx, key->measure_id, AXIS_UNITS) &&
        cut_hedges_above(cut, present, change, &out->changes[out->count]))
        out->count++; /* beside it, not in it: what explains those units is the cut that they came from */
    return 0;
}
