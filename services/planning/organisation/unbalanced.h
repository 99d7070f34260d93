/* unbalanced: sums of plans that a reorganisation would leave as they don't add up by the tree that it makes.
 *
 * A plan goes by the tree of its period's first day, so only periods that begin on the day or later are concerned. What
 * the check of a version (targets/lint) says of sums by the tree as it will be, and doesn't by the tree as it is, is
 * what the reorganisation does.
 */
#ifndef BIHUAN_SERVICES_PLANNING_UNBALANCED_H
#define BIHUAN_SERVICES_PLANNING_UNBALANCED_H

#include "planning/organisation/reorganise.h"

#define UNBALANCED_CONSENT "targets_unbalanced"

/* A version of which sums would stop or begin to hold. */
struct unbalanced_version {
    uint32_t period_id, version;
    const char *state;
    bool mended; /* nothing is wrong with its sums afterwards, and something was before */
    uint32_t sums;
};
struct unbalanced {
    struct unbalanced_version *versions; /* in the call's arena */
    size_t count, cap;
};

/* Before the units are applied: fills change->unbalanced and `out`. */
int unbalanced_find(struct reorganise *r, struct unbalanced *out, struct err *err);
/* One in words: "plan Q4 version 2 (draft): ..."; in the call's arena. */
char *unbalanced_words(struct tx *tx, const Bihuan__UnbalancedTarget *target);
/* A problem where something is unbalanced without consent, or a consent isn't known. */
void unbalanced_check(struct reorganise *r);
/* Books a step "unbalanced" or "balanced" in each version's history, which has a next revision with it. */
int unbalanced_book(struct reorganise *r, const struct unbalanced *found, struct err *err);

#endif
