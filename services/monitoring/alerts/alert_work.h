/* alert_work: what people do with an open alert besides taking and silencing it. */
#ifndef BIHUAN_SERVICES_MONITORING_ALERT_WORK_H
#define BIHUAN_SERVICES_MONITORING_ALERT_WORK_H

#include "monitoring/alerts/alert_book.h"

/* One that is open, in the asker's subtree. ERR_CONFLICT "alert_not_open" where it is over: a measurement that ended it
 * isn't undone by somebody who comes late. */
int alert_find_open(struct tx *tx, const char *id, struct alert **out, struct err *err);
/* Somebody does something about it: what was taken doesn't lapse before so many working days from now. */
void alert_touch(struct tx *tx, struct alert *alert);

int on_note_alert(struct tx *tx, const void *message, struct err *err);
int on_assign_alert(struct tx *tx, const void *message, struct err *err);
int on_get_alert_history(struct tx *tx, const void *message, struct err *err);

#endif
