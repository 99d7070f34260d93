/* reach: when weeks fit months that are beside them. There are days that have both what their week and what their month
 * has exactly where the weeks up to the end of each have at least what the months have that are over by then, and at
 * most what those have that have begun. That is linear: what holds of all units below one holds of their sums. Pure.
 */
#ifndef BIHUAN_SERVICES_PLANNING_REACH_H
#define BIHUAN_SERVICES_PLANNING_REACH_H

#include "refdata/refdata.h"

/* By week: how many of the months are over by its end, and have begun. */
struct reach {
    uint32_t over, begun;
};

/* Both by day, following each other through the same days. */
void reach_find(const struct ref_period *const *weeks, size_t week_count, const struct ref_period *const *months,
                size_t month_count, struct reach *out);

/* The months, or quarters or halves where there are none, that follow each other through the period; by day. Room for
 * inner_count. */
size_t reach_months(const struct ref_period *whole, const struct ref_period **months);

/* The first week that doesn't fit; week_count: all do. *nearest: what of it would. */
size_t reach_broken(const struct reach *reach, const int64_t *weeks, size_t week_count, const int64_t *months,
                    int64_t *nearest);

/* Units that others are below in one of the trees (parents by unit, TREE_NONE: none) and not in the first: what these
 * have isn't of one kind there. Adds them to `moved`, by unit. */
void reach_moved(const uint32_t *first, const uint32_t *other, uint32_t limit, bool *moved);

#endif
