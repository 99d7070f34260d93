/* ladder: see ladder.h. */
#include "monitoring/telling/ladder.h"

enum ladder_move ladder_next(const struct ladder_view *view, const struct worktime *worktime, int64_t now_us,
                             int64_t *due_us)
{
    uint32_t days;

    if (view->state != ALERT_FIRING || view->climbed >= view->step_count || now_us >= view->end_us)
        return LADDER_REST;
    days = view->after_days[view->climbed];
    days = days > view->base_day ? days - view->base_day : 0;
    *due_us = days ? worktime_add(worktime, view->base_us, days) : view->base_us;
    if (*due_us >= view->end_us)
        return LADDER_REST;
    return now_us >= *due_us ? LADDER_CLIMB : LADDER_WAIT;
}
