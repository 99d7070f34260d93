/* cells: what the files of this room pass to each other: cells by slice, and what an act changes of them.
 *
 * A slice is all targets of one measure, channel (0: all) and product (0: all) in one version of a period's plan; its
 * cells ascend by unit. Amounts are integers of 10^-scale, scale as the measure's.
 */
#ifndef BIHUAN_SERVICES_PLANNING_CELLS_H
#define BIHUAN_SERVICES_PLANNING_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Over what targets add up. */
enum axis { AXIS_CHANNELS, AXIS_PRODUCTS, AXIS_PERIODS, AXIS_UNITS };
extern const char *const axis_words[]; /* of the first three, which can be said to be cut completely; NULL behind */

struct slice_key {
    uint32_t measure_id, channel_id, product_id;
};

struct cell {
    uint32_t unit_id;
    uint32_t revision;
    int64_t amount, hedge;
};

struct slice {
    struct slice_key key;
    struct cell *cells;
    size_t count;
};

/* How an act that cuts came to a cell; see CellCut in planning_targets.proto. Kept with the act: numbers stay. */
enum cell_how {
    CELL_SHARED = 0, /* where it has a parent; else nothing is known of it */
    CELL_ACROSS = 1,
    CELL_PHASED = 2,
    CELL_SUMMED = 3,
    CELL_LEVEL = 4,
    CELL_HANDED = 5,
    CELL_KNOTTED = 6,
};

/* Who shared in a cut without a cell in the slice: see LedgerRest. */
struct cell_rest {
    uint32_t parent, unit; /* units; unit 0: the parent's own. Across: the unit, and the other column */
    int64_t weight, lower, upper, share;
    bool across;
};

/* How a decomposition came to one cell, for who asks later. */
struct cell_cut {
    uint32_t unit_id;
    uint32_t parent; /* unit; 0 none */
    uint8_t how;     /* enum cell_how */
    int64_t weight, lower, upper;
};

/* The same of a block of cells, as the ledger keeps it (ledger_detail.h). */
struct cut_detail {
    const uint8_t *bytes;
    size_t len;
};

/* What all cells of one slice of a cut have in common; and, where it is read back, what is kept of each. */
struct slice_trace {
    uint32_t source_period_id, source_version; /* 0: the act's own */
    uint64_t source_act;                       /* the last one of another period */
    uint32_t source_channel_id, source_product_id;
    uint32_t column, columns; /* place among what was cut into; 0 of 0: over units */
    int64_t parts;            /* of a unit, that ideals are counted in */
    int64_t curve_before, curve_through, curve_total;
    size_t figure_count; /* weights of the mix */
    int64_t *figures;    /* by cell, then mix; -1: it said nothing. NULL: none */
    int64_t *ideals;     /* by cell; NULL: none */
    struct cell_rest *rests;
    size_t rest_count;
};

/* Which act changed a cell, and how. */
struct cell_change {
    uint32_t unit_id;
    uint32_t revision; /* before; 0: there was no cell */
    int64_t before, after, hedge_before, hedge;
    bool follows; /* another cell was meant */
    bool same;    /* nothing changes; it is here to be explained. Set by book_act() */
};

/* There was such a cell, and nothing about it changes. */
static inline bool cell_stays(const struct cell_change *change)
{
    return change->revision && change->before == change->after && change->hedge_before == change->hedge;
}

/* All that an act does to one slice; ascending by unit. */
struct slice_change {
    struct slice_key key;
    struct cell_change *cells;
    size_t count;
    const struct slice *was; /* the slice before; NULL: it has no cell, or not all are at hand */
    /* Of a cut: how it came to the cells, LEDGER_BLOCK_CELLS at a time. NULL: it isn't known. */
    const struct cut_detail *details;
};

static inline int slice_key_compare(const struct slice_key *a, const struct slice_key *b)
{
    if (a->measure_id != b->measure_id)
        return a->measure_id < b->measure_id ? -1 : 1;
    if (a->channel_id != b->channel_id)
        return a->channel_id < b->channel_id ? -1 : 1;
    return a->product_id < b->product_id ? -1 : a->product_id > b->product_id;
}

/* NULL: the slice has no cell of the unit. */
static inline struct cell *slice_find(const struct slice *slice, uint32_t unit_id)
{
    size_t lo = 0, hi = slice ? slice->count : 0;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (slice->cells[mid].unit_id < unit_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return slice && lo < slice->count && slice->cells[lo].unit_id == unit_id ? &slice->cells[lo] : NULL;
}

/* Of slices by key; NULL: there is none of this one. */
static inline struct slice *slices_find(struct slice *slices, size_t count, const struct slice_key *key)
{
    size_t lo = 0, hi = count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (slice_key_compare(&slices[mid].key, key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < count && slice_key_compare(&slices[lo].key, key) == 0 ? &slices[lo] : NULL;
}

#endif
