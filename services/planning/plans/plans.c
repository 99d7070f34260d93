/* plans: local and account plans, written by a unit and approved by another, in versions. */
#include "planning/plans/plans.h"
#include "planning/planning.h"

#include "planning/plans/plan_targets.h"

#include "planning/guides/guides.h"
#include "text/dates.h"

#include <string.h>

/* --- what the acts share --- */

int plan_find(struct tx *tx, const char *code, struct work_plan **out, struct err *err)
{
    if (plan_store_get(tx, code, 0, out, err) != 0)
        return -1;
    if (!*out || !(cycle_in_scope(tx, (*out)->unit_id) || cycle_in_scope(tx, (*out)->approver_id)))
        return err_fail(err, ERR_NOT_FOUND, "unknown_plan", "plan \"%s\" is not known", code);
    return 0;
}

int plan_require_side(struct tx *tx, uint32_t unit_id, struct err *err)
{
    bool works = false;

    if (addressees_works_at(tx, unit_id, &works, err) != 0)
        return -1;
    return works ? 0
                 : err_fail(err, ERR_FORBIDDEN, "wrong_unit", "\"%s\" holds no role at \"%s\"; somebody who does can",
                            tx_principal(tx)->person, unit_code(tx, unit_id));
}

int plan_require_state(const struct work_plan *plan, enum plan_act act, uint32_t expected, enum plan_state *next,
                       struct err *err)
{
    if (expected != plan->body->revision)
        return err_fail(err, ERR_CONFLICT, "stale_revision", "it has moved on to revision %u meanwhile; read it again",
                        plan->body->revision);
    if (!plan_next(plan->state, act, next))
        return err_fail(err, ERR_CONFLICT, "wrong_state", "it is %s; it cannot be moved by %s",
                        plan_state_word(plan->state), plan_act_word(act));
    return 0;
}

Bihuan__WorkPlan *plan_view(struct tx *tx, const struct work_plan *plan)
{
    Bihuan__WorkPlan *out = plan->body;
    char today[DATE_TEXT_MAX];

    date_print(today, cycle_today(tx));
    out->state = (char *)(uintptr_t)plan_state_word(plan->state);
    if (out->figures)
        out->figures->share_ppm = plan_share_ppm(tx, out->figures);
    for (size_t i = 0; i < out->n_steps; i++)
        out->steps[i]->overdue = plan->state == PLAN_APPROVED && strcmp(out->steps[i]->state, "open") == 0 &&
                                 strcmp(out->steps[i]->due, today) < 0; /* yyyy-MM-dd sorts as text */
    return out;
}

static int publish(struct tx *tx, const struct work_plan *plan, enum plan_act act, struct err *err)
{
    Bihuan__WorkPlanMoved event = BIHUAN__WORK_PLAN_MOVED__INIT;

    event.plan = plan_view(tx, plan);
    event.act = (char *)(uintptr_t)plan_act_word(act);
    event.person = tx_principal(tx)->person;
    event.unit_id = plan->unit_id;
    event.at = tx_now(tx);
    return tx_publish(tx, 0, MSG(WORK_PLAN_MOVED), plan->body->code, &event.base, err);
}

int plan_finish(struct tx *tx, struct work_plan *plan, enum plan_act act, const char *note, struct err *err)
{
    Bihuan__WorkPlanReply reply = BIHUAN__WORK_PLAN_REPLY__INIT;
    struct plan_move move = { .act = act, .person = tx_principal(tx)->person, .at = tx_now(tx), .note = note };

    move.version = plan->body->version;
    move.revision = ++plan->body->revision;
    if (plan_store_put(tx, plan, err) != 0 || plan_store_add_move(tx, plan->body->code, &move, err) != 0)
        return -1;
    if (act != PLAN_SAVE && publish(tx, plan, act, err) != 0)
        return -1;
    reply.plan = plan_view(tx, plan);
    return tx_reply(tx, &reply.base, err);
}

/* --- saving --- */

/* The approving unit: given, or the parent; it stands over the unit, and not below it either. */
static uint32_t read_approver(struct tx *tx, const Bihuan__WorkPlan *plan, uint32_t unit_id)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    const struct ref_unit *given = refdata_unit_by_code(refdata_of(tx), plan->approver);
    uint32_t parent = tree_parent(tree, unit_id, cycle_today(tx));

    if (plan->approver[0] && !given)
        tx_problem(tx, "/plan/approver", "unknown_unit", "unit \"%s\" is not known", plan->approver);
    else if (!plan->approver[0] && parent == TREE_NONE)
        tx_problem(tx, "/plan/approver", "missing_value", "the unit has no parent; name the approving unit");
    else if (given && tree_is_under(tree, given->id, unit_id, cycle_today(tx)))
        tx_problem(tx, "/plan/approver", "bad_approver", "\"%s\" is the unit itself or below it", plan->approver);
    else if (given && !addressees_stands_over(tx, given->id, unit_id))
        tx_problem(tx, "/plan/approver", "bad_approver",
                   "\"%s\" doesn't stand above \"%s\" and is no office, centre or province", plan->approver,
                   plan->unit);
    return given ? given->id : parent == TREE_NONE ? 0 : parent;
}

/* Nobody looks for a milder approver once a version was handed in, unless the one that it has no longer stands. */
static void check_same_approver(struct tx *tx, const struct work_plan *old, uint32_t approver_id)
{
    if (old->body->submitted_by[0] && approver_id && approver_id != old->approver_id &&
        addressees_stands_over(tx, old->approver_id, old->unit_id))
        tx_problem(tx, "/plan/approver", "approver_fixed",
                   "this version was submitted to \"%s\" and stays with it; a revision may name another",
                   old->body->approver);
}

static int read_plan(struct tx *tx, Bihuan__WorkPlan *plan, const struct work_plan *old, struct work_plan *out,
                     struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), plan->period);

    if (!code_valid(plan->code))
        tx_problem(tx, "/plan/code", "bad_code", "code \"%s\" must be 1 to 64 letters, digits, '.', '_' or '-'",
                   plan->code);
    if (!period)
        tx_problem(tx, "/plan/period", "unknown_period", "period \"%s\" is not known", plan->period);
    if (old && (strcmp(old->body->kind, plan->kind) != 0 || strcmp(old->body->unit, plan->unit) != 0))
        tx_problem(tx, "/plan/kind", "changed", "a plan keeps its kind and its unit");
    out->approver_id = read_approver(tx, plan, out->unit_id);
    if (old)
        check_same_approver(tx, old, out->approver_id);
    plan->approver = arena_strdup(tx_arena(tx), unit_code(tx, out->approver_id));
    out->period_id = period ? period->id : 0;
    out->body = plan;
    return plan_check_saved(tx, plan, old ? old->body : NULL, err);
}

/* What a request can't set. */
static void keep(Bihuan__WorkPlan *plan, const Bihuan__WorkPlan *old)
{
    static char nothing[] = "";

    plan->version = old ? old->version : 1;
    plan->revision = old ? old->revision : 0;
    plan->reason = old ? old->reason : nothing;
    plan->returned_because = old ? old->returned_because : nothing;
    plan->submitted_by = old ? old->submitted_by : nothing;
    plan->approved_by = nothing;
    plan->approved_at = 0;
}

int on_save_work_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SaveWorkPlanRequest *request = message;
    const struct ref_unit *unit = request->plan ? refdata_unit_by_code(refdata_of(tx), request->plan->unit) : NULL;
    struct work_plan plan = { .state = PLAN_DRAFT }, *old;

    if (!unit || !cycle_in_scope(tx, unit->id))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known",
                        request->plan ? request->plan->unit : "");
    plan.unit_id = unit->id;
    if (plan_require_side(tx, unit->id, err) != 0 || plan_store_get(tx, request->plan->code, 0, &old, err) != 0)
        return -1;
    if (old && old->unit_id != unit->id)
        return err_fail(err, ERR_CONFLICT, "plan_exists", "another unit has a plan \"%s\"; give another code",
                        request->plan->code);
    if (old && plan_require_state(old, PLAN_SAVE, request->revision, &plan.state, err) != 0)
        return -1;
    if (!old && request->revision)
        return err_fail(err, ERR_CONFLICT, "stale_revision", "plan \"%s\" is not there yet; its revision is 0",
                        request->plan->code);
    if (read_plan(tx, request->plan, old, &plan, err) != 0)
        return -1;
    keep(plan.body, old ? old->body : NULL);
    return plan_finish(tx, &plan, PLAN_SAVE, "", err);
}

/* --- submit, return, approve --- */

/* The version before stays as it was; what was finished in it is finished in the new one. */
static int supersede(struct tx *tx, const struct work_plan *plan, struct err *err)
{
    struct work_plan *before;

    if (plan_store_in_force(tx, plan->body->code, &before, err) != 0)
        return -1;
    if (!before)
        return 0;
    plan_carry_steps(before->body, plan->body);
    before->state = PLAN_SUPERSEDED;
    return plan_store_put(tx, before, err);
}

static int approve(struct tx *tx, struct work_plan *plan, struct err *err)
{
    bool wrote;

    if (plan_store_did(tx, plan, tx_principal(tx)->person, PLAN_ACTS_OF_AUTHORS, &wrote, err) != 0)
        return -1;
    if (wrote)
        return err_fail(err, ERR_FORBIDDEN, "own_draft",
                        "\"%s\" wrote, submitted or proposed it and cannot approve it; another of %s can",
                        tx_principal(tx)->person, unit_code(tx, plan->approver_id));
    if (plan->body->figures && !plan->body->figures->agreed[0])
        return err_fail(err, ERR_CONFLICT, "not_agreed",
                        "the target figure isn't agreed: %s proposes \"%s\", %s offers \"%s\"",
                        unit_code(tx, plan->unit_id), plan->body->figures->proposed, unit_code(tx, plan->approver_id),
                        plan->body->figures->offered);
    plan->body->approved_by = tx_principal(tx)->person;
    plan->body->approved_at = tx_now(tx);
    return supersede(tx, plan, err);
}

static int do_act(struct tx *tx, struct work_plan *plan, enum plan_act act, const char *text, struct err *err)
{
    if (act == PLAN_SUBMIT) {
        plan->body->submitted_by = tx_principal(tx)->person;
        return plan_check_submitted(tx, plan->body, err);
    }
    if (act == PLAN_APPROVE)
        return approve(tx, plan, err);
    if (!text[0]) {
        tx_problem(tx, "/text", "missing_value", "what goes back needs a reason");
        return tx_refuse(tx, err);
    }
    plan->body->returned_because = (char *)(uintptr_t)text;
    return 0;
}

int on_move_work_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MoveWorkPlanRequest *request = message;
    int act = plan_act_of(request->act);
    struct work_plan *plan;
    enum plan_state next;

    if (act != PLAN_SUBMIT && act != PLAN_RETURN && act != PLAN_APPROVE)
        return err_fail(err, ERR_INVALID, "unknown_word", "act \"%s\" is none of submit, return, approve",
                        request->act);
    if (plan_find(tx, request->code, &plan, err) != 0 ||
        plan_require_side(tx, act == PLAN_SUBMIT ? plan->unit_id : plan->approver_id, err) != 0 ||
        plan_require_state(plan, (enum plan_act)act, request->revision, &next, err) != 0 ||
        do_act(tx, plan, (enum plan_act)act, request->text, err) != 0)
        return -1;
    plan->state = next;
    if (plan_finish(tx, plan, (enum plan_act)act, request->text, err) != 0)
        return -1;
    return act == PLAN_APPROVE ? plan_hand_in_target(tx, plan, err) : 0;
}

/* --- revision --- */

int on_revise_work_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReviseWorkPlanRequest *request = message;
    struct work_plan *plan;
    enum plan_state same;

    if (plan_find(tx, request->code, &plan, err) != 0 || plan_require_side(tx, plan->unit_id, err) != 0 ||
        plan_require_state(plan, PLAN_REVISE, plan->body->revision, &same, err) != 0)
        return -1;
    if (!request->reason[0]) {
        tx_problem(tx, "/reason", "reason_needed", "a revision of an approved plan needs a reason; it is kept");
        return tx_refuse(tx, err);
    }
    plan->state = PLAN_DRAFT;
    plan->body->version++;
    plan->body->revision = 0;
    plan->body->reason = request->reason;
    plan->body->returned_because = plan->body->submitted_by = plan->body->approved_by = (char *)(uintptr_t) "";
    plan->body->approved_at = 0;
    if (plan->body->figures) /* negotiated anew, from what was agreed */
        plan->body->figures->proposed = plan->body->figures->offered = plan->body->figures->agreed =
            (char *)(uintptr_t) "";
    return plan_finish(tx, plan, PLAN_REVISE, request->reason, err);
}
