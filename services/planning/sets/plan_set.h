/* plan_set: versions in the works that take each step together: those of periods that recorded cuts over periods tie
 * together, directly or through others (quarter, months, weeks, the year above them).
 *
 * Idea:      what adds up over periods adds up between versions. If each went into force by itself, a quarter would be
 * in force beside months of another plan, and whoever counts by both would count by two plans. So steps belong to sets:
 * submitted, returned, approved and published together, in one transaction.
 */
#ifndef BIHUAN_SERVICES_PLANNING_PLAN_SET_H
#define BIHUAN_SERVICES_PLANNING_PLAN_SET_H

#include "planning/versions/stale.h"

struct set_member {
    const struct ref_period *period;
    struct version_row works, in_force;
};

/* The one that was asked for first, then from the longest period to the shortest, by first day. In the call's arena. */
struct plan_set {
    struct set_member *members;
    size_t count;
};

/* The set of the period's version in the works; empty where there is none. */
int plan_set_of(struct tx *tx, const struct ref_period *period, struct plan_set *out, struct err *err);

/* The first is the one that speaks for all where they are listed: of the longest period. */
bool plan_set_leads(const struct plan_set *set);

/* What a step names: one version, and others of its set or beside it. */
struct set_named {
    const char *period;
    struct seen seen;
    Bihuan__PlanSeen **set;
    size_t set_count;
};

/* The set that a step is to be taken with, each as it was seen, and in one of two states. `named->set` may name
 * versions that nothing ties to the others: these and their sets take the step too. state NULL: any. ERR_CONFLICT
 * "no_draft", "stale", "wrong_state"; problem "set_not_named" for each that isn't named. With `mixed` those in another
 * state are left out instead, but for the first one. */
int plan_set_read(struct tx *tx, const struct set_named *named, const char *state, const char *or_state, bool mixed,
                  struct plan_set *out, struct err *err);

/* ERR_CONFLICT "version_submitted" where a version of the period's set waits for approval or publication: it would be
 * left behind by a change. */
int plan_set_check_open(struct tx *tx, const struct ref_period *period, struct err *err);

/* ERR_INVALID "reason_needed" where a revision neither has a reason of its own nor gets one with the step. */
int plan_set_check_reasons(const struct plan_set *set, const char *reason, struct err *err);

/* ERR_FORBIDDEN where the asker had a part in any of them (version_by_another). */
int plan_set_by_another(struct tx *tx, const struct plan_set *set, const char *verb, struct err *err);

/* All but the first, as they are now; in the call's arena. */
void plan_set_others(struct tx *tx, const struct plan_set *set, Bihuan__PlanSeen ***out, size_t *count);

#endif
