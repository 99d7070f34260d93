/* explain_cut: see explain_cut.h. */
#include "planning/ledger/explain_cut.h"

#include "calc/fixed.h"
#include "calc/phasing.h"
#include "planning/ledger/explain_text.h"

#include <stdlib.h>
#include <string.h>

/* One link while it is worked out. */
struct link {
    struct tx *tx;
    struct cell_at at;
    struct cut_kept kept;
    const struct cell_cut *cell; /* of kept */
    size_t own;                  /* its place there */
    int64_t given;
    const Bihuan__DecomposeRequest *request;
    struct split split;
};

/* --- finding it ----------------------------------------------------------------------------------------------------
 */
static bool find_own(struct link *l)
{
    for (size_t i = 0; i < l->kept.count; i++)
        if (l->kept.cells[i].unit_id == l->at.unit_id) {
            l->own = i;
            l->cell = &l->kept.cells[i];
            return l->cell->parent || l->cell->how != CELL_SHARED;
        }
    return false;
}

/* The last act that cut the cell out of another one; where it was itself the one that was cut, one before. */
static int find_cut(struct link *l, struct err *err)
{
    uint64_t until = l->at.act;

    do {
        if (ledger_store_cut(l->tx, l->at.period_id, l->at.version, until, &l->at.key, l->at.unit_id, &l->kept, err) !=
            0)
            return -1;
        until = l->kept.act.act - 1;
    } while (l->kept.act.act && !find_own(l) && until);
    if (l->cell && !(l->cell->parent || l->cell->how != CELL_SHARED))
        l->cell = NULL;
    return 0;
}

int explain_amount(struct tx *tx, const struct cell_at *cell, int64_t *amount, struct err *err)
{
    return ledger_store_after(tx, cell->period_id, cell->act, &cell->key, &cell->unit_id, amount, 1, err);
}

/* --- who shared ----------------------------------------------------------------------------------------------------
 */
static void add_part(struct split *split, uint64_t id, int64_t weight, int64_t lower, int64_t upper, int64_t share)
{
    split->parts[split->count++] =
        (struct decompose_part) { .id = id, .weight = weight, .lower = lower, .upper = upper };
    split->total += share;
}

static int by_unit(const void *a, const void *b)
{
    const struct cell_cut *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

/* Those below the same parent, and what stayed with it or is gone. */
static int find_below(struct link *l, struct err *err)
{
    const struct slice_trace *trace = &l->kept.trace;
    struct cell_cut *cells = arena_array(tx_arena(l->tx), struct cell_cut, l->kept.count);
    uint32_t *units = arena_array(tx_arena(l->tx), uint32_t, l->kept.count);
    int64_t *after = arena_array(tx_arena(l->tx), int64_t, l->kept.count);
    size_t n = 0;

    for (size_t i = 0; i < l->kept.count; i++)
        if (l->kept.cells[i].parent == l->cell->parent && l->kept.cells[i].how == CELL_SHARED)
            cells[n++] = l->kept.cells[i];
    qsort(cells, n, sizeof *cells, by_unit);
    for (size_t i = 0; i < n; i++)
        units[i] = cells[i].unit_id;
    if (ledger_store_after(l->tx, l->at.period_id, l->kept.act.act, &l->at.key, units, after, n, err) != 0)
        return -1;
    l->split.parts = arena_array(tx_arena(l->tx), struct decompose_part, n + trace->rest_count);
    for (size_t i = 0; i < n; i++) {
        if (cells[i].unit_id == l->at.unit_id)
            l->split.own = l->split.count;
        add_part(&l->split, cells[i].unit_id, cells[i].weight, cells[i].lower, cells[i].upper, after[i]);
    }
    for (size_t i = 0; i < trace->rest_count; i++) {
        const struct cell_rest *rest = &trace->rests[i];

        if (rest->across || rest->parent != l->cell->parent)
            continue;
        add_part(&l->split, rest->unit ? rest->unit : UINT32_MAX, rest->weight, rest->lower, rest->upper, rest->share);
        l->split.kept += rest->share;
    }
    return 0;
}

/* The unit's other columns that were kept with it: of shorter periods. */
static void find_columns(struct link *l)
{
    const struct slice_trace *trace = &l->kept.trace;

    l->split.parts = arena_array(tx_arena(l->tx), struct decompose_part, trace->rest_count + 1);
    add_part(&l->split, trace->column, l->cell->weight, l->cell->lower, l->cell->upper, l->given);
    for (size_t i = 0; i < trace->rest_count; i++) {
        const struct cell_rest *rest = &trace->rests[i];

        if (rest->across && rest->parent == l->at.unit_id)
            add_part(&l->split, rest->unit, rest->weight, rest->lower, rest->upper, rest->share);
    }
}

static bool same_source(const struct slice_trace *a, const struct slice_trace *b)
{
    return a->columns == b->columns && a->source_channel_id == b->source_channel_id &&
           a->source_product_id == b->source_product_id;
}

/* The unit's other channels or products: slices of the same act. */
static int find_slices(struct link *l, struct err *err)
{
    struct cell_at other = l->at;
    struct slice_key *keys;
    size_t count;

    if (ledger_store_slices(l->tx, l->at.period_id, l->kept.act.act, l->at.key.measure_id, &keys, &count, err) != 0)
        return -1;
    l->split.parts = arena_array(tx_arena(l->tx), struct decompose_part, count);
    other.act = l->kept.act.act;
    for (size_t s = 0; s < count; s++) {
        struct link beside = { .tx = l->tx, .at = other };

        beside.at.key = keys[s];
        if (find_cut(&beside, err) != 0)
            return -1;
        if (!beside.cell || beside.kept.act.act != l->kept.act.act || beside.cell->how != CELL_ACROSS ||
            !same_source(&beside.kept.trace, &l->kept.trace))
            continue;
        if (explain_amount(l->tx, &beside.at, &beside.given, err) != 0)
            return -1;
        if (slice_key_compare(&keys[s], &l->at.key) == 0)
            l->split.own = l->split.count;
        add_part(&l->split, beside.kept.trace.column, beside.cell->weight, beside.cell->lower, beside.cell->upper,
                 beside.given);
    }
    return 0;
}

static int find_split(struct link *l, struct err *err)
{
    if (l->cell->how == CELL_SHARED) {
        if (find_below(l, err) != 0)
            return -1;
    } else if (l->cell->how == CELL_ACROSS && l->kept.trace.source_period_id) {
        find_columns(l);
    } else if (l->cell->how == CELL_ACROSS) {
        if (find_slices(l, err) != 0)
            return -1;
    }
    return l->split.count ? decompose_split(l->split.total, l->split.parts, l->split.count, tx_arena(l->tx), err) : 0;
}

/* --- figures -------------------------------------------------------------------------------------------------------
 */
static __int128 weight_of(const struct decompose_part *part)
{
    return part->how & DECOMPOSE_EQUAL ? 1 : part->weight;
}

struct exact_share exact_share(const struct split *split)
{
    const struct decompose_part *own = &split->parts[split->own];
    struct exact_share out = { .whole = split->total };
    __int128 remainder;

    for (size_t i = 0; i < split->count; i++) {
        const struct decompose_part *part = &split->parts[i];

        if (part->how & (DECOMPOSE_AT_LOWER | DECOMPOSE_AT_UPPER))
            out.whole -= part->share;
        else
            out.of += weight_of(part);
        out.dealt += (part->how & DECOMPOSE_EXTRA) != 0;
    }
    if (own->how & (DECOMPOSE_AT_LOWER | DECOMPOSE_AT_UPPER) || out.of <= 0)
        return (struct exact_share) { own->share, 1, 0, out.dealt };
    remainder = out.whole * weight_of(own) % out.of;
    out.rank = 1;
    for (size_t i = 0; i < split->count; i++) {
        const struct decompose_part *part = &split->parts[i];
        __int128 theirs = part->how & (DECOMPOSE_AT_LOWER | DECOMPOSE_AT_UPPER) ? -1
                                                                                : out.whole * weight_of(part) % out.of;

        out.rank += theirs > remainder || (theirs == remainder && part->id < own->id);
    }
    out.whole *= weight_of(own);
    return out;
}

static void fill_split(const struct link *l, Bihuan__CellCut *cut)
{
    const struct decompose_part *part = &l->split.parts[l->split.own];
    const struct exact_share exact = exact_share(&l->split);
    uint32_t measure = l->at.key.measure_id;

    cut->parent_amount = amount_text(l->tx, measure, l->split.total);
    cut->siblings = (uint32_t)l->split.count;
    cut->weight = part->weight;
    for (size_t i = 0; i < l->split.count; i++)
        cut->weights += l->split.parts[i].weight;
    cut->extra = (part->how & DECOMPOSE_EXTRA) != 0;
    cut->equal = (part->how & DECOMPOSE_EQUAL) != 0;
    cut->at_floor = (part->how & DECOMPOSE_AT_LOWER) != 0;
    cut->at_ceiling = (part->how & DECOMPOSE_AT_UPPER) != 0;
    cut->quotient = amount_text(l->tx, measure, part->share - cut->extra);
    cut->remainder_ppm = (uint32_t)part->remainder_ppm;
    cut->share = share_text(l->tx, measure, exact.whole, exact.of);
    cut->rank = exact.rank;
    cut->dealt = exact.dealt;
    if (l->split.kept)
        cut->rest = amount_text(l->tx, measure, l->split.kept);
}

/* The last column takes what is left: nothing is shared out there, and nothing rounded. */
static void fill_left_over(const struct link *l, Bihuan__CellCut *cut)
{
    const struct slice_trace *trace = &l->kept.trace;

    if (l->cell->how != CELL_SHARED || !trace->columns || trace->column + 1 < trace->columns)
        return;
    cut->left_over = true;
    cut->extra = cut->at_floor = cut->at_ceiling = false;
    cut->rank = cut->dealt = 0;
    cut->remainder_ppm = 0;
    cut->quotient = cut->given;
    cut->share = share_text(l->tx, l->at.key.measure_id, l->given, 1);
}

static void fill_bounds(const struct link *l, Bihuan__CellCut *cut)
{
    if (l->cell->how == CELL_PHASED)
        return;
    if (l->cell->lower > 0)
        cut->floor = amount_text(l->tx, l->at.key.measure_id, l->cell->lower);
    if (l->cell->upper != DECOMPOSE_FREE)
        cut->ceiling = amount_text(l->tx, l->at.key.measure_id, l->cell->upper);
}

/* The longer period's amount is what its weight says; see cut_how. */
static int fill_phased(struct link *l, Bihuan__CellCut *cut, struct err *err)
{
    const struct slice_trace *trace = &l->kept.trace;
    int64_t total = l->cell->weight, through, before;

    if (fixed_ratio_round((struct fixed_ratio) { (__int128)total * trace->curve_through, trace->curve_total },
                          PHASING_ROUNDING, &through, err) != 0 ||
        fixed_ratio_round((struct fixed_ratio) { (__int128)total * trace->curve_before, trace->curve_total },
                          PHASING_ROUNDING, &before, err) != 0)
        return -1;
    cut->weight = trace->curve_through - trace->curve_before;
    cut->weights = trace->curve_total;
    cut->parent_amount = amount_text(l->tx, l->at.key.measure_id, total);
    cut->quotient = amount_text(l->tx, l->at.key.measure_id, through - before);
    cut->share = share_text(l->tx, l->at.key.measure_id, (__int128)total * cut->weight, trace->curve_total);
    cut->curve_before = trace->curve_before;
    cut->curve_through = trace->curve_through;
    cut->curve_total = trace->curve_total;
    return 0;
}

/* The mean of what was said, before a bound held it; nothing said: the parent's. */
static int fill_level(struct link *l, Bihuan__CellCut *cut, struct err *err)
{
    int64_t shares = l->kept.trace.ideals ? l->kept.trace.ideals[l->own] : 0, mean;

    cut->weight = l->cell->weight;
    cut->weights = shares;
    if (!shares) {
        cut->quotient = amount_text(l->tx, l->at.key.measure_id, l->given);
        return 0;
    }
    if (fixed_ratio_round((struct fixed_ratio) { l->cell->weight, shares }, ROUND_HALF_UP, &mean, err) != 0)
        return -1;
    cut->share = share_text(l->tx, l->at.key.measure_id, l->cell->weight, shares);
    cut->quotient = amount_text(l->tx, l->at.key.measure_id, mean);
    cut->at_floor = l->given > mean;
    cut->at_ceiling = l->given < mean;
    return 0;
}

/* What all among which it was cut said together; -1: that means nothing. */
static int64_t figure_sum(const struct link *l, size_t m)
{
    const struct slice_trace *trace = &l->kept.trace;
    int64_t sum = 0;

    if (l->cell->how != CELL_SHARED || trace->columns)
        return -1;
    for (size_t i = 0; i < l->kept.count; i++)
        if (l->kept.cells[i].parent == l->cell->parent && l->kept.cells[i].how == CELL_SHARED)
            sum = fixed_add_saturated(sum, trace->figures[i * trace->figure_count + m]);
    return sum;
}

static void fill_figures(const struct link *l, Bihuan__CellCut *cut)
{
    const struct slice_trace *trace = &l->kept.trace;

    cut->figures = arena_array(tx_arena(l->tx), Bihuan__CutFigure *, trace->figure_count);
    for (size_t m = 0; m < trace->figure_count; m++) {
        const Bihuan__MixPart *part = l->request && m < l->request->n_mix ? l->request->mix[m] : NULL;
        int64_t value = trace->figures[l->own * trace->figure_count + m];

        if (value < 0 && trace->columns)
            continue; /* above leaves: theirs count */
        cut->figures[cut->n_figures++] = figure_message(l->tx, l->at.key.measure_id, part, trace->columns != 0,
                                                        l->cell->how == CELL_LEVEL, value, figure_sum(l, m));
    }
}

/* --- the link ------------------------------------------------------------------------------------------------------
 */
static const char *const HOWS[] = { "shared", "across", "phased", "summed", "level", "handed", "knotted" };

static void find_above(const struct link *l, struct cell_at *above)
{
    const struct slice_trace *trace = &l->kept.trace;

    *above = l->at;
    above->version = l->kept.act.version;
    above->act = l->kept.act.act;
    if (l->cell->parent && l->cell->how != CELL_ACROSS) {
        above->unit_id = l->cell->parent;
        return;
    }
    above->key.channel_id = trace->source_channel_id;
    above->key.product_id = trace->source_product_id;
    if (trace->source_period_id) {
        above->period_id = trace->source_period_id;
        above->version = trace->source_version;
        above->act = trace->source_act;
    } else {
        above->act--; /* what was cut, as it was */
    }
}

static void fill_names(const struct link *l, const struct cell_at *above, Bihuan__CellCut *cut)
{
    struct tx *tx = l->tx;

    cut->how = (char *)(uintptr_t)HOWS[l->cell->how < sizeof HOWS / sizeof HOWS[0] ? l->cell->how : 0];
    cut->parent = code_of_unit(tx, above->unit_id);
    cut->from_channel = code_of_channel(tx, above->key.channel_id);
    cut->from_product = code_of_product(tx, above->key.product_id);
    cut->from_period = code_of_period(tx, above->period_id);
    cut->from_version = above->version;
    cut->act = l->kept.act.act;
    cut->version = l->kept.act.version;
    cut->kind = (char *)(uintptr_t)l->kept.act.kind;
    cut->person = (char *)(uintptr_t)l->kept.act.person;
    cut->at = l->kept.act.at;
    cut->reason = (char *)(uintptr_t)l->kept.act.reason;
    cut->given = amount_text(tx, l->at.key.measure_id, l->given);
    if (l->request) {
        cut->mix = l->request->mix;
        cut->n_mix = l->request->n_mix;
        cut->over = l->request->over[0] ? l->request->over : (char *)(uintptr_t) "units";
    }
    if (l->kept.trace.columns) {
        cut->column = l->kept.trace.column + 1;
        cut->columns = l->kept.trace.columns;
    }
}

static int fill(struct link *l, Bihuan__CellCut *cut, struct err *err)
{
    const struct slice_trace *trace = &l->kept.trace;

    if (find_split(l, err) != 0)
        return -1;
    if (l->split.count)
        fill_split(l, cut);
    if (l->cell->how == CELL_PHASED && fill_phased(l, cut, err) != 0)
        return -1;
    if (l->cell->how == CELL_LEVEL && fill_level(l, cut, err) != 0)
        return -1;
    if (trace->parts && (l->cell->how == CELL_SHARED || l->cell->how == CELL_ACROSS))
        cut->ideal = share_text(l->tx, l->at.key.measure_id, trace->ideals[l->own], trace->parts);
    fill_left_over(l, cut);
    fill_bounds(l, cut);
    fill_figures(l, cut);
    return 0;
}

int explain_link(struct tx *tx, const struct cell_at *cell, Bihuan__CellCut **out, struct cell_at *above,
                 struct err *err)
{
    struct link l = { .tx = tx, .at = *cell };
    struct cell_at then = *cell;

    *out = NULL;
    if (find_cut(&l, err) != 0)
        return -1;
    if (!l.cell)
        return 0;
    then.act = l.kept.act.act;
    if (explain_amount(tx, &then, &l.given, err) != 0)
        return -1;
    l.request = bihuan__decompose_request__unpack(&tx_arena(tx)->allocator, l.kept.spec.len, l.kept.spec.data);
    *out = arena_new(tx_arena(tx), Bihuan__CellCut);
    bihuan__cell_cut__init(*out);
    find_above(&l, above);
    fill_names(&l, above, *out);
    return fill(&l, *out, err);
}
