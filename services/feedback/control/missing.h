/* missing: which numbers of a feed's sequence, and which days of its calendar, no file has brought. Pure.
 *
 * Numbers that aren't daily count from the lowest that was ever seen: where a feed begins is nobody's gap. Daily ones
 * count from the plan's first. What would come after the highest is not missing: nobody knows that it exists.
 */
#ifndef BIHUAN_FEEDBACK_MISSING_H
#define BIHUAN_FEEDBACK_MISSING_H

#include "base/arena.h"
#include "feedback/control/control.h"
#include "text/dates.h"

#define MISSING_MAX 1000 /* at most so many are found for one feed */
#define NO_DAY      INT32_MIN

struct held_number {
    int32_t day;    /* NO_DAY where numbers don't begin anew each day */
    int64_t number; /* 0 where it's about the day */
};

/* `held` in the order of (day, number), without repetition. In the arena; at most MISSING_MAX. */
size_t missing_numbers(const struct sequence_plan *plan, const struct held_number *held, size_t count,
                       struct arena *arena, struct held_number **out);

/* When a feed's files are due. */
struct calendar_plan {
    bool declared;
    enum { DAYS_DAILY, DAYS_WEEKDAYS, DAYS_MONTHLY } days;
    uint32_t month_day;     /* DAYS_MONTHLY: day of the month, or its last day where it's shorter */
    int32_t lag_days;       /* the file of a day comes so many days later ... */
    int64_t by_us;          /* ... until this time of day, ... */
    int64_t delay_us;       /* ... and counts as late after this */
    const int32_t *without; /* days that have no file, in order */
    size_t without_count;
};

bool calendar_expects(const struct calendar_plan *plan, int32_t day);
/* The first day from `day` on, at most up to `until`, that is expected and not among `held` (days in order): the feed
 * is complete to before it. */
int32_t calendar_complete(const struct calendar_plan *plan, int32_t day, int32_t until, const int32_t *held,
                          size_t count);
/* Of the gaps that are open, those that aren't among `now` and are still expected: either a file came, or they lie
 * behind the window in which gaps are found and stay open. what: "sequence" or "day". */
size_t missing_out_of_sight(const struct sequence_plan *numbers, const struct calendar_plan *days, const char *what,
                            const struct held_number *open, size_t open_count, const struct held_number *now,
                            size_t count, struct arena *arena, struct held_number **out);
/* Puts those of `gaps` that aren't among `closing` behind the `count` of *now, which moves. */
size_t missing_keep(const struct held_number *gaps, size_t gap_count, const struct held_number *came, size_t came_count,
                    struct arena *arena, struct held_number **now, size_t count);
bool missing_has(const struct held_number *gaps, size_t count, const struct held_number *gap);

/* Days from `first` on whose file is late at `now` and isn't among `held` (days in order). */
size_t missing_days(const struct calendar_plan *plan, const struct zone *zone, int32_t first, int64_t now,
                    const int32_t *held, size_t count, struct arena *arena, struct held_number **out);

#endif
