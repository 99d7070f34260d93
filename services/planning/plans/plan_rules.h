/* plan_rules: what may be done with a local or account plan in which state, and what each kind must hold. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_PLAN_RULES_H
#define BIHUAN_SERVICES_PLANNING_PLAN_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "bihuan/planning_cycle.pb-c.h"

enum plan_state { PLAN_DRAFT = 0, PLAN_SUBMITTED, PLAN_RETURNED, PLAN_APPROVED, PLAN_SUPERSEDED };
/* The unit proposes a figure, the approving unit offers one. Numbers are stored. */
enum plan_act {
    PLAN_SAVE = 0,
    PLAN_SUBMIT,
    PLAN_RETURN,
    PLAN_APPROVE,
    PLAN_REVISE,
    PLAN_OFFER,
    PLAN_STEP,
    PLAN_PROPOSE,
    PLAN_ACTS
};

/* "draft" ..., "save" ...; -1 for an unknown word. */
const char *plan_state_word(enum plan_state state);
int plan_state_of(const char *word);
const char *plan_act_word(enum plan_act act);
int plan_act_of(const char *word);

/* False where the state doesn't allow it. PLAN_REVISE leaves the version in force and begins another. */
bool plan_next(enum plan_state state, enum plan_act act, enum plan_state *next);

/* Sections that a kind needs, in order; NULL-terminated; NULL for an unknown kind. */
const char *const *plan_sections(const char *kind);
/* Its text, "" where it isn't there. */
const char *plan_section(const Bihuan__WorkPlan *plan, const char *code);

/* Steps of `to` that are finished in `from` are finished the same way. */
void plan_carry_steps(const Bihuan__WorkPlan *from, Bihuan__WorkPlan *to);
size_t plan_open_steps(const Bihuan__WorkPlan *plan);

#endif
