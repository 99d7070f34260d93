/* plans: what the files about local and account plans share, and their handlers. */
#ifndef BIHUAN_SERVICES_PLANNING_PLANS_H
#define BIHUAN_SERVICES_PLANNING_PLANS_H

#include "planning/plans/plan_store.h"
#include "planning/plans/work.h"

/* --- handlers --- */
int on_save_work_plan(struct tx *tx, const void *message, struct err *err);
int on_move_work_plan(struct tx *tx, const void *message, struct err *err);
int on_revise_work_plan(struct tx *tx, const void *message, struct err *err);
int on_offer_figure(struct tx *tx, const void *message, struct err *err);
int on_finish_plan_step(struct tx *tx, const void *message, struct err *err);
int on_list_work_plans(struct tx *tx, const void *message, struct err *err);
int on_get_work_plan(struct tx *tx, const void *message, struct err *err);

/* --- plan_checks.c --- */
/* What any saved plan must hold; completes steps and figures. `old` is the version's last state, NULL for a new one. */
int plan_check_saved(struct tx *tx, Bihuan__WorkPlan *plan, const Bihuan__WorkPlan *old, struct err *err);
/* What a submitted one must hold beyond that. */
int plan_check_submitted(struct tx *tx, const Bihuan__WorkPlan *plan, struct err *err);
/* Decimal text in the measure's unit. */
int plan_amount(struct tx *tx, const char *measure, const char *text, int64_t *out, struct err *err);
/* Last year's sales of the customer's spend, parts per million, rounded down; 0 unknown. */
uint32_t plan_share_ppm(struct tx *tx, const Bihuan__AccountFigures *figures);

/* --- plans.c --- */
/* The latest version; ERR_NOT_FOUND where there is none or it is out of the asker's scope. */
int plan_find(struct tx *tx, const char *code, struct work_plan **out, struct err *err);
/* The asker works at the unit, or is refused with who can. */
int plan_require_side(struct tx *tx, uint32_t unit_id, struct err *err);
/* The state allows it, and the revision is the present one. */
int plan_require_state(const struct work_plan *plan, enum plan_act act, uint32_t expected, enum plan_state *next,
                       struct err *err);
/* Stores the plan one revision on, with what was done; publishes it unless `act` is PLAN_SAVE; answers. */
int plan_finish(struct tx *tx, struct work_plan *plan, enum plan_act act, const char *note, struct err *err);
/* As answered: with share and overdue steps. */
Bihuan__WorkPlan *plan_view(struct tx *tx, const struct work_plan *plan);

/* --- plan_follow.c: for the list of tasks --- */
int tasks_from_plans(struct tx *tx, struct tasks *tasks, struct err *err);

#endif
