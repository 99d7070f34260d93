/* plan_targets: see plan_targets.h. */
#include "planning/plans/plan_targets.h"

#include "planning/weights/weight_store.h"
#include "planning/planning.h"
#include "planning/plans/plans.h"

#include <string.h>

#define PAGE 500

/* Adds the figure of a plan's version in force, where it is of this measure. */
static int add(struct tx *tx, const struct work_plan *latest, const char *measure, int64_t *sum, struct err *err)
{
    const struct work_plan *plan = latest;
    struct work_plan *in_force;
    int64_t amount;

    if (latest->state != PLAN_APPROVED) {
        if (plan_store_in_force(tx, latest->body->code, &in_force, err) != 0)
            return -1;
        plan = in_force;
    }
    if (!plan || !plan->body->figures || strcmp(plan->body->figures->measure, measure) != 0)
        return 0;
    if (plan_amount(tx, measure, plan->body->figures->agreed, &amount, err) != 0)
        return -1;
    if (__builtin_add_overflow(*sum, amount, sum))
        return err_fail(err, ERR_INVALID, "too_large",
                        "the agreed figures of the unit add up to more than can be held");
    return 0;
}

static int sum_agreed(struct tx *tx, const struct work_plan *plan, int64_t *sum, struct err *err)
{
    const char *after = "";
    struct work_plan *rows;
    size_t count;

    *sum = 0;
    do {
        if (plan_store_page(tx, "account", plan->unit_id, plan->period_id, -1, after, PAGE, &rows, &count, err) != 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            if (add(tx, &rows[i], plan->body->figures->measure, sum, err) != 0)
                return -1;
        if (count)
            after = rows[count - 1].body->code;
    } while (count == PAGE);
    return 0;
}

int plan_hand_in_target(struct tx *tx, const struct work_plan *plan, struct err *err)
{
    struct draft_row row = {
        .unit_id = plan->unit_id, .reason = "account plans", .person = plan->body->approved_by, .at = tx_now(tx)
    };

    if (!plan->body->figures)
        return 0;
    row.key.measure_id = refdata_measure_by_code(refdata_of(tx), plan->body->figures->measure)->id;
    if (sum_agreed(tx, plan, &row.amount, err) != 0)
        return -1;
    return draft_store_put(tx, plan->period_id, &row, 1, err);
}
