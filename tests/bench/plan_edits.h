/* plan_edits: single targets changed by hand in a plan where all else follows: quarter 2027Q1 of plan_scene's units
 * with one measure, cut over ten channels and over three months, so that eleven slices of four periods hang together.
 */
#ifndef BIHUAN_TESTS_BENCH_PLAN_EDITS_H
#define BIHUAN_TESTS_BENCH_PLAN_EDITS_H

#include "support/stack.h"

struct plan_edits {
    long cells;               /* in the four periods */
    double top, month, leaf;  /* seconds: the quarter's total; a month's; an outlet's of one channel in one month */
    long top_changed, broken; /* cells; sums that don't hold afterwards, as the tables say */
};

/* After plan_scene_prepare(). */
void plan_edits_run(struct stack *stack, long outlets, struct plan_edits *out);

#endif
