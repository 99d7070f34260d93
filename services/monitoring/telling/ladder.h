/* ladder: when an alert that nobody takes goes up a level. Pure.
 *
 * A ladder is a list of steps, each so many working days after the alert fired. It is climbed while the alert fires and
 * nobody has taken it, one step at a time, and not beyond the end of its period. When a taken alert lapses it goes on
 * from there: the next step comes after the days that lie between it and the last one climbed.
 */
#ifndef BIHUAN_SERVICES_MONITORING_LADDER_H
#define BIHUAN_SERVICES_MONITORING_LADDER_H

#include "monitoring/alerts/alert_state.h"
#include "monitoring/telling/worktime.h"

#include <stddef.h>

#define LADDER_STEPS_MAX 8

struct ladder_view {
    enum alert_state state;
    const uint32_t *after_days; /* of each step, ascending */
    size_t step_count;
    size_t climbed;  /* steps so far */
    int64_t base_us; /* when it fired, or lapsed */
    uint32_t
        base_day;   /* the step's days that stand for base_us: 0, or those of the last step climbed before it lapsed */
    int64_t end_us; /* of the period */
};

enum ladder_move {
    LADDER_REST = 0, /* nothing more to climb as it stands */
    LADDER_WAIT,     /* the next step is due at *due_us */
    LADDER_CLIMB,    /* now */
};

enum ladder_move ladder_next(const struct ladder_view *view, const struct worktime *worktime, int64_t now_us,
                             int64_t *due_us);

#endif
