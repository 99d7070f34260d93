/* duties: rules over what happens: duties overdue, guides unacknowledged, files missing, opportunities that stand
 * still, several sellers at one customer. Alerts follow what is kept as happening, so a rule that is applied later
 * finds what has begun before. */
#ifndef BIHUAN_SERVICES_MONITORING_DUTIES_H
#define BIHUAN_SERVICES_MONITORING_DUTIES_H

#include "monitoring/monitoring.h"

/* Events. */
int on_deliverable(struct tx *tx, const void *message, struct err *err);
int on_guide_overdue(struct tx *tx, const void *message, struct err *err);
int on_guide_acknowledged(struct tx *tx, const void *message, struct err *err);
int on_task_reminded(struct tx *tx, const void *message, struct err *err);
int on_report_overdue(struct tx *tx, const void *message, struct err *err);
int on_report_submitted(struct tx *tx, const void *message, struct err *err);
int on_certificate_expired(struct tx *tx, const void *message, struct err *err);
int on_certificate_issued(struct tx *tx, const void *message, struct err *err);
int on_opportunity(struct tx *tx, const void *message, struct err *err);
int on_quotes(struct tx *tx, const void *message, struct err *err); /* quote_duty.c */
/* Of the handlers that count files as well. */
int duties_missing(struct tx *tx, const Bihuan__FileMissing *event, struct err *err);
int duties_totals(struct tx *tx, const Bihuan__TotalsDiffer *event, struct err *err);
int duties_file(struct tx *tx, const Bihuan__FileFinished *event, struct err *err);

/* Looks at all of them again: rules changed, memory was loaded, or a day began. */
int duties_judge(struct tx *tx, struct err *err);

#endif
