/* tree: the sales organisation by solid lines, every relation with the days it holds for.
 *
 * A unit has at most one parent on any day; one without a parent that day is a root (or isn't there yet: the tree
 * doesn't know). A result belongs to the parent of the day it happened: rolling up sums every contribution whose path
 * on its own day goes through the node, at any level, not from leaves only. Moving a unit re-issues nothing.
 *
 * Days:      [from_day, until_day), TREE_OPEN when no end is known.
 * Limits:    unit < CUBE_UNIT_MAX; depth at most TREE_DEPTH_MAX on any day.
 * Lifetime:  tree_new() to tree_destroy(); owns its memory, aborts when the machine has none. One writer or many
 * readers. Errors:    -1 with *err: "tree_unit", "tree_days", "tree_overlap", "tree_cycle", "tree_depth",
 * "tree_relation", "overflow"; a refused relation leaves the tree as it was.
 */
#ifndef BIHUAN_CALC_TREE_H
#define BIHUAN_CALC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "calc/cube.h"

#define TREE_NONE      UINT32_MAX
#define TREE_OPEN      INT32_MAX
#define TREE_DEPTH_MAX 64

struct tree;

struct tree *tree_new(void);
void tree_destroy(struct tree **tree);

/* `parent` is the unit's parent in [from_day, until_day). Refuses an overlap with another parent of the unit, and a
 * cycle on any of the days. */
int tree_add(struct tree *tree, uint32_t unit, uint32_t parent, int32_t from_day, int32_t until_day, struct err *err);

/* Ends the relation that holds on day until_day - 1 (and from until_day on) at until_day. "tree_relation": none does.
 */
int tree_end(struct tree *tree, uint32_t unit, int32_t until_day, struct err *err);

/* TREE_NONE: no parent that day. */
uint32_t tree_parent(const struct tree *tree, uint32_t unit, int32_t day);

/* The first day on which the unit had a parent; TREE_OPEN: it never had one. */
int32_t tree_since(const struct tree *tree, uint32_t unit);

/* Units that have `unit` as their parent that day, ascending; at most max are written, the full count is returned. */
size_t tree_children(const struct tree *tree, uint32_t unit, int32_t day, uint32_t *children, size_t max);

/* Whether `ancestor` is on the unit's path that day. A unit is under itself. */
bool tree_is_under(const struct tree *tree, uint32_t unit, uint32_t ancestor, int32_t day);

/* One more than the highest unit id that the tree has seen; sizes arrays by unit. */
uint32_t tree_unit_limit(const struct tree *tree);

/* All units ever named, children before their parent of the day, from `scratch`; siblings ascending. */
void tree_post_order(const struct tree *tree, int32_t day, struct arena *scratch, uint32_t **units, size_t *count);

/* What `node` and all beneath it contributed in from_day..to_day (both counted), each day by the tree of that day.
 * Descends by relation, so it costs one cube_sum() per relation that holds within the range. */
int tree_roll_up(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t from_day,
                 int32_t to_day, int64_t *sum, struct err *err);

/* The same day by day: days[0 .. to_day - from_day]. */
int tree_roll_up_days(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure,
                      int32_t from_day, int32_t to_day, int64_t *days, struct err *err);

/* The same for all nodes at once: sums[unit] for unit < unit_limit; units beyond are left out, so unit_limit is at
 * least tree_unit_limit(). The range is split where any relation begins or ends. */
int tree_roll_up_all(const struct tree *tree, const struct cube *cube, uint32_t measure, int32_t from_day,
                     int32_t to_day, struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err);

/* The same, of a cube that keeps what it was asked for (cube_sums_on): the writer's alone. */
int tree_roll_up_on(const struct tree *tree, struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day,
                    struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err);

/* Levels: what there is at the end of to_day is the sum of all changes up to it, wherever a unit stood when they came;
 * so all of them are rolled up by the tree of one day, `tree_day`. */
int tree_level(const struct tree *tree, const struct cube *cube, uint32_t node, uint32_t measure, int32_t to_day,
               int32_t tree_day, int64_t *sum, struct err *err);
/* The same for all nodes at once, as tree_roll_up_all(). */
int tree_level_all(const struct tree *tree, const struct cube *cube, uint32_t measure, int32_t to_day, int32_t tree_day,
                   struct arena *scratch, int64_t *sums, uint32_t unit_limit, struct err *err);

#endif
