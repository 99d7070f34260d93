/* plan_follow: figures negotiated, steps followed to the end, plans listed. */
#include "planning/plans/plans.h"
#include "planning/planning.h"

#include "planning/guides/guides.h"
#include "planning/tasks/task_store.h"
#include "text/dates.h"

#include <string.h>

/* --- figures --- */

/* Whose figure the asker moves: nobody negotiates with themselves. */
static int find_side(struct tx *tx, const struct work_plan *plan, bool *unit_side, struct err *err)
{
    bool approver_side = false;

    if (addressees_works_at(tx, plan->unit_id, unit_side, err) != 0 ||
        addressees_works_at(tx, plan->approver_id, &approver_side, err) != 0)
        return -1;
    if (*unit_side && approver_side)
        return err_fail(err, ERR_FORBIDDEN, "both_sides", "\"%s\" works for \"%s\" and for \"%s\": another must agree",
                        tx_principal(tx)->person, unit_code(tx, plan->unit_id), unit_code(tx, plan->approver_id));
    return *unit_side || approver_side
               ? 0
               : err_fail(err, ERR_FORBIDDEN, "wrong_unit",
                          "\"%s\" proposes and \"%s\" offers; \"%s\" holds no role there", unit_code(tx, plan->unit_id),
                          unit_code(tx, plan->approver_id), tx_principal(tx)->person);
}

/* Nor with who they were before they went over to the other side. */
static int require_other(struct tx *tx, const struct work_plan *plan, bool unit_side, struct err *err)
{
    bool did;

    if (plan_store_did(tx, plan, tx_principal(tx)->person, PLAN_ACT(unit_side ? PLAN_OFFER : PLAN_PROPOSE), &did,
                       err) != 0)
        return -1;
    return did ? err_fail(err, ERR_FORBIDDEN, "both_sides",
                          "\"%s\" named a figure for the other side of this version: another must agree",
                          tx_principal(tx)->person)
               : 0;
}

int on_offer_figure(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__OfferFigureRequest *request = message;
    Bihuan__AccountFigures *figures;
    struct work_plan *plan;
    enum plan_state next;
    int64_t amount, proposed, offered;
    bool unit_side;

    if (plan_find(tx, request->code, &plan, err) != 0 || find_side(tx, plan, &unit_side, err) != 0 ||
        plan_require_state(plan, PLAN_OFFER, request->revision, &next, err) != 0 ||
        require_other(tx, plan, unit_side, err) != 0)
        return -1;
    figures = plan->body->figures;
    if (!figures)
        return err_fail(err, ERR_CONFLICT, "no_figures", "a local plan has no figure to negotiate");
    if (plan_amount(tx, figures->measure, request->amount, &amount, err) != 0)
        return -1;
    if (amount <= 0)
        return err_fail(err, ERR_INVALID, "not_positive", "a target must be above 0");
    *(unit_side ? &figures->proposed : &figures->offered) = request->amount;
    figures->agreed = (char *)(uintptr_t) "";
    if (plan_amount(tx, figures->measure, figures->proposed, &proposed, NULL) == 0 &&
        plan_amount(tx, figures->measure, figures->offered, &offered, NULL) == 0 && proposed == offered)
        figures->agreed = request->amount;
    return plan_finish(tx, plan, unit_side ? PLAN_PROPOSE : PLAN_OFFER, request->amount, err);
}

/* --- steps --- */

static Bihuan__PlanStep *find_step(const Bihuan__WorkPlan *plan, uint32_t number)
{
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i]->number == number)
            return plan->steps[i];
    return NULL;
}

/* Its owner, who took over from them, or somebody of the unit. */
static int require_step(struct tx *tx, const struct work_plan *plan, const Bihuan__PlanStep *step, struct err *err)
{
    const char **people;
    size_t count;

    if (task_store_heirs(tx, tx_principal(tx)->person, cycle_today(tx), &people, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(step->owner, people[i]) == 0)
            return 0;
    return plan_require_side(tx, plan->unit_id, err);
}

int on_finish_plan_step(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FinishPlanStepRequest *request = message;
    struct work_plan *plan;
    Bihuan__PlanStep *step;

    if (plan_find(tx, request->code, &plan, err) != 0 || plan_store_in_force(tx, request->code, &plan, err) != 0)
        return -1;
    if (!plan)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "plan \"%s\" isn't approved; its steps haven't begun",
                        request->code);
    step = find_step(plan->body, request->number);
    if (!step)
        return err_fail(err, ERR_NOT_FOUND, "unknown_step", "plan \"%s\" has no step %u", request->code,
                        request->number);
    if (require_step(tx, plan, step, err) != 0)
        return -1;
    if (strcmp(step->state, "open") != 0)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "step %u is %s already", request->number, step->state);
    if (!request->result[0]) {
        tx_problem(tx, "/result", "missing_value", "say what came of it, or why it is dropped");
        return tx_refuse(tx, err);
    }
    step->state = (char *)(uintptr_t)(request->drop ? "dropped" : "done");
    step->result = request->result;
    step->done_by = tx_principal(tx)->person;
    step->done_at = tx_now(tx);
    return plan_finish(tx, plan, PLAN_STEP, request->result, err);
}

/* --- tasks --- */

static void add_steps(struct tx *tx, struct tasks *tasks, const struct work_plan *plan)
{
    for (size_t i = 0; i < plan->body->n_steps; i++) {
        const Bihuan__PlanStep *step = plan->body->steps[i];
        int32_t due = TASK_NO_DUE;

        if (!tasks_owned(tasks, step->owner) || strcmp(step->state, "open") != 0)
            continue;
        (void)date_parse(step->due, strlen(step->due), &due, NULL);
        tasks_add(tx, tasks, "step", arena_printf(tx_arena(tx), "%s/%u", plan->body->code, step->number),
                  plan->body->title, plan->body->title, plan->unit_id, due, step->text);
        if (strcmp(step->owner, tasks->person) != 0)
            tasks->items[tasks->count - 1].view->from = step->owner;
    }
}

int tasks_from_plans(struct tx *tx, struct tasks *tasks, struct err *err)
{
    struct work_plan *rows;
    size_t count;

    if (plan_store_active(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct work_plan *plan = &rows[i];
        bool wrote = true;

        if (plan->state == PLAN_APPROVED) {
            add_steps(tx, tasks, plan);
            continue;
        }
        if (plan->state == PLAN_SUBMITTED && tasks_at(tasks, plan->approver_id) &&
            plan_store_did(tx, plan, tasks->person, PLAN_ACTS_OF_AUTHORS, &wrote, err) != 0)
            return -1;
        if (!wrote)
            tasks_add(tx, tasks, "agree", plan->body->code, plan->body->title, plan->body->title, plan->unit_id,
                      TASK_NO_DUE,
                      in_language(tx, "approve the plan or return it with a reason", "批准计划，或说明原因退回"));
        if (plan->state == PLAN_RETURNED && tasks_at(tasks, plan->unit_id))
            tasks_add(tx, tasks, "agree", plan->body->code, plan->body->title, plan->body->title, plan->unit_id,
                      TASK_NO_DUE,
                      arena_printf(tx_arena(tx), "%s%s",
                                   in_language(tx, "mend the plan and submit it again: ", "修改计划后重新提交："),
                                   plan->body->returned_because));
    }
    return 0;
}

/* --- queries --- */

static int list_plans(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListWorkPlansRequest *request = message;
    Bihuan__ListWorkPlansReply reply = BIHUAN__LIST_WORK_PLANS_REPLY__INIT;
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), request->unit);
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const char *after = request->page && request->page->cursor ? request->page->cursor : "";
    int state = plan_state_of(request->state);
    uint32_t limit = page_limit(request->page);
    struct work_plan *rows;
    size_t count;

    if ((request->unit[0] && !unit) || (request->period[0] && !period))
        return err_fail(err, ERR_NOT_FOUND, "unknown_code", "unit or period is not known");
    if (request->state[0] && state < 0)
        return err_fail(err, ERR_INVALID, "unknown_word",
                        "state \"%s\" is none of draft, submitted, returned, approved, superseded", request->state);
    if (plan_store_page(tx, request->kind, unit ? unit->id : 0, period ? period->id : 0, state, after, limit, &rows,
                        &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__WorkPlan *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (cycle_in_scope(tx, rows[i].unit_id) || cycle_in_scope(tx, rows[i].approver_id))
            reply.items[reply.n_items++] = plan_view(tx, &rows[i]);
    if (count == limit)
        reply.next = rows[count - 1].body->code;
    return tx_reply(tx, &reply.base, err);
}

int on_list_work_plans(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_plans, message, err);
}

static int get_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetWorkPlanRequest *request = message;
    Bihuan__GetWorkPlanReply reply = BIHUAN__GET_WORK_PLAN_REPLY__INIT;
    struct plan_move *moves;
    struct work_plan *plan;

    if (plan_find(tx, request->code, &plan, err) != 0 ||
        (request->version && plan_store_get(tx, request->code, request->version, &plan, err) != 0))
        return -1;
    if (!plan)
        return err_fail(err, ERR_NOT_FOUND, "unknown_plan", "plan \"%s\" has no version %u", request->code,
                        request->version);
    if (plan_store_moves(tx, request->code, &moves, &reply.n_history, err) != 0)
        return -1;
    reply.plan = plan_view(tx, plan);
    reply.history = arena_array(tx_arena(tx), Bihuan__WorkPlanMove *, reply.n_history + 1);
    for (size_t i = 0; i < reply.n_history; i++) {
        Bihuan__WorkPlanMove *out = reply.history[i] = arena_new(tx_arena(tx), Bihuan__WorkPlanMove);

        bihuan__work_plan_move__init(out);
        out->version = moves[i].version;
        out->revision = moves[i].revision;
        out->act = (char *)(uintptr_t)plan_act_word(moves[i].act);
        out->person = (char *)(uintptr_t)moves[i].person;
        out->at = moves[i].at;
        out->text = (char *)(uintptr_t)moves[i].note;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_get_work_plan(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_plan, message, err);
}
