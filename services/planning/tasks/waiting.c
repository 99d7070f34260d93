/* waiting: what waits with targets for somebody, and certificates that end. */
#include "planning/tasks/tasks.h"

#include "planning/planning.h"
#include "planning/targets/targets.h"
#include "planning/targets/version_store.h"
#include "text/dates.h"

#include <string.h>

/* Rights are a token's: versions are in the own list only. Who had a part in a version doesn't approve it, nor publish
 * it where approval is required. */
int tasks_from_versions(struct tx *tx, struct tasks *tasks, struct err *err)
{
    struct waiting_version *rows;
    size_t count;

    if (strcmp(tasks->person, tx_principal(tx)->person) != 0 || tx_principal(tx)->subtree[0] ||
        !(tx_may(tx, "plan.approve") || tx_may(tx, "plan.publish")))
        return 0;
    if (task_store_versions(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata_of(tx), rows[i].period_id);
        bool submitted = false, changed = false;
        const char *id;

        if (!period || !tx_may(tx, rows[i].approved ? "plan.publish" : "plan.approve"))
            continue;
        if ((!rows[i].approved || version_needs_approval(tx)) &&
            version_store_wrote(tx, rows[i].period_id, rows[i].version, tasks->person, &submitted, &changed, err) != 0)
            return -1;
        if (submitted || changed)
            continue;
        id = arena_printf(tx_arena(tx), "%s/%u", period->code, rows[i].version);
        tasks_add(tx, tasks, "plan", id, id, id, 0, TASK_NO_DUE,
                  rows[i].approved ? in_language(tx, "publish the targets", "发布目标")
                                   : in_language(tx, "approve the targets or return them with a reason",
                                                 "批准目标，或说明原因退回"));
    }
    return 0;
}

/* Plans of periods that aren't over, which no longer add up since units moved or closed. */
int tasks_from_unbalanced(struct tx *tx, struct tasks *tasks, struct err *err)
{
    struct waiting_version *rows;
    size_t count;

    if (strcmp(tasks->person, tx_principal(tx)->person) != 0 || tx_principal(tx)->subtree[0] ||
        !tx_may(tx, "plan.write"))
        return 0;
    if (task_store_unbalanced(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata_of(tx), rows[i].period_id);
        const char *id;

        if (!period || period->until_day <= tasks->today)
            continue;
        id = arena_printf(tx_arena(tx), "%s/%u", period->code, rows[i].version);
        tasks_add(tx, tasks, "plan", id, id, id, 0, TASK_NO_DUE,
                  in_language(tx, "units moved or closed and its sums no longer hold: revise the targets",
                              "组织调整后目标合计不再平衡：请修订目标"));
    }
    return 0;
}

/* Who answers for a unit, or, where it asked for change, who stands directly above it on the first day of the plan's
 * period. */
int tasks_from_talks(struct tx *tx, struct tasks *tasks, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    struct waiting_talk *rows;
    size_t count;

    if (task_store_talks(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata, rows[i].period_id);
        uint32_t answers = rows[i].unit_id;
        const char *id;

        if (period && rows[i].asked)
            answers = tree_parent(refdata_tree(refdata), rows[i].unit_id, period->from_day);
        if (!period || answers == TREE_NONE || !tasks_at(tasks, answers))
            continue;
        id = arena_printf(tx_arena(tx), "%s/%u", period->code, rows[i].version);
        tasks_add(tx, tasks, "targets", id, id, id, rows[i].unit_id, TASK_NO_DUE,
                  rows[i].asked ? in_language(tx, "grant or decline the change that it asks for", "批准或驳回调整申请")
                                : in_language(tx, "accept the targets or ask for change", "接受目标，或申请调整"));
    }
    return 0;
}

const char *certificate_task_id(struct tx *tx, const struct ending_certificate *of)
{
    const struct ref_product *product = refdata_product(refdata_of(tx), of->product_id);
    char day[DATE_TEXT_MAX];

    date_print(day, of->until_day);
    return arena_printf(tx_arena(tx), "%s/%s", product ? product->code : "", day);
}

int tasks_from_certificates(struct tx *tx, struct tasks *tasks, struct err *err)
{
    struct ending_certificate *rows;
    size_t count;

    if (task_store_certificates(tx, tasks->person, tasks->today + 1, tasks->today + CERTIFICATE_SOON_DAYS, &rows,
                                &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_product *product = refdata_product(refdata_of(tx), rows[i].product_id);
        const char *name = product ? product->name : "";

        tasks_add(tx, tasks, "certificate", certificate_task_id(tx, &rows[i]), name, name, rows[i].unit_id,
                  rows[i].until_day, in_language(tx, "train again before it ends", "到期前完成再培训"));
    }
    return 0;
}
