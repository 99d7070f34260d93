/* feed_alerts: rules over feeds: one alert at the highest unit of which all parts of a feed are silent, late or
 * suspect. */
#ifndef BIHUAN_SERVICES_MONITORING_FEED_ALERTS_H
#define BIHUAN_SERVICES_MONITORING_FEED_ALERTS_H

#include "monitoring/alerts/about.h"

/* Judges all of them by how feeds stand now. */
int feeds_judge(struct tx *tx, struct err *err);

/* One rule, by parts as they stand or stood. *moved is set where an alert changed. */
int feeds_judge_rule(const struct about *about, const struct rule *rule, const struct parts *parts, bool *moved,
                     struct err *err);

#endif
