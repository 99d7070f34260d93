/* plan_scene: what bench_plan plans: 20 cities of 10 counties over outlets, ten measures of so many products (slices),
 * two histories and a skill for each outlet, totals at the top of quarter 2026Q4, bounds of every hundredth cell. */
#ifndef BIHUAN_TESTS_BENCH_PLAN_SCENE_H
#define BIHUAN_TESTS_BENCH_PLAN_SCENE_H

#include "support/stack.h"

#define PLAN_SCENE_MEASURES 10

void plan_scene_prepare(struct stack *stack, long slices, long outlets);
/* The totals of all slices, times `factor`. */
void plan_scene_totals(struct stack *stack, long slices, long factor);
/* Cells with bounds are locked at what they have. */
void plan_scene_locks(struct stack *stack, long slices, long outlets);

#endif
