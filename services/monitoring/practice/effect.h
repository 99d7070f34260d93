/* effect: what changed among those whom a practice card was addressed to, beside those like them. Pure.
 *
 * Idea:      a unit has something done against something in the days before and after: against what was planned
 *            (attainment), where there are no targets against days (daily), and of a ratio against its other part. A
 *            group is the sum of its units. The effect is the group's change less that of the others: what would have
 * changed anyway is in both. Rounding:  ppm, half up, at the end; none on the way.
 */
#ifndef BIHUAN_SERVICES_MONITORING_EFFECT_H
#define BIHUAN_SERVICES_MONITORING_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

enum effect_basis { EFFECT_ATTAINMENT, EFFECT_DAILY, EFFECT_RATIO };

struct effect_side {
    int64_t actual;
    int64_t against; /* planned units, days, or what is divided by */
};

struct effect_sum {
    uint32_t units;
    struct effect_side before, after;
};

/* Adds one unit; against <= 0 on either side: there is nothing to compare, and false. By the day, a group's days are
 * those of one unit: all of its units have the same. */
bool effect_add(struct effect_sum *sum, const struct effect_side *before, const struct effect_side *after,
                enum effect_basis basis);

/* Done of what it is against, in ppm; 0 where that is 0. */
int64_t effect_ppm(const struct effect_side *side);

/* From before to after, in ppm: of the plan (attainment), else of what there was before (half as much again is
 * 500,000). False: nothing was there before to compare with. */
bool effect_change(const struct effect_sum *sum, enum effect_basis basis, int64_t *ppm);

#endif
