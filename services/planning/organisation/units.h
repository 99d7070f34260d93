/* units: applying units, for on_apply_units and for what reorganises them. */
#ifndef BIHUAN_SERVICES_PLANNING_UNITS_H
#define BIHUAN_SERVICES_PLANNING_UNITS_H

#include "refdata/documents.h"

#include "bihuan/planning.pb-c.h"

/* Checks the units and the tree with them in it, stores and publishes them unless dry_run, and reloads memory.
 * Relations and dotted lines join those that are kept. `closing`: `closed` and `successor` are taken as they stand;
 * otherwise they stay as they are and may not be given differently. */
int units_apply(struct tx *tx, bool dry_run, bool closing, Bihuan__Unit **items, size_t count,
                struct documents_result *result, struct err *err);

#endif
