/* known: progress as it was known on an earlier business day: without what came later of days that had been judged by
 * then. What came before a day was judged belongs to it, whenever it came. */
#ifndef BIHUAN_SERVICES_MONITORING_KNOWN_H
#define BIHUAN_SERVICES_MONITORING_KNOWN_H

#include "monitoring/monitoring.h"
#include "refdata/sums.h"

/* Checks that what came late is recorded for the day; ERR_CONFLICT with the day since which it is. */
int known_check(struct tx *tx, int32_t known_day, struct err *err);
/* What came after known_day of days up to to_day, as a cube of its own; the caller destroys it. Under the lock. */
int known_load(struct tx *tx, int32_t known_day, int32_t to_day, struct cube **out, struct err *err);
/* Takes it out of a unit's sum of the measure, or of one part of a ratio (NULL: nothing). */
int known_take_out(const struct monitoring *monitoring, const struct cube *late, const struct ref_measure *part,
                   uint32_t unit_id, int32_t from_day, int32_t to_day, int64_t *sum, struct err *err);
/* What came so long ago that nobody asks is forgotten. */
int known_forget(struct tx *tx, struct err *err);

#endif
