/* node: one unit's pace in one period and measure, with everything a decision or a view needs. */
#ifndef BIHUAN_SERVICES_MONITORING_NODE_H
#define BIHUAN_SERVICES_MONITORING_NODE_H

#include "calc/breach.h"
#include "monitoring/monitoring.h"

struct node {
    uint32_t unit_id;
    int64_t bac, ev;
    struct pace pace;
    struct landing landing; /* with node_forecast() */
    bool forecast;
};

/* 0, or -1 with *err. `day` is the last complete business day; bac > 0. */
int node_pace(const struct ref_period *period, int32_t day, int64_t bac, int64_t ev, bool money, struct node *out,
              struct err *err);

/* Landing with band and chance; needs the daily sums of the whole subtree, `days` is scratch for one value a day.
 * *sigma is the spread of daily ratios (0 where unknown). */
int node_forecast(const struct monitoring *monitoring, const struct ref_period *period, uint32_t measure_id, bool money,
                  int32_t day, struct arena *scratch, struct node *node, double *sigma, struct err *err);

#endif
