/* lint: what is wrong or doubtful with a version's targets before it is published. Pure.
 *
 * Errors refuse publication; warnings need somebody who consents to them by name.
 */
#ifndef BIHUAN_SERVICES_PLANNING_LINT_H
#define BIHUAN_SERVICES_PLANNING_LINT_H

#include "planning/ledger/cells.h"
#include "planning/targets/outline.h"

enum lint_code {
    LINT_SUM_DIFFERS,     /* children together are not what the unit has */
    LINT_UNIT_CLOSED,     /* a target of a unit that isn't there in the period */
    LINT_NO_CURVE,        /* the period has no calendar to phase by */
    LINT_UNIT_CLOSES,     /* the unit goes within the period */
    LINT_EMPTY_LEAF,      /* a unit without any target, beside others that have some */
    LINT_MISSING_MEASURE, /* a unit without target of a measure that units beside it have */
    LINT_ZERO,            /* a target of 0: it is not published */
    LINT_JUMP,            /* more than LINT_JUMP_PPM away from history */
    LINT_UNREACHABLE,     /* more than LINT_REACH times history */
    LINT_PERIODS_GAP,     /* shorter periods within this one leave days out */
    LINT_OUT_OF_BOUNDS,   /* a target outside its floor or ceiling */
    LINT_PERIODS_DIFFER,  /* shorter periods that tile the longer one are not what it has */
    LINT_CHANNELS_DIFFER, /* channels together are more than the unit has for all of them */
    LINT_PRODUCTS_DIFFER, /* products together are more than the unit has for the one above them, or for all */
    LINT_CUT_DIFFERS,     /* the parts of a complete cut are not what the whole has */
    LINT_OPEN_REQUEST,    /* a unit asked for a change and has no answer */
    LINT_NO_HISTORY,      /* a measure of which nothing past is known: no jump would be seen */
    LINT_WEEKS_DIFFER,    /* a week isn't what its days have by the months */
    LINT_SLICES_DIFFER,   /* as PERIODS_DIFFER, of a channel or product that each period was cut into for itself */
    LINT_ESTIMATED,       /* phased by a calendar whose year wasn't announced */
    LINT_CODES
};

#define LINT_JUMP_PPM 500000
#define LINT_REACH    3

/* Errors refuse, warnings need a consent, notices are said. */
enum lint_severity { LINT_WARNING, LINT_ERROR, LINT_NOTICE, LINT_SEVERITIES };
extern const char *const lint_severities[LINT_SEVERITIES];

struct lint_rule {
    const char *code; /* as consents name it */
    enum lint_severity severity;
};
extern const struct lint_rule lint_rules[LINT_CODES];

struct lint_finding {
    enum lint_code code;
    uint32_t unit_id; /* 0: the period */
    struct slice_key key;
    int64_t have, want; /* sums: of the children, own; jumps: amount, history */
    uint32_t period_id; /* periods: the longer one; cuts: the whole's */
    bool complete;      /* sums: all children have a target */
    const char *axis;   /* cuts: over what */
};
typedef void lint_report(void *arg, const struct lint_finding *finding);

struct lint_input {
    const struct outline *outline; /* of the period's first day */
    const struct slice *slices;
    size_t slice_count;
    const struct slice *history; /* what jumps are measured against; by key */
    size_t history_count;
    const bool *closed, *closes;    /* by unit id */
    const uint32_t *product_parent; /* by product id; 0: none */
    uint32_t product_limit;
    const bool *level; /* by measure id: it doesn't add up; NULL: all do */
};

#define LINT_NO_CELL INT64_C(-1)
/* What each node has, own or LINT_NO_CELL; below: that, else what the topmost ones below it have together. */
void lint_below(const struct outline *outline, const int64_t *amount, int64_t *below);

/* Reports everything but what concerns the period and negotiations: the caller adds these. */
void lint_cells(const struct lint_input *input, struct arena *scratch, lint_report *report, void *arg);

#endif
