/* practice_store: the SQL of practice cards. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_MONITORING_PRACTICE_STORE_H
#define BIHUAN_SERVICES_MONITORING_PRACTICE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning_cycle.pb-c.h"

/* Keeps a card; one that is there stays. */
int practice_store_put(struct tx *tx, const Bihuan__GuideIssued *card, struct err *err);
/* version 0: the latest; *out NULL where there is none. */
int practice_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__GuideIssued **out, struct err *err);

#endif
