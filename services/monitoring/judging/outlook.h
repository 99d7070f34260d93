/* outlook: where a unit will land: its days in this period and in those before it, read for calc/forecast, which says
 * what has been right about it so far. One outlook is for one measure and slice in one period on one day; it keeps
 * what it found of parents, so that their children needn't look again.
 */
#ifndef BIHUAN_SERVICES_MONITORING_OUTLOOK_H
#define BIHUAN_SERVICES_MONITORING_OUTLOOK_H

#include "calc/forecast.h"
#include "monitoring/judging/node.h"

#define OUTLOOK_PERIODS 6 /* looked back, as far as the unit had targets; and one more for its shape */

struct outlook {
    const struct monitoring *monitoring;
    const struct ref_measure *measure;
    struct ref_key slice; /* channel and product; 0 all */
    struct node_series series;
    int32_t day;
    struct arena *arena;                                   /* what is kept of parents */
    const struct ref_period *periods[OUTLOOK_PERIODS + 2]; /* this one, the one before, ... */
    int period_count;
    struct forecast_record **above; /* by unit id; NULL until one is asked for */
    uint32_t limit;
};

void outlook_init(struct outlook *outlook, const struct monitoring *monitoring, const struct ref_period *period,
                  const struct ref_measure *measure, struct node_series series, int32_t day, struct arena *arena);

/* Landing of `node`, whose unit is set; nothing where it has no target. With `bands` also how often what came lay
 * within what was forecast, for people to look at. */
int outlook_land(struct outlook *outlook, bool bands, struct node *node, struct err *err);

#endif
