/* days: what a judged day brings to alerts besides their state: whether facts that came late changed what they were
 * judged by, and whether they come and go. */
#ifndef BIHUAN_SERVICES_MONITORING_DAYS_H
#define BIHUAN_SERVICES_MONITORING_DAYS_H

#include "monitoring/alerts/alert_book.h"

/* Before a day of the period is judged: open alerts whose figures, as of the day that they were last judged at, are
 * other ones by now get a correction in their history. */
int alerts_before_day(struct tx *tx, const struct ref_period *period, struct err *err);
/* After it: one more evaluation of each alert of the period. */
int alerts_after_day(struct tx *tx, const struct ref_period *period, int32_t day, struct err *err);

#endif
