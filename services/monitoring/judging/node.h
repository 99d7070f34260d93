/* node: one unit's pace in one period and measure, with everything a decision or a view needs. */
#ifndef BIHUAN_SERVICES_MONITORING_NODE_H
#define BIHUAN_SERVICES_MONITORING_NODE_H

#include "calc/breach.h"
#include "monitoring/monitoring.h"

struct node {
    uint32_t unit_id;
    int64_t bac, ev;
    struct pace pace;
    double dispersion;      /* of counts: variance over mean of its days, 1 chance alone; 0 not looked at, as 1 */
    struct landing landing; /* with outlook_land(), as the following */
    bool forecast;
    uint8_t method;                 /* enum forecast_method that spoke */
    uint32_t tried, banded, inside; /* forecasts in the past, those with a band, those that ended in it */
    uint32_t error_ppm;             /* what they were off by */
    /* Of a ratio, from node_ratio(): bac is the level, ev the value. */
    bool ratio, no_value;
    bool level; /* what there is at the day's end, judged as a ratio over 1 */
    int64_t of, over;
    int64_t missing; /* of `of`, for the value to be the level */
};

/* The unit's target of all channels and products with its curve, in `scratch`. False: there is none, or no curve. */
bool node_plan(const struct monitoring *monitoring, const struct ref_period *period, uint32_t unit_id,
               uint32_t measure_id, struct arena *scratch, struct phased *out);

/* The same of one channel or product. */
bool node_plan_of(const struct monitoring *monitoring, const struct ref_period *period, const struct ref_key *key,
                  struct arena *scratch, struct phased *out);

/* 0, or -1 with *err. `day` is the last complete business day; the target is > 0. */
int node_pace(const struct phased *plan, int32_t day, int64_t ev, bool money, struct node *out, struct err *err);

/* The gap and what is lacking alone (pace_glance). */
int node_glance(const struct phased *plan, int32_t day, int64_t ev, struct node *out, struct err *err);

/* The same at any time. */
int node_pace_at(const struct phased *plan, struct phased_point at, int64_t ev, bool money, struct node *out,
                 struct err *err);

/* A ratio against its level, which is the same on every day: pace is value over level, the plan to date is the level
 * and the landing the value itself. Where lower is better the gap is turned, and attainment is 2 - value / level. level
 * > 0. */
void node_ratio(const struct ref_ratio *ratio, bool lower_is_better, int64_t level, const int64_t sums[2],
                struct node *out);
/* Attainment of the node in ppm, 0 where it is below. */
uint32_t node_attainment_ppm(const struct node *node);
/* Sums of a ratio's two parts at a unit over the period to `day`. */
int node_ratio_sums(const struct monitoring *monitoring, const struct ref_ratio *ratio, uint32_t unit_id,
                    const struct ref_period *period, int32_t day, int64_t sums[2], struct err *err);
/* What it is behind by, >= 0: in its own value units, of a ratio in those of what is divided. */
int64_t node_deficit(const struct node *node);

/* What a forecast rests on: the target's own curve and what was done on each of its days. All in scratch. */
struct node_spread {
    struct phasing_curve curve;
    double sigma; /* spread of daily ratios, 0 where unknown */
    const int64_t *days;
    int32_t day_count;
};

/* Daily sums of the unit's whole subtree up to `day`, curve and spread. */
int node_days(const struct monitoring *monitoring, const struct phased *plan, struct node_series series, int32_t day,
              struct arena *scratch, const struct node *node, struct node_spread *out, struct err *err);

#endif
