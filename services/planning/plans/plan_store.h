/* plan_store: the SQL of local and account plans. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_PLANNING_PLAN_STORE_H
#define BIHUAN_SERVICES_PLANNING_PLAN_STORE_H

#include "planning/plans/plan_rules.h"
#include "runtime/runtime.h"

struct work_plan {
    uint32_t unit_id, approver_id, period_id;
    enum plan_state state;
    Bihuan__WorkPlan *body; /* code, version and revision stand here */
};

/* version 0: the latest; *out NULL where there is none. */
int plan_store_get(struct tx *tx, const char *code, uint32_t version, struct work_plan **out, struct err *err);
/* The approved one; *out NULL where none is. */
int plan_store_in_force(struct tx *tx, const char *code, struct work_plan **out, struct err *err);
/* Inserts or replaces a version; a new one becomes the latest. */
int plan_store_put(struct tx *tx, const struct work_plan *plan, struct err *err);
/* The latest of each code, behind `after`; texts "", ids 0 and state -1: any. */
int plan_store_page(struct tx *tx, const char *kind, uint32_t unit_id, uint32_t period_id, int state, const char *after,
                    uint32_t limit, struct work_plan **rows, size_t *count, struct err *err);
/* Submitted ones, and approved ones with open steps. */
int plan_store_active(struct tx *tx, struct work_plan **rows, size_t *count, struct err *err);

struct plan_move {
    uint32_t version, revision;
    enum plan_act act;
    const char *person;
    int64_t at;
    const char *note;
};
int plan_store_add_move(struct tx *tx, const char *code, const struct plan_move *move, struct err *err);
/* All versions'. */
int plan_store_moves(struct tx *tx, const char *code, struct plan_move **rows, size_t *count, struct err *err);
/* Whether the person did one of the acts (a set of bits) to this version at any time. */
int plan_store_did(struct tx *tx, const struct work_plan *plan, const char *person, uint32_t acts, bool *did,
                   struct err *err);
#define PLAN_ACT(act) (UINT32_C(1) << (act))
/* Who did one of these had a part in what the version says, and doesn't approve it. */
#define PLAN_ACTS_OF_AUTHORS                                                                                           \
    (PLAN_ACT(PLAN_SAVE) | PLAN_ACT(PLAN_SUBMIT) | PLAN_ACT(PLAN_REVISE) | PLAN_ACT(PLAN_PROPOSE))

#endif
