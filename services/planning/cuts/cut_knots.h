/* cut_knots: a cut over weeks goes by what the months have: the curve of the longer period goes through the targets of
 * shorter ones of a kind that goes before those that are cut (calc/periods.h). */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_KNOTS_H
#define BIHUAN_SERVICES_PLANNING_CUT_KNOTS_H

#include "planning/cuts/cut.h"

struct cut_knot {
    const struct ref_period *period;
    struct slice *slices; /* of the version in the works, else in force */
    size_t slice_count;
    int64_t *amount, *own; /* by node of the cut's outline, of the slice at hand; NULL: it has none */
};

struct cut_knots {
    const struct cut *cut;
    struct cut_knot *knots;
    size_t count;
};

/* For the periods in cut->outs. */
int cut_knots_load(struct cut *cut, struct cut_knots *knots, struct err *err);

/* Takes one slice up; its arrays live in the cut's scratch. */
void cut_knots_take(struct cut_knots *knots, const struct slice_key *key);

/* A node's target with its curve: all it has, or (`own`) what it has beside its children, `scale` times. Lives in the
 * cut's scratch. */
struct phased cut_knots_plan(const struct cut_knots *knots, uint32_t node, bool own, int64_t target, int64_t scale);

/* What the columns of a cut over weeks have together up to each of them, by node * columns (spread.h), so that they fit
 * the months (axes/reach.h). False: they aren't weeks, or there are no months. */
bool cut_knots_bound(const struct cut_knots *knots, const int64_t *amount, int64_t *least, int64_t *most);

#endif
