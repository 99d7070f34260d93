/* limits: numbers of the design that an operator may set, as rules and judgements are given them; see settings.c. Those
 * of one rule stand in the rule. */
#ifndef BIHUAN_SERVICES_MONITORING_LIMITS_H
#define BIHUAN_SERVICES_MONITORING_LIMITS_H

#include "monitoring/alerts/flap.h"
#include "monitoring/judging/roots.h"

struct limits {
    double dispersion_most;  /* counts vary by at most so many times what chance has */
    struct flap_limits flap; /* coming and going */
    struct flap_span span;   /* the same of alerts about feeds and duties */
    int64_t feed_clear_us;   /* for so long a feed has to be back for its alert to end */
    struct roots_limits roots;
    int32_t verify_days;    /* feed days behind an action's day due until data decides */
    uint32_t kept_ppm;      /* of what an action promised that is enough */
    int32_t tell_days;      /* a period is begun to be judged only with data so recent */
    uint32_t frozen_ppm;    /* of a unit's records, brought by feeds that are behind, that freeze it */
    uint32_t hit_least_ppm; /* chance to hit below which half of it is no news */
    uint32_t lapse_days;    /* working days after which a taken alert lapses, where its route doesn't say */
};

/* From the settings, as `get` reads them. */
typedef int64_t limits_get_fn(void *arg, const char *key);
struct limits limits_read(limits_get_fn *get, void *arg);

#endif
