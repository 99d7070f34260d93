/* entry_check: entries as they are booked against what the rules, and what came in, say; for verifying. */
#ifndef BIHUAN_INCENTIVE_ENTRY_CHECK_H
#define BIHUAN_INCENTIVE_ENTRY_CHECK_H

#include "incentive/state.h"

/* What is excluded, by unit, then measure: units x measures values. */
struct entry_excluded {
    int64_t *values;
    uint32_t units, measures;
};

typedef void entry_differ_fn(void *arg, const char *text);

/* Entries of a bucket's recorded rows, by the facts' own days from..until (exclusive): those that differ are reported,
 * all that are excluded are added up. The caller holds the lock. */
int entry_check(struct incentive *state, struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day,
                struct entry_excluded *excluded, entry_differ_fn *differ, void *arg, struct err *err);

#endif
