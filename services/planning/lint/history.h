/* history: what a period's first version is measured against: there is no version before it. */
#ifndef BIHUAN_SERVICES_PLANNING_HISTORY_H
#define BIHUAN_SERVICES_PLANNING_HISTORY_H

#include "planning/targets/targets.h"

/* The period a year before, by its dates; and the last one before it that is about as long (a fifth shorter to a
 * quarter longer). NULL where there is none. */
const struct ref_period *history_year_before(const struct refdata *refdata, const struct ref_period *period);
const struct ref_period *history_last_before(const struct refdata *refdata, const struct ref_period *period);

/* For each measure of the slices, which ascend: results of a year before (a weight set of kind history that names that
 * period), else of the last period before, else the targets in force a year before. Slices by key, in the call's arena;
 * *without: measures of which there is nothing. */
int history_load(struct tx *tx, const struct ref_period *period, const struct slice *slices, size_t slice_count,
                 struct slice **history, size_t *history_count, uint32_t **without, size_t *without_count,
                 struct err *err);

#endif
