/* days: what a judged day brings to alerts besides their state: whether they come and go. */
#ifndef BIHUAN_SERVICES_MONITORING_DAYS_H
#define BIHUAN_SERVICES_MONITORING_DAYS_H

#include "monitoring/alerts/alert_book.h"

/* After a day of the period was judged: one more evaluation of each of its alerts. */
int alerts_after_day(struct tx *tx, const struct ref_period *period, struct err *err);

#endif
