/* check: runs the lint on a version: gathers what it needs and words what it finds. */
#ifndef BIHUAN_SERVICES_PLANNING_CHECK_H
#define BIHUAN_SERVICES_PLANNING_CHECK_H

#include "planning/lint/lint.h"
#include "planning/targets/scope.h"
#include "planning/targets/targets.h"

struct check {
    const struct ref_period *period;
    const struct version_row *version;
    const struct slice *slices;
    size_t slice_count;
    const struct slice *history;
    size_t history_count;
    const uint32_t *without_history; /* measures of a first version of which nothing past is known */
    size_t without_count;
    const struct scope *scope; /* whose findings are shown and counted; NULL: of all units */
    /* What comes into force with it, itself among them; of other periods what is in force counts. NULL: it alone. */
    const struct check *set;
    size_t set_count;
    bool each;   /* all of the set are checked: what lies between them is reported of one of them */
    bool behind; /* neither in the works nor in force: what relates it to other periods isn't looked at */
    /* out, in the call's arena: errors first, at most CHECK_SHOWN of each code */
    Bihuan__LintFinding **findings;
    size_t finding_count;
    uint32_t errors, warnings, notices; /* all of them */
    bool seen[LINT_CODES];
    uint64_t hash[LINT_CODES]; /* of all findings of a code: what a consent is given to */
};
#define CHECK_SHOWN 50

/* The one of the set that has the period; NULL: what is in force counts. */
const struct check *check_member(const struct check *check, const struct ref_period *period);
/* Whether what a longer period (or this one) has beside its parts is to be reported with this check. parts: by id;
 * NULL: whichever lie within. */
bool check_speaks_for(const struct check *check, const struct ref_period *whole, const uint32_t *parts, size_t count);

/* Reports where shorter periods in force that tile a longer one don't add up to it, the version at hand being one of
 * them. */
int check_periods(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err);

int check_run(struct tx *tx, struct check *check, struct err *err);

/* Refuses with every error (as problems); and with warnings that neither `consents` names nor anybody stands for, as
 * they are, in any of the checks. Keeps consents with each; `warnings` are the codes of all warnings. */
int check_settle(struct tx *tx, const struct check *checks, size_t check_count, char *const *consents,
                 size_t consent_count, char ***warnings, size_t *warning_count, struct err *err);
/* The codes that somebody stands for with exactly these findings; in the call's arena. */
int check_consented(struct tx *tx, const struct check *check, char ***codes, size_t *count, struct err *err);

/* The slices of a version, and unless there is a history already those of the one it began from; of a first version
 * what is known of the past. */
int check_load(struct tx *tx, struct check *check, struct err *err);

#endif
