/* told_ahead: what was told of many alerts, read in one query before each of them is settled: a judgement moves
 * thousands, and to ask for each by itself took longer than judging. */
#ifndef BIHUAN_SERVICES_MONITORING_TOLD_AHEAD_H
#define BIHUAN_SERVICES_MONITORING_TOLD_AHEAD_H

#include "monitoring/alerts/alert_book.h"
#include "monitoring/delivery/delivery.h"

/* Of the alerts that are about to be settled and that somebody was told of; nothing where they are few. In the call's
 * arena: ended by told_ahead_end() in the same transaction, whatever came of it. Whoever writes of an alert meanwhile
 * does it while that alert is settled, behind its own reading. */
int told_ahead_begin(struct tx *tx, struct err *err);
void told_ahead_end(struct monitoring *monitoring);

/* False: it wasn't read ahead. *out belongs to the call's arena. */
bool told_ahead_find(const struct monitoring *monitoring, const char *alert_id, struct told **out, size_t *count);

#endif
