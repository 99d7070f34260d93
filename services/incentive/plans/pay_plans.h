/* pay_plans: pay plans as incentive keeps them: applied, listed, linted; made ready for a calculation. */
#ifndef BIHUAN_INCENTIVE_PAY_PLANS_H
#define BIHUAN_INCENTIVE_PAY_PLANS_H

#include "incentive/state.h"
#include "payplan/payplan.h"

/* Plans ready to compute by, in order of id; freed by pay_plans_fini. Zeroed is empty. */
struct pay_plans {
    struct payplan **list; /* doc->id and doc->version say which */
    size_t count;
};

/* Those in force now. A plan that can't be made any more (planning changed a measure under it) is left out and logged.
 */
int pay_plans_load(struct pay_plans *plans, struct incentive *state, struct tx *tx, struct err *err);
/* The versions that a calculation went by; one that can't be made is an error. */
int pay_plans_load_run(struct pay_plans *plans, struct incentive *state, struct tx *tx, uint32_t run_id,
                       struct err *err);
/* From documents of a request. */
int pay_plans_make(struct pay_plans *plans, struct incentive *state, struct tx *tx, Bihuan__PayPlan *const *docs,
                   size_t count, struct err *err);
void pay_plans_fini(struct pay_plans *plans);

/* NULL where there is none. */
const struct payplan *pay_plans_find(const struct pay_plans *plans, uint32_t id);
const struct payplan *pay_plans_by_code(const struct pay_plans *plans, const char *code);

/* Every problem of a document, units and products included, at `pointer`. */
void pay_plans_check(struct tx *tx, const Bihuan__PayPlan *doc, const char *pointer);

/* Findings of the linters about all plans and cards; in the call's arena. */
void pay_plans_findings(const struct pay_plans *plans, struct card *const *cards, size_t card_count, struct tx *tx,
                        Bihuan__PayFinding ***findings, size_t *count);

/* APPLY_PAY_PLANS, LIST_PAY_PLANS, LINT_PAY_PLANS */
int pay_plans_apply(struct tx *tx, const void *message, struct err *err);
int pay_plans_list(struct tx *tx, const void *message, struct err *err);
int pay_plans_lint(struct tx *tx, const void *message, struct err *err);

#endif
