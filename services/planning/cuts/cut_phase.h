/* cut_phase: one slice of a cut over shorter periods: amounts by the curve, within bounds, and the cells that come of
 * it in each. For cut_periods, which says what a slice needs. */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_PHASE_H
#define BIHUAN_SERVICES_PLANNING_CUT_PHASE_H

#include "planning/cuts/cut_knots.h"

/* One of the shorter periods: its own tree, what it has, and its bounds. */
struct month {
    struct cut view; /* the cut with the period's outline and bounds */
    const struct cut_out *out;
};

/* The cut of one measure's slice after the other; arrays are those of the slice at hand, in the cut's scratch. */
struct over_periods {
    struct cut *cut;
    struct month *months;
    size_t count;
    const struct slice *source;
    uint64_t source_act;   /* the last one of the longer period */
    int64_t *amount, *own; /* by node */
    int64_t *lower, *upper;
    int64_t parts;         /* of a unit, that ideals are counted in */
    bool bounded;          /* somebody set bounds */
    bool fits;             /* weeks are to fit months: */
    int64_t *least, *most; /* what they have together up to each (spread.h) */
    struct spread spread;
    struct cut_knots knots;
};

static inline const struct slice *month_slice(const struct month *month, const struct slice_key *key)
{
    return slices_find(month->out->present, month->out->present_count, key);
}

/* Fills spread.out for the source: within bounds where that can be, else without those that give way first. Refuses
 * with the smallest set of bounds that nothing can hold. */
int cut_phase_spread(struct over_periods *p, const struct slice *source, struct err *err);
/* Adds shorter period k's change, by its own tree: own amounts, above leaves the sums. */
int cut_phase_add(struct over_periods *p, size_t k, struct err *err);
/* Where a cell of the shorter period comes from: the head of what is kept of how. */
struct cut_how cut_phase_source(const struct over_periods *p, const struct slice *source, size_t k);

/* The shorter periods that the request names, or those that make the period up, as cut->outs, by day. They follow each
 * other without gap from the first day to the last; refused with what is missing. */
int cut_find_periods(struct cut *cut, struct err *err);

#endif
