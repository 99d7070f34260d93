/* phased: one target's own curve: the calendar's weights, made to pass through what shorter periods have.
 *
 * Idea:      a quarter's target whose months have targets of their own can't go by the quarter's weights alone, or a
 * day would be planned one way in the quarter and another in its month. So the plan to date is, behind each part, the
 * sum of the parts; inside one, the part's own plan to date; on days of no part, what the parts leave over goes by the
 * calendar's weights of those days. Parts may have parts (quarter, month, week). Exact:     plans to date are
 * fractions, linear in all targets: where a parent's targets, of the whole and of each part, are the sums of its
 * children's, its plan to date is the sum of theirs on every day, to the last bit. Shown figures are rounded
 * cumulatively, as in phasing.h, within each part from where it begins: a day has the same figure whether it is read
 * from the quarter or from its month, and days, weeks, months and quarter agree for one target. What children show to
 * date together is off the parent's by at most half a unit each. Fallback:  parts that together are more than the
 * whole, or cover all days (of weight) and are less, are left out: then the calendar alone speaks. Planning's check
 * names such targets. Memory:    borrows curve and parts for as long as it is used. Pure functions.
 */
#ifndef BIHUAN_CALC_PHASED_H
#define BIHUAN_CALC_PHASED_H

#include <stdbool.h>

#include "calc/phasing.h"

struct phased_part;

struct phased {
    const struct phasing_curve *curve; /* of the calendar, over the whole period */
    int64_t target;
    const struct phased_part *parts; /* by day, without overlap */
    size_t part_count;               /* 0: the calendar alone */
    int64_t rest;                    /* target less those of the parts */
    int64_t open;                    /* weight of the days of no part */
};

struct phased_part {
    struct phased plan;
    int64_t before;      /* out: targets of the parts before it */
    int64_t open_before; /* out: weight of the days before it that are of no part */
};

/* A moment of the plan. */
struct phased_point {
    struct fixed_ratio pv;      /* plan to date, unrounded: 0 before the period, the target from its last day on */
    int64_t shown;              /* the same as a figure to show */
    int32_t position_millidays; /* since the period's start; inside a day by the day's own share */
};

/* A target by the calendar alone. */
struct phased phased_plain(const struct phasing_curve *curve, int64_t target);

/* With parts whose plans are made; they ascend by day, don't overlap and lie within the curve. False: they don't fit
 * the target, the plan is the plain one. target >= 0. */
bool phased_init(struct phased *plan, const struct phasing_curve *curve, int64_t target, struct phased_part *parts,
                 size_t count);

struct phased_point phased_at_day_end(const struct phased *plan, int32_t day);

/* The same at a second of a day, see phasing_at_time(): the day's own plan is earned by its hours. */
int phased_at_time(const struct phased *plan, int32_t day, int32_t second_of_day,
                   const int32_t hour_share[PHASING_HOURS], struct phased_point *out, struct err *err);

/* Planned for the days from_day..to_day, both counted, as shown: adjacent ranges add up without loss. */
int64_t phased_range(const struct phased *plan, int32_t from_day, int32_t to_day);

/* Share of the target that is planned by then, in ppm rounded down; 0 for a target of 0. */
int64_t phased_share_ppm(const struct phased *plan, struct fixed_ratio plan_to_date);

/* Where the plan reaches `value`, in milli-days, rounded down; see phasing_inverse(). target > 0. */
int32_t phased_inverse(const struct phased *plan, int64_t value, enum phasing_edge edge);

/* The plan as a curve of PHASED_SCALE, for statistics, which need no more: its days are off by less than 1 part in
 * PHASED_SCALE. `cumulative` is the caller's, day_count + 1 long, and unused where there are no parts: then it is the
 * calendar's own. target > 0. */
#define PHASED_SCALE INT64_C(1000000000000)
struct phasing_curve phased_curve(const struct phased *plan, int64_t *cumulative);

#endif
