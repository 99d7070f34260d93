/* unwatched: alerts that nobody judges any more. An alert is over by measurement; where nothing is measured any more it
 * ends too, as what it is: no recovery, nobody looks. Whoever was told that it fired is told so. A rule that is
 * switched on again, or a unit that is covered again, begins anew.
 */
#ifndef BIHUAN_SERVICES_MONITORING_UNWATCHED_H
#define BIHUAN_SERVICES_MONITORING_UNWATCHED_H

#include "monitoring/alerts/alert_book.h"

/* Ends one that waits or is open; none other is touched. `why` in a few words, for its history. Told when alerts are
 * settled. */
int alert_unwatched(struct tx *tx, struct alert *alert, const char *actor, const char *why, struct err *err);

/* The same where its rule is no longer about it, as when its unit was moved; else nothing. */
int alert_end_unwatched(struct tx *tx, struct alert *alert, struct err *err);

/* Behind a change of rules: what their alerts are of and no rule is any more. Settles. */
int alerts_end_unwatched(struct tx *tx, const char *actor, struct err *err);

#endif
