/* coverage: whose facts come from which sender, as records by sender and unit. It says how much of a unit's records a
 * silent feed would have brought.
 *
 * Counts are to the nearest power of two below: that is how they are written, so that a busy day costs no writes, and
 * what is decided by them is the same before and behind a restart.
 */
#ifndef BIHUAN_SERVICES_MONITORING_COVERAGE_H
#define BIHUAN_SERVICES_MONITORING_COVERAGE_H

#include "runtime/runtime.h"

#define SENDERS_MAX 128

struct coverage;

struct coverage *coverage_new(void);
void coverage_destroy(struct coverage **coverage);
int coverage_load(struct coverage *coverage, struct tx *tx, struct err *err);
/* One record of the sender at the unit. More senders than SENDERS_MAX aren't told apart from none. */
void coverage_add(struct coverage *coverage, const char *sender, uint32_t unit_id);
/* Writes what has doubled since, a bounded number of rows; the rest with the transactions that follow. */
int coverage_write(struct coverage *coverage, struct tx *tx, struct err *err);

/* Calls each(arg, sender, unit, records) for all that are written. */
typedef void coverage_each_fn(void *arg, const char *sender, uint32_t unit_id, uint64_t records);
void coverage_each(const struct coverage *coverage, coverage_each_fn *each, void *arg);

#endif
