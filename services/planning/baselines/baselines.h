/* baselines: which calendar a version of a plan is phased by.
 *
 * A version goes by the calendar that it was moved to, else by that of the version it began from, else by the newest
 * one of its period. A published version keeps the one that it was published with; a calendar that comes later changes
 * only what isn't published yet. Another one for a published period is a revision, with its reason (RephasePeriod).
 */
#ifndef BIHUAN_SERVICES_PLANNING_BASELINES_H
#define BIHUAN_SERVICES_PLANNING_BASELINES_H

#include "planning/planning.h"
#include "planning/versions/version_store.h"

/* What a version goes by, in the call's arena; NULL: there is none. row->version 0: what a first one would. */
int baseline_calendar(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                      Bihuan__Calendar **out, struct err *err);

/* Whether the version goes by another one than the version that it began from. */
int baseline_moves(struct tx *tx, const struct ref_period *period, const struct version_row *row, bool *moves,
                   struct err *err);

/* Fixes the calendar of a version that comes into force: in the tables, and in memory. */
int baseline_fix(struct tx *tx, const struct ref_period *period, const struct version_row *row, Bihuan__Calendar **out,
                 struct err *err);

/* Before a calendar changes: plans in force that go by it, from before calendars were kept, keep it as it is. */
int baseline_fix_unsaid(struct tx *tx, const char *calendar, struct err *err);

/* The period with the curve of that version's calendar, its shorter periods as they are; the period itself where it is
 * the same one. In the call's arena. */
int baseline_period(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                    const struct ref_period **out, struct err *err);

/* Fills in what the version says of its calendar. */
int baseline_describe(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                      Bihuan__PlanVersion *out, struct err *err);

#endif
