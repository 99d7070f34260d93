/* version_store: the SQL of plan versions, their steps and consents. */
#ifndef BIHUAN_SERVICES_PLANNING_VERSION_STORE_H
#define BIHUAN_SERVICES_PLANNING_VERSION_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning_targets.pb-c.h"

/* One version; texts in the call's arena. version 0: there is none. */
struct version_row {
    uint32_t period_id, version, base, revision;
    const char *state, *reason;
    const char *opened_by, *submitted_by, *approved_by, *published_by;
    int64_t opened_at, submitted_at, approved_at, published_at; /* 0: not yet */
    int32_t lines;
};

/* The one in the works (draft, submitted, approved) and the one in force; version 0 where there is none. */
int version_store_current(struct tx *tx, uint32_t period_id, struct version_row *works, struct version_row *in_force,
                          struct err *err);
int version_store_get(struct tx *tx, uint32_t period_id, uint32_t version, struct version_row *row, struct err *err);
/* Newest first, behind `after` (period, version) where it isn't 0; period 0: all; version 0: all. `published`: only
 * those that have been. */
int version_store_list(struct tx *tx, uint32_t period_id, uint32_t version, bool published, const uint32_t after[2],
                       uint32_t limit, struct version_row **rows, size_t *count, struct err *err);

int version_store_add(struct tx *tx, const struct version_row *row, struct err *err);
/* Everything but period, version, base and who opened it; the revision goes up. */
int version_store_change(struct tx *tx, struct version_row *row, struct err *err);
/* Something else of the version changed: its next revision. */
int version_store_bump(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t *revision, struct err *err);
int version_store_supersede(struct tx *tx, uint32_t period_id, uint32_t version, struct err *err);

int version_store_add_move(struct tx *tx, const struct version_row *row, const char *from, const char *reason,
                           const char *person, struct err *err);
int version_store_moves(struct tx *tx, uint32_t period_id, uint32_t version, Bihuan__PlanMove ***moves, size_t *count,
                        struct err *err);

/* Whether the person ever submitted the version, or changed targets in it. */
int version_store_wrote(struct tx *tx, uint32_t period_id, uint32_t version, const char *person, bool *submitted,
                        bool *changed, struct err *err);

/* What was done to a version behind a revision: steps (kind: the new state) and acts, oldest first, at most 6. */
struct version_event {
    const char *kind, *person, *reason;
};
int version_store_since(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t revision,
                        struct version_event **events, size_t *count, struct err *err);
/* The same of acts that touched a target of one of the units, and of answers of theirs (kind: their state). */
int version_store_since_of(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t revision,
                           const uint32_t *units, size_t unit_count, struct version_event **events, size_t *count,
                           struct err *err);

/* A person stands for each code with what was found under it, a hash; one that holds for the same stays as it is. */
int version_store_consent(struct tx *tx, uint32_t period_id, uint32_t version, char *const *codes,
                          const int64_t *findings, size_t count, const char *person, struct err *err);
int version_store_end_consents(struct tx *tx, uint32_t period_id, uint32_t version, struct err *err);
/* By code, oldest first, those that ended too; *findings (may be NULL): the hash of each. */
int version_store_consents(struct tx *tx, uint32_t period_id, uint32_t version, Bihuan__PlanConsent ***consents,
                           int64_t **findings, size_t *count, struct err *err);

#endif
