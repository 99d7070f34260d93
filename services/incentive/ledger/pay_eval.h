/* pay_eval: works out one period for all payees: who is paid, what each component goes by, its order lines, what they
 * earn. Reads only; what becomes of it (booked, compared, put into statements, summed) is the caller's.
 *
 * Inputs are live (targets, scores, the tree as they are), or those that a calculation went by, which is what a closed
 * period keeps. Needs the state's lock, or the writer thread.
 */
#ifndef BIHUAN_INCENTIVE_PAY_EVAL_H
#define BIHUAN_INCENTIVE_PAY_EVAL_H

#include "incentive/ledger/pay_book.h"
#include "incentive/plans/pay_plans.h"
#include "incentive/scoring/score.h"
#include "incentive/state.h"

/* One component of a payee: what it goes by. */
struct pay_basis {
    struct payplan_input in; /* without lines */
    bool gate_shut;
};

/* A payee under a plan. */
struct pay_slot {
    uint32_t unit_id;
    const struct payplan *plan;
    struct pay_basis *basis; /* by component */
};

/* What a component came to. */
struct pay_result {
    struct payplan_output out;
    struct payplan_line *lines;
    size_t line_count;
};

struct pay_eval {
    struct incentive *state;
    struct tx *tx;
    const struct ref_period *period;
    const struct pay_plans *plans;
    uint32_t run_id;     /* inputs of this calculation; 0 live */
    uint32_t only_unit;  /* this payee alone; 0 all */
    const bool *within;  /* by unit: these payees alone; NULL all */
    const uint64_t *seq; /* credits up to these positions; NULL all */
    uint32_t buckets;
    uint32_t crediting;            /* with seq */
    const struct scoring *scoring; /* these scores instead of the standing ones; NULL */

    struct pay_slot *slots; /* in order of unit and plan */
    size_t slot_count;
    bool few; /* the slots are some of all: their credits alone are read */

    /* Where credits take more memory than `pay_credits_kb`, they are read in several passes, each for the next slots.
     * Called before each pass but the first, since nothing else may be sent to or read from the data base meanwhile;
     * may be NULL. */
    int (*between)(void *arg, struct err *err);
    uint64_t line_count;
};

/* Fills slots with what they go by; memory is the call's. */
int pay_eval_prepare(struct pay_eval *eval, struct err *err);

/* Leaves the slots of these payees alone, `payee` being by unit. */
void pay_eval_only(struct pay_eval *eval, const bool *payee);

/* Called for each slot in order; `results` by component and `scratch` are good for the call. */
typedef int pay_slot_fn(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                        struct err *err);
/* Reads the credits, computes, calls. */
int pay_eval_run(struct pay_eval *eval, pay_slot_fn *fn, void *arg, struct err *err);

/* What each component of a slot took in, by feed: its own measure, then its axes; room for the plan's feed_count. */
void pay_eval_volumes(const struct pay_slot *slot, const struct pay_result *results, int64_t *volumes);

/* The period before, of the same kind; NULL none. */
const struct ref_period *pay_period_before(const struct refdata *refdata, const struct ref_period *period);
/* Whether the plan pays this period. */
bool pay_plan_pays(const struct payplan *plan, const struct ref_period *period);

#endif
