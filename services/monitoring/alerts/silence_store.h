/* silence_store: the table of silences. */
#ifndef BIHUAN_SERVICES_MONITORING_SILENCE_STORE_H
#define BIHUAN_SERVICES_MONITORING_SILENCE_STORE_H

#include "monitoring/alerts/silences.h"

int silence_store_put(struct tx *tx, const struct silence *silence, struct err *err);
/* By id, behind `after`, those that end behind now_us (INT64_MIN: all); in the call's arena. */
int silence_store_page(struct tx *tx, int64_t now_us, const char *after, uint32_t limit, struct silence **out,
                       size_t *count, struct err *err);

#endif
