/* waiting: what waits with targets for somebody, and certificates that end. */
#include "planning/tasks/tasks.h"

#include "planning/planning.h"
#include "planning/sets/plan_set.h"
#include "planning/targets/targets.h"
#include "planning/versions/version_store.h"
#include "text/dates.h"

#include <string.h>

/* Whether the person submitted or changed any of the set. Not asked: nobody did. */
static int had_a_part(struct tx *tx, const struct tasks *tasks, const struct plan_set *set, bool asked, bool *had,
                      struct err *err)
{
    *had = false;
    for (size_t i = 0; i < set->count && asked && !*had; i++) {
        const struct version_row *works = &set->members[i].works;
        bool submitted, changed;

        if (version_store_wrote(tx, works->period_id, works->version, tasks->person, &submitted, &changed, err) != 0)
            return -1;
        *had = submitted || changed;
    }
    return 0;
}

/* "Q4/2, M10/2": all that the step is taken with. */
static char *title_of(struct tx *tx, const struct plan_set *set)
{
    struct buf text = { 0 };
    char *out;

    for (size_t i = 0; i < set->count; i++)
        buf_printf(&text, "%s%s/%u", i ? ", " : "", set->members[i].period->code, set->members[i].works.version);
    out = arena_strdup(tx_arena(tx), buf_text(&text));
    buf_fini(&text);
    return out;
}

/* A set is one task, that of its longest period. Rights are a token's: versions are in the own list only. Who had a
 * part in a version doesn't approve it, nor publish it where approval is required. */
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
        struct plan_set set;
        const char *id, *title;
        bool wrote;

        if (!period || !tx_may(tx, rows[i].approved ? "plan.publish" : "plan.approve"))
            continue;
        if (plan_set_of(tx, period, &set, err) != 0 ||
            had_a_part(tx, tasks, &set, !rows[i].approved || version_needs_approval(tx), &wrote, err) != 0)
            return -1;
        if (wrote || !plan_set_leads(&set))
            continue;
        id = arena_printf(tx_arena(tx), "%s/%u", period->code, rows[i].version);
        title = title_of(tx, &set);
        tasks_add(tx, tasks, "plan", id, title, title, 0, TASK_NO_DUE,
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
